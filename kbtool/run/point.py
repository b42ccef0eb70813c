"""A process that waits to be forked, seen from the supervisor; the other side is `child`."""

from __future__ import annotations

import itertools
import selectors
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from kbtool.run.processes import Handle
from kbtool.run.wire import receive, send

__all__ = ["Ended", "Point", "dispatch", "pair"]

Ended = Callable[[int | None, str], None]
"""Told when a process has ended: its exit status (negative = signal), None where nobody is left to know; and why."""


def pair() -> tuple[socket.socket, socket.socket]:
    """Both ends of a control socket, the first for the supervisor."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    return ours, theirs


def dispatch(selector: selectors.BaseSelector, timeout: float) -> None:
    """Waits for at most `timeout` seconds and calls back whoever has something to read."""
    for key, _ in selector.select(max(0.0, timeout)):
        if selector.get_map().get(key.fd) is key:  # else an earlier one of this round has closed it
            key.data()


class Point:
    """One such process.  `facts` is its first message; `gone` once its end of the socket is closed."""

    def __init__(self, control: socket.socket, selector: selectors.BaseSelector) -> None:
        self.facts: Mapping[str, Any] = {}
        self.handle: Handle | None = None
        self.gone = False
        self.on_gone: Callable[[], None] = lambda: None
        self._control, self._selector = control, selector
        self._children: dict[int, Ended] = {}
        self._numbers = itertools.count()
        selector.register(control, selectors.EVENT_READ, self._read)

    def fork(self, role: Mapping[str, object], descriptors: Sequence[int], ended: Ended) -> None:
        """Asks for a new process with these descriptors; it need not exist yet when this returns."""
        number = next(self._numbers)
        self._children[number] = ended
        try:
            send(self._control, {**role, "id": number}, descriptors)
        except OSError:
            self._vanish()

    def close(self) -> None:
        """Lets the process end; those forked from it end with it."""
        if self._control.fileno() >= 0:
            with suppress(KeyError):
                self._selector.unregister(self._control)
            self._control.close()
        self._forget_handle()

    def kill(self) -> None:
        if self.handle is not None:
            self.handle.kill()

    def _read(self) -> None:
        try:
            message, descriptors = receive(self._control)
        except BlockingIOError:
            return
        if message is None:
            self._vanish()
        elif "pid" in message:
            self.handle = Handle(message["pid"], descriptors[0] if descriptors else -1)
            self.facts = message
            if self.handle.fd >= 0:
                # The socket alone does not tell: a copy that a note made of its process may hold it open.
                self._selector.register(self.handle.fd, selectors.EVENT_READ, self._die)
        else:
            number = message["ended"] if "ended" in message else message["failed"]
            self._children.pop(number)(message.get("status"), message.get("error", ""))

    def _die(self) -> None:
        """The process has ended; what it said before still counts."""
        for _ in range(len(self._children)):
            self._read()
        self._vanish()

    def _forget_handle(self) -> None:
        if self.handle is not None:
            with suppress(KeyError):
                self._selector.unregister(self.handle.fd)
            self.handle.close()
            self.handle = None

    def _vanish(self) -> None:
        if self.gone:
            return
        self.gone = True
        with suppress(KeyError):
            self._selector.unregister(self._control)
        self._forget_handle()
        for ended in list(self._children.values()):
            ended(None, "")
        self._children.clear()
        self.on_gone()
