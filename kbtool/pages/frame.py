"""What all pages have in common: the words, the addresses, the line on top, and the way into a template."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Template
from markupsafe import Markup

from kbtool.note import Note
from kbtool.pages.outline import HOME, Chrome, Entry, outline
from kbtool.pages.policy import policy
from kbtool.plan import Page, Rendered
from kbtool.render import Body, Site
from kbtool.render.verdict import MARKS, glyph
from kbtool.run.results import Status
from kbtool.slug import relative_url
from kbtool.web import environment, fingerprint
from kbtool.words import Words, words_for

__all__ = ["Count", "Frame", "Ref", "Row", "day", "full_url", "load_templates", "site_title", "without_title"]

_FIRST_HEADING = re.compile(r'\s*<h1 id="([^"]*)">(.*?)</h1>\n?', re.DOTALL)
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_ANCHOR_LINK = re.compile(r'<a class="anc".*?</a>')
# Control characters, which a vault of any bytes may hold and HTML may not.
_CONTROLS = bytes([*range(0x09), 0x0B, *range(0x0E, 0x20), 0x7F])
# The site's sections: the key of their word, and the page each is.
_SECTIONS = (
    ("nav.notes", "home", ""),
    ("nav.tags", "tag", ""),
    ("nav.graph", "graph", ""),
    ("nav.status", "status", ""),
)


@dataclass(frozen=True, slots=True)
class Ref:
    """A link as templates need it; `n` is a number that stands beside it."""

    href: str
    title: str
    n: int = 0
    current: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A note in a list."""

    href: str
    title: str
    summary: str
    status: Status | None
    date: str
    day: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many blocks ended in one way, said in words."""

    status: Status
    n: int
    text: str

    @property
    def css(self) -> str:
        return MARKS[self.status].css

    @property
    def shape(self) -> str:
        return MARKS[self.status].shape


@dataclass(frozen=True, slots=True)
class Frame:
    """One page on its way: what it is, in which language, and how it spells addresses.

    `words` are those of the page, `lang` is the language that its note states: the catalogue need not have it.
    """

    page: Page
    site: Site
    words: Words
    lang: str
    href: Callable[[str], str]

    @classmethod
    def of(cls, page: Page, site: Site, lang: object = "") -> Frame:
        """The frame of a page; `lang` is what its note says its language is."""
        stated = lang.strip() if isinstance(lang, str) and _LANGUAGE_TAG.fullmatch(lang.strip()) else ""
        return cls(page, site, words_for(stated, site.words), stated, _relative(page.url))

    def absolute(self) -> Frame:
        """The same frame with addresses that hold wherever the page is served from; needs the site's in the config."""
        base = urlsplit(self.site.config.base_url).path.rstrip("/") + "/" if self.site.config.base_url else ""
        href = (lambda target: base + quote(target)) if base else self.href
        return Frame(self.page, self.site, self.words, self.lang, href)

    def render(self, template: str, *, body: Body | None = None, **facts: Any) -> Rendered:
        """The page from its template; `facts` are what this kind of page shows beyond the frame."""
        shown = Markup(body.html) if body else Markup("")
        html = _template(template).render({**self._common(), **facts, "body": shown, "policy": policy(shown)})
        used = body.attachments if body else frozenset()
        data = html.encode(errors="surrogateescape").translate(None, _CONTROLS)
        return Rendered(self.page.url, data, used, body.diagnostics if body else ())

    def _common(self) -> dict[str, Any]:
        title = self.page.title
        return {
            "canonical": full_url(self.site, self.page.url),
            "chrome": self._chrome(),
            "fingerprint": fingerprint(),
            "href": self.href,
            "lang": self.words.language,
            "note_lang": "" if self.lang == self.words.language else self.lang,
            "og_type": "website",
            "description": title,
            "site_title": site_title(self.site),
            "title": title,
            "words": self.words,
        }

    def _chrome(self) -> Chrome:
        """What is the same on every page of a folder; on the pages that the nav names, it marks where one is."""
        nav = self._nav()
        # Pages equally deep spell all addresses alike, but for those that lie beside what the nav leads to.
        key = (self.words.language, self.href(HOME), *(f"{ref.href} {ref.current}" for ref in nav))
        return self.site.reads.share(outline(self.site).chrome, key, lambda: self._make_chrome(nav))

    def _make_chrome(self, nav: list[Ref]) -> Chrome:
        made = _module("chrome.html")
        feed = self.href("feed.xml") if self.site.page("feed", "") else ""
        return Chrome(
            made.head(self.words, self.href, fingerprint(), feed),
            made.top(self.words, self.href, nav, site_title(self.site), self._search()),
            made.foot(self.words, nav, feed),
        )

    def _search(self) -> str:
        url = self.site.page_url("search", "")
        return self.href(url) if url else ""

    def _nav(self) -> list[Ref]:
        found = []
        for key, kind, subject in _SECTIONS:
            url = HOME if kind == "home" else self.site.page_url(kind, subject)
            if url:
                found.append(Ref(self.href(url), self.words[key], current=url == self.page.url))
        return found

    # ------------------------------------------------------------ pieces that several kinds of pages show

    def ref(self, path: str) -> Ref:
        """A link to a published note."""
        label = outline(self.site).label(path)
        return Ref(self.href(label.url), label.title)

    def item(self, path: str, *, current: bool = False) -> str:
        """A note as an item of a list."""
        label = outline(self.site).label(path)
        item = _item(self.href(label.url), label.title)
        return item.replace("<a ", '<a aria-current="page" ', 1) if current else item

    def rows(self, entries: Iterable[Entry]) -> list[Row]:
        return [Row(self.href(e.url), e.title, e.summary, e.status, e.date, day(e.date, self.words)) for e in entries]

    def folder(self, path: str, *, counted: bool = False) -> Ref:
        """A link to a folder's page; `counted` tells how many notes there are in it and below."""
        url = self.site.page_url("folder", path)
        return Ref(self.href(url), path.rpartition("/")[2], outline(self.site).total(path) if counted else 0)

    def crumbs(self, folder: str) -> Markup:
        """The way from home to a folder."""
        key = (self.words.language, self.href(HOME), folder)
        kept = outline(self.site).crumbs
        return self.site.reads.share(kept, key, lambda: self.crumbs_of(self._trail(folder)))

    def crumbs_of(self, trail: list[Ref]) -> Markup:
        return Markup(_module("macros.html").crumbs(self.words, trail))

    def _trail(self, folder: str) -> list[Ref]:
        """Home and the folders down to `folder`."""
        above = [Ref(self.href(HOME), self.words["home"])]
        parts = folder.split("/") if folder else []
        inner = ("/".join(parts[:n]) for n in range(1, len(parts) + 1))
        return [*above, *(self.folder(path) for path in inner if self.site.page("folder", path))]

    def tags(self, names: Sequence[str], counted: dict[str, int] | None = None) -> list[Ref]:
        numbers = counted or {}
        wanted = dict.fromkeys(name.casefold() for name in names)
        pages = ((name, self.site.page("tag", name)) for name in wanted)
        return [Ref(self.href(p.url), p.title.removeprefix("#"), numbers.get(name, 0)) for name, p in pages if p]

    def counts(self, tally: dict[Status, int]) -> list[Count]:
        """The verdicts that occurred, best first."""
        return [
            Count(status, tally[status], self.words.say(f"count.{status}", n=tally[status]))
            for status in MARKS
            if tally.get(status)
        ]

    def notebook(self, note: Note) -> str:
        """Where a note is to be had as a notebook; the empty string where it is none."""
        # Of a note without code nobody has to ask, nor to note down that it was asked.
        has_one = note.code and self.site.config.run.enabled
        url = self.site.page_url("notebook", note.path) if has_one else ""
        return self.href(url) if url else ""

    def status_page(self) -> str:
        url = self.site.page_url("status", "")
        return self.href(url) if url else ""


def _relative(source: str) -> Callable[[str], str]:
    folder = source.rpartition("/")[0] + "/"
    return lambda target: _from_folder(target, folder)


@lru_cache(maxsize=4096)
def _from_folder(target: str, folder: str) -> str:
    """All pages of a folder spell an address the same way."""
    return relative_url(target, folder.removeprefix("/"))


@lru_cache(maxsize=4096)
def _item(href: str, title: str) -> str:
    return f'<li><a href="{escape(href)}">{escape(title, quote=False)}</a></li>'


def site_title(site: Site) -> str:
    return site.config.title or site.vault.name


def full_url(site: Site, url: str) -> str:
    """The address of a page on the web, or the empty string where the config does not tell the site's."""
    base = site.config.base_url
    return f"{base.rstrip('/')}/{quote('' if url == HOME else url)}" if base else ""


def without_title(body: Body, note: Note) -> tuple[Body, str, Markup]:
    """The body without a first heading that only repeats the page's title; its anchor and its HTML, for the title."""
    first = note.headings[0] if note.headings else None
    match = _FIRST_HEADING.match(body.html) if first and first.level == 1 and first.text == note.title else None
    if not match:
        return body, "", Markup()
    return replace(body, html=body.html[match.end() :]), match[1], Markup(_ANCHOR_LINK.sub("", match[2]))


def day(iso: str, words: Words) -> str:
    """`2026-11-18` as people write it.

    >>> from kbtool.words import words
    >>> day("2026-11-18", words("es"))
    '18 nov 2026'
    """
    if not iso:
        return ""
    year, month, number = iso.split("-")
    return f"{int(number)} {words['date.months'].split()[int(month) - 1]} {year}"


def load_templates() -> None:
    """Makes the templates of notes ready, which are nearly all pages; what they share is then ready too."""
    _template("base.html")
    _template("note.html")
    _module("chrome.html")
    _module("macros.html")


@lru_cache(maxsize=32)
def _template(name: str) -> Template:
    env = environment()
    env.globals.setdefault("mark", MARKS.__getitem__)
    env.globals.setdefault("glyph", lambda status: Markup(glyph(status)))
    return env.get_template(name)


@cache
def _module(name: str) -> Any:
    """The macros of a template file."""
    return _template(name).module
