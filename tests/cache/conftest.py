"""What the tests of the store share: a place for it, and Python processes that use it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PRELUDE = """
import os, sys
from pathlib import Path
from kbtool.cache import open_store
path = Path(sys.argv[1])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store may be made."""
    return tmp_path / "vault" / "store.sqlite"


@pytest.fixture
def start(repository: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts a program of its own that has `open_store` and, from its arguments, `path`."""

    def start(program: str, *arguments: str | Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PRELUDE + program, *map(str, arguments)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, cwd=repository, text=True, **pipes)

    return start


@pytest.fixture
def run(start: Callable[..., subprocess.Popen[str]]) -> Callable[..., str]:
    """Runs such a program to its end; what it printed."""

    def run(program: str, *arguments: str | Path) -> str:
        process = start(program, *arguments)
        stdout, stderr = process.communicate(timeout=120)
        assert process.returncode == 0, stderr
        return stdout.strip()

    return run
