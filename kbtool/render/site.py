"""All that a page may read, and the record of what it did read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from kbtool.config import Config
from kbtool.day import build_day
from kbtool.links import LinkIndex, Mention, Resolution
from kbtool.note import Card, Link, Note
from kbtool.plan import Page, Plan
from kbtool.related import Related
from kbtool.render.board import Board
from kbtool.render.draft import Draft
from kbtool.render.said import Said, said_in
from kbtool.run.results import NoteResult
from kbtool.vault import Vault
from kbtool.words import Words

if TYPE_CHECKING:
    from kbtool.render.catalogue import VaultCatalogue

__all__ = ["Fact", "Kept", "Reads", "Site"]

Fact = tuple[str, str]
"""What kind of thing a page asked for, and of what: `("url", "Conceptos/Embeddings.md")`."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
Kept = dict[_Key, tuple[_Value, frozenset[Fact]]]
"""Values that several pages share, each with what was read to make it."""


class Reads:
    """What has been asked of a site since the last `take`: the inputs of the page that was made in between.

    A page is made again when one of its facts changes, and only then.  So whatever a page shows that is not its own has
    to come from a method that notes it down.
    """

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: set[Fact] = set()

    def note(self, kind: str, key: str) -> None:
        self._seen.add((kind, key))

    def take(self) -> frozenset[Fact]:
        taken = frozenset(self._seen)
        self._seen.clear()
        return taken

    def share(self, kept: Kept[_Key, _Value], key: _Key, make: Callable[[], _Value]) -> _Value:
        """The value in `kept`, made on the first call; whoever takes it has read what was read to make it."""
        found = kept.get(key)
        if found is None:
            outer, self._seen = self._seen, set()
            try:
                value = make()
                found = kept[key] = value, frozenset(self._seen)
            finally:
                self._seen = outer
        self._seen |= found[1]
        return found[0]


@dataclass(frozen=True)
class Site:
    """Everything that a page may read.  Pages ask by the methods, which note in `reads` what was asked.

    `brief` are the notes in brief and `order` the published ones in reading order, where they are at hand.  `texts` are
    those of canvases and bases, and `day` is what bases take for today.  `related` are published notes that are near
    each other.  `says` and `terms` are what search shows of notes and finds them by, where they are at hand.
    """

    config: Config
    vault: Vault
    notes: Mapping[str, Note]
    drafts: Mapping[str, Draft]
    plan: Plan
    links: LinkIndex
    results: Mapping[str, NoteResult]
    words: Words
    version: str = ""
    brief: Mapping[str, Card] | None = None
    order: tuple[str, ...] | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    says: Mapping[str, Said] | None = None
    terms: Mapping[str, str] | None = None
    boards: Mapping[str, Board] = field(default_factory=dict)
    day: date = field(default_factory=build_day)
    related: Related = field(default_factory=dict)
    reads: Reads = field(default_factory=Reads)

    @property
    def cards(self) -> Mapping[str, Card | Note]:
        """The notes in brief: what does not need a note's text asks here."""
        return self.notes if self.brief is None else self.brief

    def note(self, path: str) -> Note:
        self.reads.note("note", path)
        return self.notes[path]

    def draft(self, path: str) -> Draft | None:
        self.reads.note("note", path)
        return self.drafts.get(path)

    def said(self, path: str) -> Said:
        """What a note says, as search shows it."""
        self.reads.note("note", path)
        return said_in(self.notes[path], self.drafts[path]) if self.says is None else self.says[path]

    def result(self, path: str) -> NoteResult | None:
        self.reads.note("result", path)
        return self.results.get(path)

    def text(self, path: str) -> str:
        """The text of a canvas or base."""
        self.reads.note("file", path)
        return self.texts.get(path, "")

    @cached_property
    def catalogue(self) -> VaultCatalogue:
        """The vault as bases see it on pages: nothing that is not published is there."""
        # Imported where the first base is shown: most vaults have none.
        from kbtool.render.catalogue import VaultCatalogue, readers_files

        visible = readers_files(self.vault, self.plan, self.links)
        return VaultCatalogue(
            vault=self.vault,
            cards=self.cards,
            notes=self.notes,
            index=self.links,
            visible=visible,
            day=self.day,
            language=self.words.language,
            readers=True,
            ask=self.reads.note,
        )

    def url(self, path: str) -> str | None:
        """Where a file of the vault is to be found; None for what is not published."""
        self.reads.note("url", path)
        return self.plan.url(path)

    def page(self, kind: str, subject: str) -> Page | None:
        self.reads.note("page", f"{kind}\n{subject}")
        return self.plan.page(kind, subject)

    def page_url(self, kind: str, subject: str) -> str:
        """The URL of a page, or the empty string where there is no such page."""
        page = self.page(kind, subject)
        return page.url if page else ""

    def pages(self) -> tuple[Page, ...]:
        """Every page of the site."""
        self.reads.note("all", "pages")
        return self.plan.pages

    def resolutions(self, path: str) -> tuple[Resolution, ...]:
        """What the links in the text of a note lead to."""
        self.reads.note("out", path)
        return self.links.resolutions.get(path, ())

    def board(self, path: str) -> Board | None:
        """The canvas at `path`, as it stands in its file."""
        self.reads.note("file", path)
        return self.boards.get(path)

    def title(self, path: str) -> str:
        """The title of a published note."""
        self.reads.note("label", path)
        return self.cards[path].title

    def lead(self, path: str, links: Sequence[Link]) -> tuple[Resolution, ...]:
        """What links on the canvas at `path` lead to."""
        self.reads.note("out", path)
        return self.links.resolve(path, links)

    def card(self, canvas: str, link: Link) -> Resolution:
        """What a card on a canvas shows: `link.target` is a path in full, not the name that a note would use."""
        self.reads.note("out", canvas)
        path, fragment = link.target, link.fragment
        if path not in self.vault.by_path:
            return Resolution(link, None, None, "file")
        if fragment is None or path not in self.notes:
            return Resolution(link, path)
        self.reads.note("note", path)
        lands = self.links.land(path, fragment)
        return Resolution(link, path, lands, "" if lands else "block" if fragment.startswith("^") else "heading")

    def property_resolutions(self, path: str) -> tuple[Resolution, ...]:
        self.reads.note("out", path)
        return self.links.property_resolutions.get(path, ())

    def resolve_name(self, name: str, source: str) -> str | None:
        """The file that an address in raw HTML of the note `source` leads to."""
        self.reads.note("name", self.links.last_segment(name))
        return self.links.resolve_name(name, source)

    def shown_on(self, path: str) -> Iterator[str]:
        """The canvases that lead readers to a file."""
        self.reads.note("in", path)
        return self.links.shown_on(path)

    def mentions(self, path: str) -> Iterator[tuple[str, tuple[Mention, ...]]]:
        """Who leads readers to a note, and in which sentences."""
        self.reads.note("in", path)
        return self.links.mentions(path)
