"""What the tests of running share: notes written as Markdown, executors that stay open, and who is still alive."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kbtool import note as notes
from kbtool.run import Executor, NoteJob, Settings, open_executor
from kbtool.run.results import BlockResult, NoteResult

linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are counted through /proc")


def job(path: str, text: str, **options: object) -> NoteJob:
    """A note from its Markdown; `options` are further fields of the job."""
    facts = notes.parse(path, textwrap.dedent(text))[0].note
    return NoteJob(path, facts.code, facts.inline_code, **options)  # type: ignore[arg-type]


def python(*sources: str) -> str:
    """The Markdown of a note with these blocks."""
    return "\n".join(f"```python\n{textwrap.dedent(source).strip()}\n```\n" for source in sources)


def _parents() -> dict[int, tuple[int, str]]:
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it ended while we looked
        found[int(stat.parent.name)] = int(parent), state
    return found


def descendants(root: int) -> set[int]:
    """The living processes below one."""
    parents = _parents()
    below: set[int] = set()
    while True:
        more = {pid for pid, (parent, state) in parents.items() if (parent == root or parent in below) and state != "Z"}
        if more <= below:
            return below
        below |= more


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder in which everything temporary of the runs lies; orphans come back to this process."""
    folder = tmp_path_factory.mktemp("scratch")
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    yield folder
    tempfile.tempdir = before
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 0, 0, 0, 0)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder with a module that notes may import."""
    root = tmp_path_factory.mktemp("project")
    (root / "lecciones.py").write_text("def doble(x):\n    return 2 * x\n\ndef falla():\n    raise ValueError('mal')\n")
    return root


@pytest.fixture(scope="session")
def settings(scratch: Path, project: Path) -> Settings:
    """Two at a time, and no packages imported ahead: most tests are about processes, not about torch."""
    assert scratch.exists()
    return Settings(project, project, jobs=2, timeout=20.0, memory=400_000_000, preload=())


@dataclass
class Running:
    """An open executor, and who of it is alive between two runs."""

    name: str
    executor: Executor
    scratch: Path
    root: int

    def __call__(self, *jobs: NoteJob) -> dict[str, NoteResult]:
        return self.executor.run(jobs, lambda _: None)

    def blocks(self, *jobs: NoteJob) -> list[BlockResult]:
        """The blocks of the last note."""
        return list(self(*jobs)[jobs[-1].path].blocks)

    def leftovers(self) -> tuple[set[str], list[str]]:
        """Processes that are neither guard, server nor waiting worker, and files in temporary folders."""
        alive = {_command(pid) for pid in descendants(self.root)} - {""}
        strangers = {command for command in alive if "kbtool.run." not in command}
        servers = sum("kbtool.run.server" in _command(pid) for pid in descendants(self.root))
        if servers not in (0, 2):
            strangers.add(f"{servers} processes of the server")
        files = [str(path) for path in self.scratch.rglob("*") if not path.name.startswith("kbtool-run-")]
        return strangers, files


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


@pytest.fixture(scope="session")
def open_one(settings: Settings, scratch: Path) -> Iterator[Callable[..., Running]]:
    """Opens executors by name, each once; they stay open for all tests."""
    opened: dict[tuple[str, tuple[str, ...]], Running] = {}
    with ExitStack() as stack:

        def open_named(name: str, *preload: str) -> Running:
            key = name, preload
            if key not in opened:
                chosen = replace(settings, executor=name, preload=preload)
                opened[key] = Running(name, stack.enter_context(open_executor(chosen)), scratch, os.getpid())
            return opened[key]

        yield open_named


@pytest.fixture(params=["fork", "spawn", "inline"])
def any_executor(request: pytest.FixtureRequest, open_one: Callable[..., Running]) -> Running:
    """Each executor in turn."""
    return open_one(request.param)


@pytest.fixture
def fork(open_one: Callable[..., Running]) -> Running:
    return open_one("fork")


@pytest.fixture
def torch_fork(open_one: Callable[..., Running]) -> Running:
    """The fork executor with the packages imported, as a build has it."""
    return open_one("fork", "numpy", "torch", "matplotlib")
