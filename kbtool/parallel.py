"""Maps a function over many items on all cores, by fork: the workers see everything the caller had in memory."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from mmap import mmap

__all__ = ["WorkerEndedError", "can_fork", "cores", "fork_map"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

# What the forked workers work on.  Set just before the fork and inherited by it: neither the function nor the items are
# pickled, so a function may close over a whole vault at no cost.  The byte is shared: once set, nothing more is done.
_task: tuple[Callable[[Any], Any], Sequence[Any], mmap] | None = None

_FEW = 64
_PR_SET_PDEATHSIG = 1
_CHUNKS_A_WORKER = 8
_MOST_A_CHUNK = 64
# Chunks handed out for each worker before the first is taken back: results that nobody has taken yet lie in memory.
_AHEAD = 3


class WorkerEndedError(Exception):
    """A worker was ended from outside, most often because the machine had no more memory."""


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def can_fork() -> bool:
    """Forking is safe on Linux from a process with one thread; elsewhere system libraries forbid it."""
    return sys.platform == "linux" and threading.active_count() == 1


def _work(span: tuple[int, int]) -> list[Any]:
    assert _task is not None, "a worker starts with the task of its parent"
    function, items, stop = _task
    return [function(item) for item in items[span[0] : span[1]] if not stop[0]]


def _die_with_parent(libc: Any) -> None:
    """Asks the kernel to end this worker when the build ends, even by SIGKILL: it would wait for work for ever."""
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes and threads that start within never hear Ctrl-C, which a terminal tells to all processes of a command.

    A worker that it ended while handing over a result would leave the others waiting for the lock that it held.  To
    this process it comes a moment later.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def fork_map(function: Callable[[_Item], _Result], items: Sequence[_Item], jobs: int = 0) -> Iterator[_Result]:
    """The results in the order of `items`; `jobs` 0 = one worker a core.

    Few items, one job, or a platform without a safe fork: the same in this process.  Results are pickled.  An
    exception of `function` is raised here.  Raises WorkerEndedError.
    """
    jobs = min(jobs or cores(), max(1, len(items) // _FEW * 2))
    if jobs <= 1 or not can_fork():
        return map(function, items)
    return _forked(function, items, jobs)


def _forked(function: Callable[[_Item], _Result], items: Sequence[_Item], jobs: int) -> Iterator[_Result]:
    # Imported here: a build that has little to do needs no workers, and would pay a tenth of its time for these.
    import ctypes
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from mmap import mmap

    global _task
    stop, libc = mmap(-1, 1), ctypes.CDLL(None)
    previous, _task = _task, (function, items, stop)
    step = min(_MOST_A_CHUNK, max(1, -(-len(items) // (jobs * _CHUNKS_A_WORKER))))
    spans = iter([(start, start + step) for start in range(0, len(items), step)])
    # Frozen objects are left alone by the workers' garbage collector, so their pages stay shared.
    gc.freeze()
    try:
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(jobs, context, _die_with_parent, (libc,)) as pool:
            try:
                with _deaf_to_ctrl_c():
                    waiting = deque(pool.submit(_work, span) for span in islice(spans, jobs * _AHEAD))
                while waiting:
                    results = waiting.popleft().result()
                    waiting.extend(pool.submit(_work, span) for span in islice(spans, 1))
                    yield from results
            except BrokenProcessPool as error:
                raise WorkerEndedError from error
            except BaseException:
                stop[0] = 1  # else the end of the pool would wait for what nobody wants any more
                with _deaf_to_ctrl_c():  # a second one would leave the pool half ended, and Python waiting for it
                    pool.shutdown(cancel_futures=True)
                raise
    finally:
        gc.unfreeze()
        _task = previous
