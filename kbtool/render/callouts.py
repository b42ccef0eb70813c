"""Callouts: which of three voices each type speaks in, and its sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Callout", "callout"]


@dataclass(frozen=True, slots=True)
class Callout:
    """`name` is the canonical type, for the word that says it aloud; `voice` a class of the style sheet, or nothing."""

    name: str
    voice: str = ""
    sign: str = ""

    @property
    def css(self) -> str:
        return f"co {self.voice}".rstrip()

    @property
    def icon(self) -> str:
        return f'<svg class="ic" aria-hidden="true" viewBox="0 0 16 16"><path d="{self.sign}"/></svg>'


_CIRCLE = "M14.5 8a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0z"
_BULB = "M6 13h4M6.5 15h3M8 1.5a4.5 4.5 0 0 0-2.5 8.2V11h5V9.7A4.5 4.5 0 0 0 8 1.5z"
_BUG = "M5 6a3 3 0 0 1 6 0v5a3 3 0 0 1-6 0zM2 5l3 2M2 13l3-2M14 5l-3 2M14 13l-3-2M2 9h3M11 9h3"
_CALLOUTS: Mapping[str, Callout] = {
    name: row
    for row, others in (
        (Callout("note", "", "m3 13 1-4 7-7 3 3-7 7z"), ()),
        (Callout("abstract", "", "M4 2h8v12H4zM6.5 5.5h3M6.5 8h3"), ("summary", "tldr")),
        (Callout("info", "", _CIRCLE + "M8 7.5v4M8 4.5v1"), ()),
        (Callout("todo", "", _CIRCLE + "m5 8.5 2 2 4-5"), ()),
        (Callout("tip", "", _BULB), ("hint", "important")),
        (Callout("success", "good", "m2.5 8.5 4 4 7-9"), ("check", "done")),
        (Callout("question", "", _CIRCLE + "M6 6.5a2 2 0 1 1 2.5 2q-.5.2-.5 1M8 11v1"), ("help", "faq")),
        (Callout("warning", "warn", "M8 2 1.5 13.5h13zM8 6.5v3.5M8 11v1"), ("caution", "attention")),
        (Callout("failure", "bad", "m3 3 10 10M13 3 3 13"), ("fail", "missing")),
        (Callout("danger", "bad", "M9 1.5 3 9h4.5L7 14.5 13 7H8.5z"), ("error",)),
        (Callout("bug", "bad", _BUG), ()),
        (Callout("example", "", "M2 4h1M2 8h1M2 12h1M6 4h8M6 8h8M6 12h8"), ()),
        (Callout("quote", "", "M7 4H3v5h4V4q0 6-3 8M14 4h-4v5h4V4q0 6-3 8"), ("cite",)),
    )
    for name in (row.name, *others)
}


def callout(type_: str) -> Callout:
    """How a callout of this type looks; one that nobody knows looks like a note.

    >>> callout("attention").voice, callout("receta").name
    ('warn', 'note')
    """
    return _CALLOUTS.get(type_, _CALLOUTS["note"])
