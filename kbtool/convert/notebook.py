"""A note as a Jupyter notebook: its text as Markdown, its blocks as cells with what they really gave.

A notebook travels: what it points to has a whole address or none, and nothing of it lies beside it.  What the note
requires comes first, so that the cells run from top to bottom.  The same note and results give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2s
from typing import Any

from kbtool.convert.edition import CARRIED, Edition, Picture, Shelf, after_title, linked
from kbtool.convert.outputs import outputs
from kbtool.note import CodeBlock, Note
from kbtool.render import Site
from kbtool.run.order import order
from kbtool.run.results import BlockResult, Status
from kbtool.slug import unique
from kbtool.words import words_for

__all__ = ["notebook"]


def notebook(path: str, site: Site, edition: Edition) -> bytes:
    """The note `path` as the bytes of an `.ipynb` file.

    Plain values instead of nbformat's: importing that takes longer than making all notebooks of a site.
    """
    note = site.note(path)
    spoken = words_for(note.properties.get("lang"), site.words)
    shelf = Shelf(site, edition, spoken)
    book = _Book()
    book.text(_opening(note, shelf))
    for required in _prerequisites(path, site):
        _add_code(required, shelf, book)
    _add_note(note, shelf, book)
    text = json.dumps(book.whole(note.title), ensure_ascii=False, indent=1, sort_keys=True)
    return f"{text}\n".encode("utf-8", "replace")


# ---------------------------------------------------------------- cells


@dataclass(slots=True)
class _Book:
    """The cells so far."""

    cells: list[dict[str, Any]] = field(default_factory=list)
    _runs: int = 0
    _ids: set[str] = field(default_factory=set)

    def text(self, source: str, pictures: Mapping[str, Picture] | None = None) -> None:
        """A cell of Markdown with those of the pictures that it shows.

        There is none for nothing, nor for the marks of a quote that a block was taken out of.
        """
        bare = source.strip("\n")
        shown = {n: {p.kind: p.data} for n, p in (pictures or {}).items() if f"({CARRIED}{n})" in bare}
        if bare.strip("> \n"):
            self._add("markdown", bare, {}, **({"attachments": shown} if shown else {}))

    def code(self, block: CodeBlock, result: BlockResult | None) -> None:
        ran = result is not None and result.status is not Status.SKIPPED
        self._runs += ran
        shown = outputs(result, self._runs) if ran and result and block.options.output else []
        number = self._runs if ran else None
        self._add("code", block.source.rstrip("\n"), _about(block, result), execution_count=number, outputs=shown)

    def _add(self, kind: str, source: str, metadata: dict[str, Any], **rest: Any) -> None:
        digest = blake2s(f"{kind}\n{source}".encode(errors="replace"), digest_size=6).hexdigest()
        lines = source.splitlines(keepends=True)
        self.cells.append(
            {"cell_type": kind, "id": unique(digest, self._ids), "metadata": metadata, "source": lines, **rest}
        )

    def whole(self, title: str) -> dict[str, Any]:
        metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python", "file_extension": ".py"}, "title": title}
        return {"cells": self.cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def _about(block: CodeBlock, result: BlockResult | None) -> dict[str, Any]:
    """What a cell's metadata tell: the block's name and verdict, and what Jupyter's own tools go by."""
    about: dict[str, Any] = {}
    if block.label:
        about["name"] = block.label
    if not block.options.echo:
        about["jupyter"] = {"source_hidden": True}
    if block.options.error:
        about["tags"] = ["raises-exception"]
    if result is not None:
        about["kbtool"] = {"status": str(result.status)}
    return about


# ---------------------------------------------------------------- a note's cells


def _opening(note: Note, shelf: Shelf) -> str:
    """The title, where the note comes from, and whether something that it builds on cannot be here."""
    pieces = [f"# {note.title}"]
    address = shelf.edition.address(note.path)
    if address:
        pieces.append(f"<{address}>")
    if not all(shelf.edition.shows(path) for path in _prerequisites(note.path, shelf.site)):
        pieces.append(shelf.words["notebook.private"])
    return "\n\n".join(pieces)


def _prerequisites(path: str, site: Site) -> tuple[str, ...]:
    """The notes that a note requires, directly or not, each after those that it requires itself."""
    requires: dict[str, tuple[str, ...]] = {}
    waiting = [path]
    while waiting:
        asked = waiting.pop()
        if asked not in requires:
            requires[asked] = _required(asked, site)
            waiting += requires[asked]
    return tuple(required for required in order(requires)[0] if required != path)


def _required(path: str, site: Site) -> tuple[str, ...]:
    asked = (r.target for r in site.property_resolutions(path) if r.link.key.partition(".")[0] == "requires")
    return tuple(dict.fromkeys(target for target in asked if target is not None and target in site.cards))


def _add_code(path: str, shelf: Shelf, book: _Book) -> None:
    """The code of a required note, without what it gave: it is there to be run before the rest."""
    note = shelf.site.note(path)
    blocks = [block for block in note.code if _runs(note, block)]
    if blocks and shelf.edition.shows(path):
        title = linked(note.title, shelf.edition.address(path))
        book.text(shelf.words.say("notebook.first", title=title))
        for block in blocks:
            book.code(block, None)


def _add_note(note: Note, shelf: Shelf, book: _Book) -> None:
    results = shelf.results(note)
    pictures: dict[str, Picture] = {}
    text = shelf.text(note)
    lines = shelf.lines(note, text, pictures)
    at = after_title(note, text, lines)
    for block in note.code:
        if _runs(note, block):
            book.text("\n".join(lines[at : block.first_line - 1]), pictures)
            book.code(block, results.get(block.index))
            at = _end(block, block.index in results)
    book.text("\n".join(lines[at:]), pictures)


def _end(block: CodeBlock, ran: bool) -> int:
    """The last line of a block; what the note says it prints gives way to what it did print."""
    return block.documented.last_line if ran and block.documented else block.last_line


def _runs(note: Note, block: CodeBlock) -> bool:
    """What kbtool leaves alone is no cell: a reader who runs the whole notebook would run it."""
    return block.options.eval and note.properties.get("run") is not False
