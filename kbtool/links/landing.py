"""What the part of a link after `#` leads to: a heading, a chain of headings, or a block."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Literal, NamedTuple

from kbtool.note import Card
from kbtool.packed import unpack

__all__ = ["Landed", "Landing", "heading_key", "linkable"]

# Obsidian ignores these on both sides, so that `[[N#What is BPE]]` finds `## What is BPE?`.
_IGNORED = re.compile(r"""[!"#$%&()*+,.:;<=>?@^`{|}~/\[\]\\\r\n]""")
# These would end or cut the link; Obsidian leaves them out of links that it writes.
_UNLINKABLE = re.compile(r"[:#|^\\]|%%|\[\[|\]\]")


def heading_key(text: str) -> str:
    """A heading as links compare it."""
    return " ".join(_IGNORED.sub(" ", unicodedata.normalize("NFC", text)).lower().split())


def linkable(heading: str) -> str:
    """A heading's text as it can stand in a link.

    >>> linkable("C#: intro")
    'C intro'
    """
    return " ".join(_UNLINKABLE.sub(" ", heading).split())


class Landed(NamedTuple):
    """A heading or a block of a note, told by its anchor there."""

    kind: Literal["heading", "block"]
    anchor: str


class _Places(NamedTuple):
    """Where links can land in one note: its headings, each with its level and as links compare it; its blocks by id."""

    headings: list[tuple[int, str, str]]
    blocks: dict[str, str]


class Landing:
    """The headings and blocks of all notes; those of a note are indexed when a link first asks for one."""

    def __init__(self, cards: Mapping[str, Card]) -> None:
        self._cards = cards
        self._known: dict[str, _Places] = {}

    def find(self, path: str, fragment: str) -> Landed | None:
        """What `#fragment` means in the note at `path`, or None where it means nothing there."""
        places = self._places(path)
        if fragment.startswith("^"):
            anchor = places.blocks.get(fragment[1:].strip().lower())
            return Landed("block", anchor) if anchor is not None else None
        return _chain(places, [heading_key(part) for part in fragment.split("#") if part.strip()])

    def _places(self, path: str) -> _Places:
        found = self._known.get(path)
        if found is None:
            headings, blocks = unpack(self._cards[path].landings)
            keyed = [(level, heading_key(raw), anchor) for level, raw, anchor in headings]
            # Of two blocks with one id the first counts.
            found = _Places(keyed, {name.lower(): anchor for name, anchor in reversed(blocks)})
            self._known[path] = found
        return found


def _chain(places: _Places, parts: list[str]) -> Landed | None:
    """The last of the parts, when each comes after the one before it and lies deeper."""
    above, wanted = 0, 0
    for level, key, anchor in places.headings:
        if wanted < len(parts) and key == parts[wanted] and level > above and key:
            above, wanted = level, wanted + 1
            if wanted == len(parts):
                return Landed("heading", anchor)
    return None
