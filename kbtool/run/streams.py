"""What a note prints, in the order in which it came, whoever printed it.

Python, C libraries and further processes all write to descriptors 1 and 2, two pipes whose bytes say nothing of
what came first.  So the note's process puts a *mark* with a growing number into both pipes whenever another kind of
output begins, and every output has a number: put in order, they are what a reader would have seen.
"""

from __future__ import annotations

import io
import os
import re
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from kbtool.run.results import Output
from kbtool.run.wire import CLOSED, pack

__all__ = ["Collected", "Outlet", "Pieces"]

# Private names: a note may replace what `os` offers.
_write, _getpid, _exit = os.write, os.getpid, os._exit


def _mark(marker: str, number: int, ends: bool) -> bytes:
    # Far below PIPE_BUF, so it is never torn apart by another writer.
    return b"\x1e%s:%d%s\x1e" % (marker.encode(), number, b"!" if ends else b"")


class _Stream(io.TextIOWrapper):
    """Text to a descriptor, telling first that it is about to be written to."""

    def __init__(self, fd: int, turn: Callable[[_Stream], None]) -> None:
        raw = io.BufferedWriter(io.FileIO(fd, "w", closefd=False), 1 << 16)
        super().__init__(raw, encoding="utf-8", errors="backslashreplace", newline="\n")
        self._turn = turn

    def write(self, text: str, /) -> int:
        self._turn(self)
        return super().write(text)


class Outlet:
    """The note's side: sends frames, and keeps the order of all that comes out."""

    def __init__(self, channel: int, stdout: int, stderr: int, marker: str) -> None:
        self._channel, self._pipes, self._marker = channel, (stdout, stderr), marker
        self._owner = _getpid()
        self._number = 0
        self._current: _Stream | None = None
        self.stdout, self.stderr = _Stream(1, self._turn), _Stream(2, self._turn)

    def emit(self, kind: str, text: str, data: Mapping[str, str]) -> None:
        """Sends one output that is no printed text; the workers that a block forks have no say in what is shown."""
        if _getpid() != self._owner:
            return
        self.flush()
        self._current = None
        self._next()
        self.send({"output": kind, "text": text, "data": dict(data), "number": self._number})
        self._next()

    def send(self, frame: dict[str, Any]) -> None:
        """Sends a frame.  Without a channel there is nothing left to do for this process."""
        data = pack(frame)
        try:
            while data:
                data = data[_write(self._channel, data) :]
        except OSError:
            _exit(CLOSED)

    def end_block(self) -> None:
        """Puts a mark behind all that was printed so far: what comes later belongs to another block.

        A copy of this process that a block made by `fork` and let go on ends here instead of speaking for it.
        """
        self.flush()
        if _getpid() != self._owner:
            _exit(0)
        self._current = None
        self._next(ends=True)

    def flush(self) -> None:
        for stream in (self.stdout, self.stderr):
            with suppress(Exception):  # the note may have closed it
                stream.flush()

    def _turn(self, stream: _Stream) -> None:
        if stream is not self._current:
            self.flush()
            self._current = stream
            self._next()

    def _next(self, ends: bool = False) -> None:
        if _getpid() != self._owner:
            return
        self._number += 1
        mark = _mark(self._marker, self._number, ends)
        for pipe in self._pipes:
            with suppress(OSError):
                _write(pipe, mark)


_HEAD = _TAIL = 1 << 17


@dataclass(slots=True)
class _Section:
    """The bytes of one block by number: the beginning and the end of them where there are too many."""

    total: int = 0
    room: int = _HEAD
    head: list[tuple[int, bytes]] = field(default_factory=list)
    tail: deque[tuple[int, bytes]] = field(default_factory=deque)
    tail_size: int = 0

    def add(self, number: int, data: bytes) -> None:
        self.total += len(data)
        if data and self.room:
            cut = _letter(data, self.room)
            self.head.append((number, data[:cut]))
            self.room = 0 if len(data) > cut else self.room - cut
            data = data[cut:]
        if data:
            self._add_tail(number, data[_letter(data, max(0, len(data) - _TAIL)) :])

    def _add_tail(self, number: int, data: bytes) -> None:
        self.tail.append((number, data))
        self.tail_size += len(data)
        while self.tail_size - len(self.tail[0][1]) >= _TAIL:
            self.tail_size -= len(self.tail.popleft()[1])

    def pieces(self) -> list[tuple[int, str]]:
        """The text by number; what is left out between head and tail is said."""
        left_out = self.total - self.tail_size - sum(len(data) for _, data in self.head)
        pieces = [(number, _text(data)) for number, data in _joined(self.head)]
        if left_out:
            pieces.append((self.tail[0][0], f"\n… {left_out:,} bytes left out …\n"))
        return pieces + [(number, _text(data)) for number, data in _joined(self.tail)]


class Pieces:
    """The reader's side of one pipe: parts it at the marks, and block from block at the marks that end one."""

    def __init__(self, marker: str) -> None:
        self._mark = re.compile(b"\x1e%s:(\\d+)(!?)\x1e" % marker.encode())
        self._opening = b"\x1e%s:" % marker.encode()
        self._number = 0
        self._held = b""
        self._sections = deque([_Section()])

    @property
    def total(self) -> int:
        """The bytes that nobody has taken yet, those left out included."""
        return sum(section.total for section in self._sections)

    def feed(self, data: bytes) -> None:
        """Takes what was read from the pipe, marks included."""
        data = self._held + data
        start = 0
        for match in self._mark.finditer(data):
            self._sections[-1].add(self._number, data[start : match.start()])
            self._number, start = int(match[1]), match.end()
            if match[2]:
                self._sections.append(_Section())
        cut = self._end_of_text(data, start)
        self._held = data[cut:]
        self._sections[-1].add(self._number, data[start:cut])

    def _end_of_text(self, data: bytes, start: int) -> int:
        """Where the beginning of a mark stands at the end, to be completed by the next read; else the end."""
        opening = data.rfind(b"\x1e", max(start, len(data) - len(self._opening) - 24))
        if opening < 0:
            return len(data)
        rest = data[opening:]
        begun = self._opening.startswith(rest) or (
            rest.startswith(self._opening) and rest[len(self._opening) :].rstrip(b"!").isdigit()
        )
        return opening if begun else len(data)

    def take(self) -> list[tuple[int, str]]:
        """The text of the next block that has ended, else all there is, by number."""
        if len(self._sections) == 1:
            self._sections.append(_Section())
        return self._sections.popleft().pieces()


def _letter(data: bytes, cut: int) -> int:
    """The last place up to `cut` where a letter of UTF-8 begins."""
    while 0 < cut < len(data) and data[cut] & 0xC0 == 0x80:
        cut -= 1
    return min(cut, len(data))


def _joined(pieces: list[tuple[int, bytes]] | deque[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Pieces of one number as one, so that no letter stays cut in two where the pipe happened to be read."""
    joined: list[tuple[int, bytearray]] = []
    for number, data in pieces:
        if joined and joined[-1][0] == number:
            joined[-1][1].extend(data)
        else:
            joined.append((number, bytearray(data)))
    return [(number, bytes(data)) for number, data in joined]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


@dataclass(slots=True)
class Collected:
    """All that came out of one block, put in order at the end."""

    _numbered: list[tuple[int, Output]] = field(default_factory=list)

    def add(self, number: int, output: Output) -> None:
        self._numbered.append((number, output))

    def ordered(self) -> tuple[Output, ...]:
        """The outputs in order; printed text that only a mark parted is one."""
        outputs: list[Output] = []
        for _, output in sorted(self._numbered, key=lambda item: item[0]):
            last = outputs[-1] if outputs else None
            if last is not None and last.kind == output.kind and output.kind in ("stdout", "stderr"):
                outputs[-1] = Output(last.kind, last.text + output.text)
            else:
                outputs.append(output)
        return tuple(outputs)
