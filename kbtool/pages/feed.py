"""What machines read: an Atom feed of the notes that have a date, and the sitemap.  Both need the site's address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from kbtool.pages.frame import full_url, site_title
from kbtool.pages.outline import HOME, Entry, outline, stated_date
from kbtool.plan import REDIRECT, Contents, Page, Rendered
from kbtool.render import Site

__all__ = ["plan_feed", "plan_sitemap", "render_feed", "render_sitemap"]

_MOST = 30
_UNLISTED = {REDIRECT, "missing", "feed", "sitemap", "notebook", "folders"}


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
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{escape(site.words.language)}">',
        f"<title>{escape(site_title(site))}</title>",
        f"<id>{escape(full_url(site, HOME))}</id>",
        f'<link href="{escape(full_url(site, HOME))}"/>',
        f'<link rel="self" href="{escape(full_url(site, page.url))}"/>',
        f"<updated>{latest[0].date}T00:00:00Z</updated>",
        f"<author><name>{escape(site_title(site))}</name></author>",
        *(line for entry in latest for line in _entry(entry, site)),
        "</feed>",
    ]
    return Rendered(page.url, ("\n".join(lines) + "\n").encode(errors="surrogateescape"))


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
    lines = ['<?xml version="1.0" encoding="utf-8"?>', '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">']
    dates = {entry.url: entry.date for entry in outline(site).entries()}
    lines += [_address(listed.url, dates, site) for listed in site.pages() if listed.kind not in _UNLISTED]
    lines.append("</urlset>")
    return Rendered(page.url, ("\n".join(lines) + "\n").encode(errors="surrogateescape"))


def _address(url: str, dates: Mapping[str, str], site: Site) -> str:
    date = dates.get(url, "")
    modified = f"<lastmod>{date}</lastmod>" if date else ""
    return f"<url><loc>{escape(full_url(site, url))}</loc>{modified}</url>"
