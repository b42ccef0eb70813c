"""The project's own vault, read once: its documents by path and its links resolved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from kbtool import links, vault
from kbtool.links import LinkIndex
from kbtool.note import Document, Note, parse


@pytest.fixture(scope="session")
def own_vault(repository: Path) -> vault.Vault:
    return vault.read(repository / "vault")


@pytest.fixture(scope="session")
def documents(own_vault: vault.Vault) -> Mapping[str, Document]:
    """Every note of the vault, parsed without a fault."""
    found = {}
    for file in own_vault.files:
        if file.kind == vault.FileKind.NOTE:
            found[file.path], faults = parse(file.path, vault.load_text(file).text)
            assert faults == (), file.path
    return found


@pytest.fixture(scope="session")
def notes(documents: Mapping[str, Document]) -> Mapping[str, Note]:
    return {path: document.note for path, document in documents.items()}


@pytest.fixture(scope="session")
def concepts(notes: Mapping[str, Note]) -> Mapping[str, Note]:
    """The notes that teach: all but the map of the vault."""
    return {path: note for path, note in notes.items() if path != "Inicio.md"}


@pytest.fixture(scope="session")
def index(own_vault: vault.Vault, notes: Mapping[str, Note]) -> LinkIndex:
    return links.build(own_vault, notes)
