"""The words of the interface in each language: one catalogue, `web/words.toml`, nothing untranslated."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["LANGUAGES", "Words", "words", "words_for"]

LANGUAGES = ("es", "en")
_CATALOGUE = Path(__file__).parent / "web" / "words.toml"


@dataclass(frozen=True)
class Words:
    """The interface in one language: `words["backlinks"]`, `words.say("mentions", n=4)`."""

    language: str
    entries: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.entries[key]

    def say(self, key: str, **facts: object) -> str:
        """The entry with its `{facts}` filled in; `key.one` is taken where n is 1 and it exists."""
        if facts.get("n") == 1 and f"{key}.one" in self.entries:
            key = f"{key}.one"
        return self.entries[key].format(**facts)

    def number(self, text: str) -> str:
        """A decimal number as this language writes it: `0.25` is `0,25` in Spanish."""
        return text.replace(".", ",") if self.language == "es" else text


@cache
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    # Each entry stands once with all its languages side by side, so that a missing one is seen at once.
    return tomllib.loads(_CATALOGUE.read_text("utf-8"))


@cache
def words(language: str) -> Words:
    """The catalogue in `language`; a language that it does not have gets English."""
    chosen = language if language in LANGUAGES else "en"
    return Words(chosen, {key: entry[chosen] for key, entry in _catalogue().items()})


def words_for(stated: object, otherwise: Words) -> Words:
    """The words for a note that states its language; `otherwise` where it states none that the catalogue has.

    >>> [words_for(stated, words("es")).language for stated in ("en-GB", "fr", None)]
    ['en', 'es', 'es']
    """
    spoken = stated.strip().partition("-")[0].lower() if isinstance(stated, str) else ""
    return words(spoken) if spoken in LANGUAGES else otherwise
