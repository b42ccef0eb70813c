"""The executor for systems without a safe fork: workers that have imported everything; each runs one note and ends.

The import is hidden, not saved, and no state is forked: what a note requires runs again before it, in its process.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kbtool.run.conversation import START_LIMIT, Conversation, Listener, Pipes
from kbtool.run.environment import child_environment
from kbtool.run.job import ExecutorUnavailableError, NoteJob, RunFailedError, Settings
from kbtool.run.notelog import OnBlock
from kbtool.run.point import Point, dispatch, pair
from kbtool.run.processes import made_folder, remove_folder
from kbtool.run.recall import Recall
from kbtool.run.results import NoteResult
from kbtool.run.supervise import supervise
from kbtool.run.wire import Order

__all__ = ["SpawnExecutor"]

_PATIENCE = 10.0
_SHELL_SIGNALS, _LOST = 128, 70


@dataclass(slots=True)
class _Worker:
    """A worker and, on Linux, its guard, which is the process that was started."""

    process: subprocess.Popen[bytes]
    life: int
    point: Point
    pipes: Pipes
    folder: Path

    def status(self) -> int | None:
        """How it ended; a guard tells signals as shells do."""
        try:
            code = self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            return None
        return _SHELL_SIGNALS - code if code > _SHELL_SIGNALS else code

    def end(self) -> None:
        """Ends it with everything below; returns when nothing is left."""
        self.point.close()
        if self.life >= 0:
            os.close(self.life)
            self.life = -1
        if self.status() is None:
            self.process.kill()
            self.process.wait()
        remove_folder(str(self.folder))


def _start_worker(settings: Settings, selector: selectors.BaseSelector) -> _Worker:
    try:
        with made_folder() as folder:
            return _started_in(folder, settings, selector)
    except OSError as error:
        raise RunFailedError(f"a process that runs notes could not be started: {error}") from error


def _started_in(folder: Path, settings: Settings, selector: selectors.BaseSelector) -> _Worker:
    control, theirs = pair()
    pipes = Pipes.make()
    channel, stdout, stderr = pipes.descriptors()
    their_life, life = os.pipe()
    passed = (their_life, channel, theirs.fileno())
    arguments = [*map(str, passed), str(os.getpid()), str(folder), str(settings.memory), *settings.preload]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "kbtool.run.worker", *arguments],
        env=child_environment(settings.env),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        pass_fds=passed,
        start_new_session=True,
    )
    pipes.hand_over()
    theirs.close()
    os.close(their_life)
    return _Worker(process, life, Point(control, selector), pipes, folder)


class SpawnExecutor:
    """Runs each note in a worker of its own; a few wait with everything imported as long as this is entered."""

    forks = False

    def __init__(self, settings: Settings) -> None:
        if sys.platform == "win32":
            raise ExecutorUnavailableError("the executor 'spawn' does not work on Windows; 'inline' does")
        self.selector: selectors.BaseSelector = selectors.DefaultSelector()
        self._settings = settings
        self._most = settings.at_once
        self._waiting: deque[_Worker] = deque()
        self._busy: dict[Conversation, _Worker] = {}

    def __enter__(self) -> SpawnExecutor:
        self._waiting.append(_start_worker(self._settings, self.selector))
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._waiting:
            worker.pipes.close()
            worker.end()
        self.selector.close()

    def run(self, jobs: Sequence[NoteJob], on_block: OnBlock, recall: Recall | None = None) -> dict[str, NoteResult]:
        return supervise(jobs, self._settings, self, on_block, recall)

    # --- as a backend ----------------------------------------------------------------------------------------------

    def devices(self) -> tuple[str, ...]:
        return tuple(self._ready().facts["devices"])

    def packages(self) -> tuple[str, ...]:
        return tuple(self._ready().facts["packages"])

    def _ready(self) -> Point:
        """A worker that has imported everything."""
        if not self._waiting:
            self._waiting.append(_start_worker(self._settings, self.selector))
        point, deadline = self._waiting[0].point, time.monotonic() + START_LIMIT
        while not point.facts:
            if point.gone or time.monotonic() > deadline:
                raise RunFailedError("the process that runs notes could not be started")
            dispatch(self.selector, deadline - time.monotonic())
        return point

    def start(
        self, order: Callable[[Path], Order], base: Conversation | None, listener: Listener, more: int, /
    ) -> Conversation:
        assert base is None, "no state is kept, so none can be asked for"
        worker = self._waiting.popleft() if self._waiting else _start_worker(self._settings, self.selector)
        while len(self._waiting) < min(self._most, more):
            self._waiting.append(_start_worker(self._settings, self.selector))
        conversation = Conversation(worker.pipes, worker.point, order(worker.folder), listener, self.selector)
        self._busy[conversation] = worker
        worker.point.on_gone = lambda: conversation.ended(worker.status(), "")
        if worker.point.gone:
            conversation.ended(worker.status(), "")
        return conversation

    def release(self, conversation: Conversation) -> None:
        conversation.close()
        self._busy.pop(conversation).end()

    def settle(self) -> None:
        """Nothing to do: `release` waits for the worker that it ends."""
