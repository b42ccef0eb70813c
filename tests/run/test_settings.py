"""What settings come to when nobody says everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from kbtool.parallel import cores
from kbtool.run import Settings


@pytest.mark.parametrize(
    ("jobs", "threads", "at_once"), [(0, 1, cores()), (0, 2 * cores(), 1), (3, 1, 3), (3, 2 * cores(), 3)]
)
def test_notes_run_at_once_have_no_more_threads_than_there_are_cores(jobs: int, threads: int, at_once: int) -> None:
    assert Settings(Path(), Path(), jobs=jobs, threads=threads).at_once == at_once
