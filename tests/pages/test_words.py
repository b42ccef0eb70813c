"""The catalogue of the interface's words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

import kbtool
from kbtool.run.results import Status
from kbtool.words import LANGUAGES

PACKAGE = Path(kbtool.__file__).parent
ENTRIES = tomllib.loads((PACKAGE / "web" / "words.toml").read_text("utf-8"))


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_has_every_language_with_the_same_facts(key: str) -> None:
    entry = ENTRIES[key]
    assert set(entry) == set(LANGUAGES)
    assert all(text.strip() for text in entry.values())
    facts = {language: set(re.findall(r"{(\w+)}", text)) for language, text in entry.items()}
    if not key.endswith(".one"):
        assert facts["es"] == facts["en"]


def test_a_singular_has_its_plural() -> None:
    assert [key for key in ENTRIES if key.endswith(".one") and key.removesuffix(".one") not in ENTRIES] == []


# ---------------------------------------------------------------- used, and nothing else

SOURCES = [
    path.read_text("utf-8")
    for path in PACKAGE.rglob("*")
    if path.suffix in (".py", ".html") and path.name != "words.py"  # whose docstrings have examples
]
# How keys are written: whole, or their beginning before something that is known later.
ASKED = re.compile(r"""(?:words_?|entries)\[(?:f?)["']([a-z][^"'{}~]*)["'] ?\]|\.say\(\s*["']([^"'{}]+)["']""")
BEGINNING = re.compile(r"""["']([a-z]+\.[a-z-]*)(?:\{|["'] ~)""")


def test_no_entry_is_asked_for_that_the_catalogue_lacks() -> None:
    asked = {whole for text in SOURCES for match in ASKED.finditer(text) for whole in match.groups() if whole}
    assert len(asked) > 80
    assert asked - set(ENTRIES) == set()


def test_every_entry_is_used() -> None:
    beginnings = {match[1] for text in SOURCES for match in BEGINNING.finditer(text)}
    used = {
        key
        for key in ENTRIES
        if any(f'"{key}"' in text or f"'{key}'" in text for text in SOURCES) or key.startswith(tuple(beginnings))
    }
    assert sorted(set(ENTRIES) - used - {f"{key}.one" for key in used}) == []


# ---------------------------------------------------------------- on the pages

BLOCK = "```python\n1\n```\n\n"
STATUSES = list(Status)
# Words that mean nothing in either language, so that whatever can be understood is the interface's.
VAULT = {
    "Xa/Xb.md": "---\ntags: [xt/xu]\naliases: [xv]\ndate: 2026-01-02\nxdone: true\n---\n# Xh\n\n"
    "[[Xc]] [[Xz]] ![[Xy]]\n\n> [!warning] x\n> x\n\n- [ ] x\n- [x] x\n\n| x |\n|---|\n| x |\n\n"
    "x[^1]\n\n[^1]: x\n\n```dataview\nx\n```\n\n"
    "```mermaid\nxx\n```\n\n![x](https://example.org/x.png)\n\n" + BLOCK * len(STATUSES),
    "Xa/Xc.md": "---\npermalink: xp\n---\n[[Xb]] [[Xd]]\n",
    "Xa/Xi/Xd.md": "[[Xb]] [[Xc]]\n",
    "Xj/Xe.md": "x\n",
    "Xk.md": "[[Xb]]\n",
} | {f"Xl/X{n:02}.md": "[[Xb]]\n" for n in range(50)}


def said(soup: BeautifulSoup) -> set[str]:
    """Whatever a reader can read or hear: texts, and attributes that are said."""
    texts = {" ".join(text.split()) for text in soup.find_all(string=True)}
    spoken = ("aria-label", "placeholder", "title", "alt", "content", "data-copy", "data-copied")
    return texts | {tag[name] for tag in soup.find_all(True) for name in spoken if tag.has_attr(name)}


def pattern(language: str) -> re.Pattern[str]:
    """Any entry in this language, whole, with anything in the place of its facts."""
    entries = (re.sub(r"\\{\w+\\}", ".+", re.escape(entry[language])) for entry in ENTRIES.values())
    return re.compile("|".join(f"(?:{entry})" for entry in entries), re.IGNORECASE)


@pytest.mark.parametrize(("language", "other"), [("es", "en"), ("en", "es")])
def test_pages_speak_one_language(make: Callable[..., Any], language: str, other: str) -> None:
    made = make(VAULT, {"Xa/Xb.md": STATUSES}, language=language, base_url="https://example.org")
    own, foreign = pattern(language), pattern(other)
    for url in made.files:
        if url.endswith(".html"):
            wrong = {text for text in said(made[url]) if foreign.fullmatch(text) and not own.fullmatch(text)}
            assert wrong == set(), url
    assert any(own.fullmatch(text) for text in said(made["xa/xb.html"]))


def test_a_note_in_another_language_has_its_whole_page_in_it(make: Callable[..., Any]) -> None:
    made = make({**VAULT, "Xa/Xb.md": VAULT["Xa/Xb.md"].replace("---\n", "---\nlang: en\n", 1)}, {"Xa/Xb.md": STATUSES})
    soup = made["xa/xb.html"]
    own, foreign = pattern("en"), pattern("es")
    assert {text for text in said(soup) if foreign.fullmatch(text) and not own.fullmatch(text)} == set()
    assert soup.html["lang"] == "en"
    assert soup.select_one("section.cell")["aria-label"].startswith("Block 1")


def test_a_language_that_the_interface_does_not_speak_is_that_of_the_text_only(make: Callable[..., Any]) -> None:
    soup = make({"A.md": "---\nlang: fr\n---\nBonjour.\n"})["a.html"]
    assert soup.html["lang"] == "es"
    assert [tag.name for tag in soup.select("[lang=fr]")] == ["h1", "div"]


@pytest.mark.parametrize("stated", ["no language", "[en]", "3", 'x" onclick="y'])
def test_what_is_no_language_is_none(make: Callable[..., Any], stated: str) -> None:
    soup = make({"A.md": f"---\nlang: {stated}\n---\nx\n"})["a.html"]
    assert [tag["lang"] for tag in soup.select("[lang]")] == ["es"]
