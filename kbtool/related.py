"""Notes that are near each other and do not say so: told from the words and links of the vault alone.

A note has *traits*: words that it is about, its tags, the notes that it links to, and those that link to it.  Notes
that share rare traits are related.  How rare a trait is counts in powers of two, and traits that 32 notes or more share
tell nothing.  So an edit seldom changes the lists of other notes, and n notes cost n times something, not n times n.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest

__all__ = ["Related", "Traits", "related", "traits_of"]

Traits = Mapping[str, frozenset[str]]
"""Note -> its traits: `word`, `#tag`, `>note` that it links to, `<note` that links to it."""
Related = Mapping[str, tuple[str, ...]]
"""Note -> those nearest to it, the nearest first; notes that have none are not in it."""

_MOST = 5
# By the bits of the number of notes that share a trait: 2 or 3 notes, 4 to 7, 8 to 15, 16 to 31.  What authors decided
# on weighs more than words: of rare ones two notes easily have one in common by chance.
_OF_LINKS = {2: 36, 3: 25, 4: 16, 5: 9}
_OF_WORDS = {2: 20, 3: 20, 4: 16, 5: 9}
# More than any single trait weighs, or two words.
_LEAST = 44


def traits_of(
    gists: Mapping[str, str], tags: Mapping[str, Iterable[str]], links: Mapping[str, Iterable[str]]
) -> Traits:
    """The traits of the notes in `links`; links to anything else count for nothing."""
    found = {path: {*gists[path].split(), *(f"#{tag.casefold()}" for tag in tags[path])} for path in links}
    for path, targets in links.items():
        for target in targets:
            if target in found:
                found[path].add(f">{target}")
                found[target].add(f"<{path}")
    return {path: frozenset(traits) for path, traits in found.items()}


def related(now: Traits, before: Traits | None = None, known: Related | None = None) -> Related:
    """For each note the five that are nearest to it, less those that it links to or that link to it.

    `known` is what came of the traits of `before`: taken from there is what must come out the same.
    """
    field = _Field(now)
    if before is None or known is None:
        return dict(field.lists(now))
    touched = field.touched_since(before)
    return {path: known[path] for path in now if path in known and path not in touched} | dict(field.lists(touched))


@dataclass(frozen=True)
class _Field:
    """All notes by their traits."""

    traits: Traits

    @cached_property
    def holders(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path, traits in self.traits.items():
            for trait in traits:
                found[trait].append(path)
        return found

    @cached_property
    def weights(self) -> Mapping[str, int]:
        """The traits that tell something, with what each weighs."""
        return {trait: weight for trait, notes in self.holders.items() if (weight := _weight(trait, len(notes)))}

    @cached_property
    def mass(self) -> Mapping[str, int]:
        """What a note's traits weigh together: whoever has many has something in common with everybody."""
        return {path: _coarse(sum(self._telling(path).values())) for path in self.traits}

    def _telling(self, path: str) -> dict[str, int]:
        weights = self.weights
        return {trait: weights[trait] for trait in self.traits[path] if trait in weights}

    def lists(self, paths: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for path in paths:
            nearest = self._nearest(path) if path in self.traits else ()
            if nearest:
                yield path, nearest

    def _nearest(self, path: str) -> tuple[str, ...]:
        shared: dict[str, int] = defaultdict(int)
        for trait, weight in self._telling(path).items():
            for other in self.holders[trait]:
                shared[other] += weight
        mass = self.mass
        maybe = [
            (-(weight * weight * 1024 // mass[other]), other) for other, weight in shared.items() if weight >= _LEAST
        ]
        linked = {path, *(trait[1:] for trait in self.traits[path] if trait[0] in "<>")}
        return tuple(other for _, other in nsmallest(_MOST, (pair for pair in maybe if pair[1] not in linked)))

    def touched_since(self, before: Traits) -> set[str]:
        """The notes whose lists may be others than with the traits of `before`.

        That is who has other traits now, who has one that weighs something else now, and whoever shares or shared a
        trait with one of those.
        """
        nothing: frozenset[str] = frozenset()
        changed = {path for path in before.keys() | self.traits.keys() if before.get(path) != self.traits.get(path)}
        gone = {path: before.get(path, nothing) - self.traits.get(path, nothing) for path in changed}
        come = {path: self.traits.get(path, nothing) - before.get(path, nothing) for path in changed}
        for trait in self._reweighed(gone.values(), come.values()):
            changed.update(self.holders.get(trait, ()))
        shared = {trait for path in changed for trait in (*before.get(path, ()), *self.traits.get(path, ()))}
        return changed.union(*(self.holders[trait] for trait in shared if trait in self.weights))

    def _reweighed(self, gone: Iterable[Set[str]], come: Iterable[Set[str]]) -> Iterator[str]:
        """The traits that weigh something else since these went from notes and came to notes."""
        growth: dict[str, int] = defaultdict(int)
        for step, sets in ((-1, gone), (1, come)):
            for traits in sets:
                for trait in traits:
                    growth[trait] += step
        for trait, more in growth.items():
            count = len(self.holders.get(trait, ()))
            if _weight(trait, count) != _weight(trait, count - more):
                yield trait


def _weight(trait: str, holders: int) -> int:
    return (_OF_LINKS if trait[0] in "<>#" else _OF_WORDS).get(holders.bit_length(), 0)


def _coarse(number: int) -> int:
    """The number with all but its two highest bits cleared, so that it seldom changes."""
    spare = max(0, number.bit_length() - 2)
    return number >> spare << spare
