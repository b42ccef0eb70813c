"""`==marked==`: exactly two signs, no white space just inside them."""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

from kbtool.syntax.engine import Parser

__all__ = ["install"]

_MARKER = ord("=")
_RUN = re.compile("=+")


def highlight(state: StateInline, silent: bool) -> bool:
    run = _RUN.match(state.src, state.pos, state.posMax)
    if silent or run is None:
        return False
    start, end = run.span()
    if end - start == 2:
        _delimit(state, state.src[max(start - 1, 0) : start], state.src[end : min(end + 1, state.posMax)])
    else:
        state.append_pending(run[0])
    state.pos = end
    return True


def _delimit(state: StateInline, left: str, right: str) -> None:
    # `==>` is an arrow.
    opens = bool(right) and not right.isspace() and right != ">"
    closes = bool(left) and not left.isspace()
    state.push("text", "", 0).content = "=="
    state.delimiters.append(Delimiter(_MARKER, 0, len(state.tokens) - 1, -1, opens, closes))


def pair(state: StateInline) -> None:
    """Turn the delimiters that found each other into tokens."""
    _pair(state, state.delimiters)
    for meta in state.tokens_meta:
        if meta and "delimiters" in meta:
            _pair(state, meta["delimiters"])


def _pair(state: StateInline, delimiters: list[Delimiter]) -> None:
    for opener in delimiters:
        if opener.marker == _MARKER and opener.end != -1:
            _become(state, opener.token, "mark_open", 1)
            _become(state, delimiters[opener.end].token, "mark_close", -1)


def _become(state: StateInline, index: int, type_: str, nesting: int) -> None:
    token = state.tokens[index]
    token.type, token.tag, token.markup, token.content = type_, "mark", "==", ""
    token.nesting = 1 if nesting > 0 else -1


def install(md: Parser) -> None:
    md.inline.add("emphasis", "highlight", highlight, ("==",))
    md.inline.ruler2.before("fragments_join", "highlight", pair)
