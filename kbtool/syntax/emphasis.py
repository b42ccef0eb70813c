"""`*` and `_`: CommonMark's, but a row of dozens of them is an ornament and not emphasis within emphasis."""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import emphasis as commonmark_emphasis

from kbtool.syntax.engine import Parser

__all__ = ["install"]

_ORNAMENT = re.compile(r"\*{50,}|_{50,}")


def emphasis(state: StateInline, silent: bool) -> bool:
    ornament = _ORNAMENT.match(state.src, state.pos, state.posMax)
    if ornament is None or silent:
        return commonmark_emphasis.tokenize(state, silent)
    state.append_pending(ornament[0])
    state.pos = ornament.end()
    return True


def install(md: Parser) -> None:
    md.inline.ruler.at("emphasis", emphasis)
