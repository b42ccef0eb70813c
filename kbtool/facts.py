"""Everything kbtool reads in a vault, as plain values: what `kbtool inspect` prints as JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kbtool import bases
from kbtool import links as links_module
from kbtool import note as note_module
from kbtool import vault as vault_module
from kbtool.formats import base as base_format
from kbtool.formats.canvas import Canvas, FileNode
from kbtool.links import LinkIndex, Resolution
from kbtool.note import Heading, Note
from kbtool.parallel import fork_map
from kbtool.render import board as make_board
from kbtool.render.catalogue import VaultCatalogue, owners_catalogue
from kbtool.vault import FileKind, SourceFile, Vault

__all__ = ["read"]


def read(root: Path) -> dict[str, Any]:
    """The notes of a vault with their links, tags and properties; what is unresolved; the graph and its backlinks."""
    vault = vault_module.read(root)

    def parse(file: SourceFile) -> Note:
        text = vault_module.load_text(file).text
        return note_module.parse(file.path, text, strict_line_breaks=vault.settings.strict_line_breaks)[0].note

    notes = {note.path: note for note in fork_map(parse, vault.notes, 0)}
    boards = {
        file.path: make_board(file.path, vault_module.load_text(file).text, vault.settings.strict_line_breaks)[0]
        for file in vault.files
        if file.kind is FileKind.CANVAS
    }
    index = links_module.build(vault, notes, {path: [*board.leads()] for path, board in boards.items()})
    return {
        "notes": {path: _note(note, index, notes) for path, note in notes.items()},
        "unresolved": {source: dict(names) for source, names in index.unresolved().items()},
        "edges": [list(edge) for edge in index.edges()],
        "backlinks": {path: sorted(sources) for path, sources in index.sources.items()},
        "tag_index": _tag_index(notes),
        "excluded": sorted(vault.excluded),
        "canvas": {path: _canvas(board.canvas) for path, board in boards.items() if not board.canvas.problem},
        "base": dict(_bases(vault, owners_catalogue(vault, notes, index))),
    }


def _bases(vault: Vault, catalogue: VaultCatalogue) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The files that each view of each base shows."""
    for file in vault.files:
        if file.kind is FileKind.BASE:
            base, _ = base_format.parse(file.path, vault_module.load_text(file).text)
            yield file.path, {view.name: bases.paths(base, view, catalogue, file.path) for view in base.views}


def _canvas(canvas: Canvas) -> dict[str, Any]:
    """The nodes of a canvas by type, its edges, and the files that it shows."""
    files = [node for node in canvas.nodes if isinstance(node, FileNode)]
    return {
        "nodes": dict(Counter(node.kind for node in canvas.nodes)),
        "edges": [[edge.source, edge.target, edge.label or None] for edge in canvas.edges],
        "files": [[node.file, node.subpath or None] for node in files],
    }


def _note(note: Note, index: LinkIndex, notes: Mapping[str, Note]) -> dict[str, Any]:
    resolutions = index.resolutions[note.path]
    return {
        "links": [_link(r, notes) for r in resolutions if not r.link.embed],
        "embeds": [_link(r, notes) for r in resolutions if r.link.embed],
        "frontmatter_links": [_property_link(r) for r in index.property_resolutions[note.path]],
        "tags": list(note.tags),
        "aliases": list(note.aliases),
        "headings": [[heading.level, heading.raw] for heading in note.headings],
        "blocks": [block.id for block in note.block_ids],
        "tasks": [[task.mark, task.text] for task in note.tasks],
        "properties": dict(note.properties),
    }


def _link(resolution: Resolution, notes: Mapping[str, Note]) -> dict[str, Any]:
    link = resolution.link
    facts: dict[str, Any] = {"raw": link.raw, "target": resolution.target, "display": link.display}
    if link.fragment is not None:
        facts |= {"fragment": link.fragment, "lands": _lands(resolution, notes)}
    return facts


def _lands(resolution: Resolution, notes: Mapping[str, Note]) -> dict[str, Any] | None:
    lands = resolution.lands
    if lands is None or resolution.target is None:
        return None
    note = notes[resolution.target]
    heading = note.place(lands.anchor)
    if isinstance(heading, Heading):
        return {"kind": "heading", "name": heading.raw, "line": heading.line}
    wanted = (resolution.link.fragment or "").removeprefix("^").strip().lower()
    block = next(block for block in note.block_ids if block.id.lower() == wanted)
    return {"kind": "block", "name": block.id, "line": block.line}


def _property_link(resolution: Resolution) -> dict[str, Any]:
    return {"key": resolution.link.key, "target": resolution.target, "display": resolution.link.display}


def _tag_index(notes: Mapping[str, Note]) -> dict[str, list[str]]:
    index: dict[str, list[str]] = defaultdict(list)
    for path, note in notes.items():
        for name in dict.fromkeys(name for tag in note.tags for name in _with_parents(tag.lower())):
            index[name].append(path)
    return dict(sorted(index.items()))


def _with_parents(tag: str) -> Iterator[str]:
    """`a/b/c` belongs to `a/b` and `a` too."""
    parts = tag.split("/")
    for end in range(len(parts), 0, -1):
        yield "/".join(parts[:end])
