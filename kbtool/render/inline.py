"""What stands within a line of text: emphasis, links, embeds, formulas, code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from markdown_it.token import Token

from kbtool.inert import is_safe_url
from kbtool.render import holes
from kbtool.render.cards import external
from kbtool.render.media import kind_of
from kbtool.render.sheet import Sheet

__all__ = ["is_block_embed", "write"]

_PLAIN: Mapping[str, str] = {
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "em_open": "<em>",
    "em_close": "</em>",
    "s_open": "<s>",
    "s_close": "</s>",
    "mark_open": "<mark>",
    "mark_close": "</mark>",
    "comment": "",
}


def write(sheet: Sheet, children: Sequence[Token]) -> None:
    """Writes the children of an inline token; what raw HTML opens among them is closed after the last."""
    put = sheet.parts.append
    for index, token in enumerate(children):
        kind = token.type
        if kind == "text":
            text = token.content
            put(escape(text, quote=False) if "<" in text or "&" in text or ">" in text else text)
        elif (plain := _PLAIN.get(kind)) is not None:
            put(plain)
        elif kind == "html_inline":
            _with_html(sheet, children, index)
            return
        else:
            _INLINE.get(kind, _unknown)(sheet, token)


def _with_html(sheet: Sheet, children: Sequence[Token], first: int) -> None:
    """The rest of the children, from the first raw HTML on: what it opens in an emphasis or a link ends there too."""
    for _ in range(1 + sum(token.nesting for token in children[:first])):
        sheet.enter()
    for token in children[first:]:
        if token.nesting < 0:
            sheet.leave()
        plain = _PLAIN.get(token.type)
        if plain is not None:
            sheet.parts.append(plain)
        else:
            _INLINE.get(token.type, _unknown)(sheet, token)
        if token.nesting > 0:
            sheet.enter()
    sheet.leave()


def is_block_embed(sheet: Sheet, token: Token) -> bool:
    """True for an embed of something that is no media file: it stands by itself, not in a line of text."""
    if token.type not in ("embed", "image") or "link" not in token.meta:
        return False
    return not kind_of(sheet.note.links[token.meta["link"]].target)


def embed_hole(token: Token, kind: str) -> str:
    """The hole of an embed, with what the note says of its size and its text."""
    meta = token.meta
    facts = ";".join((str(meta["link"]), meta.get("width", ""), meta.get("height", ""), meta.get("alt", "")))
    hole = holes.hole(kind, facts)
    if "figure_of" not in meta:
        return hole
    return unless_run(meta["figure_of"], hole)


def unless_run(block: int, html: str) -> str:
    """HTML that gives way to the result of a block."""
    return f"{holes.hole(holes.UNLESS_RUN, block)}{html}{holes.hole(holes.UNLESS_RUN_END)}"


def _unknown(sheet: Sheet, token: Token) -> None:
    sheet.parts.append(escape(token.content, quote=False))


def _hard_break(sheet: Sheet, _: Token) -> None:
    sheet.line += 1
    sheet.parts.append("<br>\n")


def _soft_break(sheet: Sheet, _: Token) -> None:
    sheet.line += 1
    sheet.parts.append(sheet.soft_break)


def _code(sheet: Sheet, token: Token) -> None:
    sheet.parts.append(f"<code>{escape(token.content, quote=False)}</code>")


def _source(sheet: Sheet, token: Token) -> None:
    sheet.parts.append(f'<code class="plugin">{escape(token.content, quote=False)}</code>')


def _wikilink(sheet: Sheet, token: Token) -> None:
    text = escape(token.content, quote=False)
    sheet.parts.append(text if sheet.link_end else holes.hole(holes.WIKI, f"{token.meta['link']}:{text}"))


def _link_open(sheet: Sheet, token: Token) -> None:
    if "link" in token.meta:
        sheet.link_end = holes.hole(holes.LINK_END)
        sheet.parts.append(holes.hole(holes.LINK, token.meta["link"]))
        return
    sheet.link_end = "</a>"
    url = str(token.attrs.get("href", ""))
    title = f' title="{escape(str(token.attrs["title"]))}"' if "title" in token.attrs else ""
    href = f' href="{escape(url)}"' if is_safe_url(url) else ""
    sheet.parts.append(f'<a class="ext"{href}{title}>')


def _link_close(sheet: Sheet, _: Token) -> None:
    sheet.parts.append(sheet.link_end)
    sheet.link_end = ""


def _embed(sheet: Sheet, token: Token) -> None:
    if sheet.link_end and is_block_embed(sheet, token):
        _unknown(sheet, token)
    else:
        sheet.parts.append(embed_hole(token, holes.EMBED_INLINE))


def _image(sheet: Sheet, token: Token) -> None:
    if "link" in token.meta:
        _embed(sheet, token)
        return
    url, meta = str(token.attrs.get("src", "")), token.meta
    alt = meta.get("alt", token.content)
    width, height = meta.get("width", ""), meta.get("height", "")
    if url.startswith("data:image/"):
        size = "".join(f' {name}="{value}"' for name, value in (("width", width), ("height", height)) if value)
        sheet.parts.append(f'<img src="{escape(url)}" alt="{escape(alt)}"{size}>')
    else:
        sheet.parts.append(external(url, alt, width, height, in_link=bool(sheet.link_end)))


def _tag(sheet: Sheet, token: Token) -> None:
    text = escape(token.content, quote=False)
    if sheet.link_end:
        sheet.parts.append(text)
    else:
        sheet.parts.append(f"{holes.hole(holes.TAG, token.meta['tag'])}{text}{holes.hole(holes.LINK_END)}")


def _math(sheet: Sheet, token: Token) -> None:
    sheet.formula(token.content, display=bool(token.meta.get("display")), tag="span")
    sheet.line += token.content.count("\n")


def _value(sheet: Sheet, token: Token) -> None:
    sheet.parts.append(holes.hole(holes.VALUE, token.meta["inline"]))


def _footnote_ref(sheet: Sheet, token: Token) -> None:
    sheet.parts.append(holes.hole(holes.FOOTNOTE, token.meta["id"]))


def _html(sheet: Sheet, token: Token) -> None:
    sheet.html(token.content)


_INLINE: Mapping[str, Callable[[Sheet, Token], None]] = {
    "hardbreak": _hard_break,
    "softbreak": _soft_break,
    "code_inline": _code,
    "plugin_inline": _source,
    "shortcode_inline": _source,
    "wikilink": _wikilink,
    "link_open": _link_open,
    "link_close": _link_close,
    "embed": _embed,
    "image": _image,
    "tag": _tag,
    "math_inline": _math,
    "inline_python": _value,
    "footnote_ref": _footnote_ref,
    "html_inline": _html,
}
