"""How an index is shared out among scripts, so that a query loads little of it.

Postings are shared out by the first two letters of terms, texts by a digest of the note's path: a note that comes or
goes changes the texts of a few others and no more.  Notes are numbered group by group, so the browser tells the group
of a note from how many there are in each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import log2
from zlib import crc32

from kbtool.search.stems import stem
from kbtool.search.terms import STRIPES, stripe

__all__ = ["Index", "Shares", "changed_shards", "index_of", "postings", "shares_of"]

_NOTES_A_SHARD = 32
_NOTES_A_GROUP = 4


@dataclass(frozen=True)
class Shares:
    """The published notes as search numbers them, in `shards` scripts of postings and one script of texts a group."""

    shards: int
    groups: tuple[tuple[str, ...], ...]

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The notes by their number."""
        return tuple(path for group in self.groups for path in group)

    def group_of(self, path: str) -> int:
        return _group(path, len(self.groups))


def shares_of(published: Iterable[str]) -> Shares:
    """How the index of these notes is shared out."""
    paths = sorted(published)
    count = _power_of_two(len(paths) / _NOTES_A_GROUP)
    groups: list[list[str]] = [[] for _ in range(count)]
    for path in paths:
        groups[_group(path, count)].append(path)
    shards = min(STRIPES, _power_of_two(len(paths) / _NOTES_A_SHARD))
    return Shares(shards, tuple(map(tuple, groups)))


def _power_of_two(number: float) -> int:
    """The nearest one: a number that hardly ever changes while a vault grows."""
    return 2 ** max(0, round(log2(number))) if number > 1 else 1


def _group(path: str, count: int) -> int:
    return crc32(path.encode("utf-8", "surrogateescape")) % count


@dataclass(frozen=True)
class Index:
    """Every word of the vault with the notes it stands in, and the words by the shard they belong to.

    A note is told as its number times 16 plus the weight of the word.
    """

    found: Mapping[str, Sequence[int]]
    shards: Sequence[Sequence[str]]


def index_of(notes: Iterable[str], shards: int) -> Index:
    """The index of the notes whose terms these are, in the order of their numbers."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, terms in enumerate(notes):
        for weight, line in enumerate(terms.split("\n"), 1):
            entry = 16 * number + weight  # one object for all words of the line
            for word in line.split():
                found[word].append(entry)
    shared: list[list[str]] = [[] for _ in range(shards)]
    for word in found:
        shared[stripe(word) % shards].append(word)
    return Index(found, shared)


def changed_shards(before: str, now: str, shards: int) -> set[int]:
    """The shards in which a note with these terms, before and now, is told otherwise."""
    lines = zip(before.split("\n"), now.split("\n"), strict=True)
    return {stripe(word) % shards for old, new in lines for word in {*old.split()} ^ {*new.split()}}


def postings(index: Index, shard: int) -> str:
    """A shard as the browser reads it: a line for each stem, `stem/ending/ending` and, after a blank, its notes.

    Each is its distance from the one before in base 36 and its weight as a capital: 3A1C are note 3 with weight 1 and
    note 4 with weight 3.
    """
    families: dict[str, list[str]] = defaultdict(list)
    for word in sorted(index.shards[shard]):
        families[stem(word)].append(word)
    return "\n".join([_line(root, families[root], index.found) for root in sorted(families)])


def _line(root: str, family: Sequence[str], found: Mapping[str, Sequence[int]]) -> str:
    head = root if family == [root] else "/".join((root, *(word[len(root) :] for word in family)))
    entries = found[family[0]] if len(family) == 1 else _merged([found[word] for word in family])
    pieces, last = [], 0
    for entry in entries:
        number = entry >> 4
        pieces.append(_base36(number - last) + _LETTERS[entry & 15])
        last = number
    return f"{head} {''.join(pieces)}"


def _merged(lists: Iterable[Iterable[int]]) -> list[int]:
    """The notes of several words, each once and with the highest weight."""
    best = {entry >> 4: entry for entry in sorted(entry for entries in lists for entry in entries)}
    return list(best.values())


_LETTERS = " ABCDEFGHI"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@cache
def _base36(number: int) -> str:
    return (_base36(number // 36) if number >= 36 else "") + _DIGITS[number % 36]
