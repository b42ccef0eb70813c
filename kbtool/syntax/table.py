"""Tables as in GFM.  A bar in a cell is written `\\|`, in wikilinks too; the column of a cell is kept for its links."""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import table as gfm_table
from markdown_it.token import Token

from kbtool.syntax.engine import Parser
from kbtool.syntax.lines import line_text

__all__ = ["install"]

_RULE_SIGNS = frozenset("|-:")
_BAR = re.compile(r"(?<!\\)\|")


def table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    rule = state.bMarks[start + 1] + state.tShift[start + 1] if start + 1 < end else -1
    if state.src[rule : rule + 1] not in _RULE_SIGNS:
        return False
    before = len(state.tokens)
    if not gfm_table(state, start, end, silent):
        return False
    if not silent:
        _note_columns(state, state.tokens[before:])
    return True


def _note_columns(state: StateBlock, tokens: list[Token]) -> None:
    """Give the cells that may hold a link or code the column of their text in the source line."""
    cell = 0
    for token in tokens:
        if token.type == "tr_open":
            cell = -1
        elif token.type == "inline":
            cell += 1
            if token.map and ("[" in token.content or "`" in token.content):
                token.meta["column"] = _column(state, token.map[0], cell)


def _column(state: StateBlock, line: int, cell: int) -> int:
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
    md.block.ruler.at("table", table, {"alt": ["paragraph", "reference"]})
