"""The parsed notes of a vault: parsed where their bytes are new, in brief in memory, in full when somebody asks.

A parsed note and its draft are kept in the store by what they were made from, so that an entry is right or absent and
never stale.  What the store cannot give is parsed again from the file.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kbtool import note as note_module
from kbtool import vault as vault_module
from kbtool.cache import Store
from kbtool.code import code
from kbtool.diagnostics import Diagnostic
from kbtool.filestate import FileState
from kbtool.lazy import Lazy
from kbtool.note import Card, Note
from kbtool.parallel import fork_map
from kbtool.render import Board, Draft, Said, said_in
from kbtool.render import board as make_board
from kbtool.render import draft as make_draft
from kbtool.render.highlight import Painted
from kbtool.search import gist_of, terms_of
from kbtool.vault import UNREAD, FileKind, SourceFile, Text, Vault

__all__ = ["Library", "Pinned", "Shelved", "open_boards", "open_library", "sweep"]

# Kinds of entries in the store: what other code has made of a note is not for this one to load.
_MADE = ("brief", "note", "draft", "said", "terms")
_BRIEF, _NOTE, _DRAFT, _SAID, _TERMS = _KINDS = tuple(f"{sort} {code()}" for sort in _MADE)
# Sorts of entries of which there is a kind for each code.
_SORTS = (*_MADE, "board", "template")
_BOARD = f"board {code()}"
# Parsed notes stay in memory beside the store as long as all of them are no more than this.
_KEPT_BYTES = 16_000_000
_BATCH_BYTES = 8_000_000


class Shelved(NamedTuple):
    """A note on the shelf: its key in the store, the note in brief, what is wrong with it, and what it is about."""

    key: str
    card: Card
    diagnostics: tuple[Diagnostic, ...]
    gist: str


class Pinned(NamedTuple):
    """A canvas that was read, and what is wrong with it."""

    board: Board
    diagnostics: tuple[Diagnostic, ...]


class _Parsed(NamedTuple):
    """What a worker sends back: what lies on the shelf as values, everything else as bytes to be passed on."""

    shelved: Shelved
    note: bytes
    draft: bytes
    said: bytes
    terms: bytes


@dataclass(frozen=True)
class Library:
    """The notes of a vault.  `cards` are all in memory; everything else is loaded as it is asked for.

    `said` and `terms` are what search shows of them and finds them by; `terms_at` gives those of a note by its key, of
    an earlier version too, if they are stored.  `stored` are the keys that the store had before the vault was read.
    """

    shelf: Mapping[str, Shelved]
    cards: Mapping[str, Card]
    notes: Mapping[str, Note]
    drafts: Mapping[str, Draft]
    said: Mapping[str, Said]
    terms: Mapping[str, str]
    terms_at: Callable[[str], str | None]
    stored: frozenset[str]


@dataclass(slots=True)
class _Fresh:
    """What has been parsed just now, by key: handed to the store in batches, and kept while it is little."""

    store: Store
    _kept: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _waiting: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _kept_bytes: int = 0
    _waiting_bytes: int = 0

    def add(self, parsed: _Parsed) -> None:
        if parsed.shelved.key == UNREAD:
            return
        brief = pickle.dumps(parsed.shelved, pickle.HIGHEST_PROTOCOL)
        for kind, data in zip(_KINDS, (brief, *parsed[1:]), strict=True):
            self._waiting[kind, parsed.shelved.key] = data
            self._waiting_bytes += len(data)
        if self._waiting_bytes > _BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        for kind in _KINDS:
            self.store.put_many(kind, [(key, data) for (k, key), data in self._waiting.items() if k == kind])
        self._kept_bytes += self._waiting_bytes
        self._kept = self._kept | self._waiting if self._kept_bytes <= _KEPT_BYTES else {}
        self._waiting, self._waiting_bytes = {}, 0

    def get(self, kind: str, key: str) -> bytes | None:
        return self._kept.get((kind, key)) or self.store.get(kind, key)


def open_library(
    vault: Vault,
    store: Store,
    before: Mapping[str, Shelved],
    states: Mapping[str, FileState],
    jobs: int,
    on_note: Callable[[], None],
) -> Library:
    """The notes of the vault; those that lie on the shelf of an earlier build, `before`, are parsed only if changed.

    `states` are those of the files when they were laid there.
    """
    shelf: dict[str, Shelved] = {}
    asked: list[SourceFile] = []
    for file in vault.notes:
        known, state = before.get(file.path), states.get(file.path)
        now = FileState.of(file, vault.seen_ns)
        if known and state and known.key != UNREAD and state.vouches_for(now):
            shelf[file.path] = known
        else:
            asked.append(file)
    fresh, stored = _Fresh(store), frozenset(store.keys(_BRIEF))
    strict = vault.settings.strict_line_breaks
    read = fork_map(lambda file: _read(file, strict, before.get(file.path), store, stored), asked, jobs)
    for file, parsed in zip(asked, read, strict=True):
        if isinstance(parsed, _Parsed):
            fresh.add(parsed)
            parsed = parsed.shelved
        shelf[file.path] = parsed or before[file.path]
        on_note()
    fresh.flush()
    return _library({file.path: shelf[file.path] for file in vault.notes}, vault, fresh, stored)


def _read(
    file: SourceFile, strict_line_breaks: bool, known: Shelved | None, store: Store, stored: Set[str]
) -> _Parsed | Shelved | None:
    """A note read and parsed; in brief where the store has it; None where its bytes are those that are known."""
    try:
        data = file.absolute.read_bytes()
    except OSError:
        return _parse(file.path, vault_module.load_text(file), UNREAD, strict_line_breaks)
    key = vault_module.source_key(file.path, data, strict_line_breaks)
    if known is not None and known.key == key:
        return None
    laid = store.get(_BRIEF, key) if key in stored else None
    if laid is not None:
        brief: Shelved = pickle.loads(laid)
        return brief
    painted = _painted(known, store) if known is not None and known.card.blocks else {}
    return _parse(file.path, vault_module.decode(data, file.path), key, strict_line_breaks, painted)


def _painted(known: Shelved, store: Store) -> dict[str, Painted]:
    """The blocks of a note as it was, in colour: most edits leave them alone, and colouring is the longest of all."""
    note, draft = store.get(_NOTE, known.key), store.get(_DRAFT, known.key)
    if note is None or draft is None:
        return {}
    blocks: Note = pickle.loads(note)
    colours: Draft = pickle.loads(draft)
    return {block.source: painted for block, painted in zip(blocks.code, colours.code, strict=True)}


def _parse(
    path: str, text: Text, key: str, strict_line_breaks: bool, painted: Mapping[str, Painted] | None = None
) -> _Parsed:
    document, diagnostics = note_module.parse(path, text.text, strict_line_breaks=strict_line_breaks)
    draft = make_draft(document, strict_line_breaks=strict_line_breaks, painted=painted)
    said = said_in(document.note, draft)
    terms = terms_of(said)
    return _Parsed(
        Shelved(key, Card.of(document.note), (*text.diagnostics, *diagnostics, *draft.diagnostics), gist_of(terms)),
        pickle.dumps(document.note, pickle.HIGHEST_PROTOCOL),
        pickle.dumps(draft, pickle.HIGHEST_PROTOCOL),
        pickle.dumps(said, pickle.HIGHEST_PROTOCOL),
        terms.encode("utf-8", "surrogatepass"),
    )


def _library(shelf: Mapping[str, Shelved], vault: Vault, fresh: _Fresh, stored: frozenset[str]) -> Library:
    def load(kind: str, read: Callable[[bytes], Any] = pickle.loads) -> Callable[[str], Any]:
        def loaded(path: str) -> Any:
            data = fresh.get(kind, shelf[path].key)
            return read(data or _again(vault, path, kind))

        return loaded

    def terms_at(key: str) -> str | None:
        data = fresh.get(_TERMS, key)
        return None if data is None else _as_text(data)

    return Library(
        shelf,
        {path: shelved.card for path, shelved in shelf.items()},
        Lazy(shelf, load(_NOTE), 256),
        Lazy(shelf, load(_DRAFT), 64),
        Lazy(shelf, load(_SAID), 16),
        Lazy(shelf, load(_TERMS, _as_text), 16),
        terms_at,
        stored,
    )


def _as_text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _again(vault: Vault, path: str, kind: str) -> bytes:
    """A note that the store does not have (any more), parsed anew."""
    file, strict = vault.by_path[path], vault.settings.strict_line_breaks
    parsed = _parse(path, vault_module.load_text(file), UNREAD, strict)
    return {_NOTE: parsed.note, _DRAFT: parsed.draft, _SAID: parsed.said, _TERMS: parsed.terms}[kind]


def open_boards(vault: Vault, texts: Mapping[str, Text], store: Store) -> Mapping[str, Pinned]:
    """The canvases among the texts, by path; parsed where the store does not have them."""
    strict = vault.settings.strict_line_breaks
    canvases = {path: text for path, text in texts.items() if vault.by_path[path].kind is FileKind.CANVAS}
    keys = {
        path: vault_module.source_key(path, text.text.encode("utf-8", "surrogatepass"), strict)
        for path, text in canvases.items()
    }
    laid = store.get_many(_BOARD, keys.values()) if keys else {}
    boards = {
        path: pickle.loads(laid[key]) if key in laid else Pinned(*make_board(path, canvases[path].text, strict))
        for path, key in keys.items()
    }
    fresh = {key: boards[path] for path, key in keys.items() if key not in laid}
    store.put_many(_BOARD, [(key, pickle.dumps(value, pickle.HIGHEST_PROTOCOL)) for key, value in fresh.items()])
    gone = {*store.keys(_BOARD)}.difference(keys.values())
    if gone:
        store.delete(_BOARD, gone)
    return boards


def sweep(store: Store, library: Library) -> None:
    """Takes out of the store what is not on the shelf: earlier versions, notes that are gone, other code's notes."""
    gone = library.stored.difference(shelved.key for shelved in library.shelf.values())
    if gone:
        for kind in _KINDS:
            store.delete(kind, gone)
    kinds = [(kind, *kind.split(" ")) for kind in store.kinds()]
    others = [kind for kind, sort, *maker in kinds if sort in _SORTS and maker != [code()]]
    if others:
        store.clear(others)
