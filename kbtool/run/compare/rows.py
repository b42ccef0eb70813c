"""One line of a diff: apart from how it is found, so that what shows diffs need not import that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["DiffRow"]


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One line of a diff: `spans` are the columns that differ from the line beside it, half open.

    `same` rows show what was printed; they may differ from the document within the tolerance.
    """

    kind: Literal["same", "documented", "printed"]
    text: str
    spans: tuple[tuple[int, int], ...] = ()
