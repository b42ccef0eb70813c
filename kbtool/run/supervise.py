"""Runs tasks in processes, as many at once as wished, and makes results of what comes back.

One thread, one loop.  It never runs a note's code and never waits for a note longer than the note's limit: whatever a
process does, its end is decided here, by SIGKILL.
"""

from __future__ import annotations

import secrets
import selectors
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from kbtool.run.conversation import Conversation, Listener
from kbtool.run.interrupts import between_messages
from kbtool.run.job import NoteJob, Settings
from kbtool.run.notelog import NoteLog, OnBlock, Terms, sound, unmet
from kbtool.run.notememory import Forgetful, NoteMemory
from kbtool.run.point import dispatch
from kbtool.run.recall import Recall
from kbtool.run.results import NoteResult
from kbtool.run.tasks import Task, tasks_of
from kbtool.run.verdict import Raw
from kbtool.run.wire import Order

__all__ = ["Backend", "supervise"]


class Backend(Protocol):
    """How processes come to be; `forks` if the state of one can be forked for another."""

    selector: selectors.BaseSelector
    forks: bool

    def devices(self) -> tuple[str, ...]:
        """The devices of the machine that the processes run on."""

    def packages(self) -> tuple[str, ...]:
        """The packages that the processes have imported before they begin (see `Loaded`)."""

    def start(
        self, order: Callable[[Path], Order], base: Conversation | None, listener: Listener, more: int, /
    ) -> Conversation:
        """A process that does what `order` says for the folder it gets; `more` tasks are still to come."""

    def release(self, conversation: Conversation) -> None:
        """Nobody needs the process any more, nor its state."""

    def settle(self) -> None:
        """Waits until everything started is gone."""


def supervise(
    jobs: Sequence[NoteJob], settings: Settings, backend: Backend, on_block: OnBlock, recall: Recall | None = None
) -> dict[str, NoteResult]:
    """Runs the jobs, which come in an order in which requirements stand first.

    What `recall` remembers of them is what they must give again, and what they give anew it remembers.
    """
    run = _Run(jobs, settings, backend, on_block, recall)
    with between_messages(backend.selector):
        try:
            run.loop()
        finally:
            run.abandon()
    return {job.path: run.results[job.path] for job in jobs}


class _Run:
    """One run: what waits, what runs, which finished states are kept for others."""

    def __init__(
        self,
        jobs: Sequence[NoteJob],
        settings: Settings,
        backend: Backend,
        on_block: OnBlock,
        recall: Recall | None,
    ) -> None:
        self.results: dict[str, NoteResult] = {}
        self._backend = backend
        self._terms = recall.terms if recall else Terms(settings, backend.devices())
        self._memories = _memories(jobs, recall, backend)
        self._tasks = tasks_of(jobs)
        self._jobs = {job.path: job for job in jobs}
        self._logs = {job.path: NoteLog(job, self._terms, on_block) for job in jobs}
        self._waiting = list(self._tasks)
        self._running: dict[str, Conversation] = {}
        self._states: dict[str, Conversation] = {}
        self._unsound: set[str] = set()
        self._alone: set[str] = set()
        self._most = settings.at_once
        self._dependents = Counter(task.base for task in self._tasks.values())

    def loop(self) -> None:
        while self._waiting or self._running:
            self._start_what_can()
            self._listen()
            for path in [path for path, conversation in self._running.items() if conversation.over]:
                self._finish(path, self._running.pop(path))

    def abandon(self) -> None:
        """Ends whatever is left: nothing, unless the run was broken off."""
        for conversation in (*self._running.values(), *self._states.values()):
            self._backend.release(conversation)
        self._running.clear()
        self._states.clear()
        self._backend.settle()

    def _listen(self) -> None:
        if not self._running:
            return
        earliest = min(conversation.deadline for conversation in self._running.values())
        dispatch(self._backend.selector, earliest - time.monotonic())
        if self._overdue():
            # What they said while we were busy with others still counts.
            dispatch(self._backend.selector, 0)
        for conversation in self._overdue():
            conversation.expire()

    def _overdue(self) -> list[Conversation]:
        now = time.monotonic()
        return [one for one in self._running.values() if not one.over and one.deadline <= now]

    # --- starting --------------------------------------------------------------------------------------------------

    def _start_what_can(self) -> None:
        for path in list(self._waiting):
            if len(self._running) >= self._most:
                return
            task = self._tasks[path]
            if any(required.path not in self.results for required in task.before):
                continue
            reason = self._why_not(task)
            if reason or not self._has_work(task):
                self._waiting.remove(path)
                self._close(path, reason)
            elif self._has_room(task):
                self._waiting.remove(path)
                self._running[path] = self._start(task)

    def _why_not(self, task: Task) -> str:
        if task.job.skip:
            return task.job.skip
        return unmet(task.before, self._unsound)

    def _has_work(self, task: Task) -> bool:
        """A note without a block of its own may still be the state that another starts from."""
        own = any(self._terms.runs(task.job, block) for block in task.job.blocks) or bool(task.job.inline)
        return own or (bool(task.before) and self._dependents[task.job.path] > 0)

    def _has_room(self, task: Task) -> bool:
        if not self._running:
            return True
        if task.job.path in self._alone or self._alone & self._running.keys():
            return False
        taken = {device for path in self._running for device in self._hardware(self._tasks[path])}
        return not taken & self._hardware(task)

    def _hardware(self, task: Task) -> set[str]:
        return {device for job in (task.job, *task.before) for device in self._terms.hardware(job)}

    def _start(self, task: Task) -> Conversation:
        base = None if task.job.path in self._alone or self._hardware(task) else self._states.get(task.base)
        if base is not None and base.point.gone:
            base = None
        replayed = task.rest if base is not None else task.before
        memory = self._memories[task.job.path]
        listener = Listener(self._limit, self._on_block(task), self._on_inline(task))

        def order(folder: Path) -> Order:
            steps = [self._terms.work(job, folder / f"before-{n}", replay=True) for n, job in enumerate(replayed)]
            return Order(
                notes=(*steps, self._terms.work(task.job, folder / "note", replay=memory.replays)),
                root=str(self._terms.settings.root.resolve()),
                places=self._terms.settings.places,
                seed=self._terms.settings.seed,
                threads=self._terms.settings.threads,
                marker=secrets.token_hex(8),
                keep=self._backend.forks and self._dependents[task.job.path] > 0 and not self._hardware(task),
            )

        return self._backend.start(order, base, listener, len(self._waiting))

    def _limit(self, note: str, index: int) -> float:
        job = self._jobs[note]
        return self._terms.limit(job, next((block for block in job.blocks if block.index == index), None))

    def _on_block(self, task: Task) -> Callable[[str, int, Raw], None]:
        log, memory = self._logs[task.job.path], self._memories[task.job.path]

        def take(note: str, index: int, raw: Raw) -> None:
            if note == task.job.path:
                log.block(index, *memory.take(raw))
            else:
                memory.carry(raw)

        return take

    def _on_inline(self, task: Task) -> Callable[[str, int, Raw], None]:
        log, memory = self._logs[task.job.path], self._memories[task.job.path]
        return lambda _note, index, raw: log.inline(index, memory.take(raw)[0])

    # --- finishing -------------------------------------------------------------------------------------------------

    def _finish(self, path: str, conversation: Conversation) -> None:
        if conversation.done:
            self._keep(path, conversation)
            self._close(path)
            return
        self._backend.release(conversation)
        if conversation.orphaned and path not in self._alone:
            # Somebody killed the process above it.  Run it again with nobody beside: then it is clear who did.
            self._alone.add(path)
            self._logs[path].restart()
            self._memories[path].restart()
            self._waiting.append(path)
            return
        self._unsound.add(path)
        self._close(path, self._blame(path, conversation))

    def _keep(self, path: str, conversation: Conversation) -> None:
        if self._dependents[path] and self._backend.forks and not conversation.unforkable:
            self._states[path] = conversation
        else:
            self._backend.release(conversation)

    def _blame(self, path: str, conversation: Conversation) -> str:
        """Notes in which block a process ended; the reason why those after it do not run."""
        if conversation.running is None or conversation.running[0] == path:
            self._logs[path].died(self._memories[path].take(conversation.rest())[0])
            return ""
        return f"'{conversation.running[0]}', which it requires, did not come to its end when it ran again"

    def _close(self, path: str, reason: str = "") -> None:
        """Stores a note's result; the state that it started from may not be needed any more."""
        for index, raw in self._memories[path].close():
            self._logs[path].inline(index, raw)
        result = self.results[path] = self._logs[path].close(reason)
        if not sound(result, self._jobs[path]):
            self._unsound.add(path)
        if path not in self._states:
            self._let_go(self._tasks[path].base)

    def _let_go(self, base: str) -> None:
        """One less depends on a state: a note that has run, or a state forked from it, which would die with it."""
        self._dependents[base] -= 1
        while base in self._states and not self._dependents[base]:
            self._backend.release(self._states.pop(base))
            base = self._tasks[base].base
            self._dependents[base] -= 1


def _memories(jobs: Sequence[NoteJob], recall: Recall | None, backend: Backend) -> Mapping[str, NoteMemory | Forgetful]:
    if recall is None:
        return {job.path: Forgetful() for job in jobs}
    recall.preloaded = backend.packages()
    return recall.notes
