"""Hard vaults, built once for all the questions asked of their sites."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

# The tests here share more than fixtures, and test folders are no packages.
sys.path.insert(0, str(Path(__file__).parent))

from hard_vaults import Vault


@dataclass(frozen=True)
class Folders:
    """A hard vault on the disk with a neighbour that it must not touch."""

    vault: Vault
    root: Path
    site: Path
    home: Path


@pytest.fixture(scope="session")
def lay(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Vault], Folders]:
    """Writes a hard vault into a folder of its own."""

    def laid(vault: Vault) -> Folders:
        home = tmp_path_factory.mktemp("hard")
        (home / "fuera" / "dentro").mkdir(parents=True)
        (home / "fuera" / "carta.md").write_text("carta")
        (home / "fuera" / "dentro" / "x.md").write_text("x")
        (home / "V").mkdir()
        vault.write(home / "V")
        return Folders(vault, home / "V", home / "S", home)

    return laid
