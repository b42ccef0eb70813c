"""What machines read: an Atom feed of the notes that have a date, and the sitemap.  Both need the site's address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape

from kbtool.pages.frame import full_url, site_title
from kbtool.pages.outline import HOME, Entry, outline, stated_date
from kbtool.plan import REDIRECT, Contents, Page, Rendered
from kbtool.render import Site

__all__ = ["plan_feed", "plan_sitemap", "render_feed", "render_sitemap"]

_MOST = 30
_MOST_ADDRESSES = 50_000  # as the format's rules have it
# XML has no way at all to hold these; one of them in a title, and no reader takes the feed.
_UNSPEAKABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SEARCH = {"search", "search-index", "search-terms", "search-texts"}
_UNLISTED = {REDIRECT, "missing", "feed", "sitemap", "notebook", "folders", *_SEARCH}


def _xml(*lines: str) -> bytes:
    """The lines as a document."""
    text = "\n".join(['<?xml version="1.0" encoding="utf-8"?>', *lines, ""])
    return _UNSPEAKABLE.sub("", text).encode()


def plan_feed(inside: Contents) -> Iterable[Page]:
    """Where the config tells the site's address and some note tells its date."""
    dated = any(stated_date(inside.notes[path]) for path in inside.published)
    if inside.config.base_url and inside.config.pages.feed and dated:
        yield Page("feed", "", "feed.xml", inside.config.title or inside.vault.name)


def plan_sitemap(inside: Contents) -> Iterable[Page]:
    if inside.config.base_url:
        yield Page("sitemap", "", "sitemap.xml", inside.config.title or inside.vault.name)


def render_feed(page: Page, site: Site) -> Rendered:
    dated = [e for e in outline(site).entries() if e.date]
    latest = sorted(dated, key=lambda e: e.date, reverse=True)[:_MOST]
    title, own = escape(site_title(site)), escape(full_url(site, page.url))
    data = _xml(
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{escape(site.words.language)}">',
        f"<title>{title}</title>",
        # Its own address: that of the home page is the id of the entry that the home note may be.
        f"<id>{own}</id>",
        f'<link href="{escape(full_url(site, HOME))}"/>',
        f'<link rel="self" type="application/atom+xml" href="{own}"/>',
        f"<updated>{latest[0].date}T00:00:00Z</updated>",
        f"<author><name>{title}</name></author>",
        *(line for entry in latest for line in _entry(entry, site)),
        "</feed>",
    )
    return Rendered(page.url, data)


def _entry(entry: Entry, site: Site) -> Iterator[str]:
    address = full_url(site, entry.url)
    yield "<entry>"
    yield f"<title>{escape(entry.title)}</title>"
    yield f"<id>{escape(address)}</id>"
    yield f'<link href="{escape(address)}"/>'
    yield f"<updated>{entry.date}T00:00:00Z</updated>"
    if entry.summary:
        yield f"<summary>{escape(entry.summary)}</summary>"
    yield "</entry>"


def render_sitemap(page: Page, site: Site) -> Rendered:
    dates = {entry.url: entry.date for entry in outline(site).entries()}
    listed = [each.url for each in site.pages() if each.kind not in _UNLISTED][:_MOST_ADDRESSES]
    addresses = [_address(url, dates, site) for url in listed]
    data = _xml('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">', *addresses, "</urlset>")
    return Rendered(page.url, data)


def _address(url: str, dates: Mapping[str, str], site: Site) -> str:
    date = dates.get(url, "")
    modified = f"<lastmod>{date}</lastmod>" if date else ""
    return f"<url><loc>{escape(full_url(site, url))}</loc>{modified}</url>"
