"""What the note says beside what came out, as rows for people: the lines that differ, and within them the words.

Whether two outputs agree is not decided here, and which words of a line disagree neither: the comparison did both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import pairwise

from kbtool.run.compare import RTOL, DiffRow, diff
from kbtool.words import Words

__all__ = ["Difference", "difference", "difference_html"]

_NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?")
# Equal lines around a difference that are shown; of the others only the number is.
_CONTEXT = 2
# Of a long line that much of what agrees is shown between the words that do not.
_LONGEST = 50
# Nobody reads a difference of thousands of lines.
_MOST_ROWS = 400


@dataclass(frozen=True, slots=True)
class Difference:
    """The rows and what they amount to: `numbers` that disagree, by at most `furthest`, or the `lines` that do."""

    rows: tuple[DiffRow, ...]
    numbers: int
    furthest: str
    lines: int

    @property
    def is_numeric(self) -> bool:
        """True where nothing but numbers disagrees."""
        return self.numbers > 0


@lru_cache(maxsize=64)
def difference(documented: str, actual: str, rtol: float = RTOL, atol: float = 0.0) -> Difference:
    """Where the two texts disagree beyond the tolerances."""
    rows = diff(documented, actual, rtol, atol)
    gaps = _gaps(rows)
    lines = max(sum(row.kind == "documented" for row in rows), sum(row.kind == "printed" for row in rows))
    furthest, decimals = max(gaps or [], default=(0.0, 0))
    return Difference(rows, len(gaps or []), _plain(furthest, decimals), lines)


def _gaps(rows: Sequence[DiffRow]) -> list[tuple[float, int]] | None:
    """How far each number is from the one beside it, with its decimals; None where something else differs as well."""
    gaps: list[tuple[float, int]] = []
    unpaired = sum(row.kind == "documented" for row in rows) != sum(row.kind == "printed" for row in rows)
    pairs = [(a, b) for a, b in pairwise(rows) if (a.kind, b.kind) == ("documented", "printed")]
    if unpaired or any(len(a.spans) != len(b.spans) for a, b in pairs):
        return None
    for a, b in pairs:
        for here, there in zip(a.spans, b.spans, strict=True):
            left, right = a.text[slice(*here)], b.text[slice(*there)]
            if not (_NUMBER.fullmatch(left) and _NUMBER.fullmatch(right)):
                return None
            decimals = max(len(text.partition(".")[2]) for text in (left, right))
            gaps.append((abs(float(left.replace(",", "")) - float(right.replace(",", ""))), decimals))
    return gaps


def _plain(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}" if decimals < 8 and (value >= 1e-6 or not value) else f"{value:.2g}"


def difference_html(found: Difference, words: Words) -> str:
    """The rows as HTML: read aloud, each says whose line it is; the eye finds the words that differ marked."""
    rows = "".join(_folded(found.rows[:_MOST_ROWS], words))
    label = escape(words["cell.difference"])
    return f'<div class="df" tabindex="0" role="group" aria-label="{label}">{rows}</div>'


def _folded(rows: Sequence[DiffRow], words: Words) -> Iterator[str]:
    """The rows, long stretches of equal lines replaced by their number."""
    near = {i + d for i, row in enumerate(rows) if row.kind != "same" for d in range(-_CONTEXT, _CONTEXT + 1)}
    skipped = 0
    for i, row in enumerate(rows):
        if i not in near:
            skipped += 1
            continue
        if skipped:
            yield _gap(skipped, words)
            skipped = 0
        yield _row(row, words)
    if skipped:
        yield _gap(skipped, words)


def _gap(lines: int, words: Words) -> str:
    return f'<div class="gap"><i>…</i><span>{escape(words.say("cell.same", n=lines), quote=False)}</span></div>'


def _row(row: DiffRow, words: Words) -> str:
    label, tag = {
        "same": ("&nbsp;", ""),
        "documented": (f"−<span> {escape(words['cell.note-says'])}</span>", "del"),
        "printed": (f"+<span> {escape(words['cell.obtained'])}</span>", "ins"),
    }[row.kind]
    return f"<div><i>{label}</i><span>{_marked(row, tag)}</span></div>"


def _marked(row: DiffRow, tag: str) -> str:
    """The line with the words that differ marked; of a long one only what stands near them is shown."""
    html: list[str] = []
    at = 0
    for start, end in row.spans:
        html.append(_near(row.text[at:start], after=at > 0, before=True))
        html.append(f"<{tag}>{escape(row.text[start:end], quote=False)}</{tag}>")
        at = end
    html.append(_near(row.text[at:], after=at > 0, before=False))
    return "".join(html)


def _near(text: str, *, after: bool, before: bool) -> str:
    """Text that agrees, beside marked words `after` which it stands or `before` which, without its far part."""
    sides = after + before
    if len(text) <= _LONGEST or not sides:
        return escape(text, quote=False)
    near = _LONGEST // 2
    kept = (text[:near] if after else "", text[-near:] if before else "")
    return " … ".join(escape(part, quote=False) for part in kept)
