"""The memory of results: what blocks gave, kept in the store from one build to the next.

A result is found by the key of its block (see `keys`) and by what the block met when it ran (see `record`): under one
key there may be several *variants*, one for each state of the files and packages that was met, and the one that fits
today's is taken.  So a module edited and edited back costs nothing.

| kind in the store | key | value |
|---|---|---|
| `run.variants` | Ki | what the block met: the latest runs |
| `run.result` | Fi | what it gave |
| `run.chains` | a note | of what results it consisted: to clean up, and to explain |
| `run.surroundings` | a digest | the surroundings in words: to explain |
| `run.normal` | digest of a source | digest of what it says to Python |
| `run.file` | a path | its digest, and the state it had then |
| `run.devices` | the hardware | the devices that torch sees |
"""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence

from kbtool.cache import Store
from kbtool.filestate import FileState
from kbtool.run import keys
from kbtool.run.job import NoteJob, Settings
from kbtool.run.keys import Unit
from kbtool.run.notelog import Terms
from kbtool.run.outside import Outside
from kbtool.run.places import Places
from kbtool.run.recall import Recall, devices_wished
from kbtool.run.results import NoteResult
from kbtool.run.source import digest, normal
from kbtool.run.standing import NEVER
from kbtool.run.stored import Chain, Link, Variant, dump, load, pack, unpack
from kbtool.run.surroundings import hardware
from kbtool.run.tidy import forget, tidy
from kbtool.run.verdict import Raw

__all__ = ["Memory"]

_VARIANTS = 6
_CHAINS = 4
_DAY = 86_400


class StoredDigests:
    """Digests of files, kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, path: str) -> tuple[FileState, str] | None:
        value = load(self._store.get("run.file", path))
        try:
            return value and (FileState(*value[0]), str(value[1]))
        except (TypeError, IndexError):
            return None

    def put(self, path: str, state: FileState, digest: str) -> None:
        self._store.put("run.file", path, dump([state, digest]))


class Memory:
    """What is remembered of the notes of one vault under these settings.  One instance serves one run after another."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings = store, settings
        self.digests = StoredDigests(store)
        self.day = int(time.time()) // _DAY
        self._last: Recall | None = None

    # --- devices ---------------------------------------------------------------------------------------------------

    def devices(self, jobs: Sequence[NoteJob]) -> tuple[str, ...] | None:
        """The devices of this machine, as far as the jobs ask; None where only torch could tell."""
        if devices_wished(jobs, self.settings) <= {"cpu"}:
            return ("cpu",)
        found = load(self.store.get("run.devices", self._machine()))
        return None if found is None else tuple(map(str, found))

    def learn(self, devices: Sequence[str]) -> None:
        """Torch has told."""
        self.store.put("run.devices", self._machine(), dump(list(devices)))

    def _machine(self) -> str:
        return digest(hardware("cuda"), platform.platform(), Outside(self.digests).token("package", "torch"))

    # --- before a run ----------------------------------------------------------------------------------------------

    def recall(self, jobs: Sequence[NoteJob], devices: Sequence[str]) -> Recall:
        """What is remembered of the jobs, which stand after those that they require."""
        self._last = Recall(self, jobs, Terms(self.settings, tuple(devices)))
        return self._last

    def again(self, recall: Recall) -> Recall:
        """From now on this is what is remembered of the run."""
        self._last = recall
        return recall

    def fitting(self, key: str, outside: Outside) -> Variant | None:
        """The variant of a key that fits what the outside is like."""
        return next((v for v in self.variants(key) if all(map(outside.holds, v.deps))), None)

    def variants(self, key: str) -> list[Variant]:
        """What blocks with this key have met, the latest first."""
        try:
            return [Variant.loaded(value) for value in load(self.store.get("run.variants", key)) or ()]
        except (TypeError, ValueError):
            return []

    def result(self, final: str, places: Places) -> tuple[Raw, int] | None:
        """What is stored under Fi, and its size; None where there is nothing, or nothing that fits today's lines."""
        data = self.store.get("run.result", final)
        unpacked = None if data is None else unpack(data)
        raw = unpacked and places.attach(*unpacked)
        return (raw, len(data)) if raw and data else None

    def normals(self, units: Sequence[Unit]) -> dict[Unit, str]:
        """What each source says to Python; parsing the sources of a large vault at each build would take too long."""
        version = platform.python_version()
        names = {unit: digest(version, unit.mode, unit.source) for unit in units}
        known = self.store.get_many("run.normal", set(names.values()))
        new: dict[str, bytes] = {}
        for unit, name in names.items():
            if name not in known:
                known[name] = new[name] = normal(unit.source, unit.mode).encode()
        if new:
            self.store.put_many("run.normal", new.items())
        return {unit: known[name].decode("ascii", "replace") for unit, name in names.items()}

    def chains(self, path: str) -> list[Chain]:
        """How the note was run, the latest first."""
        try:
            return [Chain.loaded(value) for value in load(self.store.get("run.chains", path)) or ()]
        except (TypeError, ValueError):
            return []

    # --- during and after a run ------------------------------------------------------------------------------------

    def keep(self, key: str, variant: Variant, raw: Raw, places: Places, instead: str) -> int:
        """Stores what a block gave, in the place of the variant `instead` if there is one; the bytes that it takes."""
        data = pack(*places.detach(raw))
        others = [other for other in self.variants(key) if other.trace not in (variant.trace, instead)]
        with self.store.transaction():
            self.store.put("run.result", keys.after(key, variant.trace), data)
            self.store.put("run.variants", key, dump([variant, *others[: _VARIANTS - 1]]))
        return len(data)

    def keep_chain(self, path: str, chain: Chain) -> None:
        """Notes how the note was run, and forgets the results of runs long ago."""
        before = self.chains(path)
        if before and before[0] == chain:
            return
        finals = [link.final for link in chain.links]
        others = [old for old in before if [link.final for link in old.links] != finals]
        kept, gone = [chain, *others[: _CHAINS - 1]], others[_CHAINS - 1 :]
        with self.store.transaction():
            self.store.put("run.chains", path, dump(kept))
            forget(self.store, gone, kept)

    def forget(self, path: str) -> int:
        """Forgets all results of a note; how many there were."""
        gone = self.chains(path)
        with self.store.transaction():
            self.store.delete("run.chains", [path])
            forget(self.store, gone, ())
        return len({link.final for chain in gone for link in chain.links})

    def use_chain(self, path: str, links: tuple[Link, ...]) -> None:
        """Notes that the results of a run were used today."""
        before = self.chains(path)
        finals = [link.final for link in links]
        used = next((chain for chain in before if [link.final for link in chain.links] == finals), None)
        if used is not None and (used.day != self.day or used != before[0]):
            self.keep_chain(path, used._replace(day=self.day))

    def tidy(self) -> None:
        """Forgets what is of no use any more; does something once a day."""
        tidy(self)

    def standing(self, results: Mapping[str, NoteResult]) -> bytes:
        """A record by which a later process tells in no time whether all these results still hold."""
        if not results:
            return b""
        return self._last.standing(results.keys()) if self._last else NEVER
