"""Did you mean...: the names nearest to a misspelt one, among many thousands, for many misspelt ones.

Comparing each wrong name with every right one would take seconds in a large vault.  So names are found by their words,
a word also by itself with one letter left out (which finds every pair of words one typing mistake apart), and only the
few found are compared letter by letter.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from kbtool.slug import fold

__all__ = ["Nearest", "is_typo", "same_letters", "similarity"]

_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+")
_NEAR = 0.6
_LOOKED_AT = 200


class Nearest:
    """Names that can be asked for by a misspelling."""

    def __init__(self, names: Iterable[str]) -> None:
        # Names by (a word of theirs, all their digits): a number that differs is no slip of the pen.
        self._holders: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name in names:
            digits = _digits(name)
            for word in dict.fromkeys(_words(name)):
                self._holders[word, digits].append(name)
        self._shortened: dict[str, list[str]] = defaultdict(list)
        for word in dict.fromkeys(word for word, _ in self._holders):
            for short in _shortened(word):
                self._shortened[short].append(word)

    def find(self, text: str, limit: int = 3) -> list[str]:
        """The names most like `text`, best first; `GPT-3` is never offered for `GPT-2`.

        >>> Nearest(["Embeddings", "Atención", "GPT-3"]).find("Embedings")
        ['Embeddings']
        """
        scored = sorted((-similarity(text, name), name) for name in islice(self._candidates(text), _LOOKED_AT))
        return [name for score, name in scored if -score >= _NEAR][:limit]

    def _candidates(self, text: str) -> Iterator[str]:
        digits = _digits(text)
        words = {known for word in _words(text) for known in self._like(word)}
        # Rare words first: they say most about which name was meant.
        holders = sorted((self._holders.get((word, digits), []) for word in sorted(words)), key=len)
        return iter(dict.fromkeys(name for names in holders for name in names[:_LOOKED_AT]))

    def _like(self, word: str) -> Iterator[str]:
        """The known words that are at most a slip of the pen away."""
        for short in _shortened(word):
            yield from self._shortened.get(short, ())


def similarity(one: str, other: str) -> float:
    """How much two names are alike, from 0 to 1: the share of their pairs of neighbouring letters that they share."""
    a, b = _pairs(one), _pairs(other)
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def same_letters(text: str) -> str:
    """What is left of a name when only letters and digits count: `Self-Attention` and `self attention` agree."""
    return "".join(_words(text))


def is_typo(wrong: str, right: str) -> bool:
    """Whether a single slip (a letter more, less, other, or two swapped) in a word long enough to be sure explains it.

    >>> is_typo("Embedings", "Embeddings"), is_typo("capa", "copa")
    (True, False)
    """
    a, b = fold(wrong), fold(right)
    if min(len(a), len(b)) < 6 or abs(len(a) - len(b)) > 1 or _digits(a) != _digits(b):
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    swapped = a[start : start + 2] == b[start : start + 2][::-1] and a[start + 2 :] == b[start + 2 :]
    return swapped or a[start + 1 :] == b[start:] or a[start:] == b[start + 1 :] or a[start + 1 :] == b[start + 1 :]


def _digits(text: str) -> str:
    return " ".join(_DIGITS.findall(text))


def _words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def _shortened(word: str) -> Iterator[str]:
    """The word, and the word without each of its letters in turn; short words and numbers only as they are."""
    yield word
    if len(word) > 3 and not word.isdecimal():
        for i in range(min(len(word), 24)):
            yield word[:i] + word[i + 1 :]


@lru_cache(maxsize=32768)
def _pairs(text: str) -> frozenset[str]:
    padded = f" {' '.join(_words(text))} "
    return frozenset(padded[i : i + 2] for i in range(len(padded) - 1)) if padded.strip() else frozenset()
