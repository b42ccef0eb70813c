"""From an offset in the text of an inline token back to the line and column of the note."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from markdown_it.token import Token

__all__ = ["Place"]

_NEWLINE = re.compile(r"\n")
_ESCAPED_BAR = re.compile(r"\\\|")


class Place:
    """Where the text of one token stands in the note.

    Each line of the text is a stretch of one line of the note, without the marks before it; nothing but white space,
    the `#`s that close a heading or a block id may follow it there, so that its last occurrence is the right one.
    A table cell says its column itself, and lacks the backslashes of its bars.
    """

    def __init__(self, token: Token, text: str, lines: Sequence[str]) -> None:
        self._text, self._lines = text, lines
        self._first = token.map[0] if token.map else 0
        self._starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]
        self._columns: dict[int, int] = {}
        self._bars: list[int] = []
        if "column" in token.meta:
            self._columns[0] = token.meta["column"]
            cell = lines[self._first][token.meta["column"] :]
            self._bars = [match.start() - index for index, match in enumerate(_ESCAPED_BAR.finditer(cell))]
        elif token.map:
            self._first = self._first_line(token.map[1])

    def _first_line(self, end: int) -> int:
        """Where the text really begins: a line of nothing but exotic white space is no blank line, but is stripped."""
        bare = self._text.partition("\n")[0].strip()
        if bare in self._lines[self._first]:
            return self._first
        found = (line for line in range(self._first, min(end, len(self._lines))) if bare in self._lines[line])
        return next(found, self._first)

    def __call__(self, offset: int) -> tuple[int, int]:
        """Line (1-based) and column (0-based) of an offset in the text."""
        row = bisect_right(self._starts, offset) - 1
        column = self._column(row) + offset - self._starts[row]
        return self._first + row + 1, column + bisect_left(self._bars, offset)

    def _column(self, row: int) -> int:
        """The column at which a line of the text begins, negative where tabs before it were made spaces."""
        if row not in self._columns:
            end = self._starts[row + 1] - 1 if row + 1 < len(self._starts) else len(self._text)
            line = self._text[self._starts[row] : end]
            bare = line.lstrip()
            source = self._lines[self._first + row]
            self._columns[row] = source.rfind(bare.rstrip()) - (len(line) - len(bare))
        return self._columns[row]
