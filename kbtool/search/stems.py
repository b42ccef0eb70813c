"""Words as search compares them: without capitals and accents, and without the endings of Spanish and English.

One light stemmer serves both languages at once, since notes on computing mix them within a sentence.  It is a table of
endings and four rules, so that the browser can do the very same to what a reader types: `search.js` is given the tables
and repeats `stem`.  A stem is always the beginning of its word; that is what makes search find a word half typed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["ENDINGS", "WHOLE_WORDS", "folded", "stem", "words"]

# Number and gender; nouns made of verbs; the forms of verbs that prose uses.
_SPANISH = """
a as e es o os ia ias io ios cion ciones acion aciones icion iciones sion siones amiento amientos imiento imientos
mente idad idades izar iza izan izada izadas izado izados izando izacion izaciones izador izadores izadora aje ajes
izaje ar er ir an ado ados ada adas ido idos ida idas ando iendo aba aban aron ieron amos emos imos ador adores adora
adoras edor edores able ables ible ibles
"""
_ENGLISH = """
s ed ing ings er ers y ies ly ment ments ness tion tions sions ation ations ize izes ized izer izers izing ization
ity ities
"""
ENDINGS = tuple(f"{_SPANISH} {_ENGLISH}".split())
"""What a word may lose at its end; of several the longest."""

# They say little, and `entrada` would be found with `entre`; the last ones only look inflected.
_WHOLE = """
entre para como este esta esto estos estas ese esa eso esos esas otra otro otras otros todo toda todos todas cada sobre
desde hasta donde cuando porque pero sino solo ella ellas ellos antes entonces mientras aunque tiene tienen una unas
unos here there where were then than when these those whose into over under more most some they this with from have does
used using every very only embed speed
"""
WHOLE_WORDS = frozenset(_WHOLE.split())
"""Words that lose nothing."""

_MARKS = re.compile("[\u0300-\u036f]")
# A character of Chinese, Japanese or Korean is a word by itself: nothing stands between the words there.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WORD = re.compile(f"[^\\W_{_CJK}]+|[{_CJK}]")
# Folded Spanish and English have no other letters, and this pattern takes half the time.
_ASCII_WORD = re.compile("[a-z0-9]+")
_NOT_ASCII = re.compile("[^\0-\x7f]+")
# Longer ones are data, not words.
_LONGEST = 32
_VOWEL = re.compile("[aeiouy]")
_SIZES = tuple(sorted({len(ending) for ending in ENDINGS}, reverse=True))
_ENDINGS = frozenset(ENDINGS)


def folded(text: str) -> str:
    """The text in lower case and without accents.

    >>> folded("Tokenización y ÑANDÚ")
    'tokenizacion y nandu'
    """
    lower = text.lower()
    return lower if lower.isascii() else _MARKS.sub("", unicodedata.normalize("NFD", lower))


def words(text: str) -> list[str]:
    """The words of a folded text.

    >>> words("gpt-2: nn.linear(d_model)")
    ['gpt', '2', 'nn', 'linear', 'd', 'model']
    """
    others = "" if text.isascii() else "".join(_NOT_ASCII.findall(text))
    pattern = _WORD if any(map(str.isalnum, others)) else _ASCII_WORD
    return [word for word in pattern.findall(text) if len(word) <= _LONGEST]


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """A folded word without its ending, where enough of it is left; always the beginning of the word.

    >>> [stem(word) for word in ("entrenar", "entrenamientos", "embedding", "matrices", "matriz", "string", "entre")]
    ['entren', 'entren', 'embed', 'matri', 'matri', 'string', 'entre']
    """
    if len(word) < 4 or word in WHOLE_WORDS or not word.isalpha():
        return word
    kept = _without_ending(word)
    if len(kept) > 3 and (kept[-1] in "cz" or (kept[-1] == kept[-2] and kept[-1] not in "s")):
        return kept[:-1]
    return kept


def _without_ending(word: str) -> str:
    for size in _SIZES:
        kept = word[:-size]
        if len(kept) >= 3 and word[-size:] in _ENDINGS and _may_lose(kept, word[-size:]):
            return kept
    return word


def _may_lose(kept: str, ending: str) -> bool:
    """Long endings leave four letters, what is left can be spoken, and `loss` does not end with a plural."""
    if ending == "s" and kept.endswith("s"):
        return False
    return (len(kept) > 3 or len(ending) < 4) and _VOWEL.search(kept) is not None
