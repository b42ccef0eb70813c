"""Why a block would run again, or not, in the words of a person who has changed something."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from kbtool.run import keys
from kbtool.run.job import NoteJob
from kbtool.run.keys import Unit
from kbtool.run.notememory import NoteMemory, Remembered
from kbtool.run.outside import ABSENT, Dep, Outside
from kbtool.run.stored import Chain, load
from kbtool.run.surroundings import MATPLOTLIB

if TYPE_CHECKING:
    from kbtool.run.memory import Memory
    from kbtool.run.recall import Recall

__all__ = ["Explained", "explain"]


@dataclass(frozen=True, slots=True)
class Explained:
    """A block or inline expression of a note: what a build would do with it, and `why`.

    `moment` is when a remembered result was computed.
    """

    mode: str
    index: int
    line: int
    fate: Literal["remembered", "runs", "skipped"]
    why: str = ""
    moment: str = ""


def explain(memory: Memory, jobs: Sequence[NoteJob], path: str) -> tuple[Explained, ...]:
    """What is remembered of a note, unit by unit; the jobs are the note and what it requires, in order."""
    if all(job.path != path for job in jobs):
        return ()
    recall = memory.recall(jobs, memory.devices(jobs) or ("cpu",))
    note = recall.notes[path]
    if path in recall.skipped:
        blocks = note.job.blocks
        return tuple(Explained("exec", b.index, b.line, "skipped", recall.skipped[path]) for b in blocks)
    case, undone = _Case(memory, recall, note), recall.undone(path) if note.whole else []
    if undone:
        return tuple(_runs(unit, case.written_otherwise(known, undone)) for unit, known in note.known)
    found = [_remembered(unit, known) for unit, known in note.known]
    if note.whole:
        return tuple(found)
    first, *others = note.units[len(found) :]
    found.append(_runs(first, case.why()))
    return (*found, *(_runs(unit, "what stands before it would run again") for unit in others))


def _remembered(unit: Unit, known: Remembered) -> Explained:
    return Explained(unit.mode, unit.index, unit.line, "remembered", moment=known.raw.moment)


def _runs(unit: Unit, why: str) -> Explained:
    return Explained(unit.mode, unit.index, unit.line, "runs", why)


class _Case:
    """The first unit of a note that is not remembered."""

    def __init__(self, memory: Memory, recall: Recall, note: NoteMemory) -> None:
        self._memory, self._recall, self._note = memory, recall, note
        self._at = len(note.remembered)
        self._chain = next(iter(memory.chains(note.job.path)), None)
        self._outside = Outside(memory.digests)

    def why(self) -> str:
        """The first reason there is, from the nearest to the farthest."""
        if not self._note.units[self._at].kept:
            return "it says `cache: false`"
        start = self._recall.start_of(self._note)
        if start is None:
            return self._unknown_ground()
        reasons = [*self._met_otherwise(start[0])]
        if not reasons and self._chain is None:
            return "it has never run"
        if not reasons and self._chain is not None:
            reasons = [*self._started_otherwise(self._chain, start[1]), *self._reads_otherwise(self._chain)]
        return "; ".join(reasons) or "a block before it met something else"

    def written_otherwise(self, known: Remembered, undone: Sequence[Dep]) -> str:
        """What the unit has written and is not so any more; else that another one of the note writes again."""
        gone = [self._sentence(dep) for dep in undone if dep in known.wrote]
        return "; ".join(gone) or "its note writes files that are not as it left them"

    def _unknown_ground(self) -> str:
        recall = self._recall
        rerun = [path for path in self._note.job.requires if path in recall.notes and not recall.notes[path].whole]
        names = ", ".join(f"[[{PurePosixPath(path).stem}]]" for path in rerun)
        return f"{names}, which it requires, would run again"

    def _met_otherwise(self, start: str) -> Iterator[str]:
        """It has run from this state, with this source, and what it met then is not as it was."""
        unit, normal = self._note.units[self._at], self._note.normals[self._at]
        before = self._note.remembered[-1].link.final if self._at else start
        variants = self._memory.variants(keys.following(before, unit, normal))
        if not variants:
            return
        changed = [dep for dep in variants[0].deps if not self._outside.holds(dep)]
        yield from dict.fromkeys(self._sentence(dep) for dep in changed)
        if not changed:
            yield "its result names a line whose text changed, or is not stored any more"

    def _sentence(self, dep: Dep) -> str:
        now = self._outside.token(dep.kind, dep.subject)
        return _SENTENCES[dep.kind](self._shown(dep.subject), dep.token, now)

    def _shown(self, subject: str) -> str:
        root = str(self._memory.settings.root.resolve()) + os.sep
        return subject.removeprefix(root)

    def _started_otherwise(self, chain: Chain, facts: Mapping[str, str]) -> Iterator[str]:
        if chain.surroundings != self._recall.around:
            before = load(self._memory.store.get("run.surroundings", chain.surroundings))
            yield from _differences(before if isinstance(before, dict) else {}, self._recall.surroundings)
        for name in {**chain.facts, **facts}:
            if chain.facts.get(name) != facts.get(name):
                yield _fact(name, name in chain.facts, name in facts)

    def _reads_otherwise(self, chain: Chain) -> Iterator[str]:
        at, unit = self._at, self._note.units[self._at]
        if at < len(chain.links):
            if chain.links[at].normal != self._note.normals[at]:
                yield "its source changed"
            elif chain.links[at].options != unit.options:
                yield "its options changed"
        elif chain.lost:
            yield f"its result was not kept: {chain.lost}"
        else:
            yield "it has never run after these blocks"


def _differences(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in {**before, **now}:
        old, new = before.get(name, ABSENT), now.get(name, ABSENT)
        if old == new:
            continue
        what, _, subject = name.partition(" ")
        if what == "package":
            yield _package(subject, old, new)
        elif what == "variable":
            yield f"the variable {subject} changed"
        elif name in ("kbtool", MATPLOTLIB):
            yield f"{name} changed"
        else:
            yield f"{name} {old} -> {new}"


def _fact(name: str, before: bool, now: bool) -> str:
    what, _, path = name.partition(" ")
    if what != "requires":
        return "the text of blocks changed, and it looks at it"
    note = f"[[{PurePosixPath(path).stem}]]"
    if before and now:
        return f"the note {note}, which it requires, changed"
    return f"it requires {note} now" if now else f"it does not require {note} any more"


def _package(name: str, before: str, now: str) -> str:
    old, new = before.partition(" ")[0], now.partition(" ")[0]
    if ABSENT in (before, now):
        return f"the package {name} was {'removed' if now == ABSENT else 'installed'}"
    return f"{name} {old} -> {new}" if old != new else f"{name} {new} was installed anew"


def _file(path: str, before: str, now: str) -> str:
    if ABSENT in (before, now):
        return f"the file {path} is {'gone' if now == ABSENT else 'there now'}"
    return f"the file {path} changed"


def _module(subject: str, _before: str, _now: str) -> str:
    return f"there are other modules in {Path(subject.rpartition('|')[0]).as_posix()}"


_SENTENCES: Mapping[str, Callable[[str, str, str], str]] = {
    "file": _file,
    "listing": lambda path, _before, _now: f"there are other files in {path}",
    "tree": lambda path, _before, _now: f"the data {path} changed",
    "glob": lambda pattern, _before, _now: f"other files fit {pattern}",
    "lookup": _module,
    "package": _package,
    "wrote": lambda path, before, now: f"{_file(path, before, now)}, and it writes it",
    "text": lambda _path, _before, _now: "the text of blocks changed, and a module that it uses looks at it",
}
