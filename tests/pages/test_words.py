"""The catalogue of the interface's words."""

from __future__ import annotations

import re
import tomllib
from importlib import resources

import pytest

from kbtool.words import LANGUAGES

ENTRIES = tomllib.loads((resources.files("kbtool") / "web" / "words.toml").read_text("utf-8"))


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
