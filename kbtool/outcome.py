"""What commands give back, for the terminal and for reports: values, and nothing that would have to be read first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kbtool.config import Config
from kbtool.diagnostics import Diagnostic

if TYPE_CHECKING:
    from kbtool.note import Note
    from kbtool.run.results import NoteResult

__all__ = ["Built", "Checked", "Exported", "LinkCount", "Ran"]


@dataclass(frozen=True, slots=True)
class LinkCount:
    """The links in the text of all notes, and how many of them lead nowhere."""

    total: int
    broken: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check` found. `notes` is how many there are; `seconds` maps each stage to its time."""

    config: Config
    notes: int
    links: LinkCount
    results: Mapping[str, NoteResult]
    diagnostics: tuple[Diagnostic, ...]
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Built:
    """What `build` did.  Of `total` pages it made `rendered`; `written` and `removed` count files of the site.

    `made` are the URLs of the pages that it made.
    """

    checked: Checked
    site: Path
    total: int
    rendered: int
    written: int
    removed: int
    made: tuple[str, ...] = ()

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return self.checked.diagnostics


@dataclass(frozen=True, slots=True)
class Ran:
    """What running one note gave: its results first in importance, those of what it requires beside them."""

    path: str
    notes: Mapping[str, Note]
    results: Mapping[str, NoteResult]
    diagnostics: tuple[Diagnostic, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Exported:
    """A note as the bytes of a notebook, and what running it gave."""

    ran: Ran
    notebook: bytes
