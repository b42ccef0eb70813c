"""One inline token read through: its plain text, and all in it that counts, in the order of the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from markdown_it.token import Token

from kbtool.syntax.plain import shown

__all__ = ["Found", "Passage", "scan"]


@dataclass(slots=True)
class Text:
    """The plain text of a passage; known once all of it is read."""

    text: str = ""


class Found(NamedTuple):
    """Something in a passage: its token, its span in the passage's source, and that of what it shows in `within`."""

    token: Token
    source: tuple[int, int]
    within: Text
    shown: tuple[int, int]
    hidden: bool


@dataclass(slots=True)
class Passage:
    """What `scan` found, by kind; `text` is what a reader sees of the passage, embeds by their names."""

    text: str = ""
    links: list[Found] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    python: list[Found] = field(default_factory=list)
    foreign: list[Found] = field(default_factory=list)


def scan(children: Sequence[Token]) -> Passage:
    """Read through the children of an inline token, those of comments and inline footnotes among them."""
    passage = Passage()
    passage.text = _Scan(passage, 0, hidden=False).run(children)
    return passage


class _Scan:
    def __init__(self, passage: Passage, base: int, *, hidden: bool) -> None:
        self.passage, self.base, self.hidden = passage, base, hidden
        self.said = Text()
        self.length = 0
        self.open: list[int] = []

    def run(self, children: Sequence[Token]) -> str:
        parts = []
        for token in children:
            if token.type == "text":
                part = token.content
            else:
                part = token.content if token.type == "embed" else shown(token)
                if token.meta or token.type == "link_close":
                    self.note(token, len(part))
            parts.append(part)
            self.length += len(part)
        self.said.text = "".join(parts)
        return self.said.text

    def note(self, token: Token, width: int) -> None:
        meta, passage = token.meta, self.passage
        if token.type == "link_close":
            self.close_link()
        elif "destination" in meta:
            if token.type == "link_open":
                self.open.append(len(passage.links))
            passage.links.append(self.found(token, width))
        elif token.type == "link_open":
            self.open.append(-1)
        elif "tag" in meta:
            passage.tags.append(meta["tag"])
        elif token.type == "inline_python":
            passage.python.append(self.found(token, width))
        elif "plugin" in meta or "system" in meta:
            passage.foreign.append(self.found(token, width))
        elif "base" in meta:
            hidden = self.hidden or token.type == "comment"
            _Scan(passage, self.base + meta["base"], hidden=hidden).run(token.children or ())

    def found(self, token: Token, width: int) -> Found:
        start, end = token.meta["at"]
        shown_at = (self.length, self.length + width)
        return Found(token, (self.base + start, self.base + end), self.said, shown_at, self.hidden)

    def close_link(self) -> None:
        index = self.open.pop() if self.open else -1
        if index >= 0:
            link = self.passage.links[index]
            self.passage.links[index] = link._replace(shown=(link.shown[0], self.length))
