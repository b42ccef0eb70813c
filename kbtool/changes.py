"""Which facts of a site are not what they were in the last build, and which pages have to be made again for it.

A page is made again when a fact that it read has changed, when it is new, or when its file is not as it was left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from kbtool.filestate import FileState
from kbtool.ledger import PageRecord, Planned, Verdict
from kbtool.library import Shelved
from kbtool.links import Leads, Outgoing
from kbtool.links.paths import comparable
from kbtool.note import Card
from kbtool.pages.outline import Entry, Folder, Label, Node, entry_of, folders_of, home_note, tags_of, window
from kbtool.plan import Page, Plan
from kbtool.related import Related
from kbtool.render import Fact
from kbtool.search import Shares, changed_shards, shares_of
from kbtool.vault import SourceFile

__all__ = ["View", "changed_facts", "is_stale"]


@dataclass(frozen=True)
class View:
    """A site as pages see each other in it, before or now: parts of its ledger, and the states of its files."""

    shelf: Mapping[str, Shelved]
    outgoing: Mapping[str, Outgoing]
    planned: Planned
    verdicts: Mapping[str, Verdict]
    files: Mapping[str, str]
    states: Mapping[str, FileState | SourceFile]
    day: str
    leads: Mapping[str, Leads]
    terms_at: Callable[[str], str | None]
    related: Related

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """What tells the contents of notes."""
        return {path: shelved.key for path, shelved in self.shelf.items()}

    @cached_property
    def cards(self) -> Mapping[str, Card]:
        return {path: shelved.card for path, shelved in self.shelf.items()}

    @property
    def plan(self) -> Plan:
        return self.planned.plan

    @property
    def order(self) -> tuple[str, ...]:
        return self.planned.order

    @cached_property
    def folders(self) -> Mapping[str, Folder]:
        home = home_note(self.order)
        return folders_of(path for path in self.order if path != home)

    @cached_property
    def tags(self) -> Mapping[str, tuple[str, ...]]:
        return tags_of(self.order, self.cards)

    @cached_property
    def shares(self) -> Shares:
        """How search shares out its index."""
        return shares_of(self.order)

    def terms(self, path: str) -> str | None:
        """The words that search finds a note by; None where the store does not have them any more."""
        return self.terms_at(self.shelf[path].key)

    @cached_property
    def published(self) -> frozenset[str]:
        return frozenset(self.order)

    def entry(self, path: str) -> Entry | None:
        if path not in self.published:
            return None
        verdict = self.verdicts.get(path)
        return entry_of(self.cards[path], self.plan.url(path) or "", verdict and verdict.worst)

    def label(self, path: str) -> Label | None:
        entry = self.entry(path)
        return None if entry is None else entry.label

    def node(self, path: str) -> Node | None:
        entry = self.entry(path)
        return None if entry is None else entry.node

    def shown(self, path: str) -> tuple[str, ...]:
        if path not in self.published:
            return ()
        return tuple(target for target in self.outgoing[path].shown if target in self.published)

    def mentioned(self, path: str) -> Mapping[str, bytes]:
        """The files that a note leads its readers to, with the sentences that do it."""
        return self.outgoing[path].mentions if path in self.outgoing else {}

    def readers_led_to(self, path: str) -> frozenset[str]:
        """The files that a published note or canvas leads its readers to."""
        if path not in self.plan.published:
            return frozenset()
        return frozenset((*self.mentioned(path), *self.led_to(path), *self._own(path)))

    def _own(self, path: str) -> tuple[str, ...]:
        """The note itself, where it links to itself: `mentioned` tells of others only."""
        return (path,) if path in self.outgoing and path in self.outgoing[path].counts else ()

    def led_to(self, canvas: str) -> tuple[str, ...]:
        return self.leads[canvas].targets if canvas in self.leads else ()

    def notes_in(self, folder: str) -> tuple[str, ...]:
        return self.folders[folder].notes if folder in self.folders else ()

    @cached_property
    def pages(self) -> Mapping[str, Page]:
        return {f"{page.kind}\n{page.subject}": page for page in reversed(self.plan.pages)}


def changed_facts(before: View, now: View, moved: Set[str]) -> set[Fact]:
    """The facts that differ; `moved` are the paths of files that have come or gone."""
    return {(kind, key) for kind, differ in _DIFFER.items() for key in differ(_Step(before, now, moved))}


def is_stale(page: Page, record: PageRecord | None, changed: Set[int], standing: Mapping[str, str]) -> bool:
    """Whether a page has to be made; `changed` are indices of facts, `standing` the digests of files as they stand."""
    return (
        record is None
        or record[:3] != (page.kind, page.subject, page.title)
        or standing.get(page.url) != record.digest
        or not changed.isdisjoint(record.facts)
    )


@dataclass(frozen=True)
class _Step:
    """From one view to the next: what several facts ask of both."""

    before: View
    now: View
    moved: Set[str]

    @cached_property
    def relinked(self) -> list[str]:
        """The notes whose links come to something else."""
        return _differing(self.before.outgoing, self.now.outgoing)

    @cached_property
    def resketched(self) -> list[str]:
        """The canvases that lead elsewhere."""
        return _differing(self.before.leads, self.now.leads)

    @cached_property
    def recarded(self) -> list[tuple[Card | None, Card | None]]:
        """The notes in brief that are not what they were, before and now."""
        before, now = self.before.cards, self.now.cards
        return [(before.get(path), now.get(path)) for path in _differing(before, now)]

    @cached_property
    def releads(self) -> set[str]:
        """The files that readers of some page are led to, or are not any more."""
        before, now = self.before, self.now
        return {
            target
            for path in (*self.relinked, *self.resketched)
            for target in before.readers_led_to(path) ^ now.readers_led_to(path)
        }

    @cached_property
    def order_changed(self) -> bool:
        return self.before.order != self.now.order

    @cached_property
    def folders(self) -> list[str]:
        """The folders that hold something else than before."""
        return _differing(self.before.folders, self.now.folders) if self.order_changed else []

    @cached_property
    def faces(self) -> list[str]:
        """The notes that lists show otherwise."""
        before, now = self.before, self.now
        maybe = {
            *_differing(before.cards, now.cards),
            *_differing(before.verdicts, now.verdicts),
            *_urls(self),
        }
        return [path for path in maybe if before.entry(path) != now.entry(path)]

    @cached_property
    def labels(self) -> list[str]:
        """The notes that links show otherwise."""
        before, now = self.before, self.now
        return [path for path in self.faces if before.label(path) != now.label(path)]

    @cached_property
    def targets(self) -> list[str]:
        """The notes that lead readers to other notes than before."""
        maybe: Iterable[str] = self.relinked
        if self.order_changed:
            maybe = {*self.before.order, *self.now.order}
        return [path for path in maybe if self.before.shown(path) != self.now.shown(path)]


def _differing(before: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """The keys whose values differ, or that only one of the two has."""
    missing = object()
    gone = [key for key in before if key not in now]
    return gone + [key for key, value in now.items() if (old := before.get(key, missing)) is not value and old != value]


def _notes(step: _Step) -> Iterable[str]:
    return _differing(step.before.keys, step.now.keys)


def _urls(step: _Step) -> Iterable[str]:
    if step.before.plan is step.now.plan:
        return ()
    return _differing(step.before.plan.urls, step.now.plan.urls)


def _pages(step: _Step) -> Iterable[str]:
    return () if step.before.plan is step.now.plan else _differing(step.before.pages, step.now.pages)


def _out(step: _Step) -> Iterator[str]:
    for path in step.relinked:
        before, now = step.before.outgoing.get(path), step.now.outgoing.get(path)
        if before is None or now is None or before.digest != now.digest:
            yield path
    for path in step.resketched:
        before_leads, now_leads = step.before.leads.get(path), step.now.leads.get(path)
        if before_leads is None or now_leads is None or before_leads.digest != now_leads.digest:
            yield path


def _in(step: _Step) -> Iterator[str]:
    for path in step.relinked:
        yield from _differing(step.before.mentioned(path), step.now.mentioned(path))
    for path in step.resketched:
        yield from {*step.before.led_to(path)} ^ {*step.now.led_to(path)}


def _sources(step: _Step) -> Iterator[str]:
    for path in step.targets:
        yield from {*step.before.shown(path)} ^ {*step.now.shown(path)}


def _members(step: _Step) -> Iterator[str]:
    return _in_folders(step, lambda folder: folder.notes)


def _folders(step: _Step) -> Iterator[str]:
    return _in_folders(step, lambda folder: folder.folders)


def _totals(step: _Step) -> Iterator[str]:
    return _in_folders(step, lambda folder: folder.total)


def _in_folders(step: _Step, look: Callable[[Folder], object]) -> Iterator[str]:
    for path in step.folders:
        before, now = step.before.folders.get(path), step.now.folders.get(path)
        if before is None or now is None or look(before) != look(now):
            yield path


def _around(step: _Step) -> Iterator[str]:
    """The notes whose neighbours in their folder changed, near or next."""
    for folder in step.folders:
        before, now = step.before.notes_in(folder), step.now.notes_in(folder)
        for path in {*before, *now}:
            if path not in before or path not in now or _near(before, path) != _near(now, path):
                yield path


def _near(notes: tuple[str, ...], path: str) -> tuple[object, ...]:
    at = notes.index(path)
    shown = window(notes, path)
    return notes[at - 1 : at] if at else (), notes[at + 1 : at + 2], shown, len(shown) < len(notes)


def _tags(step: _Step) -> Iterable[str]:
    return _differing(step.before.tags, step.now.tags) if step.order_changed or step.faces else ()


def _names(step: _Step) -> Iterator[str]:
    """The last segments of paths that may lead elsewhere now."""
    for path in step.moved:
        name = comparable(path.rpartition("/")[2])
        yield name
        yield name.removesuffix(".md")


def _properties(step: _Step) -> Iterator[str]:
    """The names of properties, in small letters, that some note has another value of."""
    for before, now in step.recarded:
        # Spelled out, because `1` is equal to `true`.
        yield from (name.casefold() for name in _differing(_spelled(before), _spelled(now)))


def _spelled(card: Card | None) -> dict[str, str]:
    return {} if card is None else {name: repr(value) for name, value in card.properties.items()}


def _rows(step: _Step) -> Iterator[str]:
    """What bases see of all files otherwise: which there are, their properties, tags or links."""
    if step.before.plan is not step.now.plan and step.before.plan.published != step.now.plan.published:
        yield "paths"
    if step.releads:
        yield "links"
    if step.moved or any(path not in step.now.cards for path in step.releads):
        yield "paths"
    if any(_properties(step)):
        yield "properties"
    if any((before and before.tags) != (now and now.tags) for before, now in step.recarded):
        yield "tags"


def _sizes(step: _Step) -> Iterator[str]:
    before, now = step.before.states, step.now.states
    return (path for path, state in now.items() if path not in before or before[path].size != state.size)


def _tallies(step: _Step) -> Iterator[str]:
    """The folders, from each note whose blocks ended otherwise up to the root."""
    for path in _differing(step.before.verdicts, step.now.verdicts):
        while path:
            path = path.rpartition("/")[0]
            yield path


def _terms(step: _Step) -> Iterator[str]:
    """The shards of the index in which some note has other words; that notes come and go is a fact of its own."""
    before, now = step.before, step.now
    for path in _differing(before.keys, now.keys):
        if path in before.published and path in now.published:
            was, is_now = before.terms(path), now.terms(path)
            shards = now.shares.shards
            lost = was is None or is_now is None
            yield from map(str, range(shards) if lost else changed_shards(was or "", is_now or "", shards))


def _groups(step: _Step) -> Iterable[str]:
    """The groups of notes that search tells together, where a note has come or gone."""
    if not step.order_changed:
        return ()
    before, now = step.before.shares.groups, step.now.shares.groups
    same = len(before) == len(now)
    return (str(group) for group, notes in enumerate(now) if not same or notes != before[group])


def _whole(step: _Step) -> Iterator[str]:
    if step.before.published != step.now.published:
        yield "notes"
    if step.faces or step.order_changed:
        yield "faces"
    if step.order_changed or any(step.before.node(path) != step.now.node(path) for path in step.faces):
        yield "nodes"
    if step.targets:
        yield "links"
    if any(_differing(step.before.verdicts, step.now.verdicts)):
        yield "results"
    if any(_tags(step)):
        yield "tags"
    if any(_pages(step)):
        yield "pages"


_DIFFER: Mapping[str, Callable[[_Step], Iterable[str]]] = {
    "note": _notes,
    "result": lambda step: _differing(step.before.verdicts, step.now.verdicts),
    "url": _urls,
    "page": _pages,
    "out": _out,
    "in": _in,
    "name": _names,
    "face": lambda step: step.faces,
    "label": lambda step: step.labels,
    "members": _members,
    "folders": _folders,
    "total": _totals,
    "around": _around,
    "turn": _around,
    "targets": lambda step: step.targets,
    "sources": _sources,
    "related": lambda step: _differing(step.before.related, step.now.related),
    "tag": _tags,
    "tally": _tallies,
    "file": lambda step: _differing(step.before.files, step.now.files),
    "size": _sizes,
    "property": _properties,
    "rows": _rows,
    "day": lambda step: () if step.before.day == step.now.day else ("",),
    "terms": _terms,
    "group": _groups,
    "all": _whole,
}
"""For each kind of fact which of its keys have changed."""
