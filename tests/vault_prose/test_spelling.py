"""The prose of the vault is spelt as the Spanish dictionary says, but for the words listed in `palabras.txt`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from kbtool.note import Document

HERE = Path(__file__).parent
SOURCES = ("Referencias", "Para seguir")  # names and titles in other languages
PROSE = ("text", "wikilink", "link", "tag")


def _hunspell(*arguments: str, text: str = "") -> str:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    command = ["hunspell", *arguments]
    done = subprocess.run(command, input=text, env=environment, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def unknown():
    """A function from a text to those of its words that the Spanish dictionary does not hold."""
    if shutil.which("hunspell") is None:
        pytest.skip("needs hunspell (apt-get install hunspell hunspell-es)")
    if "es_ES" not in _hunspell("-D"):
        pytest.skip("needs the Spanish dictionary of hunspell (apt-get install hunspell-es)")
    return lambda text: set(_hunspell("-d", "es_ES", "-i", "utf-8", "-l", text=text).split())


def prose(document: Document) -> Iterator[str]:
    """What a reader reads: the words of the text, of captions and of diagrams; no code, no formulas, no references."""
    for name in ("title", "description"):
        yield str(document.note.properties.get(name, ""))
    for block in document.note.code:
        yield from (block.options.fig_cap, block.options.fig_alt)
    heading = ""
    for i, token in enumerate(document.tokens):
        if token.type == "heading_open":
            heading = document.tokens[i + 1].content
        elif token.type == "fence" and token.info == "mermaid":
            yield " ".join(re.findall(r'"([^"]*)"', token.content))
        elif token.type == "inline" and heading not in SOURCES:
            # An inline formula between two words must not glue them together.
            yield " ".join(child.content for child in token.children or [] if child.type in PROSE)


def listed() -> set[str]:
    return set((HERE / "palabras.txt").read_text(encoding="utf-8").split())


def test_the_judge_knows_a_mistake(unknown) -> None:
    assert unknown("la atención mira hacia atrás y la atencion tanbién") == {"atencion", "tanbién"}


def test_every_word_is_in_the_dictionary_or_in_the_list(unknown, documents: Mapping[str, Document]) -> None:
    strange = {path: unknown("\n".join(prose(document))) - listed() for path, document in documents.items()}
    assert {path: sorted(words) for path, words in strange.items() if words} == {}


def test_no_word_is_listed_in_vain(documents: Mapping[str, Document]) -> None:
    text = "\n".join(line for document in documents.values() for line in prose(document))
    assert sorted(word for word in listed() if word not in text) == []
