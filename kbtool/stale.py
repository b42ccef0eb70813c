"""Sentences that an output has left behind: numbers in the prose that the old output held and the new one does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kbtool import note as note_module

__all__ = ["stale_numbers"]

_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?:e[-+]?\d+)?(?!\w)", re.IGNORECASE)


def stale_numbers(text: str, replaced: Sequence[tuple[str, str]]) -> tuple[tuple[int, str], ...]:
    """The lines of a note's prose and the numbers on them that may no longer be true.

    `text` is the note as it is now, `replaced` its documented outputs before and after.  A decimal comma is as good as
    a point: prose is in the note's language, outputs are in Python's.

    >>> stale_numbers("El último vale 0,0675.", [("0.4982 0.0675", "0.4982 0.0674")])
    ((1, '0,0675'),)
    """
    before = {value for old, _ in replaced for value, _ in _numbers(old)}
    now = {value for _, new in replaced for value, _ in _numbers(new)}
    gone = before - now
    return tuple(_found(text, gone)) if gone else ()


def _found(text: str, gone: set[str]) -> Iterator[tuple[int, str]]:
    code = note_module.parse("", text)[0].note.code
    ends = ((block, block.documented.last_line if block.documented else block.last_line) for block in code)
    fenced = {line for block, end in ends for line in range(block.first_line, end + 1)}
    for number, line in enumerate(text.split("\n"), 1):
        if number not in fenced:
            yield from ((number, shown) for value, shown in _numbers(line) if value in gone)


def _numbers(text: str) -> Iterator[tuple[str, str]]:
    """The numbers of a text, in one spelling and as they stand; a lone digit says too little to be missed."""
    for match in _NUMBER.finditer(text):
        if len(match[0]) > 1:
            yield match[0].replace(",", "."), match[0]
