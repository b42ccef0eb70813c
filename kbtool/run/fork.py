"""The standard executor on Linux: a server with everything imported, forked for every chain of notes.

    supervisor -> guard -> fork server -> first process of a chain -> note -> notes that require it

The supervisor (this module) holds a socket to each of them.  The guard is a small process that ends everything below it
when the supervisor ends, however it ends; `processes.guard` says how.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kbtool.run.conversation import START_LIMIT, Conversation, Listener, Pipes
from kbtool.run.environment import child_environment
from kbtool.run.job import NoteJob, RunFailedError, Settings
from kbtool.run.notelog import OnBlock
from kbtool.run.point import Point, dispatch, pair
from kbtool.run.processes import made_folder, remove_folder
from kbtool.run.recall import Recall
from kbtool.run.results import NoteResult
from kbtool.run.supervise import supervise
from kbtool.run.wire import Order

__all__ = ["ForkExecutor", "can_fork"]

_PATIENCE = 10.0


def can_fork() -> bool:
    """Whether this system has what this executor needs: Linux 5.3 or later, and the right to use it."""
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


@dataclass(slots=True)
class _Server:
    """The running server: its guard, the pipe whose closing ends it, where its last words go, and how to fork it."""

    guard: subprocess.Popen[bytes]
    life: int
    log: IO[bytes]
    point: Point
    folder: Path

    def last_words(self) -> str:
        self.log.seek(0)
        return self.log.read().decode("utf-8", "replace").strip()[-2000:]

    def end_orphans(self) -> None:
        """A chain was killed from below and could not end what its notes had left: the guard does."""
        with suppress(OSError):
            os.write(self.life, b".")

    def end(self) -> None:
        """Ends it with everything below; returns when nothing is left."""
        self.point.close()
        os.close(self.life)
        try:
            self.guard.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.guard.kill()
            self.guard.wait()
        remove_folder(str(self.folder))
        self.log.close()


def _start_server(settings: Settings, selector: selectors.BaseSelector) -> _Server:
    try:
        with made_folder() as folder:
            return _started_in(folder, settings, selector)
    except OSError as error:
        raise RunFailedError(f"the process that runs notes could not be started: {error}") from error


def _started_in(folder: Path, settings: Settings, selector: selectors.BaseSelector) -> _Server:
    control, theirs = pair()
    their_life, life = os.pipe()
    log = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the server ends
    arguments = [str(their_life), str(theirs.fileno()), str(os.getpid()), str(folder), *settings.preload]
    guard = subprocess.Popen(
        [sys.executable, "-P", "-m", "kbtool.run.server", *arguments],
        env=child_environment(settings.env),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=(their_life, theirs.fileno()),
        start_new_session=True,
    )
    theirs.close()
    os.close(their_life)
    return _Server(guard, life, log, Point(control, selector), folder)


@dataclass(slots=True)
class _Chain:
    """The first process of a chain: `users` are the processes of notes below it that are still needed."""

    point: Point
    folder: Path
    notes: int = 0
    users: int = 0


class ForkExecutor:
    """Runs notes by forking a server that has their packages imported; the server lives as long as this is entered."""

    forks = True

    def __init__(self, settings: Settings) -> None:
        self.selector: selectors.BaseSelector = selectors.DefaultSelector()
        self._settings = settings
        self._server: _Server | None = None
        self._chains: dict[Conversation, _Chain] = {}
        self._ending: set[Path] = set()
        self._numbers = 0

    def __enter__(self) -> ForkExecutor:
        """Starts the server and does not wait for it."""
        self._server = _start_server(self._settings, self.selector)
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.end()
            self._server = None
        self.selector.close()

    def run(self, jobs: Sequence[NoteJob], on_block: OnBlock, recall: Recall | None = None) -> dict[str, NoteResult]:
        return supervise(jobs, self._settings, self, on_block, recall)

    # --- as a backend ----------------------------------------------------------------------------------------------

    def devices(self) -> tuple[str, ...]:
        return tuple(self._ready().point.facts["devices"])

    def packages(self) -> tuple[str, ...]:
        return tuple(self._ready().point.facts["packages"])

    def start(
        self, order: Callable[[Path], Order], base: Conversation | None, listener: Listener, _more: int, /
    ) -> Conversation:
        chain = self._chains[base] if base is not None else self._new_chain()
        parent = base.point if base is not None else chain.point
        chain.notes += 1
        what = order(chain.folder / str(chain.notes))
        pipes = Pipes.make()
        control, theirs = pair()
        conversation = Conversation(pipes, Point(control, self.selector), what, listener, self.selector)
        self._chains[conversation] = chain
        chain.users += 1
        parent.fork({"fork": "note"}, (*pipes.descriptors(), theirs.fileno()), conversation.ended)
        pipes.hand_over()
        theirs.close()
        return conversation

    def release(self, conversation: Conversation) -> None:
        conversation.close()
        conversation.point.close()
        chain = self._chains.pop(conversation)
        chain.users -= 1
        if not chain.users:
            chain.point.close()

    def settle(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while self._ending and time.monotonic() < deadline and self._server is not None and not self._server.point.gone:
            dispatch(self.selector, deadline - time.monotonic())

    # --- server and chains -----------------------------------------------------------------------------------------

    def _ready(self) -> _Server:
        """The server, once it has imported everything; a new one if it was killed."""
        dispatch(self.selector, 0)  # its death may not have been noticed yet
        if self._server is not None and self._server.point.gone and self._server.point.facts:
            self._server.end()
            self._ending.clear()
            self._server = _start_server(self._settings, self.selector)
        server = self._server
        assert server is not None, "the executor must be entered first"
        deadline = time.monotonic() + START_LIMIT
        while not server.point.facts:
            if server.point.gone or time.monotonic() > deadline:
                words = server.last_words() or "it said nothing"
                raise RunFailedError(f"the process that runs notes could not be started: {words}")
            dispatch(self.selector, deadline - time.monotonic())
        return server

    def _new_chain(self) -> _Chain:
        server = self._ready()
        self._numbers += 1
        folder = server.folder / f"chain-{self._numbers}"
        folder.mkdir(parents=True)  # the guard of a server that dies just now may have removed the parent
        control, theirs = pair()
        self._ending.add(folder)
        role = {"fork": "chain", "memory": self._settings.memory}
        server.point.fork(role, [theirs.fileno()], lambda status, _error: self._chain_ended(server, folder, status))
        theirs.close()
        return _Chain(Point(control, self.selector), folder)

    def _chain_ended(self, server: _Server, folder: Path, status: int | None) -> None:
        if status != 0:
            server.end_orphans()
        remove_folder(str(folder))
        self._ending.discard(folder)
