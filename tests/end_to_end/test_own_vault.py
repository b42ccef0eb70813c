"""The project's own vault, as it stands: its site is whole, and everything on it leads somewhere."""

from __future__ import annotations

import gzip
import posixpath
import re
from statistics import median
from urllib.parse import unquote, urlsplit

import pytest

pytestmark = pytest.mark.xdist_group("own-vault")


@pytest.fixture(scope="module")
def own(kbtool, read_site, repository, tmp_path_factory):
    out = tmp_path_factory.mktemp("own")
    ran = kbtool("build", "--no-run", "-o", out / "site", cwd=repository)
    return ran, read_site(out / "site")


def _target(page: str, reference: str) -> tuple[str, str] | None:
    """The file of the site and the fragment that a reference leads to; None when it leads out of the site."""
    parts = urlsplit(reference)
    if parts.scheme or parts.netloc:
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path))) if parts.path else page
    return path, unquote(parts.fragment)


def dead_ends(site) -> list[str]:
    """Every reference of every page that leads to no file, or to no id on the page that it names."""
    dead = []
    for name, page in site.pages.items():
        for reference in page.references:
            target = _target(name, reference)
            if target is None:
                continue
            path, fragment = target
            if path not in site.files:
                dead.append(f"{name}: {reference}: no file {path}")
            elif fragment and path in site.pages and fragment not in site.pages[path].ids:
                dead.append(f"{name}: {reference}: no id {fragment} on {path}")
    return dead


def test_the_walk_finds_dead_ends(read_site, tmp_path, write):
    dead = '<a href="b.html#x">1</a><a href="#nowhere">2</a><img src="c.png"><a href="/e">4</a>'
    alive = '<h1 id="a">A</h1><a href="#a">5</a><a href="b.html">6</a><a href="https://example.org/x">7</a>'
    site = read_site(write(tmp_path, {"a.html": dead + alive, "b.html": "<p>b</p>"}))
    assert [line.split(": ")[1] for line in dead_ends(site)] == ["b.html#x", "#nowhere", "c.png", "/e"]


def test_it_builds_without_a_fault(own):
    ran, _ = own
    assert [line for line in ran.said if " error " in line or " warning " in line] == []
    assert ran.status == 0


def test_every_reference_leads_to_a_file_and_an_id(own):
    _, site = own
    assert sum(len(page.references) for page in site.pages.values()) > 100
    assert dead_ends(site) == []


def test_every_page_is_reached_from_the_home_page(own):
    _, site = own
    reached, waiting = {"index.html"}, ["index.html"]
    while waiting:
        name = waiting.pop()
        targets = (_target(name, reference) for reference in site.pages[name].references)
        for target in targets:
            if target is not None and target[0] in site.pages and target[0] not in reached:
                reached.add(target[0])
                waiting.append(target[0])
    assert set(site.pages) - reached - {"404.html"} == set()


def test_no_page_asks_anything_of_another_server(own):
    _, site = own
    for name, page in site.pages.items():
        assert re.findall(r'(?:src|srcset|poster)="(?:https?:)?//[^"]*', page.live) == [], name
        assert "@import" not in page.live, name
    for name, data in site.files.items():
        if name.endswith(".css"):
            assert b"url(http" not in data.replace(b'"', b"").replace(b"'", b""), name


def test_every_note_of_the_vault_has_a_page(own, kbtool, repository):
    _, site = own
    notes = kbtool("inspect", cwd=repository).json["notes"]
    assert len(notes) >= 5
    assert len(site.pages) > len(notes)


def test_what_surrounds_the_words_of_a_note_weighs_little(own):
    """Packed, and beside what has to be said anyway: markup, formulas, drawings of neighbours, style and scripts."""
    _, site = own
    shared = sum(_packed(site.files[f"assets/{name}"]) for name in ("style.css", "app.js", "theme.js"))
    notes = [page for page in site.pages.values() if 'class="page note"' in page.html]
    added = [_packed(page.html.encode()) - _packed(page.text.encode()) + shared for page in notes]
    assert median(added) <= 17_000


def _packed(data: bytes) -> int:
    return len(gzip.compress(data, 9))


def test_building_it_twice_gives_the_same_bytes(own, kbtool, read_site, repository, tmp_path):
    _, site = own
    kbtool("build", "--no-run", "-o", tmp_path / "again", cwd=repository, env={"PYTHONHASHSEED": "7"})
    once, again = site.published, read_site(tmp_path / "again").published
    assert sorted(name for name in once.keys() | again.keys() if once.get(name) != again.get(name)) == []


@pytest.mark.slow
def test_what_it_says_its_blocks_print_is_what_they_print(kbtool, repository):
    ran = kbtool("check", "--run", "--format", "json", cwd=repository)
    assert [d for d in ran.json["diagnostics"] if d["severity"] != "info"] == []
    assert ran.status == 0
