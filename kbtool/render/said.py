"""What a reader sees of a note, as lines of plain text under the heading they stand under.

It is taken from the draft and not from the source: what a page leaves out (comments, scripts, properties) cannot be
found either.
"""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple

from kbtool.note import Note
from kbtool.render import holes
from kbtool.render.draft import Draft

__all__ = ["Said", "Section", "said_in"]


class Section(NamedTuple):
    """The lines from a heading to the next; the first is the heading itself.  `anchor` is empty before the first."""

    anchor: str
    level: int
    lines: tuple[str, ...]


class Said(NamedTuple):
    """What a note says, as search reads it."""

    title: str
    aliases: tuple[str, ...]
    sections: tuple[Section, ...]


_HEADING = re.compile(f"\x02{holes.HEADING}(\\d+):(\\d)\x03")
_LINK = re.compile(f"\x02{holes.WIKI}\\d+:([^\x03]*)\x03")
_VALUE = re.compile(f"\x02{holes.VALUE}\\d+\x03")
_BLOCK = re.compile(f"\x02{holes.BLOCK}(\\d+)\x03")
# What stands for a formula or a number in a sentence.
_LEFT_OUT = "…"
# Formulas and drawings are no text, and what runs or styles is not shown.
_UNREAD = ("math", "svg", "style", "script", "template")
_LINE_END = re.compile(r"</(?:p|li|h\d|t[rdh]|summary|pre|div)>")
_TAG = re.compile(r"<[^>]*>")


def said_in(note: Note, draft: Draft) -> Said:
    """The text of a note, section by section."""
    html = _read("\n".join((draft.html, *draft.footnotes)), note)
    pieces = _HEADING.split(html)
    sections = [Section("", 0, _lines(pieces[0]))]
    for at in range(1, len(pieces), 3):
        heading = note.headings[int(pieces[at])]
        sections.append(Section(heading.anchor, int(pieces[at + 1]), _lines(pieces[at + 2])))
    return Said(note.title, note.aliases, tuple([section for section in sections if section.lines]))


def _read(html: str, note: Note) -> str:
    """The draft with nothing in it but text, line ends and the holes of headings."""
    for name in _UNREAD:
        if f"<{name}" in html:
            html = _without(html, name)
    html = _LINK.sub(r"\1", holes.WITHOUT_RUN.sub("", html.replace("\n", " ").replace("<br>", " ")))
    html = _TAG.sub("", _LINE_END.sub("\n", html))
    html = _BLOCK.sub(lambda match: _source(note, int(match[1])), html)
    return unescape(html) if "&" in html else html


def _without(html: str, name: str) -> str:
    """The HTML without the elements of this name."""
    first, *others = html.split(f"<{name}")
    instead = _LEFT_OUT if name == "math" else " "
    return first + "".join([instead + piece.partition(f"</{name}>")[2] for piece in others])


def _lines(text: str) -> tuple[str, ...]:
    if holes.MARKS[0] in text:
        text = holes.HOLE.sub("", _VALUE.sub(_LEFT_OUT, text))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return tuple([line for line in lines if line.strip(_LEFT_OUT)])


def _source(note: Note, index: int) -> str:
    """The lines of a Python block as its page shows them."""
    block = note.code[index]
    if not block.options.echo:
        return "\n"
    shown = [line for line in block.source.split("\n") if not line.lstrip().startswith("#|")]
    return "\n".join(("", *shown, "")).replace("&", "&amp;")
