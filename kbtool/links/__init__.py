"""What every link of a vault leads to, as Obsidian resolves it; who links to whom; and what is wrong with the rest."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from kbtool.diagnostics import Diagnostic, fault
from kbtool.links.cures import Cures, Fix
from kbtool.links.landing import Landing
from kbtool.links.paths import Paths, comparable
from kbtool.note import BlockId, Heading, Link, Note
from kbtool.slug import fold
from kbtool.vault import Vault

__all__ = ["Backlink", "Fix", "LinkIndex", "Resolution", "build"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """Where a link leads: the vault path of a file, and the heading or block in it; `missing` is what was not found."""

    link: Link
    target: str | None
    lands: Heading | BlockId | None = None
    missing: Literal["", "file", "heading", "block"] = ""


@dataclass(frozen=True, slots=True)
class Backlink:
    """A link seen from its target: who links here, and with which link (None: a card of a canvas)."""

    source: str
    link: Link | None


@dataclass(frozen=True)
class LinkIndex:
    """All links of a vault. The tuples of `resolutions` run parallel to each note's `links`, and so for properties."""

    resolutions: Mapping[str, tuple[Resolution, ...]]
    property_resolutions: Mapping[str, tuple[Resolution, ...]]
    backlinks: Mapping[str, tuple[Backlink, ...]]
    diagnostics: tuple[Diagnostic, ...]
    fixes: tuple[Fix, ...]
    paths: Paths = field(repr=False)
    notes: Mapping[str, Note] = field(repr=False)

    def of(self, path: str) -> Iterator[Resolution]:
        """Every link of a note, those of its properties first."""
        yield from self.property_resolutions.get(path, ())
        yield from self.resolutions.get(path, ())

    def resolve_name(self, name: str, source: str = "") -> str | None:
        """The file that `[[name]]` leads to from `source` (the vault's root where none is given)."""
        return next(iter(self.paths.resolve(name.partition("#")[0].strip(), source)), None)

    def find(self, text: str) -> str | None:
        """The note that a person means: by path, name or `[[link]]`; else by alias, title, or without its accents."""
        inside = re.fullmatch(r"!?\[\[([^|#]*).*\]\]", text.strip())
        wanted = (inside[1] if inside else text).strip().removeprefix("./")
        target = self.resolve_name(wanted) or self._by_label.get(comparable(wanted)) or self._by_fold.get(fold(wanted))
        return target if target in self.notes else None

    def edges(self) -> Iterator[tuple[str, str, int]]:
        """(source, target, number of links) for every pair that has any; links of properties and embeds count."""
        for source in self.resolutions:
            counts = Counter(r.target for r in self.of(source) if r.target is not None)
            for target, count in counts.items():
                yield source, target, count

    def unresolved(self) -> Mapping[str, Mapping[str, int]]:
        """For each note the names that it links to and no file has, with how often; without fragment and `.md`."""
        plans: dict[str, Mapping[str, int]] = {}
        for source in self.resolutions:
            names = Counter(_bare(r.link.target) for r in self.of(source) if r.target is None)
            if names:
                plans[source] = names
        return plans

    @cached_property
    def _by_label(self) -> Mapping[str, str]:
        labelled = ((path, (*note.aliases, note.title)) for path, note in self.notes.items())
        return _first((comparable(label), path) for path, labels in labelled for label in labels)

    @cached_property
    def _by_fold(self) -> Mapping[str, str]:
        labelled = ((path, (note.name, *note.aliases, note.title)) for path, note in self.notes.items())
        return _first((fold(label), path) for path, labels in labelled for label in labels)


def build(vault: Vault, notes: Mapping[str, Note], canvases: Mapping[str, Sequence[str]] | None = None) -> LinkIndex:
    """Resolves every link of every note.

    `canvases` are the files that each canvas shows on its cards: they count among the backlinks.
    """
    files = [file.path for file in vault.files]
    paths = Paths(files)
    resolver = _Resolver(paths, Landing(notes), Cures(paths, files, notes), vault, notes)
    resolutions = {path: resolver.links(path, notes[path].links) for path in sorted(notes)}
    properties = {path: resolver.links(path, notes[path].property_links) for path in sorted(notes)}
    backlinks = _backlinks(properties, resolutions, canvases or {}, vault)
    diagnostics = (*resolver.cures.diagnostics, *_orphans(vault, notes, backlinks))
    return LinkIndex(resolutions, properties, backlinks, diagnostics, tuple(resolver.cures.fixes), paths, notes)


@dataclass(frozen=True, slots=True)
class _Resolver:
    paths: Paths
    landing: Landing
    cures: Cures
    vault: Vault
    notes: Mapping[str, Note]

    def links(self, source: str, links: Sequence[Link]) -> tuple[Resolution, ...]:
        if not links:
            return ()
        resolutions = tuple([self._resolution(source, link) for link in links])
        # The links of a template are for the notes that will be made from it.
        if not self.vault.is_template(source):
            for resolution in resolutions:
                if resolution.missing:
                    self._diagnose(source, resolution)
        return resolutions

    def _resolution(self, source: str, link: Link) -> Resolution:
        # Written for speed: most links of most vaults end at the second return.
        targets = self.paths.resolve(link.target, source) if link.target else (source,)
        if not targets:
            return Resolution(link, None, None, "file")
        if len(targets) > 1 and not self.vault.is_template(source):
            self.cures.ambiguous(source, link, targets)
        target = targets[0]
        if link.fragment is None or not link.fragment.strip("# ") or target not in self.notes:
            return Resolution(link, target)
        lands = self.landing.find(target, link.fragment)
        if lands is not None:
            return Resolution(link, target, lands)
        return Resolution(link, target, None, "block" if link.fragment.startswith("^") else "heading")

    def _diagnose(self, source: str, resolution: Resolution) -> None:
        if resolution.target is None:
            self.cures.missing_file(source, resolution.link)
        else:
            self.cures.missing_fragment(source, resolution.link, resolution.target)


def _backlinks(
    properties: Mapping[str, Sequence[Resolution]],
    resolutions: Mapping[str, Sequence[Resolution]],
    canvases: Mapping[str, Sequence[str]],
    vault: Vault,
) -> Mapping[str, tuple[Backlink, ...]]:
    found: dict[str, list[Backlink]] = defaultdict(list)
    for source, own in resolutions.items():
        for resolution in (*properties[source], *own):
            if resolution.target is not None:
                found[resolution.target].append(Backlink(source, resolution.link))
    for source, shown in sorted(canvases.items()):
        for path in shown:
            if path in vault.by_path:
                found[path].append(Backlink(source, None))
    return {path: tuple(links) for path, links in found.items()}


def _orphans(
    vault: Vault, notes: Mapping[str, Note], backlinks: Mapping[str, Sequence[Backlink]]
) -> Iterator[Diagnostic]:
    if len(notes) < 2:
        return
    for path, note in notes.items():
        linked = any(backlink.source != path for backlink in backlinks.get(path, ()))
        entrance = note.name.casefold() in _ENTRANCES
        if not (linked or entrance or path in vault.excluded or vault.is_template(path)):
            yield fault("orphan-note", path, 0, 0, "no other note links to this note", "link to it from a related note")


# Notes that one comes to by other ways than links.
_ENTRANCES = frozenset({"index", "readme", "home", "inicio"})


def _bare(target: str) -> str:
    return target[:-3] if target[-3:].lower() == ".md" else target


def _first(pairs: Iterator[tuple[str, str]]) -> Mapping[str, str]:
    """The first value for each key."""
    found: dict[str, str] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found
