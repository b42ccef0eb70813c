"""The memory of one note while it runs: what it must give again, and what is new and worth keeping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from kbtool.run import keys
from kbtool.run.job import NoteJob
from kbtool.run.keys import Unit
from kbtool.run.met import UnsettledError
from kbtool.run.outside import Dep
from kbtool.run.places import Places
from kbtool.run.repeat import difference
from kbtool.run.results import How, Status
from kbtool.run.stored import Link, Variant, trace_of
from kbtool.run.verdict import Raw

__all__ = ["Forgetful", "NoteMemory", "Remembered", "Taken"]

Taken = tuple[Raw, How]
"""The result to show, and where it came from."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A result that still holds: where it is stored, what the block met, what it gave and wrote."""

    link: Link
    deps: tuple[Dep, ...]
    raw: Raw
    wrote: tuple[Dep, ...] = ()


class Keeper(Protocol):
    """Who keeps results: `Memory`, seen from one note."""

    def start_of(self, note: NoteMemory) -> tuple[str, dict[str, str]] | None:
        """K0 of the note and the facts behind it; None as long as a note that it requires has no result to build on."""

    def settle(self, note: str, unit: Unit, seen: Sequence[Mapping[str, Any] | None]) -> list[Dep]:
        """What the unit met, as it is now.  Raises UnsettledError where that is not what it was then."""

    def written(self, seen: Mapping[str, Any] | None) -> list[Dep]:
        """What the unit has written, as it left it."""

    def keep(self, key: str, variant: Variant, raw: Raw, places: Places, instead: str) -> int:
        """Stores a result, in the place of the variant `instead`; its size."""

    def finish(self, note: NoteMemory) -> None:
        """Stores which results the note consists of."""


class Forgetful:
    """Stands in where nothing is remembered."""

    replays = False

    def take(self, raw: Raw) -> Taken:
        return raw, How.RAN

    def carry(self, raw: Raw) -> None:
        pass

    def restart(self) -> None:
        pass

    def close(self) -> Iterator[tuple[int, Raw]]:
        return iter(())


@dataclass(slots=True)
class NoteMemory:
    """`remembered` are the first units whose results hold; from the next one on the note has to run.

    `normals` are the digests of the units' sources.  `met` is what it met and `wrote` what it wrote in this run; `read`
    are the files and folders that it read, with their states, also where nothing of it is fit to be kept.

    `final` is the key of the state after what has been taken, None once something was not fit to be kept: nothing after
    it has a key either.
    """

    job: NoteJob
    units: tuple[Unit, ...]
    normals: tuple[str, ...]
    places: Places
    keeper: Keeper
    remembered: tuple[Remembered, ...] = ()
    links: list[Link] = field(default_factory=list)
    met: dict[tuple[str, str], str] = field(default_factory=dict)
    wrote: list[Dep] = field(default_factory=list)
    read: dict[str, Any] = field(default_factory=dict)
    start: str | None = None
    final: str | None = None
    facts: dict[str, str] = field(default_factory=dict)
    lost: str = ""
    _position: int = 0
    _begun: bool = False
    _carried: list[Mapping[str, Any] | None] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether all of the note is remembered."""
        return len(self.remembered) == len(self.units)

    @property
    def known(self) -> list[tuple[Unit, Remembered]]:
        """The units that are remembered."""
        return list(zip(self.units, self.remembered, strict=False))

    @property
    def replays(self) -> bool:
        """Whether it need only run for the state that it leaves: its inline expressions have left nothing else."""
        return self.whole and not any(known.wrote for known in self.remembered[self.blocks :])

    @property
    def blocks(self) -> int:
        """How many of the units are blocks; they come first."""
        return sum(unit.mode == "exec" for unit in self.units)

    # --- while it runs ---------------------------------------------------------------------------------------------

    def take(self, raw: Raw) -> Taken:
        """A unit has come to its end, or was ended; in the order of the units."""
        self._begin()
        at, self._position = self._position, self._position + 1
        unit = self.units[at]  # a process cannot tell of more than it was ordered
        known = self.remembered[at] if at < len(self.remembered) else None
        wrote = self._note_down(raw.seen)
        if raw.end is not Status.RAN or (raw.error is not None and raw.error.memory):
            self._lose(_WHY_ENDED.get(raw.end, "it had not enough memory"))
        elif known is not None:
            return self._again(unit, known, raw, wrote), How.REPLAYED
        elif not unit.kept:
            self._lose("it says `cache: false`")
        else:
            self._keep(unit, raw, (), wrote)
        return replace(raw, seen=None), How.RAN

    def _note_down(self, seen: Mapping[str, Any] | None) -> list[Dep]:
        """What the unit has written; and what it has read, whether that is known for certain or not."""
        wrote = self.keeper.written(seen)
        self.wrote += wrote
        for what in ("files", "folders"):
            for path, state in (seen or {}).get(what, ()):
                self.read.setdefault(path, state)
        return wrote

    def carry(self, raw: Raw) -> None:
        """A note that ran again before this one, in the same process, met this."""
        self._carried.append(raw.seen)

    def restart(self) -> None:
        """It runs again from its first unit."""
        self._position, self.lost, self._begun = 0, "", False
        self._carried.clear()

    def close(self) -> Iterator[tuple[int, Raw]]:
        """No more will come.  Gives the remembered inline values that nobody computed again, by their index."""
        if self.whole and self._position == self.blocks and not self.lost:
            self._begin()
            for unit, known in zip(self.units[self.blocks :], self.remembered[self.blocks :], strict=True):
                self._keep(unit, known.raw, known.deps, known.wrote, known)
                self.wrote += known.wrote
                yield unit.index, known.raw
        if self._begun:
            self.keeper.finish(self)

    @property
    def ground(self) -> str | None:
        """The key of the state that the note's blocks leave, from which others start; None where it has none."""
        if len(self.links) < self.blocks:
            return None
        return self.links[self.blocks - 1].final if self.blocks else self.start

    def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        self.links, self.met, self.start = [], {}, None
        self.wrote, self.read = [], {}
        start = self.keeper.start_of(self)
        if start is None:
            self._lose("a note that it requires has no result that was kept")
        else:
            self.start, self.facts = start
            self.final = self.start

    def _again(self, unit: Unit, known: Remembered, raw: Raw, wrote: Sequence[Dep]) -> Raw:
        """It had to give what is remembered; what it gave then is shown, with what is different now."""
        unstable = difference(known.raw, raw) or known.raw.unstable
        shown = replace(known.raw, unstable=unstable)
        if self.final is not None:
            self._keep(unit, replace(shown, seen=raw.seen), known.deps, wrote, known)
        return shown

    def _keep(
        self, unit: Unit, raw: Raw, deps: Sequence[Dep], wrote: Sequence[Dep], known: Remembered | None = None
    ) -> None:
        """Stores the result under today's key, if the state that it started from has one."""
        if self.final is None:
            return
        try:
            seen = [raw.seen, *self._carried]
            found = self.keeper.settle(self.job.path, unit, seen)
        except UnsettledError as error:
            self._lose(str(error))
            return
        self._carried.clear()
        new = (dep for dep in found if self.met.get(dep[:2]) != dep.token)
        variant = Variant.of([*deps, *new], wrote)
        self.met.update((dep[:2], dep.token) for dep in variant.deps)
        normal = self.normals[len(self.links)]
        key = keys.following(self.final, unit, normal)
        self.final = keys.after(key, variant.trace)
        if known is not None and known.link.final == self.final and _same(known, raw, variant.wrote):
            self.links.append(known.link)
            return
        # What it met when it was remembered was not all that it can meet: that no longer speaks for it.
        instead = "" if known is None else trace_of(known.deps)
        size = self.keeper.keep(key, variant, raw, self.places, instead)
        self.links.append(Link(key, self.final, normal, unit.options, size))

    def _lose(self, why: str) -> None:
        self.final = None
        self.lost = self.lost or why


def _same(known: Remembered, raw: Raw, wrote: tuple[Dep, ...]) -> bool:
    return known.raw.unstable == raw.unstable and known.wrote == wrote


_WHY_ENDED: Mapping[Status, str] = {
    Status.TIMEOUT: "it did not end in time",
    Status.KILLED: "its process was ended",
}
