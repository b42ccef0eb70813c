"""One process that runs a note, seen from the supervisor: what it says, what it prints, how long it takes."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kbtool.run.point import Point
from kbtool.run.results import Failure, Output, Status
from kbtool.run.streams import Collected, Pieces
from kbtool.run.verdict import Raw, now
from kbtool.run.wire import CLOSED, CRASHED, BrokenFrameError, Frames, Order

__all__ = ["Conversation", "Listener", "Pipes"]

START_LIMIT = 120.0
"""Seconds in which a process must begin with its first block; importing torch on a slow disk takes many."""

_END_LIMIT = 10.0
_GRACE = 1.0
_FLOOD = 64 << 20
_READ = 1 << 18


@dataclass(frozen=True, slots=True)
class Pipes:
    """Both sides of what connects the supervisor with one process; `theirs` is closed here once handed over."""

    channel: socket.socket
    stdout: int
    stderr: int
    theirs: tuple[socket.socket, int, int]

    @classmethod
    def make(cls) -> Pipes:
        channel, their_channel = socket.socketpair()
        channel.setblocking(False)
        (stdout, their_stdout), (stderr, their_stderr) = os.pipe(), os.pipe()
        os.set_blocking(stdout, False)
        os.set_blocking(stderr, False)
        return cls(channel, stdout, stderr, (their_channel, their_stdout, their_stderr))

    def descriptors(self) -> tuple[int, int, int]:
        """Their side, as numbers."""
        channel, stdout, stderr = self.theirs
        return channel.fileno(), stdout, stderr

    def hand_over(self) -> None:
        channel, stdout, stderr = self.theirs
        channel.close()
        os.close(stdout)
        os.close(stderr)

    def close(self) -> None:
        self.channel.close()
        os.close(self.stdout)
        os.close(self.stderr)


@dataclass(frozen=True, slots=True)
class Listener:
    """Who follows a conversation.  `limit`: the seconds that a block (-1: an inline expression) of a note may take."""

    limit: Callable[[str, int], float]
    block: Callable[[str, int, Raw], None]
    inline: Callable[[str, int, Raw], None]


class Conversation:
    """Follows one process from its order to its end.

    `over` once nothing more will come; `done` if it came to the end of its order.  `running` is the note and block that
    it is in; `failure` why it did not come to its end, and `end` the status which that gives the block.
    """

    def __init__(
        self, pipes: Pipes, point: Point, order: Order, listener: Listener, selector: selectors.BaseSelector
    ) -> None:
        self.point = point
        self.over = self.done = False
        self.orphaned = False
        self.unforkable = ""
        self.running: tuple[str, int] | None = None
        self.failure: Failure | None = None
        self.end = Status.KILLED
        self.deadline = time.monotonic() + START_LIMIT
        self._pipes, self._listener, self._selector = pipes, listener, selector
        self._order = memoryview(order.pack())
        self._frames = Frames()
        self._printed = {pipes.stdout: Pieces(order.marker), pipes.stderr: Pieces(order.marker)}
        self._collected = Collected()
        self._last: tuple[Output, ...] = ()
        self._received = 0
        self._closed = False
        self._started = time.monotonic()
        self._register()

    def _register(self) -> None:
        both = selectors.EVENT_READ | selectors.EVENT_WRITE
        self._selector.register(self._pipes.channel, both, self._exchange)
        for fd in self._printed:
            self._selector.register(fd, selectors.EVENT_READ, lambda fd=fd: self._read_printed(fd))

    # --- what the process says -------------------------------------------------------------------------------------

    def _exchange(self) -> None:
        if self._order:
            self._send_order()
        if not self.over:
            self._read_channel()

    def _send_order(self) -> None:
        try:
            self._order = self._order[self._pipes.channel.send(self._order) :]
        except BlockingIOError:
            return
        except OSError:
            self._order = self._order[:0]  # it died; its end will tell
        if not self._order:
            self._selector.modify(self._pipes.channel, selectors.EVENT_READ, self._exchange)

    def _read_channel(self) -> None:
        """Takes what there is on the channel."""
        try:
            data = self._pipes.channel.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close_channel()
            return
        self._received += len(data)
        try:
            for frame in self._frames.feed(data):
                self._take(frame)
        except (BrokenFrameError, KeyError, TypeError):
            self._stop("Garbled", "what it reported could not be read")
        self._check_flood()

    def _close_channel(self) -> None:
        """The other end is closed: most likely it died, and its end is about to be told; else it is ended soon."""
        if not self._closed:
            self._closed = True
            self._selector.unregister(self._pipes.channel)
            self.deadline = min(self.deadline, time.monotonic() + _GRACE)

    def _take(self, frame: Mapping[str, Any]) -> None:
        if self.over or self.failure is not None:
            return
        if "start" in frame:
            self._start(str(frame["note"]), int(frame["start"]))
        elif "output" in frame:
            output = Output(frame["output"], str(frame["text"]), frame["data"])
            self._collected.add(int(frame["number"]), output)
        elif "end" in frame:
            self._end_block(frame)
        elif "inline" in frame:
            self._end_inline(frame)
        elif frame.get("done"):
            self.unforkable = str(frame["unforkable"])
            self.done = True
            self._finish()

    def _start(self, note: str, index: int) -> None:
        self.running = note, index
        self._started = time.monotonic()
        self.deadline = self._started + self._listener.limit(note, index)

    def _end_block(self, frame: Mapping[str, Any]) -> None:
        note, index = self._ended(int(frame["end"]))
        error = Failure(**frame["error"]) if frame["error"] else None
        outputs, value = self._outputs(), frame["value"]
        raw = Raw(float(frame["seconds"]), Status.RAN, outputs, value, error, now(), frame["seen"])
        self._listener.block(note, index, raw)

    def _end_inline(self, frame: Mapping[str, Any]) -> None:
        note, _ = self._ended(-1)
        self._outputs()
        error = Failure(**frame["error"]) if frame["error"] else None
        raw = Raw(0.0, Status.RAN, (), str(frame["text"]), error, now(), frame["seen"])
        self._listener.inline(note, int(frame["inline"]), raw)

    def _ended(self, index: int) -> tuple[str, int]:
        if self.running is None or self.running[1] != index:
            raise BrokenFrameError("the end of what never began")
        running, self.running = self.running, None
        self._received = 0
        self.deadline = time.monotonic() + START_LIMIT
        return running

    def _outputs(self) -> tuple[Output, ...]:
        """All that came out since the last time, in order."""
        for fd in self._printed:
            self._drain(fd)
        stdout, stderr = (pieces.take() for pieces in self._printed.values())
        for number, text in stdout:
            self._collected.add(number, Output("stdout", text))
        for number, text in stderr:
            self._collected.add(number, Output("stderr", text))
        outputs, self._collected = self._collected.ordered(), Collected()
        return outputs

    # --- what it prints --------------------------------------------------------------------------------------------

    def _read_printed(self, fd: int) -> None:
        data = self._read_pipe(fd)
        if data is not None:
            self._printed[fd].feed(data)
            self._check_flood()

    def _read_pipe(self, fd: int) -> bytes | None:
        try:
            data = os.read(fd, _READ)
        except BlockingIOError:
            return None
        if not data:
            with suppress(KeyError):
                self._selector.unregister(fd)
            return None
        return data

    def _drain(self, fd: int) -> None:
        """Reads what a pipe holds now: all of a block that has ended, and little of what others go on writing."""
        for _ in range(8):
            data = self._read_pipe(fd)
            if data is None:
                return
            self._printed[fd].feed(data)

    def _check_flood(self) -> None:
        if self._received + sum(pieces.total for pieces in self._printed.values()) > _FLOOD:
            self._stop("OutputLimit", f"it gave more than {_FLOOD >> 20} MB of output")

    # --- its end ---------------------------------------------------------------------------------------------------

    def expire(self) -> None:
        """Its time is up."""
        if self.failure is not None:  # it was killed, and nobody says that it died
            self._finish()
            return
        if self._closed:
            self._stop("Closed", _CLOSED)
        elif self.running is not None:
            limit = self._listener.limit(*self.running)
            self._stop("Timeout", f"it was stopped after {limit:g} s", Status.TIMEOUT)
        else:
            self._stop("Timeout", "its process did not begin in time")

    def _stop(self, kind: str, message: str, end: Status = Status.KILLED) -> None:
        """Kills the process for a reason of ours; the conversation is over when its end is told."""
        if self.failure is None and not self.over:
            self.failure, self.end = Failure(kind, message, 0, ""), end
            self.deadline = time.monotonic() + _END_LIMIT
            self.point.kill()

    def ended(self, status: int | None, error: str) -> None:
        """Its process has ended; what it said before still counts."""
        if self.over:
            return
        if self._read_rest():
            return
        if self.failure is None:
            self.orphaned = status is None and not error
            self.failure = _why(status, error)
        self._finish()

    def _read_rest(self) -> bool:
        """Takes what it said before its end; whether that was all of its order."""
        before = None
        while not (self.over or self._closed) and before != (self._received, self.running):
            before = self._received, self.running
            self._read_channel()
        return self.over

    def rest(self) -> Raw:
        """What the block gave in which the process ended."""
        return Raw(time.monotonic() - self._started, self.end, self._last, None, self.failure, now())

    def _finish(self) -> None:
        self._last = self._outputs()
        self.close()

    def close(self) -> None:
        """Lets go of what connects us with the process."""
        if self.over:
            return
        self.over = True
        for source in (self._pipes.channel.fileno(), *self._printed):
            with suppress(KeyError):
                self._selector.unregister(source)
        self._pipes.close()


_CLOSED = "it closed the channel over which it reports"
_CRASHED = "its process could not go on after a block; most likely it had no memory left"


def _why(status: int | None, error: str) -> Failure:
    return Failure("Killed", error or " ".join(_ending(status)), 0, "")


_OURS: Mapping[int | None, str] = {CLOSED: _CLOSED, CRASHED: _CRASHED}


def _ending(status: int | None) -> Iterator[str]:
    if status in _OURS:
        yield _OURS[status]
    elif status is None:
        yield "its process vanished"
    elif status < 0:
        yield f"its process was ended by {_signal_name(-status)}"
        if -status == signal.SIGKILL:
            yield "(the system does that when memory runs out)"
    else:
        yield f"its process ended with status {status} before the block did"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
