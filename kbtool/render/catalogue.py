"""What bases may ask of a vault: all of it for its owner, and for readers only what they may see."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kbtool.bases.values import Link
from kbtool.day import build_day
from kbtool.links import LinkIndex, Resolution
from kbtool.note import Card, Note
from kbtool.plan import Plan
from kbtool.vault import Vault

__all__ = ["VaultCatalogue", "led_to", "owners_catalogue", "readers_files"]

_NOTHING: Mapping[str, Any] = {}
_CREATED = ("created", "date")
_MODIFIED = ("updated", "modified", "date", "created")


def led_to(links: LinkIndex, path: str) -> frozenset[str]:
    """The files that a note or canvas leads its readers to."""
    outgoing, canvas = links.outgoing.get(path), links.canvases.get(path)
    if outgoing is None:
        return frozenset(canvas.targets if canvas else ())
    itself = (path,) if path in outgoing.counts else ()
    return frozenset((*outgoing.mentions, *itself))


def _no_one(_kind: str, _key: str) -> None:
    """Nobody wants to know what was asked."""


@dataclass(frozen=True)
class VaultCatalogue:
    """The files of a vault as bases see them; `visible` are those that may be known of, by path.

    For `readers` links in comments and to what is not published are none.  `ask` is told what was asked for.
    """

    vault: Vault
    cards: Mapping[str, Card | Note]
    notes: Mapping[str, Note]
    index: LinkIndex
    visible: Sequence[str]
    day: date
    language: str = "en"
    readers: bool = False
    ask: Callable[[str, str], None] = _no_one
    _seen: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_seen", frozenset(self.visible))

    def files(self) -> Sequence[str]:
        self.ask("rows", "paths")
        return self.visible

    # --- properties and tags

    def stated(self, path: str, name: str) -> Any:
        self.ask("property", name.casefold())
        properties = self._properties(path)
        if name in properties or not properties:
            return properties.get(name)
        folded = name.casefold()
        return next((value for key, value in properties.items() if key.casefold() == folded), None)

    def properties(self, path: str) -> Mapping[str, Any]:
        self.ask("rows", "properties")
        return self._properties(path)

    def _properties(self, path: str) -> Mapping[str, Any]:
        card = self.cards.get(path) if path in self._seen else None
        return card.properties if card else _NOTHING

    def tags(self, path: str) -> Sequence[str]:
        self.ask("rows", "tags")
        card = self.cards.get(path) if path in self._seen else None
        return card.tags if card else ()

    # --- links

    def links(self, path: str) -> Sequence[Link]:
        canvas = self.index.canvases.get(path) if path in self._seen else None
        if canvas:
            self.ask("rows", "links")
            return tuple(Link(f"/{target}", "", path) for target in canvas.targets if target in self._seen)
        return tuple(_value(resolution, path) for resolution in self._resolutions(path))

    def embeds(self, path: str) -> Sequence[Link]:
        return tuple(_value(resolution, path) for resolution in self._resolutions(path) if resolution.link.embed)

    def _resolutions(self, path: str) -> Iterator[Resolution]:
        self.ask("note", path)
        self.ask("out", path)
        for resolution in self.index.of(path) if path in self._seen else ():
            secret = resolution.link.hidden or (resolution.target is not None and resolution.target not in self._seen)
            if not (self.readers and secret):
                yield resolution

    def leads_to(self, path: str, target: str) -> bool:
        self.ask("rows", "links")
        return path in self._seen and target in self._seen and target in self._leads(path, target)

    def _leads(self, path: str, target: str) -> Container[str]:
        """The files that a file leads to, as far as `target` may be among them."""
        outgoing, canvas = self.index.outgoing.get(path), self.index.canvases.get(path)
        if outgoing is None:
            return canvas.targets if canvas else ()
        # Mentions are of other files only; whether a note links to itself the counts tell.
        return outgoing.mentions if self.readers and target != path else outgoing.counts

    def backlinks(self, path: str) -> Sequence[str]:
        self.ask("rows", "links")
        return [source for source in self.index.sources.get(path, ()) if self.leads_to(source, path)]

    def resolve(self, target: str, source: str) -> str | None:
        self.ask("name", self.index.last_segment(target))
        found = self.index.resolve_name(target, source) if target.strip() else None
        return found if found in self._seen else None

    # --- the file itself

    def size(self, path: str) -> int:
        self.ask("size", path)
        return self.vault.by_path[path].size

    def created(self, path: str) -> Any:
        return self._first(path, _CREATED)

    def modified(self, path: str) -> Any:
        return self._first(path, _MODIFIED)

    def _first(self, path: str, names: Sequence[str]) -> Any:
        """The first of these properties that there is: a file's own times are those of its last copy, and no facts."""
        return next((value for name in names if (value := self.stated(path, name)) is not None), None)

    def today(self) -> date:
        self.ask("day", "")
        return self.day


def _value(resolution: Resolution, source: str) -> Link:
    link = resolution.link
    target = link.target if link.fragment is None else f"{link.target}#{link.fragment}"
    return Link(target, link.display if link.has_alias else "", source)


def owners_catalogue(vault: Vault, notes: Mapping[str, Note], index: LinkIndex) -> VaultCatalogue:
    """The whole vault, but for what its owner keeps out of Obsidian's lists."""
    visible = tuple(file.path for file in vault.files if file.path not in vault.excluded)
    return VaultCatalogue(vault, notes, notes, index, visible, build_day())


def readers_files(vault: Vault, plan: Plan, links: LinkIndex) -> tuple[str, ...]:
    """The files that a site may show as rows: what is published, and the attachments that it leads its readers to."""
    shown = {target for path in plan.published for target in led_to(links, path)}
    attachments = shown & plan.attachments.keys()
    return tuple(file.path for file in vault.files if file.path in plan.published or file.path in attachments)
