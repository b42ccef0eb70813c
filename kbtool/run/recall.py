"""What is remembered for one run: which notes need not run at all, and what the others must give again."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from kbtool.run import keys
from kbtool.run.declared import declared
from kbtool.run.devices import kind
from kbtool.run.effects import Effects
from kbtool.run.job import NoteJob
from kbtool.run.keys import Unit
from kbtool.run.met import UnsettledError, has_databases, may_attach, settled, still, written
from kbtool.run.notelog import NoteLog, OnBlock, Terms, unmet
from kbtool.run.notememory import NoteMemory, Remembered
from kbtool.run.order import closure
from kbtool.run.outside import Dep, Outside
from kbtool.run.places import Places
from kbtool.run.results import How, NoteResult
from kbtool.run.source import digest
from kbtool.run.standing import NEVER, record
from kbtool.run.stored import Chain, Link, Variant, dump
from kbtool.run.surroundings import hardware, name_of, surroundings
from kbtool.run.tasks import tasks_of
from kbtool.run.verdict import Raw

if TYPE_CHECKING:
    from kbtool.note import CodeBlock
    from kbtool.run.memory import Memory

__all__ = ["Recall", "devices_wished"]


class Recall:
    """What is remembered of the jobs, which stand after those that they require.

    `needed` are the jobs that have to run, with all that they require; `notes` is what is remembered of each job.
    `skipped` are those that cannot run, and why.  `preloaded` is for who runs them to say (see `met.settled`).

    While notes run, one may write what another has read before.  So once all have ended, `following` looks at all of it
    again; the notes in `spared` have then run already, as is remembered there.
    """

    def __init__(
        self,
        memory: Memory,
        jobs: Sequence[NoteJob],
        terms: Terms,
        spared: Mapping[str, NoteMemory] = MappingProxyType({}),
    ) -> None:
        self.terms, self.preloaded = terms, tuple[str, ...]()
        self._memory = memory
        self._jobs = {job.path: job for job in jobs}
        self._tasks = tasks_of(jobs)
        self._spared = spared
        self._effects = Effects(self._tasks)
        self._outside = Outside(memory.digests, {path: self._text(path) for path in self._jobs})
        self.surroundings = surroundings(terms.settings, self._outside)
        self.around = name_of(self.surroundings)
        self.skipped = dict(self._cannot_run())
        self._grounds: dict[str, str | None] = {}
        self._ran: set[str] = set()
        self.notes = self._opened()
        for note in self.notes.values():
            self._look_up(note)
        self._holds = {path: self._deps(note) for path, note in self.notes.items()}
        for path, note in self.notes.items():
            known = note.remembered if note.whole else ()
            self._effects.learn(path, [dep for unit in known for dep in unit.wrote])
        for path, done in spared.items():
            self._effects.learn(path, done.wrote)
        self._declared = {unit: self._data(unit) for note in self.notes.values() for unit in note.units if unit.data}
        self.needed = self._needed()

    def _cannot_run(self) -> Iterator[tuple[str, str]]:
        unsound: set[str] = set()
        for path, job in self._jobs.items():
            reason = job.skip or unmet(self._tasks[path].before, unsound)
            if reason:
                yield path, reason
            if reason or any(b.options.eval and self.terms.device(job, b) is None for b in job.blocks):
                unsound.add(path)

    def _opened(self) -> dict[str, NoteMemory]:
        units = {path: keys.units_of(job, self._device(job)) for path, job in self._jobs.items()}
        normals = self._memory.normals([unit for found in units.values() for unit in found])
        notes: dict[str, NoteMemory] = {}
        for path, job in self._jobs.items():
            near = {path, *(before.path for before in self._tasks[path].before)}
            places = Places(path, {name: units[name] for name in near})
            notes[path] = NoteMemory(job, units[path], tuple(normals[unit] for unit in units[path]), places, self)
        return notes

    def _device(self, job: NoteJob) -> Callable[[CodeBlock], str | None]:
        """The name of a block's device, with what it is where it is not the CPU; None for a block that does not run."""

        def name(block: CodeBlock) -> str | None:
            if job.path in self.skipped or not self.terms.runs(job, block):
                return None
            device = self.terms.device(job, block) or "cpu"
            return device if kind(device) == "cpu" else f"{device} {hardware(kind(device))}"

        return name

    # --- looking up ------------------------------------------------------------------------------------------------

    def _look_up(self, note: NoteMemory) -> None:
        start = self.start_of(note)
        if start is not None:
            note.remembered = tuple(self._remembered(note, start[0]))
        self._grounds[note.job.path] = _ground(note, start[0]) if start else None

    def _remembered(self, note: NoteMemory, final: str) -> Iterator[Remembered]:
        """The units of a note whose results hold, up to the first whose does not."""
        for unit, normal in zip(note.units, note.normals, strict=True):
            key = keys.following(final, unit, normal)
            variant = self._memory.fitting(key, self._outside) if unit.kept else None
            if variant is None:
                return
            final = keys.after(key, variant.trace)
            found = self._memory.result(final, note.places)
            if found is None:
                return
            raw, size = found
            yield Remembered(Link(key, final, normal, unit.options, size), variant.deps, raw, variant.wrote)

    def _needed(self) -> tuple[NoteJob, ...]:
        idle = self.skipped.keys() | self._spared.keys()
        waiting = [
            path for path, note in self.notes.items() if path not in idle and (not note.whole or self.undone(path))
        ]
        paths = closure(waiting, {path: job.requires for path, job in self._jobs.items()})
        return tuple(job for path, job in self._jobs.items() if path in paths)

    # --- telling ---------------------------------------------------------------------------------------------------

    def told(self, on_block: OnBlock) -> dict[str, NoteResult]:
        """The results of all jobs that need not run and have not run already."""
        others = self._spared.keys() | {job.path for job in self.needed}
        return {path: self._tell(note, on_block) for path, note in self.notes.items() if path not in others}

    def _tell(self, note: NoteMemory, on_block: OnBlock) -> NoteResult:
        log = NoteLog(note.job, self.terms, on_block)
        for unit, known in zip(note.units, note.remembered, strict=False):
            if unit.mode == "exec":
                log.block(unit.index, known.raw, How.CACHED)
            else:
                log.inline(unit.index, known.raw)
        self._use(note)
        return log.close(self.skipped.get(note.job.path, ""))

    def _use(self, note: NoteMemory) -> None:
        """Notes that the results were of use, so that they are not cleaned away; once a day is enough."""
        links = tuple(known.link for known in note.remembered)
        if links:
            self._memory.use_chain(note.job.path, links)

    # --- while notes run: see `notememory.Keeper` ------------------------------------------------------------------

    def start_of(self, note: NoteMemory) -> tuple[str, dict[str, str]] | None:
        job = note.job
        if job.path in self.skipped:
            return None
        grounds = {path: self._grounds[path] for path in job.requires if path in self._jobs}
        known = {path: ground for path, ground in grounds.items() if ground is not None}
        if len(known) < len(grounds):
            return None
        facts = keys.facts_of(job.path, note.units, known, lambda: self._texts(job))
        return keys.first(self.around, facts), facts

    def _texts(self, job: NoteJob) -> str:
        """Stands for the text of all that runs before a note."""
        units = (unit for before in self._tasks[job.path].before for unit in self.notes[before.path].units)
        return digest(*(f"{unit.line}\n{unit.source}" for unit in units))

    def _sources(self, path: str) -> Iterator[str]:
        """All that a note may execute."""
        jobs = (*self._tasks[path].before, self._jobs[path])
        return (unit.source for job in jobs for unit in self.notes[job.path].units)

    def _text(self, path: str) -> str:
        """Stands for the text of a note's code, and of all that runs before it, with the lines on which they stand."""
        jobs = (*self._tasks[path].before, self._jobs[path])
        return digest(*(f"{job.path} {block.line}\n{block.source}" for job in jobs for block in job.blocks))

    def written(self, seen: Mapping[str, Any] | None) -> list[Dep]:
        return written(seen, Outside(self._memory.digests))

    def settle(self, note: str, unit: Unit, seen: Sequence[Mapping[str, Any] | None]) -> list[Dep]:
        now = Outside(self._memory.digests)
        found = settled(note, unit, seen, self.preloaded, self._outside, now)
        if not unit.data and has_databases(seen) and may_attach(self._sources(note), found):
            raise UnsettledError("it may attach a database, which SQLite does not announce; `data` declares it")
        data = declared(unit, self.terms.settings, now)
        if data != self._declared.get(unit, []):
            raise UnsettledError("what it declares as `data` changed while it ran")
        return found + data

    def _data(self, unit: Unit) -> list[Dep]:
        return declared(unit, self.terms.settings, self._outside)

    def keep(self, key: str, variant: Variant, raw: Raw, places: Places, instead: str) -> int:
        return self._memory.keep(key, variant, raw, places, instead)

    def finish(self, note: NoteMemory) -> None:
        path = note.job.path
        self._grounds[path] = note.ground
        complete = len(note.links) == len(note.units)
        self._holds[path] = [Dep(*subject, token) for subject, token in note.met.items()] if complete else None
        self._effects.learn(path, note.wrote)
        self._ran.add(path)
        if note.links or note.lost:
            chain = Chain(self._memory.day, self.around, note.facts, tuple(note.links), note.lost)
            self._memory.store.put("run.surroundings", self.around, dump(self.surroundings))
            self._memory.keep_chain(path, chain)

    # --- after notes have run --------------------------------------------------------------------------------------

    def following(self) -> Recall | None:
        """What is remembered now; None where all that was used or made still holds."""
        now = Outside(self._memory.digests, {path: self._text(path) for path in self._jobs})
        overtaken = {path for path in self.notes if path not in self.skipped and self._is_overtaken(path, now)}
        if not overtaken:
            return None
        done = {**self._spared, **{path: self.notes[path] for path in self._ran}}
        spared = {
            path: memory
            for path, memory in done.items()
            if self._holds[path] is None and not overtaken & self._along(path)
        }
        return Recall(self._memory, tuple(self._jobs.values()), self.terms, spared)

    def _along(self, path: str) -> set[str]:
        return {path, *(job.path for job in self._tasks[path].before)}

    def _is_overtaken(self, path: str, now: Outside) -> bool:
        """Whether a note would now meet something else, or has to write again."""
        deps = self._holds[path]
        if deps is not None:
            return not all(map(now.holds, deps)) or bool(self._effects.undone(path, now))
        ran = self.notes[path] if path in self._ran else self._spared.get(path, self.notes[path])
        read, others = ran.read, self._effects.written_by_others(path)
        folders = {os.path.dirname(file) for file in others}
        return any(not still(name, read[name]) for name in read.keys() & (others | folders))

    def contended(self) -> dict[str, str]:
        """For notes whose files another note has overwritten a sentence that says so."""
        now = Outside(self._memory.digests)
        found: dict[str, str] = {}
        for path in self.notes:
            for file, other in self._effects.contended(path, now):
                found.setdefault(path, f"it writes {self._shown(file)}, and '{other}' writes something else there")
        return found

    def restless(self) -> dict[str, str]:
        """For notes that would have to run once more a sentence that says so."""
        why = "what it reads or writes is changed by other notes each time that they run"
        return {job.path: why for job in self.needed if not self.notes[job.path].whole or self.undone(job.path)}

    def undone(self, path: str) -> list[Dep]:
        """What a note has written that is not so any more."""
        return self._effects.undone(path, self._outside)

    def _shown(self, file: str) -> str:
        return file.removeprefix(f"{self.terms.settings.root.resolve()}{os.sep}")

    # --- standing --------------------------------------------------------------------------------------------------

    def _deps(self, note: NoteMemory) -> list[Dep] | None:
        """All that the results of a note depend on; None where one of them must not be reused."""
        if not note.whole and note.job.path not in self.skipped:
            return None
        return [dep for known in note.remembered for dep in known.deps]

    def standing(self, paths: Collection[str]) -> bytes:
        found: dict[Dep, None] = {}
        for path in paths:
            deps = self._holds.get(path)
            if deps is None:
                return NEVER
            found |= dict.fromkeys(dep for dep in (*deps, *self._effects.of(path)) if dep.kind != "text")
        now = Outside(self._memory.digests)
        uses_hardware = bool(devices_wished(self._jobs.values(), self.terms.settings) - {"cpu"})
        return record(self.terms.settings, self.around, uses_hardware, tuple(found), now)


def _ground(note: NoteMemory, start: str) -> str | None:
    """As `NoteMemory.ground`, for a note that has not run."""
    if len(note.remembered) < note.blocks:
        return None
    return note.remembered[note.blocks - 1].link.final if note.blocks else start


def devices_wished(jobs: Collection[NoteJob], settings: Any) -> set[str]:
    """The kinds of devices that the blocks ask for."""
    terms = Terms(settings, ())
    return {kind(terms.wish(job, block) or "cpu") for job in jobs for block in job.blocks}
