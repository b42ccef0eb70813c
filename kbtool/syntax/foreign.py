"""What other tools left in a note: shortcodes of Hugo and mdBook, Liquid tags, Templater commands; none of it runs."""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from kbtool.syntax.engine import Parser
from kbtool.syntax.lines import line_text

__all__ = ["PLUGIN_FENCES", "install"]

PLUGIN_FENCES = {"dataview": "dataview", "dataviewjs": "dataview", "tasks": "tasks"}
"""Languages of fences that an Obsidian plugin runs, and the plugin."""

_SHORTCODE = re.compile(
    r"\{\{(?:"
    r"<\s*/?\s*(?P<hugo>[\w./-]+)[^{}]*?>"
    r"|%\s*/?\s*(?P<percent>[\w./-]+)[^{}]*?%"
    r"|\#(?P<mdbook>include|rustdoc_include|playground|title|shiftinclude)\b[^{}\n]*"
    r")\}\}"
    r"|\{%-?\s*(?P<liquid>\w+)[^{}]*?%\}"
)
_SYSTEMS = {"hugo": "Hugo", "percent": "Hugo", "mdbook": "mdBook", "liquid": "Liquid"}
_TEMPLATER = re.compile(r"<%.*?%>", re.DOTALL)


def shortcode(state: StateInline, silent: bool) -> bool:
    match = _SHORTCODE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        kind = match.lastgroup or ""
        token = state.push("shortcode_inline", "", 0)
        token.content = match[0]
        token.meta = {"at": match.span(), "system": _SYSTEMS[kind], "name": match[kind]}
    state.pos = match.end()
    return True


def command(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("<%", state.pos) or state.html_terminator_last("%>") < state.pos:
        return False
    match = _TEMPLATER.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push("plugin_inline", "", 0)
        token.content, token.meta = match[0], {"at": match.span(), "plugin": "templater"}
    state.pos = match.end()
    return True


def commands(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A Templater command that starts a line and ends another one, blank lines between or not."""
    text = line_text(state, start)
    if not text.startswith("<%") or "%>" in text or state.is_code_block(start):
        return False
    last = next((line for line in range(start + 1, end) if "%>" in line_text(state, line)), end)
    if last == end:
        return False
    if not silent:
        token = state.push("plugin_block", "", 0)
        token.content = state.getLines(start, last + 1, state.blkIndent, True)
        token.map, token.meta = [start, last + 1], {"plugin": "templater"}
        state.line = last + 1
    return True


def install(md: Parser) -> None:
    md.inline.add("link", "shortcode", shortcode, ("{{", "{%"))
    md.inline.add("autolink", "templater", command, "<")
    md.block.add("html_block", "templater", commands, "<", ("paragraph", "reference", "blockquote"))
