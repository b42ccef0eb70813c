"""What each process has to do: which finished state a note starts from, and what must run again before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kbtool.run.job import NoteJob

__all__ = ["Task", "tasks_of"]


@dataclass(frozen=True, slots=True)
class Task:
    """A note to run.  `before` is all that runs before it, in order, directly required or not.

    Where the state of `base` can be forked, only `rest` of that runs again.
    """

    job: NoteJob
    before: tuple[NoteJob, ...]
    base: str
    rest: tuple[NoteJob, ...]


def tasks_of(jobs: Sequence[NoteJob]) -> dict[str, Task]:
    """One task a job, in the given order, in which every note stands after those that it requires.

    Note `c` requires `a` and `b`, and `b` requires `a`: `c` starts from the state of `b`, and nothing runs twice.
    If `b` did not require `a`, `c` would start from the state of `a` and run `b` again: two states cannot be merged.
    """
    paths: dict[str, tuple[str, ...]] = {}
    known = {job.path: job for job in jobs}
    tasks: dict[str, Task] = {}
    for job in jobs:
        before = _before(job, paths)
        paths[job.path] = before
        shared = _longest_state(before, paths)
        steps = tuple(known[path] for path in before)
        tasks[job.path] = Task(job, steps, before[shared - 1] if shared else "", steps[shared:])
    return tasks


def _before(job: NoteJob, paths: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for required in job.requires:
        if required in paths:  # a note without any code has nothing to give
            found.update(dict.fromkeys((*paths[required], required)))
    return tuple(found)


def _longest_state(before: tuple[str, ...], paths: dict[str, tuple[str, ...]]) -> int:
    """How many of the notes before are exactly what the state of the last of them was made by."""
    return next((n for n in range(len(before), 0, -1) if paths[before[n - 1]] == before[: n - 1]), 0)
