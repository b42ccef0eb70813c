"""Where the rows work, and how much of it they are asked to do."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from gen_vault import LARGE, generate

__all__ = ["KBTOOL", "Bench", "SkippedError"]

KBTOOL = (sys.executable, "-m", "kbtool")


class SkippedError(Exception):
    """What cannot be measured here; its text says why."""


@dataclass(frozen=True, slots=True)
class Bench:
    """`scratch` is removed afterwards, `kept` stays: what is costly to make and the same every time."""

    scratch: Path
    kept: Path
    sizes: tuple[int, ...] = (100, 1000)
    rounds: int = 3
    kernels: int = 10

    def rounds_of(self, count: int) -> int:
        """How often a build of so many notes is measured: a large one once, it is long enough to be steady."""
        return self.rounds if count < LARGE else 1

    def vault(self, count: int, *, distinct: bool = False, flavor: str = "obsidian") -> Path:
        """A generated vault, made once."""
        words = ("vault", str(count), "distinct" if distinct else "", flavor if flavor != "obsidian" else "")
        folder = self.scratch / "-".join(filter(None, words))
        if not folder.exists():
            generate(count, folder, distinct=distinct, flavor=flavor)
        return folder
