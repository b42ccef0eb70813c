"""Which interface language suits a vault whose owner does not say: told from the commonest words of its notes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

__all__ = ["guess"]

# Words that are frequent in one of the languages and rare in the other.
_TELLING = {
    "es": "el la los las de del que y en un una se por con para es como más pero sus al lo está son",
    "en": "the of and to in is that it for was on are as with his they be at this have from or by not",
}
_LANGUAGES = {word: language for language, words in _TELLING.items() for word in words.split()}
_ENOUGH = 2000
_WORD = re.compile(r"[^\W\d_]+")


def guess(texts: Iterable[str]) -> str:
    """`es` or `en`: the language with more telling words in the texts; English where none has any.

    >>> guess(["El vector de cada palabra"]), guess(["The vector of a word"]), guess([])
    ('es', 'en', 'en')
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_LANGUAGES[word] for word in _WORD.findall(text.lower()) if word in _LANGUAGES)
        if counts.total() >= _ENOUGH:
            break
    return "es" if counts["es"] > counts["en"] else "en"
