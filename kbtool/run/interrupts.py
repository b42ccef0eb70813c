"""Ctrl-C at a moment at which nothing is lost by it."""

from __future__ import annotations

import selectors
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["between_messages"]


@contextmanager
def between_messages(selector: selectors.BaseSelector) -> Iterator[None]:
    """Ctrl-C takes effect when `selector` is next asked who has something to say, as if it were a message itself.

    At any other moment it could tear apart the taking of a message: a process whose end went unheard that way would be
    waited for in vain.  In other threads than the first, which hear no signals, nothing changes.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    heard, told = socket.socketpair()
    heard.setblocking(False)
    told.setblocking(False)

    def take() -> None:
        if signal.SIGINT in heard.recv(64):
            before(signal.SIGINT, None)

    selector.register(heard, selectors.EVENT_READ, take)
    earlier = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        signal.set_wakeup_fd(earlier)
        selector.unregister(heard)
        heard.close()
        told.close()
