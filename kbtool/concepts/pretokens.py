"""Pre-tokenization: a text is cut into pieces before anything is merged, so that no token spans two words.

    "el mar, 1984"  ->  "el" " mar" "," " 1984"        a word, a number or signs, each with the space before it

The pieces joined give back the text, every character of it. Sources: A. Radford et al., "Language Models are
Unsupervised Multitask Learners" (GPT-2, 2019), section 2.2; the pattern itself is in the code published with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import regex

# Contractions of English; a word, a number or signs, each with at most one space before; the rest of the white space.
GPT2_PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
WHOLE_TEXT = r"[\s\S]+"  # what no pattern means: the text is one piece


def split(text: str, pattern: str | None = GPT2_PATTERN) -> list[str]:
    """The pieces of `text`, each a match of `pattern`, in order; without a pattern the text is one piece. O(T).

    Of a run of spaces the last one goes to the word after it. Source: Radford et al. (2019), section 2.2.

    >>> split("el mar,  1984")
    ['el', ' mar', ',', ' ', ' 1984']
    """
    found: list[str] = regex.findall(pattern or WHOLE_TEXT, text)
    return found


def split_at(text: str, names: Collection[str]) -> list[str]:
    """`text` parted at each of `names` (special tokens): plain text at even places, names at odd ones. O(T).

    Where two names fit the longer one counts. Source: Radford et al. (2019), section 2.2: their texts end in one.

    >>> split_at("la<fin>el", ["<fin>"])
    ['la', '<fin>', 'el']
    """
    if not names:
        return [text]
    longest_first = sorted(names, key=len, reverse=True)
    parts: list[str] = regex.split("(" + "|".join(map(regex.escape, longest_first)) + ")", text)
    return parts  # a capturing group keeps the separators


def whole_characters(text: str) -> str:
    """`text` with the halves of surrogate pairs joined, and U+FFFD for a half without its other: what UTF-8 can write.

    Python strings from `json` or a file name may hold halves. O(T). Source: The Unicode Standard, section 3.9, D71 to
    D75; tiktoken does the same.

    >>> whole_characters("a\\ud83d\\ude00b\\ud83d")
    'a😀b�'
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def count_pieces(text: str | bytes, pattern: str | None = GPT2_PATTERN) -> dict[bytes, int]:
    """The UTF-8 bytes of each piece and how often it occurs, in order of first sight: all that training needs. O(T).

    UnicodeDecodeError for bytes that are no UTF-8, which only `pattern=None` takes. Source: R. Sennrich, B. Haddow, A.
    Birch (2016), section 3.2: the algorithm runs over a dictionary of words weighted by their frequency.

    >>> count_pieces("la la la")
    {b'la': 1, b' la': 2}
    """
    if pattern is None:
        return {whole_characters(text).encode() if isinstance(text, str) else text: 1}
    decoded = text if isinstance(text, str) else text.decode()
    return {piece.encode(): n for piece, n in Counter(split(whole_characters(decoded), pattern)).items()}
