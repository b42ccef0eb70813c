"""Keeps the memory of results from growing without end: once a day, what is of no use any more is forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kbtool.run.stored import Chain, dump

if TYPE_CHECKING:
    from kbtool.run.memory import Memory

__all__ = ["tidy"]

_UNUSED_DAYS = 60
"""A result that no build has used for so long, though the note has newer ones."""

_GONE_DAYS = 30
"""A note that is not there may be on another branch, and come back."""

_MOST_BYTES = 512 << 20
_MOST_DIGESTS = 100_000


def tidy(memory: Memory) -> None:
    """Does its work if today nobody has."""
    store, day = memory.store, str(memory.day).encode()
    if store.get("run.tidied", "day") == day:
        return
    chains = {path: memory.chains(path) for path in store.keys("run.chains")}
    kept = {path: list(_in_use(memory, path, found)) for path, found in chains.items()}
    _shrink(kept)
    with store.transaction():
        store.delete("run.chains", [path for path, found in kept.items() if not found])
        changed = {path: found for path, found in kept.items() if found and found != chains[path]}
        store.put_many("run.chains", ((path, dump(found)) for path, found in changed.items()))
        _delete_unused(memory, [chain for found in kept.values() for chain in found])
        store.put("run.tidied", "day", day)


def _in_use(memory: Memory, path: str, chains: Iterable[Chain]) -> Iterator[Chain]:
    there = Path(memory.settings.vault, path).exists()
    for number, chain in enumerate(chains):
        unused = memory.day - chain.day
        if unused <= _GONE_DAYS or (there and (number == 0 or unused <= _UNUSED_DAYS)):
            yield chain


def _shrink(kept: dict[str, list[Chain]]) -> None:
    """Drops what has been unused for longest until the rest is small enough."""
    by_age = sorted(((chain.day, path, chain) for path, found in kept.items() for chain in found), key=lambda x: x[:2])
    total = sum(_size(chain) for _, _, chain in by_age)
    for _, path, chain in by_age:
        if total <= _MOST_BYTES:
            return
        kept[path].remove(chain)
        total -= _size(chain)


def _size(chain: Chain) -> int:
    return sum(link.size for link in chain.links)


def _delete_unused(memory: Memory, chains: Iterable[Chain]) -> None:
    """Deletes what belongs to no chain; one that is being written just now loses its results, and runs again."""
    store, chains = memory.store, list(chains)
    links = [link for chain in chains for link in chain.links]
    used = {
        "run.result": {link.final for link in links},
        "run.variants": {link.key for link in links},
        "run.surroundings": {chain.surroundings for chain in chains},
    }
    for kind, names in used.items():
        store.delete(kind, set(store.keys(kind)) - names)
    for kind in ("run.file", "run.normal"):  # these are made again in no time
        names = set(store.keys(kind))
        if len(names) > _MOST_DIGESTS:
            store.delete(kind, names)
