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

from markupsafe import Markup

from kbtool.note import Note
from kbtool.render import Site
from kbtool.render.verdict import worst
from kbtool.run.results import BlockResult, Status
from kbtool.slug import fold

__all__ = ["HOME", "Entry", "Folder", "Outline", "folders_of", "home_note", "outline", "shortened", "tags_of"]

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


@dataclass(frozen=True, slots=True)
class Entry:
    """A note as lists show it. `status` is None where nothing of it ran; `date` is ISO or empty."""

    path: str
    url: str
    title: str
    summary: str
    status: Status | None
    date: str


@dataclass(frozen=True, slots=True)
class Chrome:
    """The parts of a page that its whole folder shares."""

    head: Markup
    top: Markup
    foot: Markup


@dataclass(frozen=True)
class Outline:
    """What the pages of one site share.  Paths are those of published notes.

    `chrome`, `crumbs` and `trees` are what the pages of one folder share; they fill as pages ask.
    """

    site: Site
    paths: tuple[str, ...]
    home: str
    folders: Mapping[str, Folder]
    tags: Mapping[str, tuple[str, ...]]
    chrome: dict[tuple[str, ...], Chrome] = field(default_factory=dict)
    crumbs: dict[tuple[str, ...], Markup] = field(default_factory=dict)
    trees: dict[tuple[str, ...], str] = field(default_factory=dict)
    _entries: dict[str, Entry] = field(default_factory=dict)

    def entry(self, path: str) -> Entry:
        found = self._entries.get(path)
        if found is None:
            found = self._entries[path] = _entry(path, self.site)
        return found

    @cached_property
    def published(self) -> frozenset[str]:
        return frozenset(self.paths)

    @cached_property
    def targets(self) -> Mapping[str, tuple[str, ...]]:
        """Note -> the other published notes that it shows links to, in the order of first mention."""
        return {path: self._targets(path) for path in self.paths}

    def _targets(self, path: str) -> tuple[str, ...]:
        resolved = self.site.links.resolutions.get(path, ())
        shown = (r.target for r in resolved if r.target is not None and not r.link.hidden)
        return tuple(dict.fromkeys(target for target in shown if target in self.published and target != path))

    @cached_property
    def sources(self) -> Mapping[str, tuple[str, ...]]:
        """Note -> the published notes that link to it."""
        found: dict[str, list[str]] = defaultdict(list)
        for path, targets in self.targets.items():
            for target in targets:
                found[target].append(path)
        return {path: tuple(sources) for path, sources in found.items()}

    @cached_property
    def turns(self) -> Mapping[str, tuple[str, str]]:
        """Note -> the notes before and after it in its folder; empty where there is none."""
        found: dict[str, tuple[str, str]] = {}
        for folder in self.folders.values():
            around = ("", *folder.notes, "")
            found.update({around[i]: (around[i - 1], around[i + 1]) for i in range(1, len(around) - 1)})
        return found

    @cached_property
    def tally(self) -> Counter[Status]:
        """How many blocks of published notes ended how."""
        return self.count(self.paths)

    def count(self, paths: Iterable[str]) -> Counter[Status]:
        return Counter(block.status for path in paths for block in self.blocks(path))

    def blocks(self, path: str) -> Sequence[BlockResult]:
        result = self.site.results.get(path)
        return result.blocks if result else ()

    @cached_property
    def tag_names(self) -> Mapping[str, str]:
        """Tag in lower case -> as the first note that has it spells it."""
        names: dict[str, str] = {}
        for path in self.paths:
            for tag in self.site.notes[path].tags:
                for name in _with_parents(tag):
                    names.setdefault(name.casefold(), name)
        return names


# One site is rendered at a time; what was gathered for it is kept as long as it is the same one.
_latest: Outline | None = None


def outline(site: Site) -> Outline:
    """The outline of a site; made once.  Made before workers are forked, they all have it."""
    global _latest
    if _latest is None or _latest.site is not site:
        paths = tuple(sorted((p for p in site.plan.published if p in site.notes), key=_reading_order))
        home = home_note(paths)
        rest = tuple(path for path in paths if path != home)
        _latest = Outline(site, paths, home, folders_of(rest), tags_of(paths, site.notes))
    return _latest


def _reading_order(path: str) -> tuple[tuple[object, ...], ...]:
    return tuple(_natural(segment) for segment in path.removesuffix(".md").split("/"))


def _natural(name: str) -> tuple[object, ...]:
    """`2 Tokens` before `10 Atención`, capitals and accents aside; equal ones by their bytes."""
    pieces = re.split(r"(\d+)", fold(name))
    return (*((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in pieces if p), (2, 0, name))


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


def tags_of(paths: Iterable[str], notes: Mapping[str, Note]) -> Mapping[str, tuple[str, ...]]:
    """Tag in lower case -> its notes; a note with `a/b` counts for `a` too, as Obsidian has it."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for path in paths:
        for tag in notes[path].tags:
            for name in _with_parents(tag):
                found[name.casefold()][path] = None
    return {tag: tuple(found[tag]) for tag in sorted(found, key=_natural)}


def _with_parents(tag: str) -> list[str]:
    parts = tag.strip("/").split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts) + 1)] if tag else []


# ---------------------------------------------------------------- one note in lists


def _entry(path: str, site: Site) -> Entry:
    note = site.notes[path]
    result = site.results.get(path)
    blocks = result.blocks if result else ()
    described = note.properties.get("description")
    summary = described if isinstance(described, str) and described.strip() else note.summary
    status = worst([block.status for block in blocks]) if blocks else None
    return Entry(path, site.plan.url(path) or "", note.title, shortened(summary, _SUMMARY), status, stated_date(note))


def shortened(text: str, most: int) -> str:
    """The text on one line, cut at a word where it is too long."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    head, blank, _ = line[:most].rpartition(" ")
    return (head if blank else line[:most]).rstrip(" ,;:.") + "…"


def description(note: Note) -> str:
    """One sentence or two for search engines and previews."""
    return shortened(lede(note) or note.summary or note.title, 200)


def lede(note: Note) -> str:
    """What the note says of itself in its properties, on one line."""
    stated = note.properties.get("description")
    return " ".join(stated.split()) if isinstance(stated, str) else ""


def stated_date(note: Note) -> str:
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
