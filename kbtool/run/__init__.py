"""Running the Python blocks of notes, in processes of their own, whatever they do.

It is given notes in an order in which each stands after those that it requires, and gives back a result for each; of
links and pages it knows nothing.  How notes are run is a row of `EXECUTORS`; all rows keep the same contract.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, Self

from kbtool.run.job import ExecutorUnavailableError, NoteJob, RunFailedError, Settings
from kbtool.run.results import BlockResult, How, NoteResult
from kbtool.run.source import imports_packages

if TYPE_CHECKING:
    from pathlib import Path

    from kbtool.diagnostics import Diagnostic
    from kbtool.run.memory import Memory
    from kbtool.run.recall import Recall

__all__ = [
    "EXECUTORS",
    "Executor",
    "ExecutorUnavailableError",
    "NoteJob",
    "RunFailedError",
    "Settings",
    "diagnostics_of",
    "faults_of",
    "open_executor",
    "printed",
    "run",
    "run_twice",
]


class Executor(Protocol):
    """Runs notes while it is entered; it keeps what is costly to start from one `run` to the next."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def devices(self) -> tuple[str, ...]: ...
    def run(
        self, jobs: Sequence[NoteJob], on_block: Callable[[BlockResult], None], recall: Recall | None = None
    ) -> dict[str, NoteResult]: ...


# Imports are inside: the notes' own processes import this package too, and have no use for the supervisor's side.


def _fork(settings: Settings) -> Executor:
    from kbtool.run.fork import ForkExecutor, can_fork

    # Elsewhere a forked process may not use what the system's libraries started before.
    return ForkExecutor(settings) if can_fork() else _spawn(settings)


def _spawn(settings: Settings) -> Executor:
    from kbtool.run.spawn import SpawnExecutor

    return SpawnExecutor(settings)


def _inline(settings: Settings) -> Executor:
    from kbtool.run.inline import InlineExecutor

    return InlineExecutor(settings)


def _dask(_settings: Settings) -> Executor:
    raise ExecutorUnavailableError("the executor 'dask' is not available yet; 'fork' runs notes on this machine")


EXECUTORS: Mapping[str, Callable[[Settings], Executor]] = {
    "fork": _fork,
    "spawn": _spawn,
    "inline": _inline,
    "dask": _dask,
}


def open_executor(settings: Settings) -> Executor:
    """The executor that the settings name, to be entered with `with`.

    Raises ExecutorUnavailableError where it cannot work.
    """
    if settings.executor not in EXECUTORS:
        known = ", ".join(EXECUTORS)
        raise ExecutorUnavailableError(f"there is no executor '{settings.executor}'; there are {known}")
    return EXECUTORS[settings.executor](settings)


def run(
    jobs: Sequence[NoteJob],
    settings: Settings,
    on_block: Callable[[BlockResult], None] | None = None,
    memory: Memory | None = None,
) -> dict[str, NoteResult]:
    """Runs the jobs, which stand after those that they require; `on_block` is told each result as it comes.

    With a `memory`, what it remembers and still holds is not run again; where it remembers all, no process is started.
    What a note does is in its result; RunFailedError and ExecutorUnavailableError mean that no note could be run.
    """
    tell = on_block or (lambda _: None)
    if settings.sandbox == "require":
        from kbtool.run.notelog import skip_all

        return skip_all(jobs, settings, "the sandbox is required, and notes cannot be confined here", tell)
    if memory is None or settings.executor == "inline":
        return _run_all(jobs, settings, tell)
    return _run_rest(jobs, settings, tell, memory)


def _run_all(jobs: Sequence[NoteJob], settings: Settings, tell: Callable[[BlockResult], None]) -> dict[str, NoteResult]:
    with _open_for(jobs, settings) as executor:
        return executor.run(jobs, tell)


_ROUNDS = 3
"""How often notes run that others have overtaken; two are enough where each file is written by one note."""


def _run_rest(
    jobs: Sequence[NoteJob], settings: Settings, tell: Callable[[BlockResult], None], memory: Memory
) -> dict[str, NoteResult]:
    """Runs what is not remembered, and what notes that ran have made untrue."""
    with ExitStack() as stack:
        executor: Executor | None = None
        devices = memory.devices(jobs)
        if devices is None:
            executor = stack.enter_context(_open_for(jobs, settings))
            devices = executor.devices()
            memory.learn(devices)
        recall, following = memory.recall(jobs, devices), None
        results = recall.told(tell)
        for _ in range(_ROUNDS):
            if not recall.needed:
                break
            executor = executor or stack.enter_context(_open_for(recall.needed, settings))
            results |= executor.run(recall.needed, _of_news(tell, results), recall)
            following = recall.following()
            if following is None:
                break
            recall = memory.again(following)
            results |= _refreshed(results, recall.told(_of_news(tell, results)))
    contended = {**(following.restless() if following else {}), **recall.contended()}
    memory.tidy()
    return {job.path: _with_contended(results[job.path], contended.get(job.path, "")) for job in jobs}


def _refreshed(results: Mapping[str, NoteResult], now: Mapping[str, NoteResult]) -> dict[str, NoteResult]:
    """Those results that are others now; where a result came from is no difference."""
    cached = {path: results[path].with_blocks(how=How.CACHED) for path in now}
    return {path: result for path, result in now.items() if cached[path] != result.with_blocks(how=How.CACHED)}


def _of_news(tell: Callable[[BlockResult], None], told: Mapping[str, NoteResult]) -> Callable[[BlockResult], None]:
    """Tells of a block that runs once more in this run only what is another result than the one that was told."""
    before = {(block.note, block.index): block for result in told.values() for block in result.blocks}

    def tell_news(block: BlockResult) -> None:
        old = before.get((block.note, block.index))
        if old is None or (old.outputs, old.value, old.error) != (block.outputs, block.value, block.error):
            tell(block)

    return tell_news


def _with_contended(result: NoteResult, why: str) -> NoteResult:
    """The first block of the note says it."""
    if not why:
        return result
    first, *others = result.blocks or (None,)
    return result if first is None else replace(result, blocks=(replace(first, contended=why), *others))


def run_twice(
    jobs: Sequence[NoteJob], settings: Settings, on_block: Callable[[BlockResult], None] | None = None
) -> dict[str, NoteResult]:
    """Runs all jobs, and then again in new processes: what differs is said in the results of the first time."""
    from kbtool.run.repeat import compared

    first, second = run(jobs, settings, on_block), run(jobs, settings)
    return {path: compared(result, second[path]) for path, result in first.items()}


def _open_for(jobs: Sequence[NoteJob], settings: Settings) -> Executor:
    return open_executor(replace(settings, preload=_preloaded(settings.preload, jobs)))


_TRAINING = re.compile(r"optim|train|\.step\(")


def _preloaded(packages: tuple[str, ...], jobs: Sequence[NoteJob]) -> tuple[str, ...]:
    """What is worth importing ahead.

    Nothing where no note may want more than Python's own modules; torch's optimizers, which are slow to start, where
    one may train.
    """
    sources = [block.source for job in jobs for block in job.blocks]
    sources += [inline.expression for job in jobs for inline in job.inline]
    if not any(map(imports_packages, sources)):
        return ()
    trains = "torch" in packages and any(_TRAINING.search(source) for source in sources)
    return (*packages, "torch.optim") if trains else packages


def diagnostics_of(
    results: Mapping[str, NoteResult], jobs: Sequence[NoteJob], root: Path | None = None
) -> tuple[Diagnostic, ...]:
    """What the results say is wrong, in the order of the notes and of their blocks.

    `root` is the project's folder, whose modules may have been meant where one is missing.
    """
    from kbtool.run import verdict

    return verdict.diagnostics_of(results, jobs, root)


def faults_of(jobs: Sequence[NoteJob], settings: Settings) -> tuple[Diagnostic, ...]:
    """What of the jobs themselves cannot be meant: files that they declare and that are not there."""
    from kbtool.run import declared

    return tuple(fault for job in jobs for fault in declared.faults(job, settings))


def printed(result: BlockResult) -> str:
    """The text that a block's `output` fence is to hold: stdout, then the last value, then an expected exception."""
    from kbtool.run import verdict

    return verdict.printed(result)
