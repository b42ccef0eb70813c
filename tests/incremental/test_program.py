"""Another program makes other pages: whatever changes in kbtool itself makes every page again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kbtool

Build = Callable[[], dict[str, Any]]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of kbtool that may be changed."""
    ignored = shutil.ignore_patterns("__pycache__", "concepts")
    return Path(shutil.copytree(Path(kbtool.__file__).parent, tmp_path / "program/kbtool", ignore=ignored))


@pytest.fixture
def build(program: Path, tmp_path: Path) -> Build:
    """Builds a vault of two notes with the copy; the pages that the report counts."""
    vault, report = tmp_path / "vault", tmp_path / "report.json"
    vault.mkdir()
    (vault / "A.md").write_text("# A\n\n[[B]]\n")
    (vault / "B.md").write_text("# B\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    environment = {**os.environ, "PYTHONPATH": str(program.parent), "KBTOOL_CACHE": str(tmp_path / "stores")}
    command = [sys.executable, "-m", "kbtool", "build", str(vault), "-o", "site", "-q", "--report", str(report)]

    def built() -> dict[str, Any]:
        subprocess.run(command, cwd=tmp_path, env=environment, check=True)
        found: dict[str, Any] = json.loads(report.read_text())["pages"]
        return found

    return built


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("web/templates/note.html", "<article", "<article data-new"),
        ("web/assets/style.css", "{", "{--new:1;"),
        ("pages/backlinks.py", "<q>", "<q data-new>"),
        ("web/words.toml", "=", " ="),
    ],
)
def test_every_page_is_made_again(program: Path, build: Build, file: str, old: str, new: str) -> None:
    total = build()["total"]
    assert build() == {"total": total, "rendered": 0, "written": 0, "removed": 0}
    edit(program / file, old, new)
    again = build()
    assert again["rendered"] == total
    assert again["written"] > 0 or file == "web/words.toml"
    assert build()["rendered"] == 0
