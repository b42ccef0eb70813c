"""A canvas made ready for its page: its nodes, and the Markdown of its text cards parsed and drafted as that of notes.

Made once for each content of a canvas and kept in the store; where its links lead is filled in for every page.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace

from kbtool.diagnostics import Diagnostic, fault
from kbtool.formats.canvas import Canvas, FileNode, TextNode
from kbtool.formats.canvas import parse as parse_canvas
from kbtool.note import Link, Note
from kbtool.note import parse as parse_note
from kbtool.render.draft import Draft, draft

__all__ = ["Board", "Written", "board", "card_link"]


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a card: what a note would be of it, and its HTML with holes."""

    note: Note
    draft: Draft


@dataclass(frozen=True, slots=True)
class Board:
    """A canvas and its written cards, by the index of their node."""

    canvas: Canvas
    written: Mapping[int, Written]

    def leads(self) -> Iterator[str | Link]:
        """The files that it shows, by their paths, and the links of its texts."""
        for index, node in enumerate(self.canvas.nodes):
            if isinstance(node, FileNode):
                yield node.file
            elif index in self.written:
                yield from self.written[index].note.links

    def lost(self, path: str, known: Container[str]) -> Iterator[Diagnostic]:
        """The cards of files that are not there; `path` is the canvas's own, `known` are those of all files."""
        for node in self.canvas.nodes:
            if isinstance(node, FileNode) and node.file not in known:
                message = f"no file of the vault is '{node.file}'"
                yield fault("broken-link", path, node.line, 1, message, "choose another file for this card")


def board(path: str, text: str, strict_line_breaks: bool = False) -> tuple[Board, tuple[Diagnostic, ...]]:
    """The board of the canvas at `path`; what is wrong with a text is told with the line of its card."""
    canvas, faults = parse_canvas(path, text)
    written: dict[int, Written] = {}
    found = [*faults]
    for index, node in enumerate(canvas.nodes):
        if isinstance(node, TextNode) and node.text.strip():
            written[index], told = _written(path, node, strict_line_breaks)
            found += [replace(d, line=node.line, column=1) for d in told]
    return Board(canvas, written), tuple(found)


def _written(path: str, node: TextNode, strict_line_breaks: bool) -> tuple[Written, tuple[Diagnostic, ...]]:
    # A card has no properties: what looks like their beginning is a rule.
    text = f"\n{node.text}" if node.text.startswith("---") else node.text
    document, faults = parse_note(path, text, strict_line_breaks=strict_line_breaks)
    drafted = draft(document, strict_line_breaks=strict_line_breaks)
    links = tuple(link._replace(line=node.line, start=0, end=0) for link in document.note.links)
    return Written(document.note._replace(links=links), drafted), (*faults, *drafted.diagnostics)


def card_link(node: FileNode) -> Link:
    """The card of a file as a link: the embed that a note would have in its place."""
    fragment = node.subpath.removeprefix("#") or None
    raw = f"{node.file}{node.subpath}"
    return Link("wiki", True, raw, node.file, fragment, raw, node.line, 0, 0)
