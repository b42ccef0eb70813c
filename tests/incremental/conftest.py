"""Vaults that are changed step by step and built after each."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The tests here share more than fixtures, and test folders are no packages.
sys.path.insert(0, str(Path(__file__).parent))

from stepwise import Project, empty_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return empty_project(tmp_path, monkeypatch)
