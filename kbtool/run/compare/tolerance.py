"""How near a printed number is to the documented one, in decimal arithmetic on the digits as they stand."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from enum import IntEnum
from functools import cached_property

__all__ = ["Level", "Tolerance"]


class Level(IntEnum):
    """How well two tokens, or two texts, agree; the higher, the worse."""

    OK = 0
    ROUNDING = 1
    MISMATCH = 2


_NOISE = Decimal("1e-6")
_NOTHING, _HALF, _ONE_AND_A_HALF, _PERCENT = Decimal(0), Decimal("0.5"), Decimal("1.5"), Decimal("0.01")


@dataclass(frozen=True)
class Tolerance:
    """How far a float may be from the documented one, beside what its own digits allow."""

    rtol: Decimal
    atol: Decimal

    @classmethod
    def of(cls, rtol: float, atol: float) -> Tolerance:
        """The tolerance as it was written: 0.1 is a tenth, not the binary number next to it."""
        return cls(Decimal(repr(rtol)), Decimal(repr(atol)))

    @cached_property
    def _context(self) -> Context:
        return self.context(100)

    @staticmethod
    def context(digits: int) -> Context:
        # No traps and the widest exponents: `1e999999999` is a number like any other.
        return Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])

    def floats(self, documented: str, actual: str) -> Level:
        """How far two floats are apart; see `compare`.

        Documented `0.0675` beside `0.06741740`: the unit is 0.0001, the difference 0.83 units, so it is `ROUNDING`.
        """
        context = self._fitting(len(documented) + len(actual))
        want, got = _decimal(documented, context), _decimal(actual, context)
        if not (want.is_finite() and got.is_finite()):
            return Level.OK if documented == actual else Level.MISMATCH
        agrees, rounds = self._margins(documented, want, context)
        off = context.abs(context.subtract(got, want))
        return Level.OK if off <= agrees else Level.ROUNDING if off < rounds else Level.MISMATCH

    def _fitting(self, digits: int) -> Context:
        return self._context if digits < 40 else self.context(digits + 60)

    def _margins(self, documented: str, want: Decimal, context: Context) -> tuple[Decimal, Decimal]:
        """Up to which difference, inclusive, a float agrees; below which it is a rounding."""
        unit, places = _last_digit(documented, want)
        size = context.abs(want)
        agrees = context.max(context.multiply(self.rtol, size), self.atol)
        if not want:
            agrees = context.max(agrees, _NOISE)
        if unit is None:
            return agrees, _NOTHING
        telling = places >= 3 or unit <= context.multiply(_PERCENT, size)
        rounds = context.multiply(_ONE_AND_A_HALF, unit) if telling else _NOTHING
        return context.max(agrees, context.multiply(_HALF, unit)), rounds

    def value(self, text: str) -> Decimal:
        """A float as a number; infinite where it is too large to be one."""
        return _decimal(text, self._fitting(len(text)))

    def span(self, documented: str, level: Level, ordered: Sequence[Decimal]) -> tuple[int, int]:
        """The stretch of finite, ordered numbers that are as near to a documented float as `level` asks."""
        context = self._fitting(len(documented))
        want = _decimal(documented, context)
        if not want.is_finite():
            return 0, 0
        agrees, rounds = self._margins(documented, want, context)
        first = bisect_left(ordered, context.subtract(want, agrees))
        last = bisect_right(ordered, context.add(want, agrees))
        if level is Level.OK or rounds <= agrees:
            return first, last
        return bisect_right(ordered, context.subtract(want, rounds)), bisect_left(ordered, context.add(want, rounds))


def _decimal(text: str, context: Context) -> Decimal:
    return context.create_decimal(text.replace(",", ""))


def _last_digit(text: str, value: Decimal) -> tuple[Decimal | None, int]:
    """One unit of the last documented digit, and how many digits stand after the point; no unit after a bare point."""
    mantissa = re.split("[eE]", text, maxsplit=1)[0]
    _, point, fraction = mantissa.partition(".")
    if point and not fraction:
        return None, 0
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return Decimal((0, (1,), exponent)), len(fraction)
