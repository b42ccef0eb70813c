"""Small vaults in memory: paths and texts in, the index of their links out."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kbtool import links, note
from kbtool.links import LinkIndex
from kbtool.vault import FileKind, ObsidianSettings, SourceFile, Vault, kind_of


@pytest.fixture
def linked() -> Callable[..., LinkIndex]:
    """Builds the index of a vault given as path -> text."""

    def build(files: Mapping[str, str], canvases: Mapping[str, list[str]] | None = None, **settings) -> LinkIndex:
        sources = tuple(
            SourceFile(path, f"/vault/{path}", kind_of(path) or FileKind.ATTACHMENT, len(files[path]), 0, 0, 0)
            for path in sorted(files)
        )
        vault = Vault(Path("/vault"), "vault", sources, ObsidianSettings(**settings))
        notes = {file.path: note.parse(file.path, files[file.path])[0].note for file in vault.notes}
        return links.build(vault, notes, canvases)

    return build
