"""The site seen from above: folders, tags, neighbours, verdicts, gathered once for all pages.

A page that asked these questions of all notes by itself would make a site of n notes cost n times n.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from markupsafe import Markup

from kbtool.language import guess
from kbtool.note import Card, Note
from kbtool.plan import Contents
from kbtool.render import Kept, Site
from kbtool.render.verdict import worst
from kbtool.run.results import BlockResult, Status
from kbtool.search import Index, Shares, index_of, shares_of, terms_of
from kbtool.slug import fold
from kbtool.words import Words, words

__all__ = [
    "HOME",
    "Entry",
    "Folder",
    "Label",
    "Node",
    "Outline",
    "entry_of",
    "folders_of",
    "home_note",
    "outline",
    "reading_order",
    "shortened",
    "spellings",
    "tags_of",
    "window",
    "words_of",
]

HOME = "index.html"
_HOME_NAMES = ("index", "inicio", "home", "readme")
_SUMMARY = 180


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with published notes in it or below; `notes` and `folders` lie directly in it, in reading order."""

    path: str
    notes: tuple[str, ...]
    folders: tuple[str, ...]
    total: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class Label(NamedTuple):
    """A note as a link shows it."""

    url: str
    title: str


class Node(NamedTuple):
    """A note as the graph shows it: what it is called and where it belongs, and nothing of what it says."""

    path: str
    url: str
    title: str
    status: Status | None
    tags: tuple[str, ...]

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Entry:
    """A note as lists show it. `status` is None where nothing of it ran; `date` is ISO or empty."""

    path: str
    url: str
    title: str
    summary: str
    status: Status | None
    date: str
    tags: tuple[str, ...]

    @property
    def label(self) -> Label:
        return Label(self.url, self.title)

    @property
    def node(self) -> Node:
        return Node(self.path, self.url, self.title, self.status, self.tags)


@dataclass(frozen=True, slots=True)
class Chrome:
    """The parts of a page that its whole folder shares."""

    head: Markup
    top: Markup
    foot: Markup


@dataclass(frozen=True)
class Outline:
    """What the pages of one site share.  Paths are those of published notes.

    Pages ask by the methods, which note down what was asked; the fields are for what gathers and compares.  `chrome`,
    `crumbs` and `trees` are what the pages of one folder share; they fill as pages ask.
    """

    site: Site
    paths: tuple[str, ...]
    home: str
    folders: Mapping[str, Folder]
    chrome: Kept[tuple[str, ...], Chrome] = field(default_factory=dict)
    crumbs: Kept[tuple[str, ...], Markup] = field(default_factory=dict)
    trees: Kept[tuple[str, ...], str] = field(default_factory=dict)
    _entries: dict[str, Entry] = field(default_factory=dict)

    # ------------------------------------------------------------ what pages ask

    def label(self, path: str) -> Label:
        """What a link to a note needs; asked for far more often than the rest of what lists show of it."""
        self.site.reads.note("label", path)
        return self.entry_of(path).label

    def entry(self, path: str) -> Entry:
        self.site.reads.note("face", path)
        return self.entry_of(path)

    def entries(self) -> list[Entry]:
        """All notes, in reading order."""
        self.site.reads.note("all", "faces")
        return [self.entry_of(path) for path in self.paths]

    def nodes(self) -> list[Node]:
        """All notes as the graph shows them, in reading order."""
        self.site.reads.note("all", "nodes")
        return [self.entry_of(path).node for path in self.paths]

    def all_targets(self) -> Mapping[str, tuple[str, ...]]:
        """For each note the other published ones that it shows links to."""
        self.site.reads.note("all", "links")
        return self.shown

    def is_published(self, path: str) -> bool:
        return self.site.url(path) is not None and path in self._published

    def notes_in(self, folder: str) -> tuple[str, ...]:
        """The notes directly in a folder."""
        self.site.reads.note("members", folder)
        return self.folders[folder].notes

    def folders_in(self, folder: str) -> tuple[str, ...]:
        self.site.reads.note("folders", folder)
        return self.folders[folder].folders

    def total(self, folder: str) -> int:
        """How many notes there are in a folder and below."""
        self.site.reads.note("total", folder)
        return self.folders[folder].total

    def around(self, path: str) -> tuple[tuple[str, ...], bool]:
        """The notes of a note's folder that stand near it, and whether there are more."""
        self.site.reads.note("around", path)
        notes = self.folders[path.rpartition("/")[0]].notes
        shown = window(notes, path)
        return shown, len(shown) < len(notes)

    def turn(self, path: str) -> tuple[str, str]:
        """The notes before and after a note in its folder; empty where there is none."""
        self.site.reads.note("turn", path)
        return self.turns.get(path, ("", ""))

    def targets(self, path: str) -> tuple[str, ...]:
        """The other published notes that a note shows links to, in the order of first mention."""
        self.site.reads.note("targets", path)
        return self.shown.get(path, ())

    def sources(self, path: str) -> tuple[str, ...]:
        """The published notes that link to a note."""
        self.site.reads.note("sources", path)
        return self.shown_from.get(path, ())

    def related(self, path: str) -> tuple[str, ...]:
        """The notes that are near a note and have no link with it."""
        self.site.reads.note("related", path)
        return self.site.related.get(path, ())

    def most_linked(self, most: int) -> list[str]:
        """The notes that most others link to, at least two."""
        self.site.reads.note("all", "links")
        linked = [path for path in self.paths if path != self.home and len(self.shown_from.get(path, ())) > 1]
        return sorted(linked, key=lambda path: -len(self.shown_from[path]))[:most]

    def blocks(self, path: str) -> Sequence[BlockResult]:
        result = self.site.result(path)
        return result.blocks if result else ()

    def with_results(self) -> list[str]:
        """The notes of which something ran."""
        self.site.reads.note("all", "results")
        return [path for path in self.paths if path in self.site.results]

    def count(self, folder: str = "") -> Counter[Status]:
        """How many blocks of the notes in a folder and below ended how."""
        self.site.reads.note("tally", folder)
        inside = f"{folder}/" if folder else ""
        found = (result for path, result in self.site.results.items() if path.startswith(inside))
        return Counter(block.status for result in found for block in result.blocks)

    def tagged(self, tag: str) -> tuple[str, ...]:
        """The notes with a tag (in lower case) or one below it."""
        self.site.reads.note("tag", tag)
        return self.tags[tag]

    def all_tags(self) -> Sequence[str]:
        self.site.reads.note("all", "tags")
        return list(self.tags)

    def shares(self) -> Shares:
        """How search shares out its index; asked only by what depends on all of that."""
        self.site.reads.note("all", "notes")
        return self.shared

    def group(self, number: int) -> tuple[str, ...]:
        """The notes that search tells together."""
        self.site.reads.note("group", str(number))
        return self.shared.groups[number]

    def index(self, shard: int) -> Index:
        """The index of search, of which only this shard may be read."""
        self.site.reads.note("all", "notes")
        self.site.reads.note("terms", str(shard))
        return self.found

    # ------------------------------------------------------------ gathered once

    @cached_property
    def shared(self) -> Shares:
        return shares_of(self.paths)

    @cached_property
    def found(self) -> Index:
        """In which notes each word stands."""
        terms = self.site.terms
        return index_of(
            (terms_of(self.site.said(path)) if terms is None else terms[path] for path in self.shared.paths),
            self.shared.shards,
        )

    def entry_of(self, path: str) -> Entry:
        found = self._entries.get(path)
        if found is None:
            blocks = self.site.results[path].blocks if path in self.site.results else ()
            status = worst([block.status for block in blocks]) if blocks else None
            found = entry_of(self.site.cards[path], self.site.plan.url(path) or "", status)
            self._entries[path] = found
        return found

    @cached_property
    def _published(self) -> frozenset[str]:
        return frozenset(self.paths)

    @cached_property
    def shown(self) -> Mapping[str, tuple[str, ...]]:
        published, outgoing = self._published, self.site.links.outgoing
        return {path: tuple([t for t in outgoing[path].shown if t in published]) for path in self.paths}

    @cached_property
    def shown_from(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path, targets in self.shown.items():
            for target in targets:
                found[target].append(path)
        return {path: tuple(sources) for path, sources in found.items()}

    @cached_property
    def turns(self) -> Mapping[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for folder in self.folders.values():
            around = ("", *folder.notes, "")
            found.update({around[i]: (around[i - 1], around[i + 1]) for i in range(1, len(around) - 1)})
        return found

    @cached_property
    def tags(self) -> Mapping[str, tuple[str, ...]]:
        """Tag in lower case -> its notes."""
        return tags_of(self.paths, self.site.cards)


_AROUND = 24


def window(paths: Sequence[str], current: str) -> tuple[str, ...]:
    """At most 24 of them, around the current one."""
    if len(paths) <= _AROUND:
        return tuple(paths)
    at = paths.index(current) if current in paths else 0
    start = max(0, min(at - _AROUND // 2, len(paths) - _AROUND))
    return tuple(paths[start : start + _AROUND])


# One site is rendered at a time; what was gathered for it is kept as long as it is the same one.
_latest: Outline | None = None


def outline(site: Site) -> Outline:
    """The outline of a site; made once.  Made before workers are forked, they all have it."""
    global _latest
    if _latest is None or _latest.site is not site:
        paths = site.order or reading_order(path for path in site.plan.published if path in site.cards)
        home = home_note(paths)
        rest = tuple(path for path in paths if path != home)
        _latest = Outline(site, paths, home, folders_of(rest))
    return _latest


def reading_order(paths: Iterable[str]) -> tuple[str, ...]:
    """Paths of notes as a person would sort them, folder by folder."""
    return tuple(sorted(paths, key=_reading_key))


def _reading_key(path: str) -> tuple[tuple[object, ...], ...]:
    return tuple(_natural(segment) for segment in path.removesuffix(".md").split("/"))


def _natural(name: str) -> tuple[object, ...]:
    """`2 Tokens` before `10 Atención`, capitals and accents aside; equal ones by their bytes."""
    pieces = re.split(r"(\d+)", fold(name))
    return (*((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in pieces if p), (2, 0, name))


def words_of(inside: Contents) -> Words:
    """The words of the interface in the site's language: the config's, else the one that the notes speak."""
    return words(inside.config.language or guess(inside.notes[path].summary for path in inside.published))


def home_note(paths: Iterable[str]) -> str:
    """The note at the root that is the home page, or the empty string."""
    named = {path[:-3].casefold(): path for path in paths if "/" not in path}
    return next((named[name] for name in _HOME_NAMES if name in named), "")


def folders_of(paths: Iterable[str]) -> Mapping[str, Folder]:
    """Every folder above a note, the root (the empty path) among them; `paths` are in reading order."""
    notes: dict[str, list[str]] = defaultdict(list)
    inner: dict[str, dict[str, None]] = defaultdict(dict)
    totals: Counter[str] = Counter()
    notes[""] = []
    for path in paths:
        folder = path.rpartition("/")[0]
        notes[folder].append(path)
        while True:
            totals[folder] += 1
            if not folder:
                break
            parent = folder.rpartition("/")[0]
            inner[parent][folder] = None
            folder = parent
    return {
        path: Folder(path, tuple(notes.get(path, ())), tuple(inner.get(path, ())), totals[path])
        for path in sorted({*notes, *inner})
    }


def tags_of(paths: Iterable[str], cards: Mapping[str, Card | Note]) -> Mapping[str, tuple[str, ...]]:
    """Tag in lower case -> its notes; a note with `a/b` counts for `a` too, as Obsidian has it."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for path in paths:
        for tag in cards[path].tags:
            for name in _with_parents(tag):
                found[name.casefold()][path] = None
    return {tag: tuple(found[tag]) for tag in sorted(found, key=_natural)}


def spellings(paths: Iterable[str], cards: Mapping[str, Card | Note]) -> Mapping[str, str]:
    """Tag in lower case -> as the first note that has it spells it."""
    names: dict[str, str] = {}
    for path in paths:
        for tag in cards[path].tags:
            for name in _with_parents(tag):
                names.setdefault(name.casefold(), name)
    return names


def _with_parents(tag: str) -> list[str]:
    parts = tag.strip("/").split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts) + 1)] if tag else []


# ---------------------------------------------------------------- one note in lists


def entry_of(note: Card | Note, url: str, status: Status | None) -> Entry:
    """A note as lists show it."""
    described = note.properties.get("description")
    summary = described if isinstance(described, str) and described.strip() else note.summary
    return Entry(note.path, url, note.title, shortened(summary, _SUMMARY), status, stated_date(note), note.tags)


def shortened(text: str, most: int) -> str:
    """The text on one line, cut at a word where it is too long."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    head, blank, _ = line[:most].rpartition(" ")
    return (head if blank else line[:most]).rstrip(" ,;:.") + "…"


def description(note: Card | Note) -> str:
    """One sentence or two for search engines and previews."""
    return shortened(lede(note) or note.summary or note.title, 200)


def lede(note: Card | Note) -> str:
    """What the note says of itself in its properties, on one line."""
    stated = note.properties.get("description")
    return " ".join(stated.split()) if isinstance(stated, str) else ""


def stated_date(note: Card | Note) -> str:
    """The day that the note gives as its date, as ISO; the empty string where it gives none."""
    for name in ("updated", "modified", "date", "created"):
        day = iso_day(note.properties.get(name))
        if day:
            return day
    return ""


def iso_day(value: object) -> str:
    """A property's value as an ISO day, where it is a date.

    >>> iso_day("2026-11-18T10:00"), iso_day("ayer")
    ('2026-11-18', '')
    """
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}(?!\d)", value):
        try:
            return date.fromisoformat(value[:10]).isoformat()
        except ValueError:
            return ""
    return ""
