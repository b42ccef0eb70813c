"""Runs tasks in processes, as many at once as wished, and makes results of what comes back.

One thread, one loop.  It never runs a note's code and never waits for a note longer than the note's limit: whatever a
process does, its end is decided here, by SIGKILL.
"""

from __future__ import annotations

import secrets
import selectors
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kbtool.parallel import cores
from kbtool.run.conversation import Conversation, Listener
from kbtool.run.devices import choose, kind
from kbtool.run.job import NoteJob, Settings
from kbtool.run.point import dispatch
from kbtool.run.results import BlockResult, Failure, InlineValue, NoteResult, Status
from kbtool.run.tasks import Task, tasks_of
from kbtool.run.verdict import Raw, carries_on, result_of, skipped
from kbtool.run.wire import BlockWork, InlineWork, NoteWork, Order

if TYPE_CHECKING:
    from kbtool.note import CodeBlock

__all__ = ["Backend", "NoteLog", "OnBlock", "Terms", "skip_all", "sound", "supervise"]

OnBlock = Callable[[BlockResult], None]


class Backend(Protocol):
    """How processes come to be; `forks` if the state of one can be forked for another."""

    selector: selectors.BaseSelector
    forks: bool

    def devices(self) -> tuple[str, ...]:
        """The devices of the machine that the processes run on."""

    def start(
        self, order: Callable[[Path], Order], base: Conversation | None, listener: Listener, more: int, /
    ) -> Conversation:
        """A process that does what `order` says for the folder it gets; `more` tasks are still to come."""

    def release(self, conversation: Conversation) -> None:
        """Nobody needs the process any more, nor its state."""

    def settle(self) -> None:
        """Waits until everything started is gone."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings and the devices come to for single blocks."""

    settings: Settings
    devices: tuple[str, ...]

    def device(self, job: NoteJob, block: CodeBlock) -> str | None:
        return choose(self.wish(job, block), self.devices)

    def wish(self, job: NoteJob, block: CodeBlock) -> str:
        """The device that a block asks for: config, note, block, command line, in rising priority."""
        if self.settings.device_forced:
            return self.settings.device
        return block.options.device or job.device or self.settings.device

    def documented_device(self, job: NoteJob, block: CodeBlock) -> str:
        """The device that the note's outputs came from: the one it asks for, whatever the command line says."""
        standard = "cpu" if self.settings.device_forced else self.settings.device
        wish = block.options.device or job.device or standard
        return choose(wish, self.devices) or wish

    def limit(self, job: NoteJob, block: CodeBlock | None) -> float:
        own = block.options.timeout if block is not None else None
        return next(limit for limit in (own, job.timeout, self.settings.timeout) if limit is not None)

    def runs(self, job: NoteJob, block: CodeBlock) -> bool:
        return block.options.eval and self.device(job, block) is not None

    def work(self, job: NoteJob, folder: Path, *, replay: bool = False) -> NoteWork:
        blocks = tuple(self._block(job, block) for block in job.blocks if self.runs(job, block))
        inline = tuple(InlineWork(i, code.expression, code.line) for i, code in enumerate(job.inline))
        return NoteWork(job.path, str(folder), blocks, () if replay else inline, replay)

    def _block(self, job: NoteJob, block: CodeBlock) -> BlockWork:
        options = block.options
        return BlockWork(
            index=block.index,
            source=block.source,
            line=block.line,
            device=self.device(job, block) or "cpu",
            warnings=options.warning,
            width=options.fig_width,
            height=options.fig_height,
        )

    def hardware(self, job: NoteJob) -> frozenset[str]:
        """The devices, CPU aside, that a note uses; only one process may use each."""
        found = {self.device(job, block) for block in job.blocks if self.runs(job, block)}
        return frozenset(device for device in found if device is not None and kind(device) != "cpu")


@dataclass(slots=True)
class NoteLog:
    """The results of one note as they come; each block is told once, in the order of the note."""

    job: NoteJob
    terms: Terms
    on_block: OnBlock
    _results: list[BlockResult] = field(default_factory=list)
    _inline: list[InlineValue] = field(default_factory=list)
    _told: int = 0

    def block(self, index: int, raw: Raw) -> None:
        """Takes what a block gave; blocks before it that were not to run are skipped."""
        for block in self.job.blocks[len(self._results) :]:
            if block.index == index:
                device = self.terms.device(self.job, block) or "cpu"
                documented = self.terms.documented_device(self.job, block)
                self._tell(result_of(self.job, block, raw, device, documented))
                return
            self._tell(self._not_run(block, ""))

    def inline(self, index: int, text: str, error: Failure | None) -> None:
        code = self.job.inline[index]
        self._inline.append(InlineValue(code.expression, code.line, text, error))

    def died(self, raw: Raw) -> None:
        """The process ended before its order did: the first block without a result is the one that it ended in."""
        following = next((b for b in self.job.blocks[len(self._results) :] if self.terms.runs(self.job, b)), None)
        if following is not None:
            self.block(following.index, raw)
        elif len(self._inline) < len(self.job.inline):
            self.inline(len(self._inline), "", raw.error)

    def close(self, reason: str = "") -> NoteResult:
        """The note's result; the blocks without one are skipped, by default for the reason of the last one."""
        if not reason and self._results and not carries_on(self._results[-1]):
            reason = f"block {self._results[-1].index + 1} did not come to its end"
        for block in self.job.blocks[len(self._results) :]:
            self._tell(self._not_run(block, reason))
        return NoteResult(self.job.path, tuple(self._results), tuple(self._inline))

    def restart(self) -> None:
        """Forgets everything, because the note runs again; what was told is not told twice."""
        self._results.clear()
        self._inline.clear()

    def _not_run(self, block: CodeBlock, reason: str) -> BlockResult:
        if not block.options.eval:
            return skipped(self.job, block, "the block says `eval: false`")
        if self.terms.device(self.job, block) is None:
            wish = self.terms.wish(self.job, block)
            why = f"this machine has no device '{wish}'"
            return skipped(self.job, block, why, device=wish, device_missing=True)
        return skipped(self.job, block, reason)

    def _tell(self, result: BlockResult) -> None:
        self._results.append(result)
        if len(self._results) > self._told:
            self._told = len(self._results)
            self.on_block(result)


def supervise(
    jobs: Sequence[NoteJob], settings: Settings, backend: Backend, on_block: OnBlock
) -> dict[str, NoteResult]:
    """Runs the jobs, which come in an order in which requirements stand first."""
    run = _Run(jobs, settings, backend, on_block)
    try:
        run.loop()
    finally:
        run.abandon()
    return {job.path: run.results[job.path] for job in jobs}


class _Run:
    """One run: what waits, what runs, which finished states are kept for others."""

    def __init__(self, jobs: Sequence[NoteJob], settings: Settings, backend: Backend, on_block: OnBlock) -> None:
        self.results: dict[str, NoteResult] = {}
        self._backend = backend
        self._terms = Terms(settings, backend.devices())
        self._tasks = tasks_of(jobs)
        self._jobs = {job.path: job for job in jobs}
        self._logs = {job.path: NoteLog(job, self._terms, on_block) for job in jobs}
        self._waiting = list(self._tasks)
        self._running: dict[str, Conversation] = {}
        self._states: dict[str, Conversation] = {}
        self._unsound: set[str] = set()
        self._alone: set[str] = set()
        self._most = settings.jobs or cores()
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
        now = time.monotonic()
        for conversation in list(self._running.values()):
            if not conversation.over and conversation.deadline <= now:
                conversation.expire()

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
        broken = next((job.path for job in task.before if job.path in self._unsound), None)
        return f"'{broken}', which it requires, did not come to its end" if broken else ""

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
        listener = Listener(self._limit, self._on_block(task), self._on_inline(task))

        def order(folder: Path) -> Order:
            steps = [self._terms.work(job, folder / f"before-{n}", replay=True) for n, job in enumerate(replayed)]
            return Order(
                notes=(*steps, self._terms.work(task.job, folder / "note")),
                root=str(self._terms.settings.root.resolve()),
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
        log = self._logs[task.job.path]
        return lambda note, index, raw: log.block(index, raw) if note == task.job.path else None

    def _on_inline(self, task: Task) -> Callable[[str, int, str, Failure | None], None]:
        log = self._logs[task.job.path]
        return lambda _note, index, text, error: log.inline(index, text, error)

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
            self._logs[path].died(conversation.rest())
            return ""
        return f"'{conversation.running[0]}', which it requires, did not come to its end when it ran again"

    def _close(self, path: str, reason: str = "") -> None:
        """Stores a note's result; the state that it started from may not be needed any more."""
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


def sound(result: NoteResult, job: NoteJob) -> bool:
    """Whether other notes can start from the state of this one: all of it that was to run did run."""
    if job.skip:
        return False
    wanted = {block.index for block in job.blocks if block.options.eval}
    return not any(
        block.index in wanted and (block.status is Status.SKIPPED or not carries_on(block)) for block in result.blocks
    )


def skip_all(jobs: Sequence[NoteJob], settings: Settings, reason: str, on_block: OnBlock) -> dict[str, NoteResult]:
    """Results for notes none of which is run."""
    terms = Terms(settings, ("cpu",))
    return {job.path: NoteLog(job, terms, on_block).close(reason) for job in jobs}
