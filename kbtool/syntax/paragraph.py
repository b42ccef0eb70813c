"""Paragraphs and underlined headings, read in one go.

markdown-it reads each paragraph twice, first for a line of `=` or `-` under it, and asks every rule about every line.
"""

from __future__ import annotations

from markdown_it.common.utils import mdTrim
from markdown_it.rules_block import StateBlock

from kbtool.syntax.engine import Parser

__all__ = ["install"]


def paragraph(md: Parser, state: StateBlock, start: int, end: int, _silent: bool) -> bool:
    parent, state.parentType = state.parentType, "paragraph"
    line, marker = _last_line(md, state, start, end)
    state.parentType = parent
    state.line = line + 1 if marker else line
    kind, tag = ("heading", "h1" if marker == "=" else "h2") if marker else ("paragraph", "p")
    opened = state.push(f"{kind}_open", tag, 1)
    opened.map, opened.markup = [start, state.line], marker
    text = state.push("inline", "", 0)
    text.content = mdTrim(state.getLines(start, line, state.blkIndent, False))
    text.map, text.children = [start, line], []
    state.push(f"{kind}_close", tag, -1).markup = marker
    return True


def _last_line(md: Parser, state: StateBlock, start: int, end: int) -> tuple[int, str]:
    """The line after the text, and the sign of the rule under it that makes it a heading."""
    line = start + 1
    while line < state.lineMax and not state.isEmpty(line):
        indent = state.sCount[line] - state.blkIndent
        if indent <= 3:
            if indent >= 0 and line < end:
                marker = _underline(state, line)
                if marker:
                    return line, marker
            # A negative indentation marks a line that a quote took in without its `>`.
            if state.sCount[line] >= 0 and md.block.ends("paragraph", state, line, state.lineMax):
                break
        line += 1
    return line, ""


def _underline(state: StateBlock, line: int) -> str:
    begin = state.bMarks[line] + state.tShift[line]
    sign = state.src[begin]
    if sign not in "=-":
        return ""
    return "" if state.src[begin : state.eMarks[line]].lstrip(sign).strip(" \t") else sign


def install(md: Parser) -> None:
    def rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return paragraph(md, state, start, end, silent)

    md.block.ruler.disable("lheading")
    md.block.ruler.at("paragraph", rule)
