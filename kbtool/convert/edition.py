"""What a note shows outside of its vault: its text, its results, and what stands for its links and embeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from kbtool.convert.markdown import Text, portable
from kbtool.links import Resolution
from kbtool.note import BlockId, Heading, Note
from kbtool.render import Site
from kbtool.render.media import kind_of
from kbtool.run.results import BlockResult
from kbtool.slug import page_slug
from kbtool.vault import load_text
from kbtool.words import Words

__all__ = ["CARRIED", "Edition", "Picture", "Shelf", "after_title", "linked"]

CARRIED = "attachment:"
"""What the address of a picture begins with that a cell carries with it."""


class Picture(NamedTuple):
    """A picture that a notebook carries with it: its MIME type and its bytes in base64."""

    kind: str
    data: str


@dataclass(frozen=True, slots=True)
class Edition:
    """For whom a notebook is made: which notes it may show, at which whole address a file is to be found (the empty
    string: at none), and which pictures it carries."""

    shows: Callable[[str], bool]
    address: Callable[[str], str]
    picture: Callable[[str], Picture | None]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the notebook takes its notes from, for one edition and in one language."""

    site: Site
    edition: Edition
    words: Words

    def results(self, note: Note) -> Mapping[int, BlockResult]:
        found = self.site.result(note.path)
        return {block.index: block for block in found.blocks} if found else {}

    def text(self, note: Note) -> Text:
        found = self.site.result(note.path)
        values = [None if value.error else value.text for value in found.inline] if found else []
        strict = self.site.vault.settings.strict_line_breaks
        return Text.of(load_text(self.site.vault.by_path[note.path]).text, values, strict_line_breaks=strict)

    def lines(self, note: Note, text: Text, pictures: dict[str, Picture], *, embedded: bool = False) -> list[str]:
        """The lines of a note for everywhere; the pictures that they show are put into `pictures`."""
        ran = {} if embedded else self.results(note)
        drawn = {line for block in note.code if block.index in ran for line in block.figures}
        links = _Links(self, note, text.lines, pictures, drawn, embedded)
        return portable(text, note, self.site.resolutions(note.path), links.shown)


@dataclass(frozen=True, slots=True)
class _Links:
    """The links of one note; `drawn` are embeds of figures that stand in the outputs anyway."""

    shelf: Shelf
    note: Note
    lines: Sequence[str]
    pictures: dict[str, Picture]
    drawn: Set[str]
    embedded: bool

    def shown(self, resolution: Resolution) -> str:
        """What stands for a link or embed outside of the vault."""
        link, target = resolution.link, resolution.target
        if not link.embed:
            return linked(link.display, self._address(resolution))
        if target is None:
            return f"*{self.shelf.words.say('body.absent', name=link.display or link.raw)}*"
        if link.raw in self.drawn or not self.shelf.edition.shows(target):
            return ""
        if target in self.shelf.site.cards:
            return self._embedded_note(resolution, target)
        if kind_of(target) == "image":
            return self._picture(resolution, target)
        return linked(target.rpartition("/")[2], self._address(resolution))

    def _address(self, resolution: Resolution) -> str:
        target, lands = resolution.target, resolution.lands
        if target is None or not self.shelf.edition.shows(target):
            return ""
        if target == self.note.path and not self.embedded:
            place = self.note.place(lands.anchor) if lands else None
            return f"#{quote(place.text.replace(' ', '-'))}" if isinstance(place, Heading) else ""
        address = self.shelf.edition.address(target)
        return f"{address}#{quote(lands.anchor)}" if address and lands else address

    def _picture(self, resolution: Resolution, target: str) -> str:
        name = target.rpartition("/")[2]
        size = resolution.link.display.replace("x", "").isdecimal()
        alternative = name if size else resolution.link.display or name
        carried = self.shelf.edition.picture(target)
        if carried is not None:
            label = page_slug(target)
            self.pictures[label] = carried
            return f"![{_plain(alternative)}]({CARRIED}{label})"
        address = self.shelf.edition.address(target)
        return f"![{_plain(alternative)}]({address})" if address else f"*{_plain(alternative)}*"

    def _embedded_note(self, resolution: Resolution, target: str) -> str:
        """The note or its part as a quote; a link where it stands within a line or in an embed, or shows itself."""
        link = resolution.link
        title = linked(link.display, self._address(resolution))
        alone = self.lines[link.line - 1].strip() == link.raw
        if not alone or self.embedded or target == self.note.path or resolution.missing:
            return title
        other = self.shelf.site.note(target)
        text = self.shelf.text(other)
        lines = self.shelf.lines(other, text, self.pictures, embedded=True)
        indent = " " * link.start
        quoted = (
            f"{indent}> {line}".rstrip() for row in _part(other, text, lines, resolution) for line in row.split("\n")
        )
        return "\n".join((f"> **{title}**", f"{indent}>", *quoted))


def _part(note: Note, text: Text, lines: Sequence[str], resolution: Resolution) -> Sequence[str]:
    """The lines that an embed shows of a note: all, a section, or from a named block to the next empty line."""
    place = note.place(resolution.lands.anchor) if resolution.lands else None
    if isinstance(place, Heading):
        after = (h.line - 1 for h in note.headings if h.line > place.line and h.level <= place.level)
        return lines[place.line - 1 : next(after, len(lines))]
    if isinstance(place, BlockId):
        end = next((n for n in range(place.line, len(lines)) if not lines[n].strip()), len(lines))
        return lines[place.line - 1 : end]
    return lines[after_title(note, text, lines) :]


def linked(text: str, address: str) -> str:
    return f"[{_plain(text)}]({address})" if address else text


def _plain(text: str) -> str:
    """A text that stays one between square brackets."""
    return text.replace("[", "\\[").replace("]", "\\]")


def after_title(note: Note, text: Text, lines: Sequence[str]) -> int:
    """Where the text begins, behind properties and a first heading that only repeats the title."""
    first = note.headings[0] if note.headings else None
    repeats = first and first.level == 1 and first.text == note.title
    if repeats and first and not "".join(lines[text.body : first.line - 1]).strip():
        underlined = not "".join(lines[first.line : first.line + 1]).strip("= ")
        return first.line + underlined
    return text.body
