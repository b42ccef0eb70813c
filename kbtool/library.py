"""The parsed notes of a vault: parsed where their bytes are new, in brief in memory, in full when somebody asks.

A parsed note and its draft are kept in the store by what they were made from, so that an entry is right or absent and
never stale.  What the store cannot give is parsed again from the file.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from kbtool import note as note_module
from kbtool import vault as vault_module
from kbtool.cache import Store
from kbtool.code import code
from kbtool.diagnostics import Diagnostic
from kbtool.filestate import FileState
from kbtool.note import Card, Note
from kbtool.parallel import fork_map
from kbtool.render import Draft
from kbtool.render import draft as make_draft
from kbtool.vault import SourceFile, Text, Vault

__all__ = ["Library", "Shelved", "open_library", "sweep"]

# Kinds of entries in the store: what other code has made of a note is not for this one to load.
_NOTE, _DRAFT = f"note {code()}", f"draft {code()}"
# Parsed notes kept in memory beside the store: those of a small vault all, those of a large one while they are written.
_KEPT_BYTES = 48_000_000
_BATCH_BYTES = 8_000_000


class Shelved(NamedTuple):
    """A note on the shelf: its file as it was when it was parsed, its key in the store, and the note in brief."""

    state: FileState
    key: str
    card: Card
    diagnostics: tuple[Diagnostic, ...]


class _Parsed(NamedTuple):
    """What a worker sends back: the note in brief as values, in full as bytes that the parent only passes on."""

    key: str
    card: Card
    diagnostics: tuple[Diagnostic, ...]
    note: bytes
    draft: bytes


_Value = TypeVar("_Value")


class _OnDemand(Mapping[str, _Value], Generic[_Value]):
    """Loads the value for a path when it is asked for; the latest ones are kept."""

    def __init__(self, shelf: Mapping[str, Shelved], load: Callable[[str], _Value], kept: int) -> None:
        self._shelf = shelf
        self._load = lru_cache(maxsize=kept)(load)

    def __getitem__(self, path: str) -> _Value:
        if path not in self._shelf:
            raise KeyError(path)
        return self._load(path)

    def __contains__(self, path: object) -> bool:
        return path in self._shelf

    def __iter__(self) -> Iterator[str]:
        return iter(self._shelf)

    def __len__(self) -> int:
        return len(self._shelf)


@dataclass(frozen=True)
class Library:
    """The notes of a vault.  `cards` are all in memory; `notes` and `drafts` are loaded as they are asked for."""

    shelf: Mapping[str, Shelved]
    cards: Mapping[str, Card]
    notes: Mapping[str, Note]
    drafts: Mapping[str, Draft]

    @property
    def diagnostics(self) -> Iterator[tuple[str, tuple[Diagnostic, ...]]]:
        """For each note what is wrong with it."""
        for path, shelved in self.shelf.items():
            yield path, shelved.diagnostics


@dataclass(slots=True)
class _Fresh:
    """What has been parsed just now, by key: handed to the store in batches, and kept while it is not too much."""

    store: Store
    _kept: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _waiting: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _kept_bytes: int = 0
    _waiting_bytes: int = 0

    def add(self, parsed: _Parsed) -> None:
        for kind, data in ((_NOTE, parsed.note), (_DRAFT, parsed.draft)):
            self._waiting[kind, parsed.key] = data
            self._waiting_bytes += len(data)
        if self._waiting_bytes > _BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        for kind in (_NOTE, _DRAFT):
            self.store.put_many(kind, [(key, data) for (k, key), data in self._waiting.items() if k == kind])
        if self._kept_bytes + self._waiting_bytes <= _KEPT_BYTES:
            self._kept |= self._waiting
            self._kept_bytes += self._waiting_bytes
        self._waiting, self._waiting_bytes = {}, 0

    def get(self, kind: str, key: str) -> bytes | None:
        return self._kept.get((kind, key)) or self.store.get(kind, key)


def open_library(
    vault: Vault, store: Store, before: Mapping[str, Shelved], jobs: int, on_note: Callable[[], None]
) -> Library:
    """The notes of the vault; those that lie on the shelf of an earlier build, `before`, are parsed only if changed."""
    shelf: dict[str, Shelved] = {}
    asked: list[SourceFile] = []
    for file in vault.notes:
        known = before.get(file.path)
        if known is not None and known.state.vouches_for(FileState.of(file, vault.seen_ns)):
            shelf[file.path] = known
        else:
            asked.append(file)
    fresh = _Fresh(store)
    strict = vault.settings.strict_line_breaks
    read = fork_map(lambda file: _read(file, strict, before.get(file.path)), asked, jobs)
    for file, parsed in zip(asked, read, strict=True):
        state = FileState.of(file, vault.seen_ns)
        if isinstance(parsed, Shelved):
            shelf[file.path] = parsed._replace(state=state)
        else:
            fresh.add(parsed)
            shelf[file.path] = Shelved(state, parsed.key, parsed.card, parsed.diagnostics)
        on_note()
    fresh.flush()
    return _library({file.path: shelf[file.path] for file in vault.notes}, vault, fresh)


def _read(file: SourceFile, strict_line_breaks: bool, known: Shelved | None) -> _Parsed | Shelved:
    """A note read; what is known of it where its bytes are the same after all."""
    try:
        data = file.absolute.read_bytes()
    except OSError:
        return _parse(file.path, vault_module.load_text(file), "", strict_line_breaks)
    key = vault_module.source_key(file.path, data, strict_line_breaks)
    if known is not None and known.key == key:
        return known
    return _parse(file.path, vault_module.decode(data, file.path), key, strict_line_breaks)


def _parse(path: str, text: Text, key: str, strict_line_breaks: bool) -> _Parsed:
    document, diagnostics = note_module.parse(path, text.text, strict_line_breaks=strict_line_breaks)
    draft = make_draft(document, strict_line_breaks=strict_line_breaks)
    return _Parsed(
        key,
        Card.of(document.note),
        (*text.diagnostics, *diagnostics, *draft.diagnostics),
        pickle.dumps(document.note, pickle.HIGHEST_PROTOCOL),
        pickle.dumps(draft, pickle.HIGHEST_PROTOCOL),
    )


def _library(shelf: Mapping[str, Shelved], vault: Vault, fresh: _Fresh) -> Library:
    def load(kind: str) -> Callable[[str], Any]:
        def loaded(path: str) -> Any:
            data = fresh.get(kind, shelf[path].key)
            return pickle.loads(data or _again(vault, path, kind))

        return loaded

    return Library(
        shelf,
        {path: shelved.card for path, shelved in shelf.items()},
        _OnDemand(shelf, load(_NOTE), 2048),
        _OnDemand(shelf, load(_DRAFT), 64),
    )


def _again(vault: Vault, path: str, kind: str) -> bytes:
    """A note that the store does not have (any more), parsed anew."""
    file, strict = vault.by_path[path], vault.settings.strict_line_breaks
    parsed = _parse(path, vault_module.load_text(file), "", strict)
    return parsed.note if kind == _NOTE else parsed.draft


def sweep(store: Store, before: Mapping[str, Shelved], now: Mapping[str, Shelved]) -> None:
    """Takes the notes out of the store that were on the shelf before and are on it no more."""
    gone = {shelved.key for shelved in before.values()} - {shelved.key for shelved in now.values()}
    for kind in (_NOTE, _DRAFT):
        store.delete(kind, gone)
