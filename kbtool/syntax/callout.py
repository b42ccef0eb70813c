"""`> [!type|metadata]+ Title`: a quote whose first line says what it is."""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import blockquote as commonmark_blockquote

from kbtool.syntax.engine import Parser
from kbtool.syntax.lines import line_text

__all__ = ["install"]

_HEAD = re.compile(r"\[!([^\[\]|]+)(?:\|([^\]]*))?\]([+-]?)(?:[ \t]+(.*))?")
_SPACES = re.compile(r"\s+")


def blockquote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    before = len(state.tokens)
    if not commonmark_blockquote(state, start, end, silent):
        return False
    if not silent and state.tokens[before].type == "callout_open":
        closing = state.tokens[-1]
        closing.type, closing.tag = "callout_close", "div"
    return True


def callout_head(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The first line of a quote that is a callout: its opening token changes, its title follows it."""
    opening = state.tokens[-1] if state.parentType == "blockquote" and state.tokens else None
    if silent or opening is None or opening.type != "blockquote_open" or opening.map is None or opening.map[0] != start:
        return False
    match = _HEAD.fullmatch(line_text(state, start).rstrip())
    if match is None or not match[1].strip() or state.is_code_block(start):
        return False
    kind, metadata, fold, title = match.groups(default="")
    opening.type, opening.tag = "callout_open", "div"
    type_ = _SPACES.sub("-", kind.strip().lower())
    opening.meta = {"type": type_, "fold": fold, "metadata": metadata.strip()}
    _push_title(state, start, title.strip(), kind.strip().replace("-", " ").capitalize())
    _adopt_lazy_line(state, start + 1, end)
    state.line = start + 1
    return True


def _push_title(state: StateBlock, line: int, title: str, identifier: str) -> None:
    opened = state.push("callout_title_open", "div", 1)
    opened.map, opened.meta = [line, line + 1], {"default": not title}
    text = state.push("inline", "", 0)
    text.content, text.map, text.children = title or identifier, [line, line + 1], []
    state.push("callout_title_close", "div", -1)


def _adopt_lazy_line(state: StateBlock, line: int, end: int) -> None:
    # A line without `>` right after the title continues the first paragraph, and starts the body here.
    if line < end and state.sCount[line] < 0:
        state.sCount[line] = 0


def install(md: Parser) -> None:
    md.block.ruler.at("blockquote", blockquote, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.block.add("table", "callout", callout_head, "[")
