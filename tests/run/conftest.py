"""Executors that stay open, one for many tests."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

# The tests here share more than fixtures, and test folders are no packages.
sys.path.insert(0, str(Path(__file__).parent))

from run_support import Running

from kbtool.run import Settings, open_executor


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder in which everything temporary of the runs lies; orphans come back to this process.

    Its path is short, because sockets that notes make in their temporary folder must not be longer than 107 bytes.
    """
    tmp_path_factory.getbasetemp()  # else pytest would put its own folder in here
    folder = Path(tempfile.mkdtemp(prefix="kb-"))
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    yield folder
    tempfile.tempdir = before
    shutil.rmtree(folder, ignore_errors=True)
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


@pytest.fixture(scope="session")
def open_one(settings: Settings, scratch: Path) -> Iterator[Callable[..., Running]]:
    """Opens executors by name, each once; they stay open for all tests."""
    opened: dict[tuple[str, tuple[str, ...]], Running] = {}
    with ExitStack() as stack:

        def servers() -> int:
            return sum(name == "fork" for name, _ in opened)

        def open_named(name: str, *preload: str) -> Running:
            key = name, preload
            if key not in opened:
                chosen = replace(settings, executor=name, preload=preload)
                executor = stack.enter_context(open_executor(chosen))
                opened[key] = Running(name, executor, scratch, os.getpid(), servers)
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
