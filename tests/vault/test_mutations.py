"""Each note goes red for each fault of `mutations.MUTATIONS` that concerns it, in the block that the row names.

A note is run as far as the last block that its rows name, once as it is and once with each fault; what it requires is
run before it. All that is in memory: the notes on disk stay as they are. The notes are dealt out to a few tests, so
that several workers can share them and each of them starts the processes that run notes once.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kbtool import run
from kbtool.note import Note, parse
from kbtool.run.results import NoteResult, Status

HERE = Path(__file__).parent
GREEN = {Status.VERIFIED, Status.RAN}
RED = {Status.MISMATCH, Status.ERROR}
DEALS = 4


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("_vault_mutations", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


MUTATIONS = _load(HERE / "mutations.py").MUTATIONS


@dataclass(frozen=True)
class Own:
    """The project's own vault: its notes by name and by path, and what each requires, by path."""

    root: Path
    named: Mapping[str, Note]
    required: Mapping[str, tuple[str, ...]]

    def chain(self, path: str) -> Iterator[str]:
        """A note and all that it requires, what is required first."""
        for before in self.required[path]:
            yield from self.chain(before)
        yield path

    def text(self, name: str) -> str:
        return (self.root / self.named[name].path).read_text(encoding="utf-8")

    def job(self, path: str, note: Note, last: str = "") -> run.NoteJob:
        """The note up to the block `last`, run as `path`; all of it where none is named."""
        labels = [block.label for block in note.code]
        stop = labels.index(last) + 1 if last else len(labels)
        return run.NoteJob(path, note.code[:stop], requires=self.required[note.path])

    def jobs_of(self, name: str) -> Iterator[run.NoteJob]:
        """The note as it is, and after it one for each of its rows, named by the place of the row in the table."""
        note = self.named[name]
        labels = [block.label for block in note.code]
        yield self.job(f"{name}.as-it-is", note, max((row.noticed_by for _, row in rows_of(name)), key=labels.index))
        for i, row in rows_of(name):
            changed, faults = parse(note.path, self.text(name).replace(row.old, row.new))
            assert faults == ()
            yield self.job(f"{name}.{i}", changed.note, row.noticed_by)

    def deal(self, number: int) -> list[str]:
        """The names that one test runs: a note goes with what it requires."""
        root = {row.note: next(self.chain(self.named[row.note].path)) for row in MUTATIONS}
        roots = sorted(set(root.values()))
        return [name for name in sorted(root) if roots.index(root[name]) % DEALS == number]


@pytest.fixture(scope="session")
def own_vault(repository: Path, notes: Mapping[str, Note], required: Mapping[str, tuple[str, ...]]) -> Own:
    return Own(repository / "vault", {note.name: note for note in notes.values()}, required)


def rows_of(name: str) -> list[tuple[int, Any]]:
    return [(i, row) for i, row in enumerate(MUTATIONS) if row.note == name]


def complaints(name: str, results: Mapping[str, NoteResult]) -> Iterator[str]:
    for block in results[f"{name}.as-it-is"].blocks:
        if block.status not in GREEN:
            yield f"{name}: {block.label} is {block.status} as it is"
    for i, row in rows_of(name):
        *before, last = results[f"{name}.{i}"].blocks
        if last.status not in RED:
            yield f"{name}: {row.noticed_by} does not notice {row.new!r}"
        if early := [block.label for block in before if block.status not in GREEN]:
            yield f"{name}: {early[0]} notices {row.new!r} before {row.noticed_by}"


@pytest.mark.slow
@pytest.mark.parametrize("number", range(DEALS))
def test_notes_go_red_for_each_fault_and_are_green_without(number: int, own_vault: Own, repository: Path) -> None:
    names = own_vault.deal(number)
    by_path = {note.path: note for note in own_vault.named.values()}
    needed = dict.fromkeys(path for name in names for path in [*own_vault.chain(own_vault.named[name].path)][:-1])
    jobs = [own_vault.job(path, by_path[path]) for path in needed]
    jobs += [job for name in names for job in own_vault.jobs_of(name)]
    results = run.run(jobs, run.Settings(root=repository, vault=own_vault.root, jobs=1))
    assert [line for name in names for line in complaints(name, results)] == []


def test_each_fault_changes_one_place_in_a_block_of_its_note(own_vault: Own) -> None:
    for row in MUTATIONS:
        note = own_vault.named[row.note]
        holds = [block.source.count(row.old) for block in note.code]
        assert (sum(holds), own_vault.text(row.note).count(row.old)) == (1, 1), row
        assert row.noticed_by in [block.label for block in note.code], row
        assert row.old != row.new, row


def test_every_note_has_a_fault_that_turns_it_red(own_vault: Own) -> None:
    finished = {name for name, note in own_vault.named.items() if note.properties.get("draft") is not True}
    assert finished - {row.note for row in MUTATIONS} == {"Inicio"}
