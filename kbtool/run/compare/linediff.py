"""For people: the lines of two texts side by side, and within them the columns that disagree."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from kbtool.run.compare.agreement import pair
from kbtool.run.compare.rows import DiffRow
from kbtool.run.compare.tails import tokens_of
from kbtool.run.compare.tokens import Token
from kbtool.run.compare.tolerance import Level, Tolerance

__all__ = ["rows"]

_DIFF_LINES = 400
"""Beyond this many lines the line diff pairs lines by position: difflib's time grows with the square."""

_DIFF_TOKENS = 120
"""Beyond this many tokens all that stands between the first and the last difference of a line is marked."""


def rows(documented: str, actual: str, rtol: float, atol: float) -> Iterator[DiffRow]:
    """The rows of two normalised texts; see `diff`."""
    want, got = documented.split("\n"), actual.split("\n")
    tolerance = Tolerance.of(rtol, atol)
    for same, a0, a1, b0, b1 in _regions(want, got):
        if same:
            yield from (DiffRow("same", line) for line in got[b0:b1])
        else:
            yield from _changed(want[a0:a1], got[b0:b1], tolerance)


def _regions(want: Sequence[str], got: Sequence[str]) -> Iterator[tuple[bool, int, int, int, int]]:
    if max(len(want), len(got)) > _DIFF_LINES:
        yield False, 0, len(want), 0, len(got)
        return
    for tag, a0, a1, b0, b1 in difflib.SequenceMatcher(None, want, got, autojunk=False).get_opcodes():
        yield tag == "equal", a0, a1, b0, b1


def _changed(want: Sequence[str], got: Sequence[str], tolerance: Tolerance) -> Iterator[DiffRow]:
    """Replaced lines, each beside its partner; lines without one follow."""
    for old, new in zip(want, got, strict=False):
        gone, come = _spans(tokens_of(old), tokens_of(new), tolerance)
        if gone or come:
            yield DiffRow("documented", old, gone)
            yield DiffRow("printed", new, come)
        else:
            yield DiffRow("same", new)
    yield from (DiffRow("documented", line, _whole(line)) for line in want[len(got) :])
    yield from (DiffRow("printed", line, _whole(line)) for line in got[len(want) :])


def _whole(line: str) -> tuple[tuple[int, int], ...]:
    return ((0, len(line)),) if line else ()


_Spans = tuple[tuple[int, int], ...]


def _spans(want: Sequence[Token], got: Sequence[Token], tolerance: Tolerance) -> tuple[_Spans, _Spans]:
    """Where two lines disagree: token by token where they have as many, else by the longest common runs."""
    if len(want) == len(got):
        apart = [(a, b) for a, b in zip(want, got, strict=True) if pair(a, b, tolerance) > Level.OK]
        return tuple((a.start, a.end) for a, _ in apart), tuple((b.start, b.end) for _, b in apart)
    changed = _changed_runs([token.text for token in want], [token.text for token in got])
    gone = tuple((want[a0].start, want[a1 - 1].end) for a0, a1, _, _ in changed if a1 > a0)
    come = tuple((got[b0].start, got[b1 - 1].end) for _, _, b0, b1 in changed if b1 > b0)
    return gone, come


def _changed_runs(want: Sequence[str], got: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """The runs of tokens that are not common to two lines: first and last in the one, first and last in the other."""
    if max(len(want), len(got)) <= _DIFF_TOKENS:
        matcher = difflib.SequenceMatcher(None, want, got, autojunk=False)
        return [code[1:] for code in matcher.get_opcodes() if code[0] != "equal"]
    before = _common(want, got)
    after = _common(want[before:][::-1], got[before:][::-1])
    return [(before, len(want) - after, before, len(got) - after)]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many tokens two lines begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
