"""The sentence that a link stands in, as a page shows it beside a backlink."""

from __future__ import annotations

import re

__all__ = ["beginning", "sentence_around"]

_LONGEST = 240
_END = re.compile(r"[.!?…][\"'”’»)\]]*\s+(?=\S)")
_ELLIPSIS = "…"


def sentence_around(text: str, start: int, end: int) -> tuple[str, tuple[int, int]]:
    """The sentence around `text[start:end]` and where that span lies in it; a long one is cut at words around the span.

    >>> sentence_around("Uno dos. Ver la capa aquí. Fin.", 16, 20)
    ('Ver la capa aquí.', (7, 11))
    """
    room = max(_LONGEST - (end - start), 40)
    # Most sentences fit; of a long one a third of the room goes to what stands before the link, if it is needed.
    left = _sentence_start(text, max(start - _LONGEST, 0), start)
    right = _sentence_end(text, end, min(end + _LONGEST, len(text)))
    if start - left + right - end > room:
        before = min(start - left, max(room // 3, room - (right - end)))
        left = _word_start(text, start - before, start) if before < start - left else left
        right = _word_end(text, end, min(right, end + room - before))
    return _trim(text, left, right, start, end)


def _sentence_start(text: str, low: int, start: int) -> int:
    # A full stop before a small letter is an abbreviation's.
    ends = [match.end() for match in _END.finditer(text, low, start + 1) if match.end() <= start]
    return next((at for at in reversed(ends) if not text[at].islower()), _word_start(text, low, start) if low else 0)


def _sentence_end(text: str, end: int, high: int) -> int:
    for match in _END.finditer(text, end, high):
        if not text[match.end()].islower():
            return match.end()
    return _word_end(text, end, high)


def _word_start(text: str, low: int, start: int) -> int:
    space = text.find(" ", low, start)
    return space + 1 if space >= 0 else low


def _word_end(text: str, end: int, high: int) -> int:
    if high >= len(text):
        return len(text)
    space = text.rfind(" ", end, high)
    return space if space >= 0 else high


def _trim(text: str, left: int, right: int, start: int, end: int) -> tuple[str, tuple[int, int]]:
    cut = text[left:right]
    begin = len(cut) - len(cut.lstrip())
    prefix = _ELLIPSIS if left and not _END.search(text, max(left - 8, 0), left + 1) else ""
    suffix = _ELLIPSIS if right < len(text) and not _END.search(text, max(right - 8, 0), right + 1) else ""
    sentence = prefix + cut.strip() + suffix
    shift = len(prefix) - left - begin
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
