"""Printed text as a box of the page: a long one shows its beginning and its end, and folds what lies between."""

from __future__ import annotations

import re
from html import escape

from kbtool.render.terminal import screen, styled
from kbtool.words import Words

__all__ = ["box", "printed"]

# Text beyond this many lines or letters is folded.
_LINES, _LETTERS = 20, 4000
# What stands before the fold and after it: the result of a long run is at its end.
_HEAD_LINES, _TAIL_LINES = 10, 5
_HEAD_LETTERS, _TAIL_LETTERS = 1000, 300
# A single line longer than this is prose or a `repr`, which wraps; more lines may be a table, which does not, unless
# they are longer than any table.
_LONG_LINE, _ENDLESS_LINE = 100, 1000

_BLANK_LINES = re.compile(r"\A(?:[ \t]*\n)+")


def printed(text: str, label: str, words: Words, style: str = "") -> str:
    """What was printed; `label` names it for those who do not see it.  Nothing but blanks is nothing."""
    text = _BLANK_LINES.sub("", screen(text).rstrip())
    if not text:
        return ""
    style = " ".join(name for name in (style, "wrap" if _wraps(text) else "") if name)
    start, end = _fold(text)
    if start == end:
        return box(text, label, style)
    head = box(text[:start].removesuffix("\n"), label, style)
    return "\n".join((head, _details(text, start, end, words, style), box(text[end:], words["cell.end"], style)))


def box(text: str, label: str, style: str = "") -> str:
    """The text as it is, in a box that the keyboard can scroll."""
    kind = f' class="{style}"' if style else ""
    return f'<pre{kind} tabindex="0" role="group" aria-label="{escape(label)}"><samp>{styled(text)}</samp></pre>'


def _details(text: str, start: int, end: int, words: Words, style: str) -> str:
    middle, whole_lines = text[start:end], text[start - 1] == text[end - 1] == "\n"
    key, n = ("cell.folded", middle.count("\n")) if whole_lines else ("cell.folded-letters", len(middle))
    body = box(middle.removesuffix("\n"), words["cell.rest"], style)
    return f'<details class="more"><summary>{escape(words.say(key, n=n))}</summary>{body}</details>'


def _wraps(text: str) -> bool:
    lines = text.split("\n")
    longest = max(map(len, lines))
    return longest > (_LONG_LINE if len(lines) == 1 else _ENDLESS_LINE)


def _fold(text: str) -> tuple[int, int]:
    """Where the folded part begins and ends; the same place twice where nothing is folded."""
    lines = [0, *(match.end() for match in re.finditer("\n", text))]
    few = len(lines) <= _LINES
    if few and len(text) <= _LETTERS:
        return 0, 0
    start, end = (len(text), 0) if few else (lines[_HEAD_LINES], lines[-_TAIL_LINES])
    if "\x1b" not in text:  # in the middle of a line a colour would be cut off from its text
        start = start if start <= _LETTERS else _HEAD_LETTERS
        end = end if len(text) - end <= _LETTERS else len(text) - _TAIL_LETTERS
    return (start, end) if start < end else (0, 0)
