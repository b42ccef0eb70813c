"""A vault that has been read, planned and linked: all that is known before anything runs.

What the last build into the same site found out is not found out again: a note whose bytes are the same is not parsed,
links that can only lead where they led are not resolved, and a plan stays while nothing that it depends on has changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kbtool import ledger as ledger_module
from kbtool import links as links_module
from kbtool import plan as plan_module
from kbtool import vault as vault_module
from kbtool.cache import Store, open_store, store_path
from kbtool.diagnostics import Diagnostic, count, fault
from kbtool.filestate import FileState
from kbtool.ledger import Ledger, Planned
from kbtool.library import Library, Pinned, Shelved, open_boards, open_library
from kbtool.pages import PAGES
from kbtool.pages.outline import home_note, reading_order
from kbtool.progress import SILENT, Clock, Listener
from kbtool.project import Wishes
from kbtool.related import Related, Traits, related, traits_of
from kbtool.vault import FileKind, load_text

if TYPE_CHECKING:
    from kbtool.config import Config
    from kbtool.links import LinkIndex, Outgoing
    from kbtool.note import Card, Note, PluginContent
    from kbtool.plan import Plan
    from kbtool.render import Draft
    from kbtool.vault import Text, Vault

__all__ = ["Past", "Reading", "read"]


@dataclass(frozen=True, slots=True)
class Past:
    """The last build of a site, as far as it is known; only `shelf` and `states` where it was made on other premises.

    `moved` are the paths of files that have come or gone since.
    """

    premises: str
    shelf: Mapping[str, Shelved] = field(default_factory=dict)
    states: Mapping[str, FileState] = field(default_factory=dict)
    ledger: Ledger | None = None
    moved: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """A vault, its notes in brief and in full, the pages that will be, and where every link leads.

    `texts` are those of its canvases and bases, `boards` the canvases as they were read.
    """

    config: Config
    vault: Vault
    library: Library
    planned: Planned
    links: LinkIndex
    past: Past
    texts: Mapping[str, Text]
    boards: Mapping[str, Pinned]

    @property
    def notes(self) -> Mapping[str, Note]:
        return self.library.notes

    @property
    def drafts(self) -> Mapping[str, Draft]:
        return self.library.drafts

    @property
    def cards(self) -> Mapping[str, Card]:
        return self.library.cards

    @property
    def plan(self) -> Plan:
        return self.planned.plan

    def related(self) -> Related:
        """Which published notes are near each other; the home page leads to all of them and is none of them."""
        former, order = self.past.ledger, self.planned.order
        if former is None:
            return related(_traits(self.library.shelf, self.links.outgoing, order))
        if former.planned.order == order and not any(self._differing_traits(former)):
            return former.related
        before = _traits(former.shelf, former.outgoing, former.planned.order)
        return related(_traits(self.library.shelf, self.links.outgoing, order), before, former.related)

    def _differing_traits(self, former: Ledger) -> Iterator[str]:
        """The notes that may have other traits than in the last build."""
        for path in self.planned.order:
            shelved, outgoing = self.library.shelf[path], self.links.outgoing[path]
            was, led = former.shelf[path], former.outgoing[path]
            if (shelved is not was and (shelved.gist, shelved.card.tags) != (was.gist, was.card.tags)) or (
                outgoing is not led and outgoing.shown != led.shown
            ):
                yield path

    @property
    def diagnostics(self) -> Iterator[Diagnostic]:
        """Everything that is wrong with the vault itself; of notes that are nobody's to read, nothing."""
        private = {path for path, reason in self.plan.unpublished.items() if reason in ("template", "excluded")}
        yield from self.vault.diagnostics
        yield from self.planned.diagnostics
        for text in self.texts.values():
            yield from text.diagnostics
        for path, shelved in self.library.shelf.items():
            if path not in private:
                yield from shelved.diagnostics
        for path, pinned in self.boards.items():
            if path not in private:
                yield from (*pinned.diagnostics, *pinned.board.lost(path, self.vault.by_path))
        yield from (d for d in self.links.diagnostics if d.path not in private)
        yield from _plugin_content(card for path, card in self.cards.items() if path not in private and card.plugins)


def read(
    config: Config,
    wishes: Wishes | None = None,
    listener: Listener = SILENT,
    *,
    store: Store | None = None,
    clock: Clock | None = None,
    vault: Vault | None = None,
) -> Reading:
    """Reads, plans and links the vault; `vault` is what a look at its files has just found, if there was one."""
    clock = clock or Clock(listener)
    store = store or open_store(store_path(config.vault))
    with clock.stage("scan"):
        vault = vault or vault_module.read(config.vault, skip=(config.site,))
        past = _past(config, wishes or Wishes(), vault, store)
    with clock.stage("read", len(vault.notes)):
        library = open_library(vault, store, past.shelf, past.states, config.run.jobs, listener.step)
    with clock.stage("link"):
        planned = _same_plan(past, library) or _plan(vault, library, config)
        known = _known_links(past, library)
        texts = {file.path: load_text(file) for file in vault.files if file.kind in (FileKind.CANVAS, FileKind.BASE)}
        boards = open_boards(vault, texts, store)
        leads = {path: [*pinned.board.leads()] for path, pinned in boards.items()}
        links = links_module.build(vault, library.notes, leads, cards=library.cards, known=known, jobs=config.run.jobs)
    return Reading(config, vault, library, planned, links, past, texts, boards)


def _traits(shelf: Mapping[str, Shelved], outgoing: Mapping[str, Outgoing], order: Iterable[str]) -> Traits:
    paths = [*order]
    home = home_note(paths)
    gists = {path: shelved.gist for path, shelved in shelf.items()}
    tags = {path: shelved.card.tags for path, shelved in shelf.items()}
    return traits_of(gists, tags, {path: outgoing[path].shown for path in paths if path != home})


def _past(config: Config, wishes: Wishes, vault: Vault, store: Store) -> Past:
    premises = ledger_module.premises(config, wishes, vault)
    last, ledger = ledger_module.load_last(store, config.site), ledger_module.load(store, config.site)
    if last is None or ledger is None:
        return Past(premises)
    if last.strict_line_breaks != vault.settings.strict_line_breaks:
        return Past(premises, ledger.shelf)  # the same bytes are another note now
    if last.premises != premises:
        return Past(premises, ledger.shelf, last.files)
    return Past(premises, ledger.shelf, last.files, ledger, frozenset(last.files.keys() ^ vault.by_path.keys()))


# ---------------------------------------------------------------- what stays


def _same_plan(past: Past, library: Library) -> Planned | None:
    """The plan of the last build, where it would come out the same."""
    if past.ledger is None or past.moved:
        return None
    for path, card in library.cards.items():
        before = past.ledger.shelf[path].card
        if before is not card and _planned_by(before) != _planned_by(card):
            return None
    return past.ledger.planned


def _planned_by(card: Card) -> tuple[object, ...]:
    """What decides whether a note is published, where, and on which other pages."""
    # Spelled out, because `draft: 1` says something else than `draft: true`, which is equal to it.
    return card.title, repr(card.properties), card.aliases, card.tags, card.has_code


def _known_links(past: Past, library: Library) -> Mapping[str, Outgoing]:
    """What the links of notes came to, for those of which it must be the same."""
    if past.ledger is None:
        return {}
    before = {path: shelved.card for path, shelved in past.ledger.shelf.items()}
    outgoing = past.ledger.outgoing
    changed = {path for path, card in library.cards.items() if before.get(path) is not card}
    changed |= links_module.affected(before, library.cards, past.moved, outgoing)
    return {path: outgoing[path] for path in library.cards if path in outgoing and path not in changed}


# ---------------------------------------------------------------- what is new


def _plan(vault: Vault, library: Library, config: Config) -> Planned:
    plan, collisions = plan_module.pages(vault, library.cards, config, PAGES)
    return Planned(plan, collisions, reading_order(path for path in plan.published if path in library.cards))


def _plugin_content(cards: Iterable[Card]) -> Iterator[Diagnostic]:
    """One line a plugin, however many notes use it: its owner knows, and wants to know only that nothing of it runs."""
    uses: dict[str, list[tuple[str, PluginContent]]] = defaultdict(list)
    for card in cards:
        for content in card.plugins:
            uses[content.plugin].append((card.path, content))
    for plugin, found in uses.items():
        path, first = min(found, key=lambda use: use[0])
        times, where = sum(content.count for _, content in found), len(found)
        message = f"content of the plugin {plugin}: {count(times, 'time')} in {count(where, 'note')}"
        yield fault("plugin-content", path, first.line, 1, message, "kbtool shows its source and runs nothing of it")
