"""What the notes say holds with another number of threads: sums that several share differ in their last digits only."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from kbtool import run
from kbtool.note import Note
from kbtool.run.results import Status


@pytest.mark.slow
def test_every_note_is_verified_with_two_threads_too(
    repository: Path,
    notes: Mapping[str, Note],
    required: Mapping[str, tuple[str, ...]],
) -> None:
    settings = run.Settings(repository, repository / "vault", threads=2, timeout=300)
    order = TopologicalSorter(required).static_order()
    results = run.run([run.NoteJob(path, notes[path].code, requires=required[path]) for path in order], settings)
    statuses = {(path, block.label): block.status for path, result in results.items() for block in result.blocks}
    assert len(statuses) > 300
    assert {key: status for key, status in statuses.items() if status not in (Status.VERIFIED, Status.RAN)} == {}
