"""The tails of reprs, `, grad_fn=...` and its like, which a document may leave out.

Printed text outside of a repr's parentheses is no tail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kbtool.run.compare.text import without_frames
from kbtool.run.compare.tokens import Token, scan

__all__ = ["TAILS", "skip_tails", "tail_shown", "tokens_of"]

TAILS = frozenset({"grad_fn", "device", "dtype", "requires_grad"})
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_LONGEST_TAIL = 500
"""In tokens.  Longer ones are no tails; so there are not too many lengths of them."""


def tokens_of(text: str, ignore_device: bool = False) -> list[Token]:
    """The tokens of a text without the frames of its tracebacks, with the tails of reprs marked."""
    tokens = list(scan(without_frames(text)))
    _mark_tails(tokens)
    return _without_tails(tokens, "device") if ignore_device else tokens


@dataclass(slots=True)
class _Bracket:
    """An open bracket.  `called` = the parenthesis of a repr; `tail` = the comma of the tail open in it, or -1."""

    called: bool
    tail: int = -1


def _mark_tails(tokens: Sequence[Token]) -> None:
    """Finds `, name=value` directly inside the parentheses of a repr, that is of a word glued to its parenthesis.

    A tail ends before the comma or bracket that ends its value.
    """
    opened = [_Bracket(called=False)]
    gradients = 0
    for index, token in enumerate(tokens):
        if token.text in _OPENING:
            called = index > 0 and token.glued and tokens[index - 1].text[-1].isidentifier()
            opened.append(_Bracket(token.text == "(" and called))
        elif token.text == "," or token.text in _CLOSING:
            gradients -= _end_tail(tokens, opened[-1], index)
            if token.text != "," and len(opened) > 1:
                opened.pop()
            elif opened[-1].called and _names_tail(tokens, index):
                opened[-1].tail = index
                gradients += tokens[index + 1].text == "grad_fn"
        token.overload = gradients > 0
    for bracket in opened:
        _end_tail(tokens, bracket, len(tokens))


def _end_tail(tokens: Sequence[Token], bracket: _Bracket, end: int) -> bool:
    """Ends the tail that is open in a bracket, if any; whether it was that of a gradient."""
    comma, bracket.tail = bracket.tail, -1
    if comma < 0:
        return False
    if end - comma <= _LONGEST_TAIL:
        tokens[comma].tail = end
    return tokens[comma + 1].text == "grad_fn"


def _names_tail(tokens: Sequence[Token], comma: int) -> bool:
    return tail_shown(tokens, comma) in TAILS


def tail_shown(tokens: Sequence[Token], index: int) -> str:
    """The name in `, name=` where that stands at a place; else the empty string."""
    after = [token.text for token in tokens[index : index + 3]]
    return after[1] if len(after) == 3 and after[0] == "," and after[2] == "=" else ""


def _without_tails(tokens: list[Token], name: str) -> list[Token]:
    kept: list[Token] = []
    index = 0
    while index < len(tokens):
        if tokens[index].tail and tokens[index + 1].text == name:
            index = tokens[index].tail
        else:
            kept.append(tokens[index])
            index += 1
    _mark_tails(kept)
    return kept


def skip_tails(want: Sequence[Token], i: int, got: Sequence[Token], j: int) -> int:
    """The place in `got` after tails (`, grad_fn=...`) that the document does not show at this place."""
    for _ in TAILS:  # a repr has each at most once
        if j == len(got) or not got[j].tail or got[j + 1].text == tail_shown(want, i):
            break
        j = got[j].tail
    return j
