"""The words that a note is found by, each with the weight that its place gives it.

A weight is a number from 1 to 9: a word of a short title weighs most, then those of longer titles, of headings, and of
the text by how often it stands there.  A note's words are noted down as text, one line for each weight, because that is
cheap to make, to store and to split; stems come later, when each word of the vault is looked at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kbtool.render import Said
from kbtool.search.stems import folded, words

__all__ = ["STRIPES", "WEIGHTS", "stripe", "terms_of"]

STRIPES = 128
"""Into so many parts words are divided by their first two letters."""
WEIGHTS = 9

_IN_SHORT_TITLE, _IN_TITLE, _IN_LONG_TITLE = 9, 8, 7
_IN_SECTION, _IN_PART = 6, 5
# A heading of this level or above it is one of the note's main sections.
_SECTION = 2
# The weight of a word that stands so often in the text; what stands there more often has that of the last.
_BY_NUMBER = (0, 1, 2, 2, 3, 3, 3, 3, 4)


def stripe(word: str) -> int:
    """The part of the alphabet that a word belongs to; told by two letters, so that two letters typed are enough."""
    return (31 * ord(word[0]) + (ord(word[1]) if len(word) > 1 else 0)) % STRIPES


def terms_of(said: Said) -> str:
    """The words of a note: a line for each weight, from 1 on."""
    counted = Counter(words(folded("\n".join(_prose(said)))))
    most = len(_BY_NUMBER) - 1
    weights = {word: _BY_NUMBER[number if number < most else most] for word, number in counted.items()}
    for word, weight in _named(said):
        if weight > weights.get(word, 0):
            weights[word] = weight
    lines: list[list[str]] = [[] for _ in range(WEIGHTS)]
    for word, weight in weights.items():
        lines[weight - 1].append(word)
    return "\n".join([" ".join(line) for line in lines])


def _prose(said: Said) -> Iterator[str]:
    """The lines that are no headings."""
    for section in said.sections:
        yield from section.lines[1:] if section.anchor else section.lines


def _named(said: Said) -> Iterator[tuple[str, int]]:
    """The words of titles and headings with their weights."""
    for name in (said.title, *said.aliases):
        found = words(folded(name))
        weight = _IN_SHORT_TITLE if len(found) == 1 else _IN_TITLE if len(found) < 4 else _IN_LONG_TITLE
        yield from ((word, weight) for word in found)
    for section in said.sections:
        if section.anchor:
            weight = _IN_SECTION if section.level <= _SECTION else _IN_PART
            yield from ((word, weight) for word in words(folded(section.lines[0])))
