"""A note's text as any reader of Markdown understands it: its own lines, but for what only Obsidian knows.

Nothing is written anew from tokens; what the author wrote stays as it is, and single spans of it are exchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from markdown_it.token import Token

from kbtool.links import Resolution
from kbtool.note import Note
from kbtool.syntax import front_matter, parser
from kbtool.syntax.place import Place

__all__ = ["Text", "portable"]

_Link = Callable[[Resolution], str]


class Change(NamedTuple):
    """What stands in a line (1-based) between two columns from now on; its text may have several lines."""

    line: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A note as it is read for another format: its lines, the number of those above its body, and its tokens.

    `values` are the texts of its inline values, in order; None for one that was not computed.
    """

    lines: Sequence[str]
    body: int
    tokens: Sequence[Token]
    values: Sequence[str | None] = ()

    @classmethod
    def of(cls, text: str, values: Sequence[str | None] = (), *, strict_line_breaks: bool = False) -> Text:
        plain = _NEWLINES.sub("\n", text).replace("\0", "\ufffd")
        front = front_matter.read(plain)
        # Not `note.parse`: it drops the footnotes that nobody uses, and a comment in one must not be shown either.
        tokens = parser(strict_line_breaks).parse("\n" * front.body_line + front.body, {})
        return cls(plain.split("\n"), front.body_line, tokens, values)


_NEWLINES = re.compile(r"\r\n?")
_ID = re.compile(r"(?:^|\s+)\^([A-Za-z0-9-]+)\s*$")
_CALLOUT = re.compile(r"\[!([^\[\]|]+)(?:\|[^\[\]]*)?\][+-]?[ \t]*(.*?)\s*$")
_HTML_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
# An address in a tag of HTML that leads to a file beside the note.
_BESIDE = re.compile(
    r"""\s(?:src|srcset|href|poster|data)\s*=\s*(?!["']?(?:[a-z][a-z0-9+.-]*:|//|\#))(?:"[^"]*"|'[^']*'|[^\s"'>]+)""",
    re.I,
)
_TAG = re.compile(r"<[A-Za-z][^<>]*>")
# Code and formulas are stepped over: what is between two signs in them is theirs.
_SIGNS = re.compile(
    r"(?P<code>`+).+?(?<!`)(?P=code)(?!`)|\$\$.+?\$\$|\$[^$\n]+\$"
    r"|(?P<comment><!--.*?-->)|(?P<tag><[A-Za-z][^<>]*>)|(?P<marked>==[^\s=](?:[^\n]*?[^\s=])?==)",
    re.DOTALL,
)


def portable(text: Text, note: Note, resolutions: Sequence[Resolution], link: _Link) -> list[str]:
    """The lines of the note with `link` in the place of each link; a line may have become several, or empty."""
    values = iter(text.values)
    changes = [*_links(resolutions, link), *(c for token in text.tokens for c in _of_token(token, text, values))]
    lines = _changed(text.lines, changes)
    ids = {block.id.lower() for block in note.block_ids}
    return [_without_id(line, ids) for line in lines] if ids else lines


def _changed(lines: Sequence[str], changes: Iterable[Change]) -> list[str]:
    """The changes made; one that begins within another belongs to what that one takes away."""
    made = list(lines)
    for line, start, end, text in reversed(_outermost(changes)):
        made[line - 1] = made[line - 1][:start] + text + made[line - 1][end:]
    return made


def _outermost(changes: Iterable[Change]) -> list[Change]:
    kept: list[Change] = []
    for change in sorted(changes, key=lambda c: (c.line, c.start, -c.end)):
        if not kept or kept[-1].line != change.line or kept[-1].end <= change.start:
            kept.append(change)
    return kept


def _links(resolutions: Iterable[Resolution], link: _Link) -> Iterator[Change]:
    for resolution in resolutions:
        found = resolution.link
        if not found.hidden:
            yield Change(found.line, found.start, found.end, link(resolution))


def _without_id(line: str, ids: Set[str]) -> str:
    found = _ID.search(line)
    return line[: found.start()] if found and found[1].lower() in ids else line


# ---------------------------------------------------------------- what tokens tell

_Values = Iterator[str | None]
_Placed = Callable[[int], tuple[int, int]]


def _of_token(token: Token, text: Text, values: _Values) -> Iterable[Change]:
    if not token.map:
        return ()
    if token.type == "inline":
        return _inline(token, text.lines, values)
    if token.type == "comment":
        return _block_comment(token, text.lines)
    if token.type == "html_block":
        return _html_block(token, text.lines)
    return _callout(token, text.lines) if token.type == "callout_open" else ()


def _inline(token: Token, lines: Sequence[str], values: _Values) -> Iterator[Change]:
    place, source = Place(token, token.content, lines), token.content
    spans = list(_spans(token.children or (), 0, values))
    if "==" in source or "<" in source:
        spans += _signs(source)
    for start, end, shown in spans:
        yield from _exchanged(place, source, start, end, shown)


def _exchanged(place: _Placed, source: str, start: int, end: int, shown: str) -> Iterator[Change]:
    """What makes of a span of the source something else: its first line gets it, the others only lose their part."""
    while True:
        stop = source.find("\n", start, end)
        line, column = place(start)
        yield Change(line, column, column + (end if stop < 0 else stop) - start, shown)
        if stop < 0:
            return
        start, shown = stop + 1, ""


def _spans(children: Iterable[Token], base: int, values: _Values) -> Iterator[tuple[int, int, str]]:
    """The places of comments, of which nothing stays, and of inline values, each with what is shown instead."""
    for token in children:
        if token.type == "comment":
            start = base + token.meta["base"] - 2
            yield start, start + len(token.content), ""
        elif token.type == "inline_python":
            start, end = token.meta["at"]
            value = next(values, None)
            yield base + start, base + end, f"`{token.content}`" if value is None else value
        elif "base" in token.meta:
            yield from _spans(token.children or (), base + token.meta["base"], values)


def _signs(source: str) -> Iterator[tuple[int, int, str]]:
    """The signs of `==marked==` text, which others write bold; of HTML the comments, and addresses in the vault."""
    for match in _SIGNS.finditer(source):
        if match["comment"]:
            yield match.start(), match.end(), ""
        elif match["tag"]:
            yield from _addresses(source, *match.span())
        elif match["marked"]:
            yield match.start(), match.start() + 2, "**"
            yield match.end() - 2, match.end(), "**"


def _addresses(source: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The addresses in a tag that lead nowhere from outside the vault; they may name what is not published."""
    for match in _BESIDE.finditer(source, start, end):
        yield *match.span(), ""


def _block_comment(token: Token, lines: Sequence[str]) -> Iterator[Change]:
    """All of it, line by line; on its last line something else may follow."""
    assert token.map is not None, "asked only of tokens with a place"
    first = token.map[0]
    last = min(first + token.content.rstrip("\n").count("\n"), len(lines) - 1)
    for number in range(first, last + 1):
        start = lines[number].find("%%") if number == first else 0
        closes = number == last and token.meta["closed"]
        end = lines[number].find("%%", start + 2 if number == first else 0) + 2 if closes else len(lines[number])
        yield Change(number + 1, start, end, "")


def _html_block(token: Token, lines: Sequence[str]) -> Iterator[Change]:
    assert token.map is not None, "asked only of tokens with a place"
    first, source = token.map[0], "\n".join(lines[slice(*token.map)])

    def place(offset: int) -> tuple[int, int]:
        return first + source.count("\n", 0, offset) + 1, offset - source.rfind("\n", 0, offset) - 1

    for match in _HTML_COMMENT.finditer(source):
        yield from _exchanged(place, source, *match.span(), "")
    for match in _TAG.finditer(source):
        for start, end, shown in _addresses(source, *match.span()):
            yield from _exchanged(place, source, start, end, shown)


def _callout(token: Token, lines: Sequence[str]) -> Iterator[Change]:
    """The head of a callout becomes a bold line of a plain quote."""
    assert token.map is not None, "asked only of tokens with a place"
    line = lines[token.map[0]]
    head = _CALLOUT.search(line)
    if head:
        title = head[2] or head[1].strip().replace("-", " ").capitalize()
        yield Change(token.map[0] + 1, head.start(), len(line), f"**{title}**\\")
