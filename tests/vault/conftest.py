"""The project's own vault, read once: its notes by path, where their links lead, and what they require."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from kbtool import links, vault
from kbtool.links import LinkIndex
from kbtool.note import Note, parse


@pytest.fixture(scope="session")
def own(repository: Path) -> vault.Vault:
    return vault.read(repository / "vault")


@pytest.fixture(scope="session")
def notes(own: vault.Vault) -> Mapping[str, Note]:
    return {file.path: parse(file.path, vault.load_text(file).text)[0].note for file in own.notes}


@pytest.fixture(scope="session")
def index(own: vault.Vault, notes: Mapping[str, Note]) -> LinkIndex:
    return links.build(own, notes)


@pytest.fixture(scope="session")
def required(notes: Mapping[str, Note], index: LinkIndex) -> Mapping[str, tuple[str, ...]]:
    """The notes from whose finished state each note starts: paths by path."""
    return {
        path: tuple(
            r.target for r in index.property_resolutions[path] if r.link.key.startswith("requires") and r.target
        )
        for path in notes
    }
