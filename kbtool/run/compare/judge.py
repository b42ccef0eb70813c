"""The verdict on two texts that are not the same: the worst of their tokens decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from kbtool.run.compare.gaps import with_gaps
from kbtool.run.compare.straight import straight
from kbtool.run.compare.tails import tokens_of
from kbtool.run.compare.tokens import Kind
from kbtool.run.compare.tolerance import Level, Tolerance

__all__ = ["judge"]

_Verdict = Literal["ok", "rounding", "mismatch"]
_VERDICTS: Mapping[Level, _Verdict] = {
    Level.OK: "ok",
    Level.ROUNDING: "rounding",
    Level.MISMATCH: "mismatch",
}


def judge(documented: str, actual: str, rtol: float, atol: float, ignore_device: bool) -> tuple[_Verdict, str]:
    """The verdict on two normalised texts, and one sentence on why; see `compare`."""
    want, got = tokens_of(documented, ignore_device), tokens_of(actual, ignore_device)
    compared = with_gaps if any(token.kind is Kind.DOTS for token in want) else straight
    level, reason = compared(want, got, Tolerance.of(rtol, atol))
    return _VERDICTS[level], reason
