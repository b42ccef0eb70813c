"""What the last build of a site knew and made, kept in the store: the ground on which the next one does only the rest.

The ledger of a site is written when a build has come to its end, all of it or nothing.  One that was made by other code
or with other settings is no ground for anything but the parsed notes.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kbtool.cache import Store
from kbtool.code import code
from kbtool.config import Config
from kbtool.diagnostics import Diagnostic
from kbtool.filestate import FileState
from kbtool.outcome import LinkCount
from kbtool.project import Wishes, run_config
from kbtool.vault import Vault

if TYPE_CHECKING:
    from kbtool.library import Shelved
    from kbtool.links import Outgoing
    from kbtool.plan import Plan
    from kbtool.render import Fact
    from kbtool.run.results import NoteResult, Status

__all__ = [
    "Last",
    "Ledger",
    "PageRecord",
    "Planned",
    "Verdict",
    "load",
    "load_last",
    "load_results",
    "premises",
    "save",
]


class PageRecord(NamedTuple):
    """A page as it was made: what of (`kind`, `subject`, `title`), its bytes' digest, and what it read.

    `facts` are indices into the ledger's list of facts.
    """

    kind: str
    subject: str
    title: str
    digest: str
    facts: tuple[int, ...]
    attachments: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


class Verdict(NamedTuple):
    """How the blocks of a note ended: the worst of them (None: it has none), and what changes with any of them."""

    worst: Status | None
    digest: bytes


class Planned(NamedTuple):
    """The plan of a site, what was wrong with it, and its notes in reading order."""

    plan: Plan
    diagnostics: tuple[Diagnostic, ...]
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The last build in full; `pages` are by URL, everything else by vault path."""

    shelf: Mapping[str, Shelved]
    outgoing: Mapping[str, Outgoing]
    planned: Planned
    verdicts: Mapping[str, Verdict]
    language: str
    facts: tuple[Fact, ...]
    pages: Mapping[str, PageRecord]


class Last(NamedTuple):
    """The last build in short: enough to see that nothing has changed, and to say what was said then.

    `keys` tells the contents of notes whose state alone does not vouch for them; `site` stands for all files of the
    site.  `standing` is the record by which results are known to hold: empty where nothing ran, None where there is no
    such record.
    """

    premises: str
    files: Mapping[str, FileState]
    keys: Mapping[str, str]
    site: str
    standing: bytes | None
    notes: int
    pages: int
    links: LinkCount
    diagnostics: tuple[Diagnostic, ...]


_PARTS = ("shelf", "outgoing", "planned", "verdicts", "language", "facts", "pages")


def load_last(store: Store, site: Path) -> Last | None:
    return _part(store, site, "last") if _is_ours(store, site) else None


def load_results(store: Store, site: Path) -> Mapping[str, NoteResult]:
    """What running gave in the last build."""
    return (_part(store, site, "results") or {}) if _is_ours(store, site) else {}


def load(store: Store, site: Path) -> Ledger | None:
    if not _is_ours(store, site):
        return None
    parts = [_part(store, site, name) for name in _PARTS]
    return None if any(part is None for part in parts) else Ledger(*parts)


def save(store: Store, site: Path, last: Last, ledger: Ledger, results: Mapping[str, NoteResult]) -> None:
    """Replaces the ledger of the site."""
    parts = {name: getattr(ledger, name) for name in _PARTS} | {"last": last, "results": dict(results)}
    with store.transaction():
        store.put(_kind(site), "code", code().encode())
        store.put_many(_kind(site), ((name, pickle.dumps(part, 5)) for name, part in parts.items()))


def _part(store: Store, site: Path, name: str) -> Any:
    data = store.get(_kind(site), name)
    return None if data is None else pickle.loads(data)


def _is_ours(store: Store, site: Path) -> bool:
    return store.get(_kind(site), "code") == code().encode()


def _kind(site: Path) -> str:
    return "site:" + blake2b(os.fsencode(site.resolve()), digest_size=8).hexdigest()


# ---------------------------------------------------------------- what a ledger is true for


def premises(config: Config, wishes: Wishes, vault: Vault) -> str:
    """Everything beside the notes that pages are made from: other premises, other pages."""
    said = (
        config,
        run_config(config, wishes).enabled,
        wishes.device,
        vault.name,
        vault.settings,
        sorted(vault.excluded),
        bool(os.environ.get("SOURCE_DATE_EPOCH")),
    )
    return blake2b(repr(said).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
