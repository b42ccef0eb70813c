"""A project in a temporary folder, with a store beside it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from remembering import Project


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    folder = Path(tempfile.mkdtemp(prefix="kb-"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    (folder / "project").mkdir()
    opened = Project(folder / "project", folder / "store.db")
    yield opened
    opened.close()
    shutil.rmtree(folder, ignore_errors=True)
