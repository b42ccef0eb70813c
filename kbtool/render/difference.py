"""What the note says beside what came out, as rows for people: the lines that differ, and within them the words.

This does not decide whether two outputs agree (the comparison did); it shows where they do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from html import escape
from typing import Literal

from kbtool.words import Words

__all__ = ["Difference", "Row", "difference", "difference_html"]

_TOKEN = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?|\w+|\s+|.")
_NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?")
# Comparing lines is quadratic at worst; nobody reads a difference of thousands of lines.
_MOST_LINES = 400
# Equal lines around a difference that are shown before the rest is only counted.
_CONTEXT = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One line: `parts` are its pieces, each with whether it is one of those that differ."""

    kind: Literal["same", "note", "real", "gap"]
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """`numbers` that differ, by at most `furthest` (as text); whether anything `other` than numbers differs."""

    rows: tuple[Row, ...]
    numbers: int
    furthest: str
    other: bool
    lines: int


@lru_cache(maxsize=64)
def difference(documented: str, actual: str) -> Difference:
    """The rows, and what they amount to."""
    old, new = _lines(documented), _lines(actual)
    rows: list[Row] = []
    gaps: list[tuple[float, int]] = []
    other = False
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            rows.extend(Row("same", ((line, False),)) for line in old[i1:i2])
            continue
        paired = min(i2 - i1, j2 - j1)
        for a, b in zip(old[i1 : i1 + paired], new[j1 : j1 + paired], strict=True):
            left, right, apart, words = _words(a, b)
            rows += (Row("note", left), Row("real", right))
            gaps += apart
            other |= words
        rows.extend(Row("note", ((line, True),)) for line in old[i1 + paired : i2])
        rows.extend(Row("real", ((line, True),)) for line in new[j1 + paired : j2])
        other |= i2 - i1 != j2 - j1
    furthest, decimals = max(gaps, default=(0.0, 0))
    count = max(sum(row.kind == "note" for row in rows), sum(row.kind == "real" for row in rows))
    return Difference(tuple(rows), len(gaps), _plain(furthest, decimals), other, count)


def _lines(text: str) -> list[str]:
    stripped = [line.rstrip() for line in text.strip("\n").split("\n")] if text.strip() else []
    return stripped[:_MOST_LINES]


_Parts = tuple[tuple[str, bool], ...]


def _words(a: str, b: str) -> tuple[_Parts, _Parts, list[tuple[float, int]], bool]:
    """The pieces of both lines, by how much numbers that stand opposite each other differ, and whether words do."""
    left, right = _TOKEN.findall(a), _TOKEN.findall(b)
    parts: tuple[list[tuple[str, bool]], list[tuple[str, bool]]] = ([], [])
    gaps: list[tuple[float, int]] = []
    other = False
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        differs = kind != "equal"
        for side, piece in zip(parts, (left[i1:i2], right[j1:j2]), strict=True):
            if piece:
                side.append(("".join(piece), differs))
        if differs:
            apart = _apart(left[i1:i2], right[j1:j2])
            gaps += apart or []
            other |= apart is None
    return tuple(parts[0]), tuple(parts[1]), gaps, other


def _apart(left: list[str], right: list[str]) -> list[tuple[float, int]] | None:
    """How far numbers are apart, with the decimals they are written with; None where it is not only numbers."""
    if len(left) != 1 or len(right) != 1 or not all(_NUMBER.fullmatch(token[0]) for token in (left, right)):
        return None
    decimals = max(len(token.partition(".")[2]) for token in (left[0], right[0]))
    return [(abs(float(left[0].replace(",", "")) - float(right[0].replace(",", ""))), decimals)]


def _plain(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}" if decimals < 8 and (value >= 1e-6 or not value) else f"{value:.2g}"


def difference_html(documented: str, actual: str, words: Words) -> str:
    """The rows as HTML: read aloud, each says whose line it is; the eye finds the words that differ marked."""
    rows = "".join(_row(row, words) for row in _folded(difference(documented, actual).rows, words))
    label = escape(words["cell.difference"])
    return f'<div class="df" tabindex="0" role="group" aria-label="{label}">{rows}</div>'


def _folded(rows: tuple[Row, ...], words: Words) -> Iterator[Row]:
    """The rows, long stretches of equal lines replaced by their number."""
    near = {i + d for i, row in enumerate(rows) if row.kind != "same" for d in range(-_CONTEXT, _CONTEXT + 1)}
    skipped = 0
    for i, row in enumerate(rows):
        if i not in near:
            skipped += 1
            continue
        if skipped:
            yield Row("gap", ((words.say("cell.same", n=skipped), False),))
            skipped = 0
        yield row
    if skipped:
        yield Row("gap", ((words.say("cell.same", n=skipped), False),))


def _row(row: Row, words: Words) -> str:
    if row.kind == "gap":
        return f'<div class="gap"><i>…</i><span>{escape(row.parts[0][0], quote=False)}</span></div>'
    label, tag = {
        "same": ("&nbsp;", ""),
        "note": (f"− {words['cell.note-says']}", "del"),
        "real": (f"+ {words['cell.obtained']}", "ins"),
    }[row.kind]
    body = "".join(_part(text, tag if differs else "") for text, differs in row.parts)
    return f"<div><i>{label}</i><span>{body}</span></div>"


def _part(text: str, tag: str) -> str:
    html = escape(text, quote=False)
    return f"<{tag}>{html}</{tag}>" if tag and text.strip() else html
