"""What every link of a vault leads to, as Obsidian resolves it; who links to whom; and what is wrong with the rest.

What a note's links come to is its `Outgoing`: small, and kept for every note, also from one build to the next.  The
resolutions themselves are made again where a page wants them, so that a large vault does not hold them all.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from typing import Literal, NamedTuple

from kbtool.diagnostics import Diagnostic, fault
from kbtool.lazy import Lazy
from kbtool.links.cures import Cures, Faults, Fix
from kbtool.links.landing import Landed, Landing
from kbtool.links.paths import Paths, comparable
from kbtool.note import Card, Link, Note
from kbtool.packed import pack, unpack
from kbtool.parallel import fork_map
from kbtool.slug import fold
from kbtool.vault import Vault

__all__ = ["Fix", "Landed", "Leads", "LinkIndex", "Mention", "Outgoing", "Resolution", "affected", "build"]


class Resolution(NamedTuple):
    """Where a link leads: the vault path of a file, and the heading or block in it; `missing` is what was not found."""

    link: Link
    target: str | None
    lands: Landed | None = None
    missing: Literal["", "file", "heading", "block"] = ""


class Mention(NamedTuple):
    """A link seen from its target: the sentence it stands in, if any, and the span of its words there."""

    sentence: str
    span: tuple[int, int]


class Outgoing(NamedTuple):
    """What the links of one note come to.

    `counts` is how many lead to each file, those of properties, comments and embeds among them; `shown` are the files
    that its text leads to, in the order of first mention.  `mentions` holds, for each file that its readers are led to,
    the sentences that do it, packed until a page wants them; equal sentences are equal bytes.  `digest` stands for
    everything that the note's own page shows of its links.  `total` and `broken` count those of its body.
    """

    counts: Mapping[str, int]
    shown: tuple[str, ...]
    mentions: Mapping[str, bytes]
    digest: bytes
    total: int
    broken: int
    diagnostics: tuple[Diagnostic, ...]
    fixes: tuple[Fix, ...]


class Leads(NamedTuple):
    """What a canvas leads to: the files that its cards show and the texts on them link to, each once.

    `digest` changes with anything that its page shows of its links; the diagnostics are those of its texts.
    """

    targets: tuple[str, ...]
    digest: bytes
    diagnostics: tuple[Diagnostic, ...] = ()


_KEPT = 512


@dataclass(frozen=True)
class LinkIndex:
    """All links of a vault. The tuples of `resolutions` run parallel to each note's `links`, and so for properties.

    `resolve(path, links)` tells what links lead to that stand elsewhere in the file `path`, as on a canvas;
    `land(path, fragment)` which part of a note a fragment means.
    """

    resolutions: Mapping[str, tuple[Resolution, ...]]
    property_resolutions: Mapping[str, tuple[Resolution, ...]]
    outgoing: Mapping[str, Outgoing]
    diagnostics: tuple[Diagnostic, ...]
    fixes: tuple[Fix, ...]
    paths: Paths = field(repr=False)
    cards: Mapping[str, Card] = field(repr=False)
    canvases: Mapping[str, Leads] = field(repr=False, default_factory=dict)
    resolve: Callable[[str, Sequence[Link]], tuple[Resolution, ...]] = field(repr=False, default=lambda *_: ())
    land: Callable[[str, str], Landed | None] = field(repr=False, default=lambda *_: None)

    def of(self, path: str) -> Iterator[Resolution]:
        """Every link of a note, those of its properties first."""
        yield from self.property_resolutions.get(path, ())
        yield from self.resolutions.get(path, ())

    def resolve_name(self, name: str, source: str = "") -> str | None:
        """The file that `[[name]]` leads to from `source` (the vault's root where none is given)."""
        return next(iter(self.paths.resolve(_asked(name), source)), None)

    @staticmethod
    def last_segment(name: str) -> str:
        """What has to be the name of a file for `[[name]]` to lead to it, as names are compared."""
        return comparable(_asked(name).rpartition("/")[2])

    def find(self, text: str) -> str | None:
        """The note that a person means: by path, name or `[[link]]`; else by alias, title, or without its accents."""
        inside = re.fullmatch(r"!?\[\[([^|#]*).*\]\]", text.strip())
        wanted = (inside[1] if inside else text).strip().removeprefix("./")
        target = self.resolve_name(wanted) or self._by_label.get(comparable(wanted)) or self._by_fold.get(fold(wanted))
        return target if target in self.cards else None

    def edges(self) -> Iterator[tuple[str, str, int]]:
        """(source, target, number of links) for every pair that has any; links of properties and embeds count."""
        for source, outgoing in self.outgoing.items():
            for target, count in outgoing.counts.items():
                yield source, target, count

    @cached_property
    def sources(self) -> Mapping[str, tuple[str, ...]]:
        """File -> the notes and canvases that link to it, notes first, each in the order of their paths."""
        found: dict[str, list[str]] = defaultdict(list)
        for source, target, _ in self.edges():
            found[target].append(source)
        for source, leads in sorted(self.canvases.items()):
            for path in leads.targets:
                found[path].append(source)
        return {path: tuple(sources) for path, sources in found.items()}

    def mentions(self, path: str) -> Iterator[tuple[str, tuple[Mention, ...]]]:
        """The notes whose readers are led to `path`, each with the sentences in which it does so."""
        for source in self.sources.get(path, ()):
            outgoing = self.outgoing.get(source)
            if outgoing is not None and path in outgoing.mentions:
                yield source, tuple([Mention(*said) for said in unpack(outgoing.mentions[path])])

    def shown_on(self, path: str) -> Iterator[str]:
        """The canvases that lead to `path`."""
        return (source for source in self.sources.get(path, ()) if source in self.canvases)

    def unresolved(self) -> Mapping[str, Mapping[str, int]]:
        """For each note the names that it links to and no file has, with how often; without fragment and `.md`."""
        plans: dict[str, Mapping[str, int]] = {}
        for source, outgoing in self.outgoing.items():
            if outgoing.broken or self.cards[source].properties:
                names = Counter(_bare(r.link.target) for r in self.of(source) if r.target is None)
                if names:
                    plans[source] = names
        return plans

    @cached_property
    def _by_label(self) -> Mapping[str, str]:
        labelled = ((path, (*note.aliases, note.title)) for path, note in self.cards.items())
        return _first((comparable(label), path) for path, labels in labelled for label in labels)

    @cached_property
    def _by_fold(self) -> Mapping[str, str]:
        labelled = ((path, (note.name, *note.aliases, note.title)) for path, note in self.cards.items())
        return _first((fold(label), path) for path, labels in labelled for label in labels)


def build(
    vault: Vault,
    notes: Mapping[str, Note],
    canvases: Mapping[str, Sequence[str | Link]] | None = None,
    *,
    cards: Mapping[str, Card] | None = None,
    known: Mapping[str, Outgoing] | None = None,
    jobs: int = 1,
) -> LinkIndex:
    """Resolves every link of every note that is not `known`; `cards` are the notes in brief, where they are at hand.

    `canvases` are the files that each canvas shows, by their paths, and the links of the texts on it: a canvas counts
    among those that link to a file.
    """
    cards = {path: Card.of(note) for path, note in notes.items()} if cards is None else cards
    files = [file.path for file in vault.files]
    paths = Paths(files)
    resolver = _Resolver(paths, Landing(cards), Cures(paths, files, cards, notes), vault, notes)
    outgoing = dict(known or {})
    missing = [path for path in sorted(notes) if path not in outgoing]
    outgoing.update(zip(missing, fork_map(resolver.outgoing, missing, jobs), strict=True))
    outgoing = {path: outgoing[path] for path in sorted(outgoing)}
    leads = {path: resolver.leads(path, cards_on) for path, cards_on in (canvases or {}).items()}
    found = [d for one in outgoing.values() for d in one.diagnostics]
    found += [d for one in leads.values() for d in one.diagnostics]
    return LinkIndex(
        resolutions=Lazy(notes, lambda path: resolver.links(path, notes[path].links), _KEPT),
        property_resolutions=Lazy(notes, lambda path: resolver.links(path, notes[path].property_links), _KEPT),
        outgoing=outgoing,
        diagnostics=(*found, *_orphans(vault, cards, _linked(outgoing, leads))),
        fixes=tuple(fix for one in outgoing.values() for fix in one.fixes),
        paths=paths,
        cards=cards,
        canvases=leads,
        resolve=resolver.links,
        land=resolver.landing.find,
    )


def affected(
    before: Mapping[str, Card], after: Mapping[str, Card], files: Set[str], outgoing: Mapping[str, Outgoing]
) -> set[str]:
    """The notes whose links may come to something else than `outgoing` says, though they themselves are as they were.

    `before` are the notes in brief as they were then, `after` as they are now; `files` are the paths of files that
    have come or gone since.
    """
    common = before.keys() & after.keys()
    moved = {path for path in common if before[path].landings != after[path].landings}
    names = {comparable(path.rpartition("/")[2]) for path in files}
    found = {path for path in common if moved and not moved.isdisjoint(outgoing[path].counts)}
    if names:
        found |= {path for path in common if _wants(after[path], names)}
    if names or any(_labels(before[path]) != _labels(after[path]) for path in common):
        # A broken link is told which name was probably meant, and that may be any.
        found |= {path for path in common if outgoing[path].diagnostics}
    return found


def _wants(card: Card, names: Set[str]) -> bool:
    """Whether a link of the note asks for a file by one of these names."""
    wanted = (comparable(name) for name in card.wanted)
    return any(name in names or f"{name}.md" in names for name in wanted)


def _labels(card: Card) -> tuple[object, ...]:
    return card.aliases, card.title


@dataclass(frozen=True, slots=True)
class _Resolver:
    paths: Paths
    landing: Landing
    cures: Cures
    vault: Vault
    notes: Mapping[str, Note]

    def outgoing(self, path: str) -> Outgoing:
        """What the links of a note come to, and what is wrong with them."""
        note = self.notes[path]
        own = self.links(path, note.links)
        all_links = (*self.links(path, note.property_links), *own)
        # The links of a template are for the notes that will be made from it.
        diagnostics, fixes = ((), ()) if self.vault.is_template(path) else self._diagnosed(path, all_links)
        return Outgoing(
            counts=dict(Counter(r.target for r in all_links if r.target is not None)),
            shown=tuple(_mentions(own, path)),
            mentions={target: pack(found) for target, found in _mentions(all_links, path).items()},
            digest=_digest(_places(all_links)),
            total=len(own),
            broken=sum(bool(r.missing) for r in own),
            diagnostics=diagnostics,
            fixes=fixes,
        )

    def leads(self, path: str, found: Sequence[str | Link]) -> Leads:
        """What a canvas leads to; the path of a file that is not there leads nowhere."""
        linked = self.links(path, [one for one in found if not isinstance(one, str)])
        shown = [one for one in found if isinstance(one, str) and one in self.vault.by_path]
        targets = dict.fromkeys((*shown, *(r.target for r in linked if r.target not in (None, path))))
        faults = () if self.vault.is_template(path) else self._diagnosed(path, linked)[0]
        told = tuple(replace(fault, column=1) for fault in faults)
        return Leads(tuple(target for target in targets if target), _digest((shown, _places(linked))), told)

    def links(self, source: str, links: Sequence[Link]) -> tuple[Resolution, ...]:
        return tuple([self._resolution(source, link) for link in links])

    def _resolution(self, source: str, link: Link) -> Resolution:
        # Written for speed: most links of most vaults end at the second return.
        targets = self.paths.resolve(link.target, source) if link.target else (source,)
        if not targets:
            return Resolution(link, None, None, "file")
        target = targets[0]
        if link.fragment is None or not link.fragment.strip("# ") or target not in self.notes:
            return Resolution(link, target)
        lands = self.landing.find(target, link.fragment)
        if lands is not None:
            return Resolution(link, target, lands)
        return Resolution(link, target, None, "block" if link.fragment.startswith("^") else "heading")

    def _diagnosed(self, source: str, resolutions: Sequence[Resolution]) -> Faults:
        for link, target, _, missing in resolutions:
            if target is None:
                self.cures.missing_file(source, link)
                continue
            targets = self.paths.resolve(link.target, source) if link.target else ()
            if len(targets) > 1:
                self.cures.ambiguous(source, link, targets)
            if missing:
                self.cures.missing_fragment(source, link, target)
        return self.cures.take()


def _mentions(resolutions: Iterable[Resolution], path: str) -> dict[str, list[tuple[str, tuple[int, int]]]]:
    """The files that readers of the note at `path` are led to, and the sentences that do it."""
    found: dict[str, list[tuple[str, tuple[int, int]]]] = {}
    for link, target, _, _ in resolutions:
        if target is not None and target != path and not link.hidden:
            sentences = found.setdefault(target, [])
            # A property names a note without a sentence around it.
            if link.sentence and link.kind != "property":
                sentences.append((link.sentence, link.mention))
    return found


def _places(resolutions: Iterable[Resolution]) -> list[tuple[object, ...]]:
    """All that a page shows of what its links lead to."""
    return [(r.target, r.lands and r.lands.anchor, r.missing) for r in resolutions]


def _digest(value: object) -> bytes:
    return blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _linked(outgoing: Mapping[str, Outgoing], canvases: Mapping[str, Leads]) -> set[str]:
    """The files that something else links to."""
    linked = {target for source, one in outgoing.items() for target in one.counts if target != source}
    return linked.union(*(leads.targets for leads in canvases.values()))


def _orphans(vault: Vault, cards: Mapping[str, Card], linked: Set[str]) -> Iterator[Diagnostic]:
    if len(cards) < 2:
        return
    for path, card in cards.items():
        entrance = card.name.casefold() in _ENTRANCES
        if not (path in linked or entrance or path in vault.excluded or vault.is_template(path)):
            yield fault("orphan-note", path, 0, 0, "no other note links to this note", "link to it from a related note")


# Notes that one comes to by other ways than links.
_ENTRANCES = frozenset({"index", "readme", "home", "inicio"})


def _asked(name: str) -> str:
    """The path in what stands between `[[` and `]]`."""
    return name.partition("#")[0].strip()


def _bare(target: str) -> str:
    return target[:-3] if target[-3:].lower() == ".md" else target


def _first(pairs: Iterator[tuple[str, str]]) -> Mapping[str, str]:
    """The first value for each key."""
    found: dict[str, str] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found
