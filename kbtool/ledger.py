"""What the last build of a site knew and made, kept in the store: the ground on which the next one does only the rest.

The ledger of a site is written when a build has come to its end, all of it or nothing.  One that was made by other code
or with other settings is no ground for anything but the parsed notes.
"""

from __future__ import annotations

import os
import pickle
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from kbtool.cache import Store
from kbtool.code import code
from kbtool.config import Config
from kbtool.day import build_day
from kbtool.diagnostics import Diagnostic
from kbtool.filestate import FileState
from kbtool.outcome import LinkCount
from kbtool.project import Wishes, run_config
from kbtool.vault import Vault

if TYPE_CHECKING:
    from kbtool.library import Shelved
    from kbtool.links import Leads, Outgoing
    from kbtool.plan import Plan
    from kbtool.related import Related
    from kbtool.render import Fact
    from kbtool.run.results import NoteResult, Status

__all__ = [
    "FactNumbers",
    "Last",
    "Ledger",
    "PageRecord",
    "Planned",
    "Read",
    "Verdict",
    "circumstances",
    "load",
    "load_last",
    "load_results",
    "premises",
    "save",
]


class PageRecord(NamedTuple):
    """A page as it was made: what of (`kind`, `subject`, `title`), its bytes' digest, and what it read.

    `facts` are indices into the ledger's list of facts.  `digest` is empty until the page is written.
    """

    kind: str
    subject: str
    title: str
    digest: str
    facts: array[int]
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
    """The last build in full; `pages` are by URL, everything else by vault path.

    `files` are digests of canvases and bases, `day` is what bases took for today, `leads` what canvases led to, and
    `related` which notes are near each other.
    """

    shelf: Mapping[str, Shelved]
    outgoing: Mapping[str, Outgoing]
    planned: Planned
    verdicts: Mapping[str, Verdict]
    language: str
    files: Mapping[str, str]
    day: str
    leads: Mapping[str, Leads]
    related: Related
    facts: tuple[Fact, ...]
    pages: Mapping[str, PageRecord]


class Last(NamedTuple):
    """The last build in short: enough to see that nothing has changed, and to say what was said then.

    `keys` tells the contents of notes whose state alone does not vouch for them; `site` stands for all files of the
    site.  `standing` is the record by which results are known to hold: empty where nothing ran, None where there is no
    such record, or where something else has to be tried again.
    """

    premises: str
    circumstances: str
    strict_line_breaks: bool
    files: Mapping[str, FileState]
    keys: Mapping[str, str]
    site: str
    standing: bytes | None
    notes: int
    pages: int
    links: LinkCount
    diagnostics: tuple[Diagnostic, ...]


# Parts of the ledger that hold something for each note or page are stored in pieces: a small change writes small ones.
_MAPPINGS = ("shelf", "outgoing", "related", "pages")
_OTHERS = ("planned", "verdicts", "language", "files", "day", "leads", "facts")
_PIECES = 32


def load_last(store: Store, site: Path) -> Last | None:
    return _value(store, site, "last") if _is_ours(store, site) else None


def load_results(store: Store, site: Path) -> Mapping[str, NoteResult]:
    """What running gave in the last build."""
    return (_value(store, site, "results") or {}) if _is_ours(store, site) else {}


def load(store: Store, site: Path) -> Ledger | None:
    if not _is_ours(store, site):
        return None
    parts = {name: _value(store, site, name) for name in _OTHERS}
    parts |= {name: _whole(store, site, name) for name in _MAPPINGS}
    return None if any(part is None for part in parts.values()) else Ledger(**parts)


def save(
    store: Store, site: Path, last: Last, ledger: Ledger, results: Mapping[str, NoteResult], former: Ledger | None
) -> None:
    """Replaces the ledger of the site; `former` is the one that was loaded, of which the same pieces stay."""
    values = {"last": last, "results": dict(results)}
    values |= {name: part for name in _OTHERS if (part := getattr(ledger, name)) is not getattr(former, name, None)}
    for name in _MAPPINGS:
        values |= _pieces(name, getattr(ledger, name), getattr(former, name, None))
    with store.transaction():
        store.put(_kind(site), "code", code().encode())
        store.put_many(_kind(site), ((name, pickle.dumps(value, _PROTOCOL)) for name, value in values.items()))


_PROTOCOL = pickle.HIGHEST_PROTOCOL


def _pieces(name: str, now: Mapping[str, object], former: Mapping[str, object] | None) -> dict[str, dict[str, object]]:
    """The pieces of a mapping that differ from the former one: all of them where there is none."""
    if former is None:
        touched = set(range(_PIECES))
    else:
        touched = {_piece(key) for key, value in now.items() if former.get(key) is not value}
        touched |= {_piece(key) for key in former if key not in now}
    pieces: dict[int, dict[str, object]] = {number: {} for number in touched}
    for key, value in now.items():
        if (number := _piece(key)) in touched:
            pieces[number][key] = value
    return {f"{name} {number}": piece for number, piece in pieces.items()}


def _piece(key: str) -> int:
    return crc32(key.encode("utf-8", "surrogateescape")) % _PIECES


def _whole(store: Store, site: Path, name: str) -> dict[str, Any] | None:
    found = store.get_many(_kind(site), [f"{name} {number}" for number in range(_PIECES)])
    if len(found) < _PIECES:
        return None
    return {key: value for data in found.values() for key, value in pickle.loads(data).items()}


def forget_last(store: Store) -> None:
    """Lets no site be taken for one that stands: the next build looks at everything again."""
    for kind in store.kinds():
        if kind.startswith("site:"):
            store.delete(kind, ["last"])


def _value(store: Store, site: Path, name: str) -> Any:
    data = store.get(_kind(site), name)
    return None if data is None else pickle.loads(data)


def _is_ours(store: Store, site: Path) -> bool:
    return store.get(_kind(site), "code") == code().encode()


def _kind(site: Path) -> str:
    return "site:" + blake2b(os.fsencode(site.resolve()), digest_size=8).hexdigest()


# ---------------------------------------------------------------- what pages read


class Read(NamedTuple):
    """What a page read, by the numbers of the process that made it; `new` are the facts that it has just numbered."""

    process: int
    numbers: array[int]
    new: tuple[Fact, ...]


class FactNumbers:
    """The facts of a site, numbered as they are first met.

    A page reads a hundred facts, most of which others have read before it.  So each process that makes pages numbers
    them for itself, beginning with those known when it was forked, and sends home the text of each fact once.
    """

    def __init__(self, known: Iterable[Fact] = ()) -> None:
        self._numbers: dict[Fact, int] = {fact: number for number, fact in enumerate(known)}
        self._common = len(self._numbers)
        self._ours: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(self._numbers)

    def those(self, facts: Iterable[Fact]) -> set[int]:
        """The numbers of these facts, as far as they have one."""
        return {self._numbers[fact] for fact in facts if fact in self._numbers}

    def told(self, facts: Iterable[Fact]) -> Read:
        """The facts as this process, which has made a page of them, tells them to its parent."""
        numbers, before = self._numbers, len(self._numbers)
        read = array("I", [numbers.setdefault(fact, len(numbers)) for fact in facts])
        new = [*islice(reversed(numbers), len(numbers) - before)]
        return Read(os.getpid(), read, tuple(reversed(new)))

    def heard(self, read: Read) -> array[int]:
        """What a page read, by the numbers of this process; to be asked in the order in which its maker told it."""
        ours = self._ours.get(read.process)
        if ours is None:
            ours = self._ours[read.process] = [*range(self._common)]
        numbers = self._numbers
        ours += [numbers.setdefault(fact, len(numbers)) for fact in read.new]
        return array("I", map(ours.__getitem__, read.numbers))


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
    return _digest(said)


def circumstances(wishes: Wishes, vault: Vault) -> str:
    """What changes no page, or hardly any, and yet what a build says of the vault."""
    return _digest((wishes.run, vault.diagnostics, build_day()))


def _digest(said: object) -> str:
    return blake2b(repr(said).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
