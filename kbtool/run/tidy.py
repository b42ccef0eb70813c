"""Keeps the memory of results from growing without end: once a day, what is of no use any more is forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kbtool.run.stored import Chain, dump, load

if TYPE_CHECKING:
    from kbtool.cache import Store
    from kbtool.run.memory import Memory

__all__ = ["forget", "tidy"]

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
    with store.transaction():  # what others store meanwhile waits, and is seen by none of this
        chains = {path: memory.chains(path) for path in store.keys("run.chains")}
        kept = {path: list(_in_use(memory, path, found)) for path, found in chains.items()}
        _shrink(kept)
        store.delete("run.chains", [path for path, found in kept.items() if not found])
        changed = {path: found for path, found in kept.items() if found and found != chains[path]}
        store.put_many("run.chains", ((path, dump(found)) for path, found in changed.items()))
        left = [chain for found in kept.values() for chain in found]
        forget(store, [chain for path in chains for chain in chains[path] if chain not in kept[path]], left)
        _delete_strays(store, left)
        store.put("run.tidied", "day", day)


def forget(store: Store, gone: Collection[Chain], kept: Collection[Chain]) -> None:
    """Deletes what only the chains of `gone` consisted of."""
    needed = {link for chain in kept for link in chain.links}
    keys_needed, finals_needed = {link.key for link in needed}, {link.final for link in needed}
    links = [link for chain in gone for link in chain.links]
    store.delete("run.result", {link.final for link in links} - finals_needed)
    store.delete("run.variants", {link.key for link in links} - keys_needed)


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


def _delete_strays(store: Store, chains: Iterable[Chain]) -> None:
    """Deletes what belonged to no chain the last time either: a note that runs now has results before it has a chain.

    Another build may be using them already, so that it stores no chain of its own for them.
    """
    chains = list(chains)
    links = [link for chain in chains for link in chain.links]
    used = {
        "run.result": {link.final for link in links},
        "run.variants": {link.key for link in links},
        "run.surroundings": {chain.surroundings for chain in chains},
    }
    strays = {kind: sorted(set(store.keys(kind)) - names) for kind, names in used.items()}
    before = load(store.get("run.tidied", "strays"))
    for kind, names in strays.items():
        known = before.get(kind, ()) if isinstance(before, dict) else ()
        store.delete(kind, set(names).intersection(known))
    store.put("run.tidied", "strays", dump(strays))
    for kind in ("run.file", "run.normal"):  # these are made again in no time
        found = store.keys(kind)
        if len(found) > _MOST_DIGESTS:
            store.delete(kind, found)
