"""Whom a command tells how far it is, and the clock that does so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kbtool.run.results import BlockResult

__all__ = ["SILENT", "Clock", "Listener"]


class Listener(Protocol):
    """Who wants to know how far things are."""

    def stage(self, name: str, total: int) -> None: ...
    def step(self) -> None: ...
    def block(self, result: BlockResult) -> None: ...
    def waits(self) -> None: ...


class _Silent:
    def stage(self, name: str, total: int) -> None:
        pass

    def step(self) -> None:
        pass

    def block(self, result: BlockResult) -> None:
        pass

    def waits(self) -> None:
        pass


SILENT: Listener = _Silent()


@dataclass(slots=True)
class Clock:
    """Adds up the seconds of each stage and tells the listener of it."""

    listener: Listener
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str, total: int = 0) -> Iterator[None]:
        self.listener.stage(name, total)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 4)
