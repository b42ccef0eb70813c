"""From names to addresses: the one place that spells a URL or an anchor.

`Conceptos/Tokenización.md` becomes `conceptos/tokenizacion`: lower case, hyphens for spaces, no diacritics, and none of
the characters that mean something in a URL or are forbidden in a file name somewhere.  Scripts without case or
diacritics (日本語) stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2s
from urllib.parse import quote

__all__ = ["anchor_slug", "fold", "page_slug", "relative_url", "unique", "url_path"]

# Letters that Unicode does not decompose into a letter and a mark.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ŋ": "n", "ħ": "h"}
)
# The combining marks of Latin, Greek and Cyrillic.  Those of other scripts (dakuten, vowel signs) carry meaning.
_DIACRITICS = re.compile("[\u0300-\u036f]+")
_ASCII_UNSAFE = re.compile(r"[^a-z0-9._+-]+")
_HYPHENS = re.compile("-{2,}")
# No folder's name may look like a file of the site: `api.html/` beside `api.html` cannot be written.
_PAGE_SUFFIX = re.compile(r"\.(?=(?:html?|ipynb|xml|js|css|json|txt)$)")
# Windows takes these for devices, whatever follows the first dot: nobody there could copy the site.
_DEVICE = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)")
_PLAIN = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")

# A file name may have 255 bytes; this leaves room for `-2` and `.html`.
_LONGEST = 200

# In a relative URL a colon in the first segment would read as a scheme, so it is not among the safe characters.
_SAFE = "/-._~!$'()*+,;=@"


def page_slug(name: str) -> str:
    """One segment of a URL for a name without its extension; never empty.

    >>> page_slug("Atención: ¿qué es Q·K?")
    'atencion-que-es-qk'
    """
    slug = _DEVICE.sub(r"\1-", _segment(name))
    return slug or _stand_in(name)


def anchor_slug(text: str) -> str:
    """The anchor of a heading; like a page's segment, but without dots, which selectors would have to escape.

    >>> anchor_slug("GPT-3.5 y después")
    'gpt-35-y-despues'
    """
    # Some characters only become a dot when they are made plain (`․`); single ones are not worth a name of their own.
    slug = _segment(text.replace(".", "")).replace(".", "")
    return slug or _stand_in(text)


def url_path(path: str) -> str:
    """The URL of a note or folder without `.html`, each segment by itself.

    >>> url_path("Conceptos/Tokenización.md")
    'conceptos/tokenizacion'
    """
    stem = path[:-3] if path[-3:].lower() == ".md" else path
    return "/".join([page_slug(segment) for segment in stem.split("/")])


def unique(slug: str, taken: set[str]) -> str:
    """`slug`, or the first of `slug-2`, `slug-3`... that is free; whichever it is, it is taken now.

    >>> taken = {"notas"}
    >>> unique("notas", taken), unique("notas", taken)
    ('notas-2', 'notas-3')
    """
    free = slug if slug not in taken else f"{slug}-{_free_number(slug, taken)}"
    taken.add(free)
    return free


def _free_number(slug: str, taken: set[str]) -> int:
    # By doubling and halving: counting up would make a note of ten thousand equal headings quadratic.
    high = 2
    while f"{slug}-{high}" in taken:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if f"{slug}-{middle}" in taken else (low, middle)
    return high


def fold(text: str) -> str:
    """The text as a forgiving reader compares it: no case, no diacritics, no compatibility forms.

    >>> fold("Tokenización") == fold("TOKENIZACION")
    True
    """
    if text.isascii():
        return text.lower()
    return _DIACRITICS.sub("", unicodedata.normalize("NFKD", text)).casefold().translate(_LETTERS)


def relative_url(target: str, source: str) -> str:
    """The URL of the page or file `target` as written in the page `source`; both from the site's root.

    >>> relative_url("a/b.html", "c/d.html")
    '../a/b.html'
    """
    return quote(_relative(target, source), safe=_SAFE, errors="surrogateescape")


def _relative(target: str, source: str) -> str:
    there, here = target.split("/"), source.split("/")
    shared = 0
    while shared < len(there) - 1 and shared < len(here) - 1 and there[shared] == here[shared]:
        shared += 1
    return "../" * (len(here) - 1 - shared) + "/".join(there[shared:])


@lru_cache(maxsize=65536)
def _segment(name: str) -> str:
    lower = name.lower()
    if _PLAIN.fullmatch(lower) is None:
        lower = _plain(lower)
    return lower if len(lower) * 4 <= _LONGEST else _cut(lower)


def _plain(lower: str) -> str:
    if lower.isascii():
        words = _ASCII_UNSAFE.sub("", re.sub(r"\s+", "-", lower))
    else:
        bare = _DIACRITICS.sub("", unicodedata.normalize("NFKD", lower)).translate(_LETTERS).casefold()
        words = "".join([_character(c) for c in unicodedata.normalize("NFC", bare)])
    return _PAGE_SUFFIX.sub("-", _HYPHENS.sub("-", words).strip("-."))


def _character(c: str) -> str:
    if c.isalnum() or c in "-_.+":
        return c
    category = unicodedata.category(c)
    if category[0] == "Z" or category == "Pd" or c.isspace():
        return "-"
    # Symbols beyond ASCII are the whole name of some notes (`∇`, an emoji); marks belong to their letters.
    return c if category[0] == "M" or (category[0] == "S" and not c.isascii()) else ""


def _cut(slug: str) -> str:
    return slug.encode()[:_LONGEST].decode(errors="ignore").rstrip("-.")


def _stand_in(name: str) -> str:
    """A name for what has no sayable character (`¿?.md`): the same every time, different for different names."""
    digest = blake2s(unicodedata.normalize("NFC", name).encode(errors="surrogatepass"), digest_size=4)
    return f"n-{digest.hexdigest()}"
