"""What the part of a link after `#` leads to: a heading, a chain of headings, or a block."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from kbtool.note import BlockId, Heading, Note

__all__ = ["Landing", "heading_key", "linkable"]

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


class Landing:
    """The headings and blocks of all notes; those of a note are indexed when a link first asks for one."""

    def __init__(self, notes: Mapping[str, Note]) -> None:
        self._notes = notes
        self._headings: dict[str, list[tuple[str, Heading]]] = {}
        self._blocks: dict[str, dict[str, BlockId]] = {}

    def find(self, path: str, fragment: str) -> Heading | BlockId | None:
        """What `#fragment` means in the note at `path`, or None where it means nothing there."""
        if fragment.startswith("^"):
            return self._block(path, fragment[1:].strip().lower())
        return self._chain(path, [heading_key(part) for part in fragment.split("#") if part.strip()])

    def _chain(self, path: str, parts: list[str]) -> Heading | None:
        """The last of the parts, when each comes after the one before it and lies deeper."""
        level, wanted = 0, 0
        for key, heading in self._headings_of(path):
            if wanted < len(parts) and key == parts[wanted] and heading.level > level and key:
                level, wanted = heading.level, wanted + 1
                if wanted == len(parts):
                    return heading
        return None

    def _headings_of(self, path: str) -> list[tuple[str, Heading]]:
        if path not in self._headings:
            self._headings[path] = [(heading_key(h.raw), h) for h in self._notes[path].headings]
        return self._headings[path]

    def _block(self, path: str, name: str) -> BlockId | None:
        if path not in self._blocks:
            # Of two blocks with one id the first counts.
            self._blocks[path] = {block.id.lower(): block for block in reversed(self._notes[path].block_ids)}
        return self._blocks[path].get(name)
