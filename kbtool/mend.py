"""What may change a note, because its owner asked: real outputs put in (`--write`), certain cures applied (`--fix`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kbtool import edit
from kbtool.build import Ran, UsageFault, read
from kbtool.config import Config
from kbtool.mojibake import repair
from kbtool.run.results import BlockResult, Status
from kbtool.vault import SourceFile

__all__ = ["Change", "fix", "write_outputs"]


@dataclass(frozen=True, slots=True)
class Change:
    """One changed note and the unified diff of the change."""

    path: str
    diff: str
