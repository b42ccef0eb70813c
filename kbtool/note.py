"""One source file as a note: its properties, headings, links, tags, blocks, each with its place in the source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from markdown_it.token import Token

from kbtool.config import is_device, known_devices
from kbtool.diagnostics import Diagnostic, fault
from kbtool.packed import pack
from kbtool.slug import anchor_slug, unique
from kbtool.syntax import footnote, front_matter, options, parser
from kbtool.syntax.foreign import PLUGIN_FENCES
from kbtool.syntax.front_matter import FrontMatter
from kbtool.syntax.passage import Found, Passage, scan
from kbtool.syntax.place import Place
from kbtool.syntax.plain import plain
from kbtool.syntax.sentence import beginning, sentence_around
from kbtool.syntax.tag import property_tag
from kbtool.syntax.wikilink import WIKILINK
from kbtool.syntax.wikilink import read as read_wikilink

__all__ = [
    "BlockId",
    "BlockOptions",
    "Card",
    "CodeBlock",
    "Document",
    "DocumentedOutput",
    "Heading",
    "InlineCode",
    "Link",
    "Note",
    "PluginContent",
    "Task",
    "parse",
]


class Link(NamedTuple):
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


class Heading(NamedTuple):
    """`raw` is the source after the `#`s; `text` the plain text; `anchor` unique within the note."""

    level: int
    raw: str
    text: str
    anchor: str
    line: int


class BlockId(NamedTuple):
    """A block id `^id` and the 1-based line where the block that it names starts."""

    id: str
    anchor: str
    line: int


class Task(NamedTuple):
    mark: str
    text: str
    line: int


class BlockOptions(NamedTuple):
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


class DocumentedOutput(NamedTuple):
    """The text of an `output` fence; lines are those of its opening and closing fence (1-based)."""

    text: str
    first_line: int
    last_line: int


@dataclass(frozen=True)
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


class InlineCode(NamedTuple):
    """An inline `{python} expr`."""

    expression: str
    line: int


@dataclass(frozen=True, slots=True)
class PluginContent:
    """Content that only a plugin of Obsidian understands: how often it stands in the note, and first on which line."""

    plugin: str
    count: int
    line: int


class Note(NamedTuple):
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
    plugins: tuple[PluginContent, ...] = ()

    @property
    def has_code(self) -> bool:
        """Whether anything of it can be run."""
        return bool(self.code or self.inline_code)

    def place(self, anchor: str) -> Heading | BlockId | None:
        """The heading or named block that has this anchor."""
        places: tuple[Heading | BlockId, ...] = (*self.headings, *self.block_ids)
        return next((place for place in places if place.anchor == anchor), None)

    @property
    def blocks(self) -> int:
        """How many Python blocks it has."""
        return len(self.code)


class Card(NamedTuple):
    """A note in brief: what the rest of a vault may know of it without reading it.

    Its fields are called as those of `Note` are and hold the same.  `blocks` is the number of its Python blocks.
    `wanted` are the names that its links ask for, without folders; `landings` are its headings and block ids, packed
    until a link asks for one: equal ones are equal bytes.
    """

    path: str
    name: str
    title: str
    properties: Mapping[str, Any]
    aliases: tuple[str, ...]
    tags: tuple[str, ...]
    summary: str
    has_code: bool
    blocks: int
    plugins: tuple[PluginContent, ...]
    wanted: tuple[str, ...]
    landings: bytes

    @classmethod
    def of(cls, note: Note) -> Card:
        headings = [(heading.level, heading.raw, heading.anchor) for heading in note.headings]
        wanted = dict.fromkeys(link.target.rpartition("/")[2] for link in (*note.property_links, *note.links))
        return cls(
            path=note.path,
            name=note.name,
            title=note.title,
            properties=note.properties,
            aliases=note.aliases,
            tags=note.tags,
            summary=note.summary,
            has_code=note.has_code,
            blocks=len(note.code),
            plugins=note.plugins,
            wanted=tuple(wanted),
            landings=pack((headings, [(block.id, block.anchor) for block in note.block_ids])),
        )


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed note while it is being drafted: its facts, and the tokens, which are dropped once drafted."""

    note: Note
    tokens: Sequence[Token]


_SUMMARY = 200
_PYTHON = frozenset({"python", "py"})
_OUTPUT = "output"
_FIGURE = re.compile(r"(?:.*/)?(?P<note>[^/]+)\.(?P<block>[^./]+)\.\d+\.(?:svg|png)")
_WHOLE_NOTE_PLUGINS = {"excalidraw-plugin": "excalidraw", "kanban-plugin": "kanban"}
_NEWLINES = re.compile(r"\r\n?")
_PROMPT = re.compile(r"^(?:In|Out) ?\[[ \d*]*\]:[ \t]*$", re.MULTILINE)
_COPY_BUTTON = re.compile(r"^[\w+#-]*Copy code[ \t]*$", re.MULTILINE)
_INCLUDE = re.compile(r"\{\{#(?:include|rustdoc_include|playground|shiftinclude)\b[^}\n]*\}\}")


def parse(path: str, text: str, *, strict_line_breaks: bool = False) -> tuple[Document, tuple[Diagnostic, ...]]:
    """Read one note.  Any text is a note: what is wrong with it comes back as diagnostics.

    >>> document, _ = parse("Capas.md", "# Norma\\n\\nVer [[Atención|aquí]].")
    >>> document.note.links[0].target, document.note.links[0].sentence
    ('Atención', 'Ver aquí.')
    """
    if "\r" in text:
        text = _NEWLINES.sub("\n", text)
    text = text.replace("\0", "\ufffd")
    front = front_matter.read(text)
    # The lines of the properties become empty ones, so that the lines of the tokens are those of the note.
    env: dict[str, Any] = {}
    tokens = parser(strict_line_breaks).parse("\n" * front.body_line + front.body, env)
    reader = _Reader(path, text.split("\n"), front)
    reader.read(tokens)
    tokens = _drawing(front) or footnote.gather(tokens, env)
    return Document(reader.note(), tokens), tuple(reader.diagnostics)


def _drawing(front: FrontMatter) -> list[Token]:
    """An Excalidraw note is a drawing's data, and no text to read; its links count nevertheless."""
    if "excalidraw" not in _plugins_of_note(front):
        return []
    return [Token("plugin_block", "", 0, content=front.body, meta={"plugin": "excalidraw"}, block=True)]


def _plugins_of_note(front: FrontMatter) -> list[str]:
    return [plugin for key, plugin in _WHOLE_NOTE_PLUGINS.items() if key in front.properties]


class _Reader:
    """Goes through the block tokens of one note once and gathers its facts and faults."""

    def __init__(self, path: str, lines: Sequence[str], front: FrontMatter) -> None:
        self.path, self.lines, self.front = path, lines, front
        self.name = path.rpartition("/")[2].removesuffix(".md")
        self.diagnostics: list[Diagnostic] = []
        self.tokens: list[Token] = []
        self.tags: dict[str, str] = {}
        self.headings: list[Heading] = []
        self.block_ids: list[BlockId] = []
        self.links: list[Link] = []
        self.tasks: list[Task] = []
        self.code: list[CodeBlock] = []
        self.inline_code: list[InlineCode] = []
        self.plugins: dict[str, tuple[int, int]] = {}
        self.named: list[Token] = []
        self.taken: set[str] = set()
        self.summary = ""
        self.words = 0

    def read(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.read_properties()
        for index, token in enumerate(tokens):
            if token.meta and "ids" in token.meta:
                self.named.append(token)
            reader = _READERS.get(token.type)
            if reader:
                reader(self, index, token)
        self.name_blocks()
        self.check_properties_of_blocks()

    def note(self) -> Note:
        properties = self.front.properties
        return Note(
            path=self.path,
            name=self.name,
            title=self.title(),
            properties=properties,
            property_lines=self.front.property_lines,
            aliases=tuple(_aliases(_values(properties, "aliases"))),
            tags=tuple(self.tags.values()),
            headings=tuple(self.headings),
            block_ids=tuple(self.block_ids),
            links=tuple(self.links),
            property_links=tuple(self.property_links()),
            tasks=tuple(self.tasks),
            code=tuple(self.code),
            inline_code=tuple(self.inline_code),
            summary=self.summary,
            words=self.words,
            plugins=tuple(PluginContent(name, count, line) for name, (line, count) in self.plugins.items()),
        )

    def title(self) -> str:
        given = self.front.properties.get("title")
        if isinstance(given, str | int | float) and not isinstance(given, bool) and str(given).strip():
            return str(given).strip()
        return next((h.text for h in self.headings if h.level == 1 and h.text), self.name)

    def report(self, code: str, line: int, column: int, message: str, hint: str = "") -> None:
        self.diagnostics.append(fault(code, self.path, line, column, message, hint))

    # Properties

    def read_properties(self) -> None:
        problem = self.front.problem
        if problem:
            hint = "Obsidian ignores all properties of this note until this is mended"
            self.report("bad-front-matter", problem.line, problem.column, problem.message, hint)
        for value in _values(self.front.properties, "tags"):
            tag = property_tag(value)
            if tag:
                self.tags.setdefault(tag.lower(), tag)
        for plugin in _plugins_of_note(self.front):
            self.count_plugin(plugin, 1)

    def check_properties_of_blocks(self) -> None:
        """Only where something runs: elsewhere such properties are their author's own."""
        properties = self.front.properties if self.code else {}
        name = properties.get("device")
        if name is not None and not (isinstance(name, str) and is_device(name)):
            self.report_property("device", name, known_devices(str(name)))
        for note in _values(properties, "requires"):
            if not WIKILINK.fullmatch(note.strip()):
                self.report_property("requires", note, f'write it as a link: "[[{note}]]"')

    def report_property(self, key: str, value: object, hint: str) -> None:
        line = self.front.property_lines.get(key, 1)
        self.report("bad-option", line, 1, f"property {key!r} cannot be {value!r}", hint)

    def property_links(self) -> Iterator[Link]:
        for string in self.front.strings:
            match = WIKILINK.fullmatch(string.text.strip())
            destination = match and read_wikilink(match[1])
            if match and destination:
                line, start = self.find_property(match[0], string.line, string.column, string.last_line)
                yield Link(
                    kind="property",
                    embed=False,
                    raw=match[0],
                    target=destination.target,
                    fragment=destination.fragment,
                    display=destination.shown,
                    line=line,
                    start=max(start, 0),
                    end=start + len(match[0]) if start >= 0 else 0,
                    sentence=destination.shown,
                    mention=(0, len(destination.shown)),
                    key=string.key,
                    has_alias=destination.alias is not None,
                )

    def find_property(self, raw: str, line: int, column: int, last: int) -> tuple[int, int]:
        """Where a link stands in the lines of its property; column -1 where YAML escapes hide it."""
        for number in range(line, min(last, len(self.lines)) + 1):
            start = self.lines[number - 1].find(raw, column if number == line else 0)
            if start >= 0:
                return number, start
        return line, -1

    # Text

    def read_inline(self, index: int, token: Token) -> None:
        children = token.children or []
        if not self.summary and index and token.level == 1 and self.tokens[index - 1].type == "paragraph_open":
            self.summary = beginning(plain(children), _SUMMARY)
        if "In [" in token.content or "Out[" in token.content or "Copy code" in token.content:
            self.report_residue(token)
        if len(children) == 1 and children[0].type == "text":
            self.words += len(children[0].content.split())
        else:
            passage = scan(children)
            self.words += len(passage.text.split())
            self.take(passage, token)

    def read_comment(self, _index: int, token: Token) -> None:
        if not token.meta.get("closed", True):
            self.report_unclosed(token, "a comment", "end it with %%")
        # The text of a block comment is scanned as if the comment stood in a paragraph.
        self.take(scan([token]), token)

    def take(self, passage: Passage, token: Token) -> None:
        """Keep what a passage holds; few do, so that places are worked out only then."""
        for tag in passage.tags:
            self.tags.setdefault(tag.lower(), tag)
        if passage.links or passage.python or passage.foreign:
            place = Place(token, token.content, self.lines)
            for found in passage.links:
                found.token.meta["link"] = len(self.links)
                self.links.append(self.link(found, place))
            for found in passage.python:
                self.read_python(found, place)
            for found in passage.foreign:
                self.read_foreign(found, place)

    def link(self, found: Found, place: Place) -> Link:
        token = found.token
        line, start = place(found.source[0])
        last, end = place(found.source[1])
        source = self.lines[line - 1]
        raw = source[start : end if last == line else len(source)]
        destination = token.meta.pop("destination")
        wiki = token.type in _WIKI
        display = token.content if wiki else found.within.text[slice(*found.shown)]
        sentence, mention = sentence_around(found.within.text, *found.shown)
        return Link(
            kind="wiki" if wiki else "markdown",
            embed=token.type in _EMBEDS,
            raw=raw,
            target=destination.target,
            fragment=destination.fragment,
            display=display or destination.target,
            line=line,
            start=start,
            end=start + len(raw),
            sentence=sentence,
            mention=mention,
            hidden=found.hidden,
            has_alias=destination.alias is not None or not wiki,
        )

    def read_python(self, found: Found, place: Place) -> None:
        if not found.hidden:
            found.token.meta["inline"] = len(self.inline_code)
            self.inline_code.append(InlineCode(found.token.content, place(found.source[0])[0]))

    def read_foreign(self, found: Found, place: Place) -> None:
        line, column = place(found.source[0])
        meta = found.token.meta
        if "plugin" in meta:
            self.count_plugin(meta["plugin"], line)
        elif not found.hidden:
            message = f"{meta['system']} shortcode {found.token.content.strip()!r}"
            hint = "write it as Markdown, or bring the page in with `kbtool import`"
            self.report("foreign-shortcode", line, column + 1, message, hint)

    def report_residue(self, token: Token) -> None:
        for pattern, what in ((_PROMPT, "the prompt of a notebook"), (_COPY_BUTTON, "the label of a copy button")):
            for match in pattern.finditer(token.content):
                line, column = Place(token, token.content, self.lines)(match.start())
                self.report("foreign-residue", line, column + 1, f"{what}: {match[0].strip()!r}", "remove it")

    def report_unclosed(self, token: Token, what: str, hint: str) -> None:
        self.report("unclosed-block", token.map[0] + 1 if token.map else 0, 1, f"{what} is never closed", hint)

    # Blocks

    def read_heading(self, index: int, token: Token) -> None:
        # Obsidian's outline knows no headings of quotes, callouts, lists and footnotes.
        if token.level or not token.map:
            return
        inline = self.tokens[index + 1]
        text = " ".join(plain(inline.children or ()).split())
        anchor = unique(anchor_slug(text), self.taken)
        token.meta["heading"] = len(self.headings)
        raw = inline.content.replace("\n", " ")
        self.headings.append(Heading(int(token.tag[1]), raw, text, anchor, token.map[0] + 1))

    def read_item(self, index: int, token: Token) -> None:
        if "task" in token.meta and token.map:
            text = " ".join(self.tokens[index + 2].content.split())
            self.tasks.append(Task(token.meta["task"], text, token.map[0] + 1))

    def name_blocks(self) -> None:
        """Give the named blocks their anchors, when the headings have theirs."""
        known: set[str] = set()
        for token in self.named:
            line = token.map[0] + 1 if token.map else 0
            names = token.meta.pop("ids")
            anchor = unique(f"block-{names[0].lower()}", self.taken)
            token.meta["block_id"] = len(self.block_ids)
            for name in names:
                if name.lower() in known:
                    message = f"a block before this one is called ^{name} too"
                    self.report("duplicate-id", line, 1, message, "links lead to the first")
                known.add(name.lower())
                self.block_ids.append(BlockId(name, anchor, line))

    def read_fence(self, index: int, token: Token) -> None:
        word = _first_word(token)
        if not _is_closed(token):
            token.meta["closed"] = False
            self.report_unclosed(token, "a code block", f"end it with a line {token.markup}")
        if word in _PYTHON:
            self.read_code(index, token)
        elif word in PLUGIN_FENCES and token.map:
            token.meta["plugin"] = PLUGIN_FENCES[word]
            self.count_plugin(token.meta["plugin"], token.map[0] + 1)
        self.report_foreign_code(token)

    def report_foreign_code(self, token: Token) -> None:
        line = token.map[0] + 1 if token.map else 0
        if token.info.rstrip().endswith("Copy code"):
            message = f"the label of a copy button: {token.info.strip()!r}"
            self.report("foreign-residue", line, 1, message, "keep the language only")
        for match in _INCLUDE.finditer(token.content) if "{{#" in token.content else ():
            at = line + 1 + token.content.count("\n", 0, match.start())
            self.report("foreign-shortcode", at, 1, f"mdBook shortcode {match[0]!r}", "put the code itself here")

    def read_code(self, index: int, token: Token) -> None:
        first, last = token.map or (0, 0)
        given, faults = options.read(token.content)
        for wrong in faults:
            self.report("bad-option", first + 2 + wrong.line, 1, wrong.message, wrong.hint)
        documented, after = self.documented_output(index + 1, token.level)
        choices = BlockOptions(**{key.replace("-", "_"): value for key, value in given.items()})
        number = token.meta["block"] = len(self.code)
        self.code.append(
            CodeBlock(
                index=number,
                source=token.content,
                line=first + 2,
                first_line=first + 1,
                last_line=last,
                options=choices,
                documented=documented,
                figures=tuple(self.figures(after, token.level, {choices.label, str(number), str(number + 1)})),
                closed=token.meta.get("closed", True),
            )
        )

    def documented_output(self, index: int, level: int) -> tuple[DocumentedOutput | None, int]:
        """The `output` fence that is the next block of the same container, and the index of what comes after it."""
        token = self.tokens[index] if index < len(self.tokens) else None
        if token is None or token.type != "fence" or token.level != level or not token.map:
            return None, index
        if _first_word(token) != _OUTPUT:
            return None, index
        token.meta["output_of"] = len(self.code)
        return DocumentedOutput(token.content, token.map[0] + 1, token.map[1]), index + 1

    def figures(self, index: int, level: int, blocks: set[str]) -> Iterator[str]:
        """The `![[...]]` lines, from here on, of figures that were written for one of `blocks`."""
        while index + 2 < len(self.tokens) and self.tokens[index].type == "paragraph_open":
            children = self.tokens[index + 1].children or []
            if self.tokens[index].level != level or not all(self.is_figure(child, blocks) for child in children):
                return
            for child in children:
                if child.type == "embed":
                    child.meta["figure_of"] = len(self.code)
                    yield self.tokens[index + 1].content[slice(*child.meta["at"])]
            index += 3

    def is_figure(self, token: Token, blocks: set[str]) -> bool:
        if token.type != "embed":
            return token.type in _BREAKS
        match = _FIGURE.fullmatch(token.meta["destination"].target)
        return match is not None and (match["note"] == self.name or match["block"] in blocks)

    # Plugins

    def read_plugin_block(self, _index: int, token: Token) -> None:
        self.count_plugin(token.meta["plugin"], token.map[0] + 1 if token.map else 1)

    def count_plugin(self, plugin: str, line: int) -> None:
        first, count = self.plugins.get(plugin, (line, 0))
        self.plugins[plugin] = (first, count + 1)


_WIKI = frozenset({"wikilink", "embed"})
_EMBEDS = frozenset({"embed", "image"})
_BREAKS = frozenset({"softbreak", "hardbreak"})

_READERS: Mapping[str, Callable[[_Reader, int, Token], None]] = {
    "inline": _Reader.read_inline,
    "comment": _Reader.read_comment,
    "heading_open": _Reader.read_heading,
    "list_item_open": _Reader.read_item,
    "fence": _Reader.read_fence,
    "plugin_block": _Reader.read_plugin_block,
}
"""What is read from a block token, by its type."""


def _values(properties: Mapping[str, Any], name: str) -> Iterable[Any]:
    """The items of a list property, its name in any case; a single value is a list of one."""
    value = next((value for key, value in properties.items() if key.lower() == name), None)
    return value if isinstance(value, list) else [] if value is None else [value]


def _aliases(values: Iterable[Any]) -> Iterator[str]:
    return (value.strip() for value in values if isinstance(value, str) and value.strip())


def _first_word(fence: Token) -> str:
    return fence.info.split(maxsplit=1)[0].lower() if fence.info.strip() else ""


def _is_closed(fence: Token) -> bool:
    # A closed fence has two lines more than its content; one that runs to the end of its container has one more.
    first, last = fence.map or (0, 0)
    content = fence.content
    return last - first - 2 == content.count("\n") + (not content.endswith("\n") and content != "")
