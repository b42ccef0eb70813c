"""Whether one printed token agrees with one documented token."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from kbtool.run.compare.tokens import Kind, Token
from kbtool.run.compare.tolerance import Level, Tolerance

__all__ = ["key", "pair", "without_overload"]


def pair(want: Token, got: Token, tolerance: Tolerance) -> Level:
    """How well a printed token agrees with the documented one that it stands beside."""
    if want.text == got.text and want.kind is got.kind:
        return Level.OK
    if want.kind is not got.kind:
        # The dots of a summary in what was printed are plain text beside glued dots of the document.
        return Level.OK if want.text == got.text == "..." else Level.MISMATCH
    if want.kind is Kind.FLOAT:
        return tolerance.floats(want.text, got.text)
    same = _PLAIN[want.kind](want.text) == _PLAIN[want.kind](got.text)
    if not same and got.overload:
        same = without_overload(want.text) == without_overload(got.text)
    return Level.OK if same else Level.MISMATCH


def _integer(text: str) -> str:
    digits = text.replace(",", "").lstrip("+")
    return digits.lstrip("-") if not digits.strip("-0") else digits


def _special(text: str) -> str:
    return "nan" if text.endswith("nan") else text.lstrip("+")


_PLAIN: Mapping[Kind, Callable[[str], str]] = {
    Kind.TEXT: str,
    Kind.INTEGER: _integer,
    Kind.SPECIAL: _special,
    Kind.DOTS: str,
}


def without_overload(word: str) -> str:
    """`AddBackward0` as `AddBackward`: the digit only tells overloads of one operation apart."""
    return re.sub(r"(Backward)[0-9]+$", r"\1", word)


def key(token: Token) -> tuple[Kind, str]:
    """The same for tokens that `pair` takes as equal, floats within a tolerance and overloads aside."""
    if token.kind in (Kind.FLOAT, Kind.DOTS):
        return (Kind.TEXT if token.kind is Kind.DOTS else Kind.FLOAT), token.text
    return token.kind, _PLAIN[token.kind](token.text)
