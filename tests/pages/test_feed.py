"""What machines read: a feed as RFC 4287 wants it, and a sitemap as its format does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

Make = Callable[..., Any]

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
BASE = "https://example.org/kb"


def _faults(feed: Element) -> Iterator[str]:
    """Where a feed breaks RFC 4287 (sections 4.1.1 and 4.1.2); what is asked of feed and entry is asked of both."""
    entries = feed.findall(f"{ATOM}entry")
    for element in (feed, *entries):
        for name in ("id", "title", "updated"):
            if len(element.findall(ATOM + name)) != 1:
                yield f"{element.tag} needs one {name}"
        if not urlsplit(element.findtext(f"{ATOM}id", "")).scheme:
            yield "an id is no IRI"
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", element.findtext(f"{ATOM}updated", "")):
            yield "updated is no RFC 3339 moment"
        if not any(link.get("rel", "alternate") == "alternate" for link in element.findall(f"{ATOM}link")):
            yield f"{element.tag} has no address"
    ids = [each.findtext(f"{ATOM}id") for each in (feed, *entries)]
    if len(set(ids)) != len(ids):
        yield "an id comes twice"
    if not feed.findtext(f"{ATOM}author/{ATOM}name"):
        yield "no author"
    moments = [datetime.fromisoformat(each.findtext(f"{ATOM}updated", "")) for each in (feed, *entries)]
    if moments[0] != max(moments[1:]) or moments[1:] != sorted(moments[1:], reverse=True):
        yield "updated is not that of the latest entry, which comes first"


def _feed(make: Make, files: dict[str, str], **settings: object) -> Element:
    return ElementTree.fromstring(make(files, base_url=BASE, **settings).files["feed.xml"].data)


VAULTS = {
    "one note": {"A.md": "---\ndate: 2026-01-02\n---\nUno."},
    "the home note has a date": {"index.md": "---\ndate: 2026-01-02\n---\n", "A.md": "---\ndate: 2026-01-03\n---\n"},
    "a redirect and an alias": {"A.md": "---\ndate: 2026-01-02\naliases: [x]\npermalink: y\n---\n"},
    "one day": {f"{k}.md": "---\ndate: 2026-01-02\n---\n" for k in range(5)},
    "marks and controls": {
        "A.md": "---\ndate: 2026-01-02\ntitle: 'a < b & \"c\" ]]>'\n---\n# x\x07\x1b\n\ncuerpo \x0b <b>"
    },
    "many": {f"{k}.md": f"---\nupdated: 2026-01-{k % 28 + 1:02}T10:00\n---\nNota {k}." for k in range(60)},
}


@pytest.mark.parametrize("files", VAULTS.values(), ids=VAULTS.keys())
def test_the_feed_is_valid_atom(make: Make, files: dict[str, str]) -> None:
    assert list(_faults(_feed(make, files))) == []


def test_the_feed_holds_the_latest_thirty_each_once(make: Make) -> None:
    entries = _feed(make, VAULTS["many"]).findall(f"{ATOM}entry")
    assert len(entries) == 30
    assert len({entry.findtext(f"{ATOM}summary") for entry in entries}) == 30


def test_a_note_that_was_changed_comes_again_with_its_old_id(make: Make) -> None:
    before = _feed(make, {"A.md": "---\ndate: 2026-01-02\n---\nUno."})
    after = _feed(make, {"A.md": "---\ndate: 2026-01-02\nupdated: 2026-03-04\n---\nUno, dos."})
    ids = [feed.findtext(f"{ATOM}entry/{ATOM}id") for feed in (before, after)]
    days = [feed.findtext(f"{ATOM}entry/{ATOM}updated") for feed in (before, after)]
    assert ids == [f"{BASE}/a.html"] * 2
    assert days == ["2026-01-02T00:00:00Z", "2026-03-04T00:00:00Z"]


def test_notes_that_are_not_published_are_in_neither(make: Make) -> None:
    secret = {"A.md": "---\ndate: 2026-01-02\n---\n", "S.md": "---\ndate: 2026-01-03\ndraft: true\n---\nsecreto"}
    made = make(secret, base_url=BASE)
    assert "s.html" not in made.raw("feed.xml") + made.raw("sitemap.xml")
    assert "secreto" not in made.raw("feed.xml")


def test_every_page_tells_of_the_feed(make: Make) -> None:
    made = make(VAULTS["one note"], base_url=BASE)
    link = made["a.html"].select_one('link[rel="alternate"][type="application/atom+xml"]')
    assert link is not None
    assert link["href"] == "feed.xml"


def test_the_sitemap_has_whole_addresses_once_with_days(make: Make) -> None:
    files = {"C/Á & b.md": "---\ndate: 2026-01-02\n---\n", "B.md": "x\x07"}
    urls = ElementTree.fromstring(make(files, base_url=BASE).files["sitemap.xml"].data).findall(f"{MAP}url")
    places = [url.findtext(f"{MAP}loc", "") for url in urls]
    assert len(places) == len(set(places))
    assert all(place.startswith(f"{BASE}/") and urlsplit(place).geturl() == place for place in places)
    assert {url.findtext(f"{MAP}loc"): url.findtext(f"{MAP}lastmod") for url in urls}[
        f"{BASE}/c/a-b.html"
    ] == "2026-01-02"
