"""A document without `...`: documented and printed tokens in step, in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kbtool.run.compare.agreement import pair
from kbtool.run.compare.tails import skip_tails
from kbtool.run.compare.tokens import Kind, Token
from kbtool.run.compare.tolerance import Level, Tolerance

__all__ = ["straight"]


@dataclass(slots=True)
class _Count:
    """What a straight comparison met: how many numbers, how many of them apart, and the first of the worst pairs."""

    numbers: int = 0
    apart: int = 0
    level: Level = Level.OK
    reason: str = ""

    def note(self, want: Token, got: Token, level: Level) -> None:
        if want.kind is Kind.FLOAT or want.kind is Kind.INTEGER:
            self.numbers += 1
            self.apart += level > Level.OK
        if level > self.level:
            self.level, self.reason = level, f"documented {want.text!r}, printed {got.text!r}"

    def worst(self) -> tuple[Level, str]:
        several = f"; {self.apart} of {self.numbers} numbers differ" if self.apart > 1 else ""
        return self.level, self.reason + several


def straight(want: Sequence[Token], got: Sequence[Token], tolerance: Tolerance) -> tuple[Level, str]:
    """The comparison of a document without `...`: one pass, and a sentence on the first of the worst tokens."""
    count = _Count()
    i = j = 0
    while i < len(want):
        j = skip_tails(want, i, got, j)
        if j == len(got):
            return Level.MISMATCH, count.reason or f"documented {want[i].text!r}, but nothing more was printed"
        level = pair(want[i], got[j], tolerance)
        count.note(want[i], got[j], level)
        if level is Level.MISMATCH and want[i].kind is not got[j].kind:
            break  # the texts have come apart: what follows would only repeat it
        i, j = i + 1, j + 1
    else:
        j = skip_tails(want, i, got, j)
        if j < len(got) and count.level < Level.MISMATCH:
            return Level.MISMATCH, f"printed {got[j].text!r} after all that is documented"
    return count.worst()
