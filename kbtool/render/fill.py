"""Drafts made into bodies: the holes filled for one page, in one pass over its HTML and that of what it embeds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html import escape
from typing import NamedTuple
from urllib.parse import quote, unquote

from kbtool.diagnostics import Diagnostic, fault
from kbtool.links import Resolution
from kbtool.note import InlineCode, Link, Note
from kbtool.note import parse as parse_note
from kbtool.render import fences, holes
from kbtool.render.cell import cell
from kbtool.render.draft import Draft
from kbtool.render.highlight import paint
from kbtool.render.media import MEDIA, Shown, kind_of
from kbtool.render.miniature import miniature
from kbtool.render.site import Site
from kbtool.render.surface import Surface, opening
from kbtool.run.results import BlockResult
from kbtool.slug import relative_url
from kbtool.words import Words, words_for

__all__ = ["Body", "Filling", "fill", "fill_base"]

# Deeper than any person nests, and far from what Python can.
_DEEPEST = 12
# Notes that embed each other twice, a few levels deep, are a page of a million embeds.
_MOST_EMBEDS = 500


@dataclass(frozen=True, slots=True)
class Body:
    """The content of a page; `attachments` are the vault paths of the files that it shows or links to."""

    html: str
    uses_math: bool
    attachments: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]


def fill(path: str, site: Site, page_url: str) -> Body:
    """The body of the note `path` as it stands on the page `page_url`."""
    spoken = words_for(site.note(path).properties.get("lang"), site.words)
    page = _Page(site, page_url, spoken)
    place = _Place(page, path, (path,))
    html = place.fill(site.drafts[path].html)
    html += page.footnotes()
    return Body(html, "<math" in html, frozenset(page.attachments), tuple(page.diagnostics))


def fill_base(path: str, site: Site, page_url: str) -> Body:
    """The views of the base `path` as they stand on its own page."""
    from kbtool.bases import file_faults
    from kbtool.render import base

    page = _Page(site, page_url, site.words)
    html = base.whole(path, page)
    page.diagnostics += file_faults(path, site.text(path))
    return Body(html, False, frozenset(page.attachments), tuple(page.diagnostics))


class Filling:
    """A body that is filled piece by piece: the cards of a canvas, whose vault path is `path`.

    Each piece has its footnotes under it; their numbers go on from piece to piece, as do those of embeds.
    """

    def __init__(self, path: str, site: Site, page_url: str) -> None:
        self._path = path
        self._page = _Page(site, page_url, site.words)
        self._pieces: list[str] = []

    @property
    def surface(self) -> Surface:
        """The page, for what else is shown on it."""
        return self._page

    @property
    def length(self) -> int:
        """How many characters the pieces have by now."""
        return sum(map(len, self._pieces))

    def written(self, name: str, note: Note, draft: Draft) -> str:
        """A text that stands on the canvas itself, as a note that nobody else can see; `name` tells it from others."""
        return self._add(self._place(name, note, draft, self._page.site.lead(self._path, note.links)), draft.html)

    def embedded(self, name: str, link: Link) -> str:
        """A file as an embed shows it; `link.target` is its path in full."""
        note = _nobodys()._replace(path=self._path, links=(link,))
        resolution = self._page.site.card(self._path, link)
        return self._add(self._place(name, note, _EMPTY, (resolution,)), holes.hole(holes.EMBED, "0;;;"))

    def body(self, html: str) -> Body:
        """The body that has been made of the pieces."""
        math = any("<math" in piece for piece in self._pieces)
        return Body(html, math, frozenset(self._page.attachments), tuple(self._page.diagnostics))

    def _place(self, name: str, note: Note, draft: Draft, resolutions: tuple[Resolution, ...]) -> _Place:
        return _Place(self._page, self._path, (self._path, name), _Own(name, note, draft, resolutions))

    def _add(self, place: _Place, html: str) -> str:
        self._pieces.append(place.fill(html) + self._page.footnotes())
        return self._pieces[-1]


@dataclass(slots=True)
class _Page:
    """What the page has gathered so far: files, faults, and footnotes, numbered in the order of their first mark."""

    site: Site
    url: str
    words: Words
    attachments: set[str] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    embeds: int = 0
    _numbers: dict[tuple[str, int], int] = field(default_factory=dict)
    _waiting: list[tuple[_Place, int]] = field(default_factory=list)
    _marks: dict[int, int] = field(default_factory=dict)
    _urls: dict[str, str | None] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        return self.url.rpartition("/")[0]

    def to(self, path: str) -> str | None:
        """The escaped URL of a file of the vault as seen from this page; None if it is not published."""
        if path not in self._urls:
            target = self.site.url(path)
            self._urls[path] = None if target is None else _seen_from(self.folder, target)
        if path in self.site.plan.attachments:
            self.attachments.add(path)
        return self._urls[path]

    def word(self, key: str) -> str:
        """A word of the interface, escaped."""
        return _escaped(self.words[key])

    def mark(self, place: _Place, index: int) -> str:
        """A mark that leads to footnote `index` of the note at `place`."""
        key = (place.name, index)
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers) + 1
            self._waiting.append((place, index))
        number = self._numbers[key]
        self._marks[number] = self._marks.get(number, 0) + 1
        label = self.words.say("body.footnote", n=number)
        mark = _mark_id(number, self._marks[number])
        return f'<sup class="fnref"><a href="#fn{number}" id="{mark}" aria-label="{escape(label)}">{number}</a></sup>'

    def _with_ways_back(self, place: _Place, body: str) -> str:
        return _RETURN.sub(lambda match: self._ways_back(self._numbers.get((place.name, int(match[1])), 0)), body)

    def _ways_back(self, number: int) -> str:
        label = self.word("body.return")
        return "".join(
            f'<a class="back" data-footnote-backref href="#{_mark_id(number, k)}" aria-label="{label}">↩</a>'
            for k in range(1, self._marks.get(number, 0) + 1)
        )

    def footnotes(self) -> str:
        """The footnotes that were marked since they were last asked for; those that one itself marks come after it."""
        if not self._waiting:
            return ""
        # Filled first and given their ways back afterwards: a later footnote may mark an earlier one.  And a footnote
        # that marks another makes the list grow while it is read.
        first = len(self._numbers) - len(self._waiting) + 1
        bodies = [(place, place.fill(place.footnote(index))) for place, index in self._waiting]
        self._waiting.clear()
        items = "".join(
            f'<li id="fn{number}">{self._with_ways_back(place, body)}</li>\n'
            for number, (place, body) in enumerate(bodies, first)
        )
        label, start = self.word("body.footnotes"), f' start="{first}"' if first > 1 else ""
        return f'<section class="notes" role="doc-endnotes" aria-label="{label}"><ol{start}>\n{items}</ol></section>\n'


_RETURN = re.compile(f"\x02{holes.RETURN}(\\d+)\x03")


def _mark_id(number: int, which: int) -> str:
    return f"r{number}" if which == 1 else f"r{number}-{which}"


class _Own(NamedTuple):
    """A text that is no note of the vault: the file that it stands in has several."""

    name: str
    note: Note
    draft: Draft
    resolutions: tuple[Resolution, ...]


class _Place:
    """One note in one place of a page: `chain` names it and what embeds it, from the page's own note inwards.

    Only the page's own note keeps its ids; a second copy of an id would take links away from the first.
    """

    __slots__ = ("_ends", "_note", "_own", "_page", "_resolutions", "chain", "embedded", "name", "path")

    def __init__(self, page: _Page, path: str, chain: tuple[str, ...], own: _Own | None = None) -> None:
        self.path = path
        self.chain = chain
        self.embedded = len(chain) > 1
        self.name = own.name if own else path
        self._page = page
        self._own = own
        self._note = own.note if own else page.site.note(path)
        self._resolutions: tuple[Resolution, ...] = own.resolutions if own else page.site.resolutions(path)
        self._ends: list[str] = []

    @property
    def _draft(self) -> Draft | None:
        return self._own.draft if self._own else self._page.site.draft(self.path)

    def footnote(self, index: int) -> str:
        draft = self._draft
        return draft.footnotes[index] if draft else ""

    def fill(self, html: str) -> str:
        results = self._page.site.result(self.path)
        if results is not None:
            html = holes.WITHOUT_RUN.sub(self._unless_run, html)
        return holes.HOLE.sub(self._hole, html)

    def _hole(self, match: re.Match[str]) -> str:
        return _FILLERS[match[1]](self, match[2])

    # --- links ---

    def _wiki(self, known: str) -> str:
        index, _, text = known.partition(":")
        start, end = self._link(int(index))
        return f"{start}{text}{end}"

    def _link_begins(self, known: str) -> str:
        start, end = self._link(int(known))
        self._ends.append(end)
        return start

    def _link_ends(self, _: str) -> str:
        return self._ends.pop()

    def _link(self, index: int) -> tuple[str, str]:
        """The tags around the text of a link; none for one to a note that is not published."""
        resolution = self._resolutions[index]
        target = resolution.target
        if target is None:
            name = resolution.link.target or resolution.link.raw
            why = self._say("body.absent" if kind_of(name) else "body.new", name=name)
            return f'<span class="new" title="{escape(why)}">', "</span>"
        url = self._page.to(target)
        if url is None:
            return "", ""
        fragment = self._fragment(resolution)
        if fragment and self._page.site.url(target) == self._page.url:
            url = ""
        return opening(target, f"{url}{fragment}", self._page.site), "</a>"

    def _fragment(self, resolution: Resolution) -> str:
        if resolution.lands is not None:
            return f"#{_quoted(resolution.lands.anchor)}"
        fragment = resolution.link.fragment
        # A place in a PDF is its reader's business; a heading that a note lacks is nobody's.
        return f"#{quote(fragment, safe='=&')}" if fragment and resolution.target in self._page.attachments else ""

    def _tag(self, tag: str) -> str:
        url = self._page.site.page_url("tag", tag) or self._page.site.page_url("tag", tag.casefold())
        if not url:
            self._ends.append("</span>")
            return '<span class="tag">'
        self._ends.append("</a>")
        return f'<a class="tag" href="{_seen_from(self._page.folder, url)}">'

    def _address(self, url: str) -> str:
        """`href` of raw HTML: a place on this page, or a file of the vault."""
        if url.startswith("#"):
            own = self._page.to(self.path) if self.embedded else ""
            return "" if own is None else f' href="{own}{escape(url)}"'
        found = self._named(url)
        return "" if found is None else f' href="{found}"'

    def _source(self, url: str) -> str:
        found = self._named(url)
        return "" if found is None else f' src="{found}"'

    def _named(self, url: str) -> str | None:
        name = unquote(re.split("[?#]", url, maxsplit=1)[0])
        path = self._page.site.resolve_name(name, self.path) if name else None
        return None if path is None else self._page.to(path)

    # --- embeds ---

    def _embed(self, known: str, *, inline: bool = False) -> str:
        index, width, height, alt = known.split(";", 3)
        resolution = self._resolutions[int(index)]
        target = resolution.target
        if target is None:
            return self._absent(resolution.link)
        if target in self._page.site.notes:
            return self._note_link(int(index)) if inline else self._note_embed(int(index), resolution, target)
        url = self._page.to(target)
        if url is None:
            return ""
        name = target.rpartition("/")[2]
        kind = kind_of(target)
        if kind:
            return MEDIA[kind](Shown(url, name, alt, width, height, resolution.link.fragment or ""))
        if not inline and target in self._page.site.plan.published and name.lower().endswith(".base"):
            return self._base_embed(target, resolution.link)
        board = None if inline or not name.lower().endswith(".canvas") else self._page.site.board(target)
        if board is not None:
            return miniature(target, board, self._page)
        return self._box(url, name, resolution.link)

    def _embed_inline(self, known: str) -> str:
        return self._embed(known, inline=True)

    def _note_link(self, index: int) -> str:
        start, end = self._link(index)
        return f"{start}{escape(self._note.links[index].display, quote=False)}{end}"

    def _absent(self, link: Link) -> str:
        words = escape(self._say("body.absent", name=link.display or link.raw), quote=False)
        return f'<span class="embed absent">{words}</span>'

    # Bases are imported where the first one is shown: most vaults have none.

    def _base(self, source: str) -> str:
        from kbtool.render.base import fenced

        return fenced(source, self.path, self._page)

    def _base_embed(self, target: str, link: Link) -> str:
        from kbtool.render.base import embedded

        return embedded(target, link, self.path, self._page)

    def _box(self, url: str, name: str, link: Link) -> str:
        """A canvas, a base or any other file: its name, to be opened."""
        kind = {"canvas": "body.canvas", "base": "body.base"}.get(name.rpartition(".")[2].lower())
        label = f"{self._say(kind)} · " if kind else ""
        view = f" › {link.fragment}" if link.fragment else ""
        text = escape(name + view, quote=False)
        return f'<span class="embed box">{label}<a href="{url}">{text}</a></span>'

    def _note_embed(self, index: int, resolution: Resolution, target: str) -> str:
        site = self._page.site
        url = self._page.to(target)
        draft = site.draft(target)
        if url is None or draft is None:
            message = f"'{resolution.link.raw}' is not published: nothing of it is shown"
            self._blame("draft-embedded", resolution.link, message)
            return ""
        if resolution.missing:
            return self._absent(resolution.link)
        label, html = _part(site.note(target), draft, resolution)
        step = f"{target}#{resolution.lands.anchor}" if resolution.lands else target
        if step in self.chain:
            return self._circle(resolution.link, step, index)
        self._page.embeds += 1
        if len(self.chain) > _DEEPEST or self._page.embeds > _MOST_EMBEDS:
            return f"<p>{self._note_link(index)}</p>"
        inner = _Place(self._page, target, (*self.chain, step)).fill(html)
        href = f"{url}{self._fragment(resolution)}"
        return f'<div class="embed"><p class="src">{_ARROW}<a class="w" href="{href}">{label}</a></p>\n{inner}</div>\n'

    def _circle(self, link: Link, step: str, index: int) -> str:
        """A link in place of the embed that closes a circle.  Told once, on the page of the note where it begins."""
        start = self.chain.index(step)
        if start == 0 or step.startswith(f"{self.chain[0]}#"):
            circle = " -> ".join((*self.chain[start:], step))
            self._blame("embed-cycle", link, f"the notes embed each other: {circle}", "make one of the embeds a link")
        return f"<p>{self._note_link(index)}</p>"

    def _blame(self, code: str, link: Link, message: str, hint: str = "") -> None:
        self._page.diagnostics.append(fault(code, self.path, link.line, link.start + 1, message, hint))

    # --- headings and ids ---

    def _heading(self, known: str) -> str:
        index, _, level = known.partition(":")
        if self.embedded:
            return f"<h{level}>"
        anchor = escape(self._note.headings[int(index)].anchor)
        label = self._page.word("body.section")
        return f'<h{level} id="{anchor}"><a class="anc" href="#{anchor}" aria-label="{label}"></a>'

    def _block_id(self, known: str) -> str:
        return "" if self.embedded else f' id="{escape(self._note.block_ids[int(known)].anchor)}"'

    def _anchor(self, known: str) -> str:
        return "" if self.embedded else f"<span{self._block_id(known)}></span>"

    def _equation(self, known: str) -> str:
        return "" if self.embedded else f' id="{known}"'

    # --- footnotes ---

    def _footnote(self, known: str) -> str:
        return self._page.mark(self, int(known))

    def _return(self, known: str) -> str:
        return holes.hole(holes.RETURN, known)

    # --- results ---

    def _unless_run(self, match: re.Match[str]) -> str:
        return match[2] if self._result(int(match[1])) is None else ""

    def _result(self, index: int) -> BlockResult | None:
        results = self._page.site.result(self.path)
        return None if results is None else next((r for r in results.blocks if r.index == index), None)

    def _block(self, known: str) -> str:
        block = self._note.code[int(known)]
        draft = self._draft
        painted = draft.code[block.index] if draft else paint(block.source)
        result = self._result(block.index)
        if result is None:
            return self.fill(fences.listing(painted.whole, "python")) + "\n"
        return cell(block, result, self._page.words, embedded=self.embedded, painted=painted)

    def _value(self, known: str) -> str:
        code = self._note.inline_code[int(known)]
        results = self._page.site.result(self.path)
        if results is None or int(known) >= len(results.inline):
            return _expression(code)
        value = results.inline[int(known)]
        if value.error is not None:
            return f'<span class="fail" title="{escape(value.error.message)}">{_expression(code)}</span>'
        return f'<span class="val">{escape(value.text, quote=False)}</span>'

    # --- words ---

    def _word(self, key: str) -> str:
        return self._page.word(key)

    def _say(self, key: str, **facts: object) -> str:
        return self._page.words.say(key, **facts)


_EMPTY = Draft("")


@cache
def _nobodys() -> Note:
    """A note without anything in it."""
    return parse_note("", "")[0].note


_ARROW = '<svg class="ic" aria-hidden="true" viewBox="0 0 16 16"><path d="M3 2.500v6h9.500M9.500 5.500l3 3-3 3"/></svg>'


# The same few words and places are asked for on every page.
_quoted = lru_cache(maxsize=16384)(quote)
_escaped = lru_cache(maxsize=1024)(escape)


@lru_cache(maxsize=4096)
def _seen_from(folder: str, target: str) -> str:
    """The escaped URL of a file of the site as written in the pages of one of its folders."""
    return escape(relative_url(target, f"{folder}/x" if folder else "x"))


def _part(note: Note, draft: Draft, resolution: Resolution) -> tuple[str, str]:
    """What an embed shows of a note: its label and its HTML."""
    lands, title = resolution.lands, escape(note.title, quote=False)
    if lands is None:
        return title, draft.html
    if lands.kind == "block":
        return title, draft.blocks[[block.anchor for block in note.block_ids].index(lands.anchor)].of(draft.html)
    index = [heading.anchor for heading in note.headings].index(lands.anchor)
    text = note.headings[index].text
    label = text if text == note.title else f"{note.title} › {text}"
    return escape(label, quote=False), draft.sections[index].of(draft.html)


def _expression(code: InlineCode) -> str:
    return f"<code>{escape(code.expression, quote=False)}</code>"


_FILLERS: Mapping[str, Callable[[_Place, str], str]] = {
    holes.WIKI: _Place._wiki,
    holes.LINK: _Place._link_begins,
    holes.LINK_END: _Place._link_ends,
    holes.EMBED: _Place._embed,
    holes.EMBED_INLINE: _Place._embed_inline,
    holes.FOOTNOTE: _Place._footnote,
    holes.RETURN: _Place._return,
    holes.BLOCK: _Place._block,
    holes.VALUE: _Place._value,
    holes.UNLESS_RUN: lambda *_: "",
    holes.UNLESS_RUN_END: lambda *_: "",
    holes.HEADING: _Place._heading,
    holes.BLOCK_ID: _Place._block_id,
    holes.ANCHOR: _Place._anchor,
    holes.EQUATION: _Place._equation,
    holes.BASE: _Place._base,
    holes.WORD: _Place._word,
    holes.TAG: _Place._tag,
    holes.SOURCE: _Place._source,
    holes.ADDRESS: _Place._address,
}
