"""What a note is about, in a few words: those by which it is likened to others."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from kbtool.search.stems import WHOLE_WORDS, stem

__all__ = ["gist_of"]

_MOST = 32
# Words that stand in the text two or three times only are taken as far as a note has too few others.
_ENOUGH = 12
_IN_TITLE, _TWICE = 7, 2


def gist_of(terms: str) -> str:
    r"""The stems of the words that weigh most in a note's `terms`, at most 32.

    Such a choice stays the same under most edits of prose.  Common words may be among them: that they tell nothing
    shows only beside the other notes.

    >>> gist_of("once upon\nmatrices tokens son\n\n\n\n\n\nbpe")
    'bpe matri token'
    """
    lines = terms.split("\n")
    weighty = (word for weight in range(len(lines), _TWICE, -1) for word in _telling(lines[weight - 1], weight))
    stems = dict.fromkeys(islice(_once(weighty), _MOST))
    if len(stems) < _ENOUGH:
        stems |= dict.fromkeys(islice(_once(_telling(lines[_TWICE - 1], _TWICE)), _ENOUGH - len(stems)))
    return " ".join(stems)


def _telling(line: str, weight: int) -> list[str]:
    """The words of one weight that may tell something, the longest first, which are seldom common ones."""
    shortest = 3 if weight >= _IN_TITLE else 4
    words = [word for word in line.split() if len(word) >= shortest and word not in WHOLE_WORDS]
    return sorted((word for word in words if not word.isdecimal()), key=lambda word: (-len(word), word))


def _once(words: Iterable[str]) -> dict[str, None]:
    """Their stems, each once, in their order."""
    return dict.fromkeys(map(stem, words))
