"""One source file as a note: its properties, headings, links, tags, blocks, each with its place in the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from markdown_it.token import Token

__all__ = ["BlockId", "BlockOptions", "CodeBlock", "Document", "DocumentedOutput", "Heading", "InlineCode", "Link", "Note", "Task"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link or embed to something in the vault (external URLs are not links in this sense).

    `target` is the path part as Obsidian looks it up (trimmed, NFC, percent-decoded, "" = this note); `fragment` what
    follows the first `#`, or None.  `start` and `end` are the column span of `raw` in its line (0-based, half open),
    `line` is 1-based.  `sentence` is the plain text it stands in and `mention` the span of the link's text there.
    `key` names the property for a link in the front matter (`ver.0`).  `hidden` = in a comment: counts, is not shown.
    """

    kind: Literal["wiki", "markdown", "property"]
    embed: bool
    raw: str
    target: str
    fragment: str | None
    display: str
    line: int
    start: int
    end: int
    sentence: str = ""
    mention: tuple[int, int] = (0, 0)
    key: str = ""
    hidden: bool = False
    has_alias: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """`raw` is the source after the `#`s; `text` the plain text; `anchor` unique within the note."""

    level: int
    raw: str
    text: str
    anchor: str
    line: int


@dataclass(frozen=True, slots=True)
class BlockId:
    """A block id `^id` and the 1-based line where the block that it names starts."""

    id: str
    anchor: str
    line: int


@dataclass(frozen=True, slots=True)
class Task:
    mark: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class BlockOptions:
    """The `#| key: value` lines of a block, by Quarto's names with `-` as `_`; None = not stated."""

    label: str = ""
    eval: bool = True
    echo: bool = True
    output: bool = True
    error: bool = False
    warning: bool = True
    fig_cap: str = ""
    fig_alt: str = ""
    fig_width: float | None = None
    fig_height: float | None = None
    timeout: float | None = None
    device: str = ""
    rtol: float | None = None
    atol: float | None = None
    cache: bool = True
    data: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentedOutput:
    """The text of an `output` fence; lines are those of its opening and closing fence (1-based)."""

    text: str
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A `python` fence.  `line` is the note's line of the first line of `source`; fence lines are 1-based.

    `source` has its container marks (`> `, list indentation) already taken off.  `closed` is False for a fence that
    runs to the end of the note.  `figures` are the `![[...]]` lines that stand right after the block or its output.
    """

    index: int
    source: str
    line: int
    first_line: int
    last_line: int
    options: BlockOptions = field(default_factory=BlockOptions)
    documented: DocumentedOutput | None = None
    figures: tuple[str, ...] = ()
    closed: bool = True

    @property
    def label(self) -> str:
        return self.options.label


@dataclass(frozen=True, slots=True)
class InlineCode:
    """An inline `{python} expr`."""

    expression: str
    line: int


@dataclass(frozen=True, slots=True)
class Note:
    """The facts of one note; light enough to keep for every note of a large vault.

    `links` are those of the body in document order, embeds among them; a token that renders link i carries
    `meta["link"] == i`, a python fence `meta["block"] == i`, a heading `meta["heading"] == i`.
    `name` is the file name without `.md`; `title` the `title` property, else the first H1, else `name`.
    """

    path: str
    name: str
    title: str
    properties: Mapping[str, Any]
    property_lines: Mapping[str, int]
    aliases: tuple[str, ...]
    tags: tuple[str, ...]
    headings: tuple[Heading, ...]
    block_ids: tuple[BlockId, ...]
    links: tuple[Link, ...]
    property_links: tuple[Link, ...]
    tasks: tuple[Task, ...]
    code: tuple[CodeBlock, ...]
    inline_code: tuple[InlineCode, ...]
    summary: str
    words: int


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed note while it is being drafted: its facts, and the tokens, which are dropped once drafted."""

    note: Note
    tokens: Sequence[Token]
