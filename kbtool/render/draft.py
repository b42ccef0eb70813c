"""A note's tokens as HTML, with holes where something is not known yet; written once, filled for every page it is on.

A `Draft` also knows where its sections and named blocks lie in its HTML, so that `![[Note#Heading]]` is a slice of a
string, whole by itself: nothing is parsed again and no tokens are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, groupby
from typing import Any, NamedTuple

from markdown_it.token import Token

from kbtool.diagnostics import Diagnostic
from kbtool.note import Document, Note
from kbtool.render import fences, holes, inline
from kbtool.render.callouts import callout
from kbtool.render.highlight import Painted, paint
from kbtool.render.html import end_tags, start_tags
from kbtool.render.sheet import Sheet

__all__ = ["Cut", "Draft", "draft"]


class Cut(NamedTuple):
    """A part of a draft's HTML. `before` and `after` make it whole: the list around an item, an element it lies in."""

    start: int
    end: int
    before: str = ""
    after: str = ""

    def of(self, html: str) -> str:
        return f"{self.before}{html[self.start : self.end]}{self.after}"


class Draft(NamedTuple):
    """The body of one note with holes. `sections` go with `note.headings`, `blocks` with `note.block_ids`.

    `code` goes with `note.code`.  `footnotes` are bodies of their own, in the order of first use; a page numbers those
    that it shows.
    """

    html: str
    sections: tuple[Cut, ...] = ()
    blocks: tuple[Cut, ...] = ()
    footnotes: tuple[str, ...] = ()
    uses_math: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    code: tuple[Painted, ...] = ()


def draft(document: Document, *, strict_line_breaks: bool, painted: Mapping[str, Painted] | None = None) -> Draft:
    """The note's body as a draft; `strict_line_breaks` as its vault sets it.

    `painted` are sources of Python blocks that an earlier draft has as HTML.
    """
    drafter = _Drafter(document.note, strict_line_breaks)
    drafter.write(_clean(document.tokens))
    known = painted or {}
    return drafter.finish()._replace(
        code=tuple(known.get(block.source) or paint(block.source) for block in document.note.code)
    )


def _clean(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens without characters that would read as holes.  Hardly any note has them, so looking must be cheap."""
    text = "".join([token.content + token.info if token.info else token.content for token in tokens])
    if any(mark in text for mark in holes.MARKS):
        for token in tokens:
            for part in (token, *(token.children or ())):
                part.content, part.info = holes.clean(part.content), holes.clean(part.info)
                part.attrs = {key: _clean_value(value) for key, value in part.attrs.items()}
                part.meta = {key: _clean_value(value) for key, value in part.meta.items()}
    return tokens


def _clean_value(value: Any) -> Any:
    return holes.clean(value) if isinstance(value, str) else value


@dataclass(slots=True)
class _Region:
    """A section or block that has begun: its index, the level of its tokens or its heading, and its first part.

    `raw` are the elements of raw HTML that it began in.
    """

    index: int
    level: int
    start: int
    before: str = ""
    after: str = ""
    raw: tuple[str, ...] = ()


@dataclass(slots=True)
class _List:
    """A list being written: `part` is its start tag, which says whether there are tasks once they were seen."""

    tag: str
    part: int
    attributes: str
    has_tasks: bool = False
    items: list[bool] = field(default_factory=list)


# Tokens whose element can carry the id of the block itself; before others an empty element carries it.
_WITH_ID = frozenset(
    f"{name}_open"
    for name in ("paragraph", "bullet_list", "ordered_list", "list_item", "blockquote", "callout", "table")
)


class _Drafter:
    """Writes one note.  Each kind of token has a form in `_FORMS`: HTML that is always the same, or a method."""

    def __init__(self, note: Note, strict_line_breaks: bool) -> None:
        self._note = note
        self._sheet = Sheet(note, "\n" if strict_line_breaks else "<br>\n")
        self._id = ""
        self._paragraph: Token | None = None
        self._paragraph_id = ""
        self._paragraph_open = False
        self._lists: list[_List] = []
        self._callouts: list[str] = []
        self._has_embeds = any(link.embed for link in note.links)
        self._open_sections: list[_Region] = []
        self._open_blocks: list[_Region] = []
        self._sections: dict[int, tuple[int, int, str, str]] = {}
        self._blocks: dict[int, tuple[int, int, str, str]] = {}
        self._footnotes: list[list[str]] = []
        self._body: list[str] = self._sheet.parts

    # --- the whole ---

    def write(self, tokens: Iterable[Token]) -> None:
        sheet, forms = self._sheet, _FORMS
        for token in tokens:
            if token.meta and "block_id" in token.meta and sheet.parts is self._body:
                self._begin_block(token)
            form = forms.get(token.type)
            if isinstance(form, str):
                sheet.parts.append(form)
            elif form is not None:
                form(self, token)
            if self._open_blocks and token.nesting < 1:
                self._end_block(token)

    def finish(self) -> Draft:
        sheet = self._sheet
        self._end_sections(0)
        sheet.leave()
        uses_math = sheet.settle()
        offsets = [0, *accumulate(map(len, self._body))]
        return Draft(
            "".join(self._body),
            _cuts(self._sections, len(self._note.headings), offsets),
            _cuts(self._blocks, len(self._note.block_ids), offsets),
            tuple("".join(_unwrapped(parts)) for parts in self._footnotes),
            uses_math,
            tuple(sheet.diagnostics),
        )

    # --- sections and named blocks ---

    @property
    def _here(self) -> int:
        return self._sheet.here if self._sheet.parts is self._body else len(self._body)

    def _begin_block(self, token: Token) -> None:
        index = token.meta["block_id"]
        if token.type in _WITH_ID:
            self._id = holes.hole(holes.BLOCK_ID, index)
        else:
            self._sheet.parts.append(holes.hole(holes.ANCHOR, index))
        around = self._lists[-1].tag if token.type == "list_item_open" and self._lists else ""
        before, after = (f"<{around}>", f"</{around}>") if around else ("", "")
        raw = self._sheet.raw.open_tags
        self._open_blocks.append(_Region(index, token.level, self._sheet.here, before, after, raw))

    def _end_block(self, token: Token) -> None:
        """Ends the block that this token ends, if any: it is on the level where the block began."""
        while self._open_blocks and self._open_blocks[-1].level >= token.level:
            region = self._open_blocks.pop()
            before, after = region.before, region.after
            raw = self._sheet.raw.open_tags
            if raw != region.raw:  # a block of raw HTML that opens or closes elements for what follows it
                before, after = start_tags(region.raw) + before, after + end_tags(raw)
            self._blocks[region.index] = (region.start, self._here, before, after)

    def _begin_section(self, index: int, level: int) -> None:
        self._end_sections(level)
        before = start_tags(self._sheet.raw.open_tags)
        self._open_sections.append(_Region(index, level, self._sheet.here, before))

    def _end_sections(self, level: int) -> None:
        if not self._open_sections or self._open_sections[-1].level < level:
            return
        after = end_tags(self._sheet.raw.open_tags)
        while self._open_sections and self._open_sections[-1].level >= level:
            region = self._open_sections.pop()
            self._sections[region.index] = (region.start, self._here, region.before, after)

    def _at(self, token: Token) -> None:
        """Faults that are found from here on are told with this token's line."""
        if token.map:
            self._sheet.line = token.map[0] + 1

    def _take_id(self) -> str:
        taken, self._id = self._id, ""
        return taken

    # --- paragraphs ---

    def _paragraph_begins(self, token: Token) -> None:
        self._paragraph, self._paragraph_id = token, self._take_id()

    def _paragraph_ends(self, _: Token) -> None:
        self._close_paragraph()
        self._paragraph = None

    def _inline(self, token: Token) -> None:
        children = token.children or ()
        self._at(token)
        if self._paragraph is None:
            inline.write(self._sheet, children)
        elif self._has_embeds and any(child.type in ("embed", "image") for child in children):
            self._with_embeds(children)
        else:
            self._text(children)

    def _with_embeds(self, children: Sequence[Token]) -> None:
        """A paragraph with embeds that stand by themselves: it is divided at them, as a `<p>` cannot hold a section."""
        depth = 0

        def stands_alone(child: Token) -> bool:
            nonlocal depth
            depth += child.nesting
            return depth == 0 and inline.is_block_embed(self._sheet, child)

        for alone, group in groupby(children, stands_alone):
            if alone:
                self._close_paragraph()
                self._put_id()
                self._sheet.parts += [inline.embed_hole(child, holes.EMBED) for child in group]
            else:
                text = _trimmed(list(group))
                if text:
                    self._text(text)

    def _text(self, children: Sequence[Token]) -> None:
        if self._paragraph is not None and not self._paragraph.hidden:
            self._sheet.parts.append(f"<p{self._paragraph_id}>")
            self._paragraph_id, self._paragraph_open = "", True
        else:
            self._put_id()
        inline.write(self._sheet, children)

    def _close_paragraph(self) -> None:
        if self._paragraph_open:
            self._sheet.parts.append("</p>\n")
            self._paragraph_open = False

    def _put_id(self) -> None:
        """The paragraph's id, where it has no element of its own to carry it."""
        if self._paragraph_id:
            self._sheet.parts.append(self._paragraph_id.replace(holes.BLOCK_ID, holes.ANCHOR, 1))
            self._paragraph_id = ""

    # --- headings ---

    def _heading_begins(self, token: Token) -> None:
        if "heading" not in token.meta:
            self._sheet.parts.append(f"<{token.tag}>")
            return
        index = token.meta["heading"]
        self._begin_section(index, int(token.tag[1]))
        self._sheet.parts.append(holes.hole(holes.HEADING, f"{index}:{token.tag[1]}"))

    def _heading_ends(self, token: Token) -> None:
        self._sheet.parts.append(f"</{token.tag}>\n")

    # --- containers ---

    def _quote_begins(self, _: Token) -> None:
        self._sheet.parts.append(f"<blockquote{self._take_id()}>\n")
        self._sheet.enter()

    def _quote_ends(self, _: Token) -> None:
        self._sheet.leave()
        self._sheet.parts.append("</blockquote>\n")

    def _callout_begins(self, token: Token) -> None:
        type_, fold = token.meta["type"], token.meta["fold"]
        look = callout(type_)
        tag = "details" if fold else "aside"
        facts = f' class="{look.css}"{self._take_id()} data-callout="{_attribute(type_)}"'
        if token.meta.get("metadata"):
            facts += f' data-callout-metadata="{_attribute(token.meta["metadata"])}"'
        if fold:
            facts += f' data-callout-fold="{fold}"' + (" open" if fold == "+" else "")
        else:
            facts += f' role="note" aria-label="{holes.word(f"callout.{look.name}")}"'
        self._callouts.append(tag)
        self._sheet.parts.append(f"<{tag}{facts}>\n")
        self._callout_icon = look.icon
        self._sheet.enter()

    def _callout_ends(self, _: Token) -> None:
        self._sheet.leave()
        self._sheet.parts.append(f"</{self._callouts.pop()}>\n")

    def _title_begins(self, _: Token) -> None:
        tag = "summary" if self._callouts[-1] == "details" else "p"
        self._sheet.parts.append(f"<{tag} data-callout-title>{self._callout_icon}<span>")

    def _title_ends(self, _: Token) -> None:
        tag = "summary" if self._callouts[-1] == "details" else "p"
        self._sheet.parts.append(f"</span></{tag}>\n")

    # --- lists ---

    def _list_begins(self, token: Token) -> None:
        start = token.attrs.get("start") if token.attrs else None
        attributes = self._take_id() + (f' start="{start}"' if start is not None else "")
        self._lists.append(_List(token.tag, len(self._sheet.parts), attributes))
        self._sheet.parts.append(f"<{token.tag}{attributes}>\n")

    def _list_ends(self, token: Token) -> None:
        done = self._lists.pop()
        if done.has_tasks:
            self._sheet.parts[done.part] = f'<{done.tag} class="tasks"{done.attributes}>\n'
        self._sheet.parts.append(f"</{token.tag}>\n")

    def _item_begins(self, token: Token) -> None:
        mark = token.meta.get("task") if token.meta else None
        self._lists[-1].items.append(mark is not None)
        if mark is None:
            self._sheet.parts.append(f"<li{self._take_id()}>")
        else:
            self._lists[-1].has_tasks = True
            self._sheet.parts.append(_task(mark, self._take_id()))
        self._sheet.enter()

    def _item_ends(self, _: Token) -> None:
        self._sheet.leave()
        self._sheet.parts.append("</div></li>\n" if self._lists[-1].items.pop() else "</li>\n")

    # --- tables ---

    def _table_begins(self, _: Token) -> None:
        label = holes.word("body.table")
        box = f'<div class="scroll"{self._take_id()} tabindex="0" role="group" aria-label="{label}">'
        self._sheet.parts.append(f"{box}<table>\n")

    def _table_ends(self, _: Token) -> None:
        self._sheet.parts.append("</table></div>\n")

    def _cell_begins(self, token: Token) -> None:
        style = token.attrs.get("style") if token.attrs else None
        scope = ' scope="col"' if token.tag == "th" else ""
        self._sheet.parts.append(f"<{token.tag}{scope}" + (f' style="{style}">' if style else ">"))

    # --- code, formulas, HTML ---

    def _fence(self, token: Token) -> None:
        if "block" in token.meta:
            self._sheet.parts.append(holes.hole(holes.BLOCK, token.meta["block"]))
            return
        html = fences.fence(token.content, token.info, token.meta.get("plugin", "")) + "\n"
        self._judge(token)
        block = token.meta.get("output_of")
        self._sheet.parts.append(html if block is None else inline.unless_run(block, html))

    def _judge(self, token: Token) -> None:
        complaint = fences.complaint(token.content, token.info)
        if complaint:
            self._at(token)
            hint = "its source is shown instead; mend the diagram"
            self._sheet.blame("bad-diagram", f"the diagram cannot be drawn: {complaint}", hint)
        if fences.language(token.info) == "base" and token.map:
            # Imported where the first one is met: most vaults have none.
            from kbtool.bases import file_faults

            self._sheet.diagnostics += file_faults(self._note.path, token.content, token.map[0] + 2)

    def _code(self, token: Token) -> None:
        self._sheet.parts.append(fences.code(token.content) + "\n")

    def _math(self, token: Token) -> None:
        self._at(token)
        first, last = token.map or (0, 0)
        if last - first > token.content.count("\n") + 2:
            self._sheet.line += 1  # The formula begins below its dollars.
        self._sheet.formula(token.content, display=True, tag="div")
        self._sheet.parts.append("\n")

    def _html(self, token: Token) -> None:
        self._at(token)
        self._sheet.html(token.content)

    def _plugin(self, token: Token) -> None:
        self._sheet.parts.append(fences.plugin_box(token.content, token.meta["plugin"]) + "\n")

    # --- footnotes ---

    def _footnote_begins(self, _: Token) -> None:
        self._sheet.parts = []
        self._sheet.enter()

    def _footnote_ends(self, _: Token) -> None:
        self._sheet.leave()
        self._footnotes.append(self._sheet.parts)
        self._sheet.parts = self._body

    def _footnote_anchor(self, token: Token) -> None:
        if not token.meta.get("sub"):
            self._sheet.parts.append(holes.hole(holes.RETURN, token.meta["id"]))


_FORMS: Mapping[str, str | Callable[[_Drafter, Token], None]] = {
    "hr": "<hr>\n",
    "thead_open": "<thead>",
    "thead_close": "</thead>\n",
    "tbody_open": "<tbody>",
    "tbody_close": "</tbody>",
    "tr_open": "<tr>",
    "tr_close": "</tr>\n",
    "th_close": "</th>",
    "td_close": "</td>",
    "paragraph_open": _Drafter._paragraph_begins,
    "paragraph_close": _Drafter._paragraph_ends,
    "inline": _Drafter._inline,
    "heading_open": _Drafter._heading_begins,
    "heading_close": _Drafter._heading_ends,
    "blockquote_open": _Drafter._quote_begins,
    "blockquote_close": _Drafter._quote_ends,
    "callout_open": _Drafter._callout_begins,
    "callout_close": _Drafter._callout_ends,
    "callout_title_open": _Drafter._title_begins,
    "callout_title_close": _Drafter._title_ends,
    "bullet_list_open": _Drafter._list_begins,
    "bullet_list_close": _Drafter._list_ends,
    "ordered_list_open": _Drafter._list_begins,
    "ordered_list_close": _Drafter._list_ends,
    "list_item_open": _Drafter._item_begins,
    "list_item_close": _Drafter._item_ends,
    "table_open": _Drafter._table_begins,
    "table_close": _Drafter._table_ends,
    "th_open": _Drafter._cell_begins,
    "td_open": _Drafter._cell_begins,
    "fence": _Drafter._fence,
    "code_block": _Drafter._code,
    "math_block": _Drafter._math,
    "html_block": _Drafter._html,
    "plugin_block": _Drafter._plugin,
    "footnote_open": _Drafter._footnote_begins,
    "footnote_close": _Drafter._footnote_ends,
    "footnote_anchor": _Drafter._footnote_anchor,
}


def _cuts(regions: Mapping[int, tuple[int, int, str, str]], count: int, offsets: Sequence[int]) -> tuple[Cut, ...]:
    """One cut for each index; a place that was swallowed with a script is the empty cut at its end."""
    last = len(offsets) - 1
    found = ((*regions.get(index, (last, last, "", "")),) for index in range(count))
    return tuple(Cut(offsets[min(a, last)], offsets[min(b, last)], before, after) for a, b, before, after in found)


def _trimmed(children: list[Token]) -> list[Token]:
    """The children without line breaks and blanks at either end."""

    def is_blank(token: Token) -> bool:
        return token.type in ("softbreak", "hardbreak") or (token.type == "text" and not token.content.strip())

    while children and is_blank(children[0]):
        del children[0]
    while children and is_blank(children[-1]):
        del children[-1]
    return children


def _task(mark: str, identity: str) -> str:
    """The start of a task: anything but a blank between its brackets means that it is done."""
    done = mark != " "
    css, word = ("task on", "body.done") if done else ("task", "body.open")
    box = f'<input type="checkbox" disabled{" checked" if done else ""} aria-label="{holes.word(word)}">'
    return f'<li class="{css}"{identity} data-task="{_attribute(mark)}">{box}<div>'


def _attribute(text: str) -> str:
    return holes.clean(text).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _unwrapped(parts: list[str]) -> list[str]:
    """A footnote of one paragraph needs no `<p>`."""
    if parts.count("<p>") == 1 and parts[0] == "<p>" and parts[-1] == "</p>\n":
        return parts[1:-1]
    return parts
