"""Footnotes: numbered by the page that shows them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Shelve = Callable[..., Any]


def notes(html: str) -> list[str]:
    """The visible texts of the footnotes."""
    section = html.partition('<section class="notes"')[2]
    return [re.sub(r"<[^>]*>|↩", "", item).strip() for item in re.findall(r'<li id="fn\d+">(.*?)</li>', section, re.S)]


def test_a_footnote_is_marked_shown_and_leads_back(shelve: Shelve) -> None:
    html = shelve({"A.md": "texto[^a]\n\n[^a]: La *fuente*."}).html()
    assert '<sup class="fnref"><a href="#fn1" id="r1" aria-label="Note 1">1</a></sup>' in html
    assert '<section class="notes" role="doc-endnotes" aria-label="Footnotes"><ol>\n<li id="fn1">' in html
    assert "La <em>fuente</em>." in html
    assert 'href="#r1" aria-label="Back to the text">↩</a></li>' in html


def test_numbers_follow_the_first_use(shelve: Shelve) -> None:
    html = shelve({"A.md": "x[^z] y^[en medio] z[^a] [^z]\n\n[^a]: dos\n[^z]: uno"}).html()
    assert notes(html) == ["uno", "en medio", "dos"]
    assert 'id="r1-2"' in html
    assert 'href="#r1-2"' in html


def test_a_footnote_may_have_paragraphs(shelve: Shelve, faults_of: Callable[[str], list[str]]) -> None:
    html = shelve({"A.md": "x[^1]\n\n[^1]: uno\n\n    dos"}).html()
    assert "<p>uno</p>" in html
    assert faults_of(html) == []


def test_a_footnote_of_a_footnote_comes_after_it(shelve: Shelve) -> None:
    html = shelve({"A.md": "x[^1]\n\n[^1]: uno[^2]\n\n[^2]: dos"}).html()
    assert notes(html)[0].startswith("uno")
    assert notes(html)[1:] == ["dos"]


def test_a_page_numbers_the_footnotes_of_all_notes_it_shows(shelve: Shelve) -> None:
    html = shelve({"A.md": "x[^1]\n\n![[B]]\n\ny[^2]\n\n[^1]: uno\n[^2]: tres", "B.md": "z[^1]\n\n[^1]: dos"}).html()
    assert notes(html) == ["uno", "dos", "tres"]


def test_a_section_brings_only_the_footnotes_it_marks(shelve: Shelve) -> None:
    html = shelve({"A.md": "![[B#H]]", "B.md": "x[^1]\n\n# H\n\ny[^2]\n\n[^1]: uno\n[^2]: dos"}).html()
    assert notes(html) == ["dos"]


def test_links_and_formulas_work_in_footnotes(shelve: Shelve) -> None:
    html = shelve({"A.md": "x[^1]\n\n[^1]: ver [[B]] y $a \\label{e}$", "B.md": ""}).html()
    assert 'href="b.html">B</a>' in html
    assert 'id="eq-e"' in html
