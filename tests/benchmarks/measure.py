"""What a command costs: the processor time of it and of all it starts, wall time, memory.

Wall time on a machine that others use says little; processor time says more, and the ratio of two commands run in turn
says most: the rows run A, B, A, B, ... and give the median of the ratios.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Cost", "FailedError", "OtherWork", "cost", "median"]

REPOSITORY = Path(__file__).resolve().parents[2]
_PAGE = resource.getpagesize()
_SAMPLES_A_SECOND = 10
_PATIENCE = 5.0  # seconds for what a command left behind to end


class FailedError(Exception):
    """A measured command that did not do its work; its text is what it said."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of processor and of wall; the most memory at one moment, in bytes, of all processes together.

    `shared_once` counts what forked processes share once (PSS), `resident` in each of them (RSS). Both are sampled, so
    a short peak may be missed.
    """

    cpu: float
    wall: float
    resident: int
    shared_once: int
    stdout: str
    stderr: str


def cost(command: Sequence[object], *, cwd: Path, env: Mapping[str, str] | None = None) -> Cost:
    """Runs the command to its end, descendants included. Raises FailedError for an exit status that is not 0."""
    _adopt_orphans()
    before, start = _cpu_of_children(), time.perf_counter()
    with (
        subprocess.Popen(
            list(map(str, command)),
            cwd=cwd,
            env={**_environment(), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
        _watching(process.pid) as memory,
    ):
        stdout, stderr = process.communicate()
    wall = time.perf_counter() - start
    _reap_orphans()
    if process.returncode:
        raise FailedError(f"{command[0]} ended with {process.returncode}: {(stderr or stdout).strip()[-600:]}")
    return Cost(_cpu_of_children() - before, wall, memory.resident, memory.shared_once, stdout, stderr)


def median(measure: Callable[[], float], times: int) -> float:
    return statistics.median(measure() for _ in range(times))


def _environment() -> dict[str, str]:
    """The environment without what would change how kbtool works."""
    dropped = ("CI", "SOURCE_DATE_EPOCH", "FORCE_COLOR", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "NO_COLOR": "1"}


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _adopt_orphans() -> None:
    """What a command leaves to init would be missing from its bill: the kernel hands it to us instead (Linux)."""
    if sys.platform == "linux":
        set_child_subreaper = 36
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def _reap_orphans() -> None:
    deadline = time.monotonic() + _PATIENCE
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.01)


# ---------------------------------------------------------------- others


class OtherWork:
    """How busy others keep the machine from now on: wall times mean little when they do (Linux; elsewhere unknown)."""

    def __init__(self) -> None:
        self._busy, self._own, self._start = _busy_seconds(), _own_seconds(), time.perf_counter()

    def cores(self) -> float | None:
        """Cores in use by others on average since then."""
        if self._busy is None or (busy := _busy_seconds()) is None:
            return None
        wall = time.perf_counter() - self._start
        return max(0.0, (busy - self._busy - (_own_seconds() - self._own)) / wall)


def _own_seconds() -> float:
    return time.process_time() + _cpu_of_children()


def _busy_seconds() -> float | None:
    """Processor seconds of the whole machine that were not idle, waiting or another machine's."""
    try:
        user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split(maxsplit=8)[1:8])
    except (OSError, ValueError):
        return None
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


# ---------------------------------------------------------------- memory


@dataclass(slots=True)
class _Memory:
    resident: int = 0
    shared_once: int = 0


@contextlib.contextmanager
def _watching(root: int) -> Iterator[_Memory]:
    """Looks at the process and its descendants many times a second (Linux; elsewhere the memory stays 0)."""
    memory, done = _Memory(), threading.Event()

    def watch() -> None:
        while not done.wait(1 / _SAMPLES_A_SECOND):
            family = _family(root)
            memory.resident = max(memory.resident, sum(map(_resident, family)))
            memory.shared_once = max(memory.shared_once, sum(map(_shared_once, family)))

    thread = threading.Thread(target=watch, daemon=True)
    if sys.platform == "linux":
        thread.start()
    try:
        yield memory
    finally:
        done.set()
        if thread.is_alive():
            thread.join()


def _family(root: int) -> list[int]:
    family = [root]
    for pid in family:  # it grows while it is walked
        with contextlib.suppress(OSError):
            family.extend(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    return family


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0  # it ended while we looked


def _shared_once(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
