"""Ties the judge of bases and canvases to kbtool: every view of every base of a vault, and those that notes embed."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from kbtool import bases, facts
from kbtool import links as links_module
from kbtool import note as note_module
from kbtool import vault as vault_module
from kbtool.bases import Fault, Section, Shown
from kbtool.bases.values import text_of
from kbtool.formats import base as base_format
from kbtool.formats.base import Base
from kbtool.formats.canvas import FileNode, parse
from kbtool.note import Document
from kbtool.render.catalogue import VaultCatalogue, owners_catalogue
from kbtool.vault import FileKind, Vault


def _sibling(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"conformance_{name}", Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


drawing = _sibling("drawing")


def read(vault: Path) -> dict[str, Any]:
    """What `kbtool inspect` prints, and beside it every view in full."""
    return {**facts.read(vault), **_bases(vault_module.read(vault)), "drawing": drawing.drawings(vault)}


def _bases(vault: Vault) -> dict[str, Any]:
    texts = {
        file.path: vault_module.load_text(file).text for file in vault.files if file.kind is not FileKind.ATTACHMENT
    }
    documents = {file.path: note_module.parse(file.path, texts[file.path])[0] for file in vault.notes}
    notes = {path: document.note for path, document in documents.items()}
    canvases = {file.path: parse(file.path, texts[file.path])[0] for file in vault.files if file.kind == "canvas"}
    shown = {path: [n.file for n in canvas.nodes if isinstance(n, FileNode)] for path, canvas in canvases.items()}
    index = links_module.build(vault, notes, shown)
    catalogue = owners_catalogue(vault, notes, index)
    found = {
        file.path: base_format.parse(file.path, texts[file.path])[0] for file in vault.files if file.kind == "base"
    }
    return {
        "base": {path: _views(path, base, catalogue) for path, base in found.items()},
        "base_embeds": {
            path: [_view(base, name, catalogue, path) for base, name in _embedded(document, index, found)]
            for path, document in documents.items()
        }
        | {
            path: [_view(found[file], None, catalogue, path) for file in files if file in found]
            for path, files in shown.items()
        },
    }


def _views(path: str, base: Base, catalogue: VaultCatalogue) -> dict[str, Any]:
    if base.problem:
        return {"bad": True}
    return {view.name: _view(base, view.name, catalogue, path) for view in base.views}


def _embedded(document: Document, index: Any, found: dict[str, Base]) -> Iterator[tuple[Base, str | None]]:
    """The bases that a note shows, in its order: embeds and fences, each with the view that is asked for."""
    resolutions = index.resolutions[document.note.path]
    for token in document.tokens:
        if token.type == "fence" and token.info.strip() == "base":
            yield base_format.parse(document.note.path, token.content)[0], None
        for child in token.children or ():
            if child.type in ("embed", "image") and "link" in child.meta:
                resolution = resolutions[child.meta["link"]]
                if resolution.target in found:
                    yield found[resolution.target], resolution.link.fragment


def _view(base: Base, name: str | None, catalogue: VaultCatalogue, this: str) -> dict[str, Any]:
    view = base.view(name) or base.views[0]
    shown = bases.show(base, view, catalogue, this)
    ids = [column.id for column in shown.columns]
    rows = list(shown.rows)
    return {
        "view": view.name,
        "type": view.type,
        "bad": bool(shown.problem),
        "rows": [row.path for row in rows],
        "columns": [column.header for column in shown.columns],
        "cells": {row.path: dict(zip(ids, map(_text, row.cells), strict=True)) for row in rows},
        "errors": [
            [row.path, id_] for row in rows for id_, cell in zip(ids, row.cells, strict=True) if isinstance(cell, Fault)
        ],
        "groups": [[_key(section), [row.path for row in section.rows]] for section in shown.sections],
        "summaries": {id_: _text(value) for id_, value in shown.summaries.items()},
        "group_summaries": _group_summaries(shown),
        "images": {row.path: row.image or None for row in rows},
    }


def _text(value: Any) -> str:
    return "" if isinstance(value, Fault) else text_of(value)


def _key(section: Section) -> str | None:
    return None if section.key is None else text_of(section.key)


def _group_summaries(shown: Shown) -> dict[str, dict[str, str]]:
    return {
        _key(section) or "None": {id_: _text(value) for id_, value in section.summaries.items()}
        for section in shown.sections
    }
