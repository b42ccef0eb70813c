"""The sentence that a link stands in, as a page shows it beside a backlink."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import NamedTuple

__all__ = ["beginning", "sentence_around"]

_LONGEST = 240
_END = re.compile(r"[.!?…][\"'”’»)\]]*\s+(?=\S)")
_ELLIPSIS = "…"
_NEAR = 8  # signs and blanks that an end may consist of


class _Ends(NamedTuple):
    """The ends of sentences in a text: where their signs stand, and where the text after them begins."""

    signs: list[int]
    afters: list[int]

    def last(self, text: str, low: int, before: int) -> int | None:
        """Where the last sentence begins that begins by `before`, its predecessor ending at or after `low`."""
        for index in range(bisect_right(self.afters, before) - 1, -1, -1):
            if self.signs[index] < low:
                return None
            if _is_sentence(text, self.afters[index]):
                return self.afters[index]
        return None

    def first(self, text: str, after: int, high: int) -> int | None:
        """Where the first sentence begins whose predecessor ends at or after `after`, before `high`."""
        for index in range(bisect_left(self.signs, after), len(self.signs)):
            if self.afters[index] >= high:
                return None
            if _is_sentence(text, self.afters[index]):
                return self.afters[index]
        return None

    def is_near(self, at: int) -> bool:
        """Whether an end stands right before this place."""
        index = bisect_right(self.afters, at) - 1
        return index >= 0 and self.signs[index] >= at - _NEAR


# The links of a paragraph are asked about one after the other.
@lru_cache(maxsize=8)
def _ends(text: str) -> _Ends:
    spans = [match.span() for match in _END.finditer(text)]
    return _Ends([sign for sign, _ in spans], [after for _, after in spans])


def _is_sentence(text: str, start: int) -> bool:
    """A full stop before a small letter is an abbreviation's."""
    return not text[start].islower()


def sentence_around(text: str, start: int, end: int) -> tuple[str, tuple[int, int]]:
    """The sentence around `text[start:end]` and where that span lies in it; a long one is cut at words around the span.

    >>> sentence_around("Uno dos. Ver la capa aquí. Fin.", 16, 20)
    ('Ver la capa aquí.', (7, 11))
    """
    room = max(_LONGEST - (end - start), 40)
    # Most sentences fit; of a long one a third of the room goes to what stands before the link, if it is needed.
    ends = _ends(text)
    left = _sentence_start(text, ends, max(start - _LONGEST, 0), start)
    right = _sentence_end(text, ends, end, min(end + _LONGEST, len(text)))
    if start - left + right - end > room:
        before = min(start - left, max(room // 3, room - (right - end)))
        left = _word_start(text, start - before, start) if before < start - left else left
        right = _word_end(text, end, min(right, end + room - before))
    prefix = _ELLIPSIS if left and not ends.is_near(left) else ""
    suffix = _ELLIPSIS if right < len(text) and not ends.is_near(right) else ""
    return _trim(text[left:right], prefix, suffix, start - left, end - left)


def _sentence_start(text: str, ends: _Ends, low: int, start: int) -> int:
    found = ends.last(text, low, start)
    if found is None:
        return _word_start(text, low, start) if low else 0
    return found


def _sentence_end(text: str, ends: _Ends, end: int, high: int) -> int:
    found = ends.first(text, end, high)
    return _word_end(text, end, high) if found is None else found


def _word_start(text: str, low: int, start: int) -> int:
    space = text.find(" ", low, start)
    return space + 1 if space >= 0 else low


def _word_end(text: str, end: int, high: int) -> int:
    if high >= len(text):
        return len(text)
    space = text.rfind(" ", end, high)
    return space if space >= 0 else high


def _trim(cut: str, prefix: str, suffix: str, start: int, end: int) -> tuple[str, tuple[int, int]]:
    """The sentence without blanks around it, and where in it the span lies that lay in `cut`."""
    sentence = prefix + cut.strip() + suffix
    shift = len(prefix) - (len(cut) - len(cut.lstrip()))
    first, last = max(start + shift, 0), min(max(end + shift, 0), len(sentence))
    return sentence, (min(first, last), last)


def beginning(text: str, longest: int) -> str:
    """The first words of a text, no more than `longest` characters with the ellipsis.

    >>> beginning("una frase larga", 10)
    'una frase…'
    """
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    cut = text[:longest]
    return cut[: cut.rfind(" ") if " " in cut else longest - 1].rstrip(" ,;:") + _ELLIPSIS
