"""Tables as in GFM.  A bar in a cell is written `\\|`, in wikilinks too; the column of a cell is kept for its links.

markdown-it reads a row character by character; here it is split.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.common.utils import mdTrim
from markdown_it.rules_block import StateBlock

from kbtool.syntax.engine import Parser
from kbtool.syntax.lines import line_text

__all__ = ["install"]

_RULE_SIGNS = frozenset("|-:")
_BAR = re.compile(r"(?<!\\)\|")
_DASHES = re.compile(r":?-+:?")
_MOST_ADDED = 0x10000
"""Cells added to short rows, all together: a few bytes must not become a million cells."""


def table(md: Parser, state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if not _may_start(state, start, end):
        return False
    aligns, names = _aligns(line_text(state, start + 1)), line_text(state, start)
    if not aligns or "|" not in names or len(_cells(names)) != len(aligns):
        return False
    if not silent:
        parent, state.parentType = state.parentType, "table"
        _Writer(md, state, aligns).write(start, end)
        state.parentType = parent
    return True


def _may_start(state: StateBlock, start: int, end: int) -> bool:
    """Whether the line under this one may be one of dashes; asked at every line, so that its first sign comes first."""
    under = start + 1
    at = state.bMarks[under] + state.tShift[under] if under < end else len(state.src)
    if state.src[at : at + 1] not in _RULE_SIGNS:
        return False
    is_code = state.is_code_block(under) or state.is_code_block(start)
    return not is_code and state.sCount[under] >= state.blkIndent


def _aligns(rule: str) -> list[str]:
    """How each column is aligned, by the line of dashes under the names; none where it is no such line.

    >>> _aligns("|---|:-:|--:|")
    ['', 'center', 'right']
    """
    if len(rule) < 2 or rule[:2] in ("- ", "-\t"):
        return []
    columns = [column.strip(" \t") for column in rule.split("|")]
    inner = columns[not columns[0] : len(columns) - (not columns[-1])]
    return [_align(column) for column in inner] if all(map(_DASHES.fullmatch, inner)) else []


def _align(dashes: str) -> str:
    if dashes[-1] == ":":
        return "center" if dashes[0] == ":" else "right"
    return "left" if dashes[0] == ":" else ""


def _cells(row: str) -> list[str]:
    """The texts between the bars of a row."""
    row = mdTrim(row)
    cells = [cell.replace("\\|", "|") for cell in _BAR.split(row)] if "\\" in row else row.split("|")
    if cells and not cells[0]:
        del cells[0]
    if cells and not cells[-1]:
        del cells[-1]
    return cells


class _Writer:
    """Pushes the tokens of one table."""

    def __init__(self, md: Parser, state: StateBlock, aligns: Sequence[str]) -> None:
        self.md, self.state = md, state
        self.attributes = [{"style": f"text-align:{align}"} if align else {} for align in aligns]
        self.added = 0

    def write(self, start: int, end: int) -> None:
        push = self.state.push
        opened = push("table_open", "table", 1)
        push("thead_open", "thead", 1).map = [start, start + 1]
        self.row("th", start, _cells(line_text(self.state, start)))
        push("thead_close", "thead", -1)
        last = self.body(start + 2, end)
        push("table_close", "table", -1)
        opened.map = [start, last]
        self.state.line = last

    def body(self, start: int, end: int) -> int:
        """The rows from this line on; the line after the last."""
        opened, line = None, start
        while line < end and (cells := self.next_row(line, end)):
            if opened is None:
                opened = self.state.push("tbody_open", "tbody", 1)
            self.row("td", line, cells)
            line += 1
        if opened is not None:
            self.state.push("tbody_close", "tbody", -1)
            opened.map = [start, line]
        return line

    def next_row(self, line: int, end: int) -> list[str]:
        """The cells of the row on this line; none where the table has ended."""
        state = self.state
        if state.sCount[line] < state.blkIndent or self.md.block.ends("blockquote", state, line, end):
            return []
        text = line_text(state, line)
        if not mdTrim(text) or state.is_code_block(line):
            return []
        cells = _cells(text)
        self.added += len(self.attributes) - len(cells)
        return [] if self.added > _MOST_ADDED else cells or [""]

    def row(self, tag: str, line: int, cells: Sequence[str]) -> None:
        push = self.state.push
        push("tr_open", "tr", 1).map = [line, line + 1]
        for number, attributes in enumerate(self.attributes):
            push(f"{tag}_open", tag, 1).attrs = dict(attributes)
            text = push("inline", "", 0)
            text.map, text.children = [line, line + 1], []
            text.content = mdTrim(cells[number]) if number < len(cells) else ""
            if "[" in text.content or "`" in text.content:
                text.meta["column"] = _column(self.state, line, number)
            push(f"{tag}_close", tag, -1)
        push("tr_close", "tr", -1)


def _column(state: StateBlock, line: int, cell: int) -> int:
    """The column at which the text of a cell, which may hold a link or code, begins in the source line."""
    text = line_text(state, line)
    row = text.strip()
    skipped = len(text) - len(text.lstrip())
    starts = [0, *(bar.end() for bar in _BAR.finditer(row))]
    start = starts[cell + (row[:1] == "|")]
    while row[start : start + 1].isspace():
        start += 1
    begin = state.bMarks[line] + state.tShift[line]
    return begin + skipped + start - (state.src.rfind("\n", 0, begin) + 1)


def install(md: Parser) -> None:
    def rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return table(md, state, start, end, silent)

    md.block.ruler.at("table", rule, {"alt": ["paragraph", "reference"]})
