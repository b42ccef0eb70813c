"""The contents of a note: its headings as a tree, each with the verdicts of the blocks that stand under it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from markupsafe import Markup

from kbtool.note import Heading, Note
from kbtool.render.math import typeset
from kbtool.render.verdict import glyph
from kbtool.run.results import BlockResult
from kbtool.syntax.math import formulas_in
from kbtool.words import Words

__all__ = ["contents"]

# Deeper headings are not worth their line in a narrow column.
_LEVELS = 3
_MOST_GLYPHS = 6


@dataclass(slots=True)
class _Entry:
    anchor: str
    label: str
    glyphs: str
    inner: list[_Entry] = field(default_factory=list)


def contents(note: Note, blocks: Sequence[BlockResult], words: Words) -> Markup:
    """The contents as a list; empty where a note has fewer than two headings."""
    headings = _shown(note)
    if len(headings) < 2:
        return Markup("")
    top = min(heading.level for heading in headings)
    marks = _marks(headings, blocks, words)
    roots: list[_Entry] = []
    above: list[tuple[int, list[_Entry]]] = [(0, roots)]
    for i, heading in enumerate(headings):
        if heading.level >= top + _LEVELS:
            continue
        while above[-1][0] >= heading.level:
            above.pop()
        entry = _Entry(heading.anchor, _label(heading), "".join(marks[i][:_MOST_GLYPHS]))
        above[-1][1].append(entry)
        above.append((heading.level, entry.inner))
    return Markup(_list(roots))


def _list(entries: Sequence[_Entry]) -> str:
    return f"<ul>{''.join(_item(entry) for entry in entries)}</ul>"


def _item(entry: _Entry) -> str:
    glyphs = f'<span class="gl">{entry.glyphs}</span>' if entry.glyphs else ""
    link = f'<a href="#{escape(entry.anchor)}"><span>{entry.label}</span>{glyphs}</a>'
    return f"<li>{link}{_list(entry.inner) if entry.inner else ''}</li>"


def _label(heading: Heading) -> str:
    """The heading's text, with its formulas set: nobody reads LaTeX in a narrow column."""
    done, rest = "", heading.text
    for tex in formulas_in(heading.raw) if "$" in heading.raw else ():
        before, found, after = rest.partition(tex)
        mathml = typeset(tex, False).mathml
        if found and mathml:
            done, rest = f"{done}{escape(before, quote=False)}{mathml}", after
    return done + escape(rest, quote=False)


def _shown(note: Note) -> Sequence[Heading]:
    """The headings without the one that is the page's title."""
    first = note.headings[0] if note.headings else None
    is_title = first is not None and first.level == 1 and first.text == note.title
    return note.headings[1:] if is_title else note.headings


def _marks(headings: Sequence[Heading], blocks: Sequence[BlockResult], words: Words) -> dict[int, list[str]]:
    """Place of a heading -> the glyphs of the blocks between it and the next."""
    lines = [heading.line for heading in headings]
    found: dict[int, list[str]] = defaultdict(list)
    for block in blocks:
        mark = glyph(block.status, words[f"verdict.{block.status}"].lower())
        found[bisect_right(lines, block.line) - 1].append(mark)
    return found
