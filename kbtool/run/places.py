"""Lines of notes in what a block gave: taken out before it is stored, put back as they are when it is shown.

A traceback or a warning names a note and a line of it.  Text above a block, or lines of comment in it, may be edited
without the block being run again, so what is stored says *which block, which line of it* instead.  Where a line with
code has changed as well, be it in a comment at its end, Python would show another text: then nothing is put back, and
the block has to run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from kbtool.run.keys import Unit
from kbtool.run.results import Failure, Output
from kbtool.run.verdict import Raw

__all__ = ["Pins", "Places"]

Pins = dict[str, str]
"""`position:note` -> the text that stood there: it tells which line is which today."""

_Lines = Mapping[str, Mapping[int, int]]
"""For each place, where its lines are now."""


def _tells_places(output: Output) -> bool:
    """Whether a name and a number in it are Python's word on a place, and not text that the block prints."""
    return output.kind in ("stderr", "warning") or "Traceback (most recent call last)" in output.text


class Places:
    """Where the units of some notes stand.  `own` is the note whose results are taken apart and put together."""

    def __init__(self, own: str, notes: Mapping[str, Sequence[Unit]]) -> None:
        self._own, self._notes = own, notes
        names = "|".join(map(re.escape, sorted(notes, key=len, reverse=True)))
        self._line = re.compile(rf'(?P<path>{names})(?P<between>", line |, line |:)(?P<line>\d+)')
        self._put = re.compile(rf'(?P<path>{names})(?P<between>", line |, line |:)\x00(?P<at>\d+):(?P<line>\d+)\x00')

    def detach(self, raw: Raw) -> tuple[Raw, Pins]:
        """The result without lines of notes, and what it takes to put them back."""
        pins: Pins = {}
        return self._with(raw, lambda text: self._out(text, pins), lambda line: self._line_out(line, pins)), pins

    def attach(self, raw: Raw, pins: Pins) -> Raw | None:
        """The result with today's lines; None where they cannot be known."""
        try:
            lines = {place: _same_lines(text, self._text_at(place)) for place, text in pins.items()}
            return self._with(raw, lambda text: self._in(text, lines), lambda line: self._line_in(line, lines))
        except LookupError:
            return None

    def _with(self, raw: Raw, text: Callable[[str], str], line: Callable[[int], int]) -> Raw:
        outputs = tuple(replace(o, text=text(o.text)) if _tells_places(o) else o for o in raw.outputs)
        error = raw.error and _moved(raw.error, text, line)
        return replace(raw, outputs=outputs, error=error)

    # --- out -------------------------------------------------------------------------------------------------------

    def _out(self, text: str, pins: Pins) -> str:
        def held(match: re.Match[str]) -> str:
            path, line = match["path"], int(match["line"])
            at = self._unit_at(path, line)
            if at is None:
                return match[0]
            self._pin(path, at, pins)
            return f"{path}{match['between']}\x00{at}:{line - self._notes[path][at].line}\x00"

        return self._line.sub(held, text)

    def _line_out(self, line: int, pins: Pins) -> int:
        """A line of the own note as one number: negative, so that it is not mistaken for a line."""
        at = self._unit_at(self._own, line)
        if at is None:
            return 0
        self._pin(self._own, at, pins)
        return -1 - (at << 32 | line - self._notes[self._own][at].line)

    def _unit_at(self, path: str, line: int) -> int | None:
        units = self._notes[path]
        return next((at for at, unit in enumerate(units) if 0 <= line - unit.line < unit.lines), None)

    def _pin(self, path: str, at: int, pins: Pins) -> None:
        pins[f"{at}:{path}"] = self._notes[path][at].source

    # --- in --------------------------------------------------------------------------------------------------------

    def _text_at(self, place: str) -> str:
        at, _, path = place.partition(":")
        return self._notes[path][int(at)].source

    def _in(self, text: str, lines: _Lines) -> str:
        def put(match: re.Match[str]) -> str:
            line = self._line_at(match["path"], int(match["at"]), int(match["line"]), lines)
            return f"{match['path']}{match['between']}{line}"

        return self._put.sub(put, text)

    def _line_in(self, line: int, lines: _Lines) -> int:
        if line >= 0:
            return line
        at, within = divmod(-1 - line, 1 << 32)
        return self._line_at(self._own, at, within, lines)

    def _line_at(self, path: str, at: int, within: int, lines: _Lines) -> int:
        return self._notes[path][at].line + lines[f"{at}:{path}"][within]


def _same_lines(before: str, now: str) -> dict[int, int]:
    """For each line with code where it is now; nothing where such lines have changed.

    >>> _same_lines("x = 1\\n1 / x", "x = 1\\n# oh\\n1 / x")
    {0: 0, 1: 2}
    """
    if before == now:
        return {line: line for line in range(before.count("\n") + 1)}
    old, new = _code_lines(before), _code_lines(now)
    if [text for _, text in old] != [text for _, text in new]:
        return {}
    return {a: b for (a, _), (b, _) in zip(old, new, strict=True)}


def _code_lines(source: str) -> list[tuple[int, str]]:
    return [
        (n, line) for n, line in enumerate(source.split("\n")) if line.strip() and not line.lstrip().startswith("#")
    ]


def _moved(error: Failure, text: Callable[[str], str], line: Callable[[int], int]) -> Failure:
    return replace(error, message=text(error.message), traceback=text(error.traceback), line=line(error.line))
