"""A document with `...`: of all ways to lay its tokens on the printed ones the best counts.

Sets of places among the printed tokens are the bits of one integer, so a documented token is laid on all places that
come into question in one step: the time grows with the documented times the printed tokens, but 64 of them at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from kbtool.run.compare.agreement import key, without_overload
from kbtool.run.compare.tails import TAILS, tail_shown
from kbtool.run.compare.tokens import Kind, Token
from kbtool.run.compare.tolerance import Level, Tolerance

__all__ = ["with_gaps"]

_STEP = 64


def with_gaps(want: Sequence[Token], got: Sequence[Token], tolerance: Tolerance) -> tuple[Level, str]:
    """The comparison of a document with `...`, and a sentence on what found no place."""
    if _lay(want, _Printed(got, tolerance, Level.OK)) is None:
        return Level.OK, ""
    failed = _lay(want, _Printed(got, tolerance, Level.ROUNDING))
    if failed is None:
        return Level.ROUNDING, "a number is one unit of its last documented digit off"
    if failed == len(want):
        return Level.MISMATCH, "more was printed after all that is documented"
    return Level.MISMATCH, f"documented {want[failed].text!r}, printed at no place that '...' allows"


class _Printed:
    """What was printed, as the places where each documented token may stand so that they agree as well as `level`."""

    def __init__(self, got: Sequence[Token], tolerance: Tolerance, level: Level) -> None:
        self.end = len(got)
        self._tolerance, self._level = tolerance, level
        self._equal, self._overloads = _places(got)
        self._tails = _tail_places(got)
        self._any_tail = _bits(i for i, token in enumerate(got) if token.tail)
        self._found: dict[tuple[Kind, str], int] = {}
        floats = [(tolerance.value(token.text), i) for i, token in enumerate(got) if token.kind is Kind.FLOAT]
        ordered = sorted(item for item in floats if item[0].is_finite())
        self._values, self._order = [value for value, _ in ordered], [place for _, place in ordered]
        self._smallest = [0]
        for start in range(0, len(ordered), _STEP):
            self._smallest.append(self._smallest[-1] | _bits(self._order[start : start + _STEP]))

    def places(self, token: Token) -> int:
        """The places of all tokens that agree with a documented one."""
        sought = token.kind, token.text
        if sought not in self._found:
            self._found[sought] = self._look_up(token)
        return self._found[sought]

    def _look_up(self, token: Token) -> int:
        found = self._equal[key(token)]
        if token.kind is Kind.TEXT:
            found |= self._overloads[without_overload(token.text)]
        if token.kind is Kind.FLOAT:
            first, last = self._tolerance.span(token.text, self._level, self._values)
            found |= self._up_to(last) ^ self._up_to(first)
        return found

    def _up_to(self, count: int) -> int:
        """The places of the smallest floats, as many as that."""
        rest = count % _STEP
        return self._smallest[count // _STEP] | _bits(self._order[count - rest : count])

    def past_tails(self, places: int, shown: str) -> int:
        """The places, and those that follow from them by leaving out tails, but for the one that is shown."""
        for _ in TAILS:
            if not places & self._any_tail:
                break
            for (name, length), starts in self._tails.items():
                if name != shown:
                    places |= (places & starts) << length
        return places


def _places(got: Sequence[Token]) -> tuple[defaultdict[tuple[Kind, str], int], defaultdict[str, int]]:
    """The places of equal tokens; those of words in which the digit of an overload does not count."""
    equal: defaultdict[tuple[Kind, str], list[int]] = defaultdict(list)
    overloads: defaultdict[str, list[int]] = defaultdict(list)
    for place, token in enumerate(got):
        equal[key(token)].append(place)
        if token.overload and token.kind is Kind.TEXT:
            overloads[without_overload(token.text)].append(place)
    return (
        defaultdict(int, {alike: _bits(places) for alike, places in equal.items()}),
        defaultdict(int, {word: _bits(places) for word, places in overloads.items()}),
    )


def _tail_places(got: Sequence[Token]) -> dict[tuple[str, int], int]:
    """Where tails start, by name and length."""
    starts: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for place, token in enumerate(got):
        if token.tail:
            starts[got[place + 1].text, token.tail - place].append(place)
    return {tail: _bits(places) for tail, places in starts.items()}


def _bits(places: Iterable[int]) -> int:
    chosen = list(places)
    found = bytearray(max(chosen, default=0) // 8 + 1)
    for place in chosen:
        found[place // 8] |= 1 << place % 8
    return int.from_bytes(found, "little")


def _lay(want: Sequence[Token], printed: _Printed) -> int | None:
    """The index of the first documented token that finds no place, after the last one if more was printed, else None.

    Of all ways to lay the tokens none is tried: `reached` holds how far the printed ones may have been used up by now.
    """
    reached, everywhere = 1, (1 << printed.end + 1) - 1
    for i, token in enumerate(want):
        if token.kind is Kind.DOTS:
            reached = everywhere & -(reached & -reached)  # from the lowest place on
        else:
            reached = (printed.past_tails(reached, tail_shown(want, i)) & printed.places(token)) << 1
        if not reached:
            return i
    ended = printed.past_tails(reached, "") >> printed.end & 1
    return None if ended else len(want)
