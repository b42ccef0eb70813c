"""What a note prints, in the order in which it came, whoever printed it.

Python, C libraries and further processes all write to descriptors 1 and 2, two pipes whose bytes say nothing of
what came first.  So the note's process puts a *mark* with a growing number into both pipes whenever another kind of output begins,
and every output has a number: put in order, they are what a reader would have seen.
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
from kbtool.run.wire import pack

__all__ = ["Collected", "Outlet", "Pieces"]

# Private names: a note may replace what `os` offers.
_write, _getpid, _exit = os.write, os.getpid, os._exit


def _mark(marker: str, number: int) -> bytes:
    # Far below PIPE_BUF, so it is never torn apart by another writer.
    return b"\x1e%s:%d\x1e" % (marker.encode(), number)


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
        """Sends one output that is no printed text."""
        self.settle()
        self.send({"output": kind, "text": text, "data": dict(data), "number": self._number})
        self._next()

    def send(self, frame: dict[str, Any]) -> None:
        """Sends a frame; a copy of this process that a block made by `fork` ends here instead of speaking for it."""
        if _getpid() != self._owner:
            _exit(0)
        data = pack(frame)
        while data:
            data = data[_write(self._channel, data) :]

    def settle(self) -> int:
        """Puts a mark behind all that was printed so far; its number."""
        self.flush()
        self._current = None
        return self._next()

    def flush(self) -> None:
        for stream in (self.stdout, self.stderr):
            with suppress(Exception):  # the note may have closed it
                stream.flush()

    def _turn(self, stream: _Stream) -> None:
        if stream is not self._current:
            self.flush()
            self._current = stream
            self._next()

    def _next(self) -> int:
        self._number += 1
        mark = _mark(self._marker, self._number)
        for pipe in self._pipes:
            with suppress(OSError):
                _write(pipe, mark)
        return self._number


_HEAD = _TAIL = 1 << 17


@dataclass(slots=True)
class Pieces:
    """The reader's side of one pipe: its bytes by number, the beginning and the end of them where there are too many."""

    marker: str
    total: int = 0
    _number: int = 0
    _held: bytes = b""
    _room: int = _HEAD
    _head: list[tuple[int, bytes]] = field(default_factory=list)
    _tail: deque[tuple[int, bytes]] = field(default_factory=deque)
    _tail_size: int = 0

    def feed(self, data: bytes) -> None:
        """Takes what was read from the pipe, marks included."""
        data = self._held + data
        pattern = re.compile(b"\x1e" + self.marker.encode() + rb":(\d+)\x1e")
        start = 0
        for match in pattern.finditer(data):
            self._add(data[start : match.start()])
            self._number, start = int(match[1]), match.end()
        rest = data[start:]
        # The beginning of a mark may stand at the end, to be completed by the next read.
        opening = rest.rfind(b"\x1e", max(0, len(rest) - len(self.marker) - 24))
        cut = opening if opening >= 0 and self._may_be_mark(rest[opening:]) else len(rest)
        self._held = rest[cut:]
        self._add(rest[:cut])

    def _may_be_mark(self, data: bytes) -> bool:
        whole = b"\x1e" + self.marker.encode() + b":"
        return whole.startswith(data) or (data.startswith(whole) and data[len(whole) :].isdigit())

    def _add(self, data: bytes) -> None:
        self.total += len(data)
        if data and self._room:
            cut = _letter(data, self._room)
            self._head.append((self._number, data[:cut]))
            self._room = 0 if len(data) > cut else self._room - cut
            data = data[cut:]
        if data:
            kept = data[_letter(data, max(0, len(data) - _TAIL)) :]
            self._tail.append((self._number, kept))
            self._tail_size += len(kept)
            while self._tail_size - len(self._tail[0][1]) >= _TAIL:
                self._tail_size -= len(self._tail.popleft()[1])

    def take(self) -> list[tuple[int, str]]:
        """The text so far, by number, and a fresh start; what is left out between head and tail is said."""
        self._add(self._held)
        kept = sum(len(data) for _, data in self._head) + self._tail_size
        pieces = [(number, _text(data)) for number, data in _joined(self._head)]
        if kept < self.total:
            pieces.append((self._tail[0][0], f"\n… {self.total - kept:,} bytes left out …\n"))
        pieces += [(number, _text(data)) for number, data in _joined(self._tail)]
        self.total, self._held, self._room, self._tail_size = 0, b"", _HEAD, 0
        self._head, self._tail = [], deque()
        return pieces


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
