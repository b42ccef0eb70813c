"""A note's own HTML made harmless, and whole.

What comes out is made of nothing but start tags from a list, with attributes that nh3 has passed, end tags that match
them, and text.  Markdown hands over raw HTML in pieces (`<details><summary>x</summary>`, then paragraphs, then
`</details>`), so a `RawHtml` remembers what is open in each container of the document and closes at the container's
end what the author left open; an end tag that matches nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape

from nh3 import Cleaner

from kbtool.inert import reaches_out
from kbtool.render import holes
from kbtool.render.cards import Foreign, card, parts

__all__ = ["ELEMENTS", "RawHtml", "Tag", "attributes_of", "clean_tag", "end_tags", "start_tags"]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLAIN = _names(
    """a abbr address article aside audio b bdi bdo big blockquote br caption center cite code col colgroup data dd del
    details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main mark
    menu meter nav ol p picture pre progress q rb rp rt rtc ruby s samp section small source span strike strong sub
    summary sup table tbody td tfoot th thead time tr track tt u ul var video wbr"""
)
# Drawings: shapes and text, nothing that loads, links or moves.
_DRAWING = _names(
    """circle clippath defs ellipse g line lineargradient marker path polygon polyline radialgradient rect stop svg text
    tspan"""
)
_VOID = _names("br hr img wbr col source track")
# Their content is code, or is read by other rules than text is; nothing of it is shown.
_SWALLOWED = _names(
    """applet frameset head iframe math noembed noframes noscript object option plaintext script select style template
    textarea title xmp"""
)
# Elements that never have content, so that there is nothing to swallow up to an end tag.
_EMPTY = _names("base embed frame input link meta param")
# Whose removal the author should know of: they would have run or loaded something.
_RUNS = _names("applet base embed frameset link meta object script")

_ANY = _names("align class dir height hidden lang role style title valign width")
_OWN: Mapping[str, frozenset[str]] = {
    "a": _names("href"),
    "audio": _names("controls loop muted preload src"),
    "col": _names("span"),
    "colgroup": _names("span"),
    "data": _names("value"),
    "details": _names("open"),
    "font": _names("color face size"),
    "img": _names("alt loading src"),
    "li": _names("value"),
    "meter": _names("high low max min optimum value"),
    "ol": _names("reversed start type"),
    "progress": _names("max value"),
    "source": _names("media src type"),
    "table": _names("border cellpadding cellspacing"),
    "td": _names("bgcolor colspan headers rowspan"),
    "th": _names("bgcolor colspan headers rowspan scope"),
    "time": _names("datetime"),
    "track": _names("default kind label src srclang"),
    "video": _names("controls loop muted playsinline preload src"),
}
_SHAPE = _names(
    """cx cy d dominant-baseline dx dy fill fill-opacity fill-rule font-family font-size font-weight gradienttransform
    gradientunits markerheight markerwidth offset opacity orient pathlength points preserveaspectratio r refx refy rx ry
    stop-color stop-opacity stroke stroke-dasharray stroke-linecap stroke-linejoin stroke-opacity stroke-width
    text-anchor transform viewbox x x1 x2 xmlns y y1 y2"""
)
# Looks, not layout over the page: no position, and nothing that takes a url().
_STYLES = _names(
    """background-color border border-bottom border-collapse border-color border-left border-radius border-right
    border-style border-top border-width clear color column-count column-gap display flex flex-direction flex-wrap float
    font-family font-size font-style font-variant font-weight gap grid-template-columns height justify-content
    letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right margin-top max-height
    max-width min-height min-width opacity overflow overflow-x overflow-y padding padding-bottom padding-left
    padding-right padding-top text-align text-decoration text-indent text-transform vertical-align white-space width
    word-break"""
)
_SCHEMES = _names("data ftp geo http https irc ircs magnet mailto obsidian sftp sms tel xmpp zotero")

ELEMENTS = _PLAIN | _DRAWING

# What a start tag ends without being told to, as browsers have it, and how far they look for it.
_BLOCKS = _names(
    """address article aside blockquote center details dir div dl figcaption figure footer h1 h2 h3 h4 h5 h6 header
    hgroup hr main menu nav ol p pre section summary table ul"""
)
_SCOPE = _names("table td th caption")
_IMPLIED: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    **dict.fromkeys(_BLOCKS, (_names("p"), _SCOPE)),
    "li": (_names("li"), _names("ul ol menu") | _SCOPE),
    **dict.fromkeys(_names("dt dd"), (_names("dt dd"), _names("dl") | _SCOPE)),
    **dict.fromkeys(_names("td th"), (_names("td th"), _names("tr table"))),
    "tr": (_names("tr"), _names("table")),
    **dict.fromkeys(_names("thead tbody tfoot"), (_names("thead tbody tfoot"), _names("table"))),
}


def attributes_of(name: str) -> set[str]:
    """The attributes that an element may bring."""
    return set(_ANY | _OWN.get(name, frozenset()) | (_SHAPE if name in _DRAWING else frozenset()))


# An HTML parser drops a `<td>` that stands outside a table, and a start tag is all we ever show it.  Under the name
# `x-td` it is an element like any other, and its attributes are judged by the same list.
_CLEANER = Cleaner(
    tags={f"x-{name}" for name in ELEMENTS},
    attributes={f"x-{name}": attributes_of(name) for name in ELEMENTS},
    link_rel=None,
    url_schemes=set(_SCHEMES),
    filter_style_properties=set(_STYLES),
)

_MARKUP = re.compile(
    r"<!--.*?(?:-->|$)|<[!?][^>]*(?:>|$)"
    r"|<(?P<end>/)?(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^\"'<>])*)>",
    re.DOTALL,
)
_CLEANED = re.compile(r"<x-[a-z0-9]+((?: [^\s\"'<>=]+=\"[^\"]*\")*)></x-[a-z0-9]+>")
_ATTRIBUTE = re.compile(r" ([^\s\"'<>=]+)=\"([^\"]*)\"")
_RAW_NAME = re.compile(r"(?:^|[\s/\"'])(on[a-z]+)\s*=", re.IGNORECASE)
_CODE_URL = re.compile(r"=\s*+[\"']?\s*+((?:j\s*a\s*v\s*a|v\s*b)\s*s\s*c\s*r\s*i\s*p\s*t\s*:)", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(r"&(?!#?\w+;)")
_TABLE_PARTS = _names("caption col colgroup thead tbody tfoot tr td th")


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag that passed: its name, its attributes with their values still escaped, and what was taken away."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    removed: tuple[str, ...] = ()

    def get(self, name: str) -> str:
        return next((value for key, value in self.attributes if key == name), "")

    def html(self) -> str:
        return f"<{self.name}" + "".join(f' {key}="{value}"' for key, value in self.attributes) + ">"


@lru_cache(maxsize=4096)
def clean_tag(name: str, rest: str) -> Tag:
    """The start tag `<name rest>` without what could run code; `name` is one of the allowed ones."""
    # `&#2;` is a character of holes as well, once it is decoded.
    passed = _CLEANED.fullmatch(holes.clean(_CLEANER.clean(f"<x-{name} {rest.rstrip('/')}></x-{name}>")))
    kept = tuple(_ATTRIBUTE.findall(passed[1])) if passed else ()
    return Tag(name, tuple(pair for pair in kept if _is_kept(name, *pair)), _removed(rest))


def _is_kept(name: str, key: str, value: str) -> bool:
    if key == "style":
        return bool(value) and not reaches_out(unescape(value))
    if name in _DRAWING and reaches_out(unescape(value)):
        return False
    # A picture may hold its own bytes; anything else that calls itself data is a page in disguise.
    return not value.lower().lstrip().startswith("data:") or (name == "img" and value.lower().startswith("data:image/"))


def _removed(rest: str) -> tuple[str, ...]:
    names = [match[1].lower() for match in _RAW_NAME.finditer(rest)]
    return (*names, "javascript:") if _CODE_URL.search(unescape(rest)) else tuple(names)


@dataclass(slots=True)
class _Container:
    """What raw HTML has left open in one block; `swallowing` names the element whose content is being dropped."""

    open: list[str] = field(default_factory=list)
    swallowing: str = ""


@dataclass(slots=True)
class RawHtml:
    """The raw HTML of one note as it passes by, piece by piece."""

    removed: list[str] = field(default_factory=list)
    # None until raw HTML appears in the container, which it does in very few.
    _containers: list[_Container | None] = field(default_factory=lambda: [None])
    _in_link: bool = False

    @property
    def swallowing(self) -> bool:
        """True while what follows is the content of an element that is not shown."""
        here = self._containers[-1]
        return here is not None and bool(here.swallowing)

    @property
    def open_tags(self) -> tuple[str, ...]:
        """The names of the elements open in the current container, outermost first."""
        here = self._containers[-1]
        return () if here is None else tuple(here.open)

    def enter(self) -> None:
        self._containers.append(None)

    def leave(self) -> str:
        """The end tags of what the container that ends here left open."""
        left = self._containers.pop()
        return "" if left is None else end_tags(left.open)

    def _here(self) -> _Container:
        here = self._containers[-1]
        if here is None:
            here = self._containers[-1] = _Container()
        return here

    def feed(self, source: str, *, in_link: bool = False) -> str:
        """The piece as it may be shown; `in_link` tells that a link of the document is open around it."""
        self._in_link = in_link
        out: list[str] = []
        at = 0
        for match in _MARKUP.finditer(source):
            self._text(source[at : match.start()], out)
            at = match.end()
            if match["name"]:
                self._tag(match["name"].lower(), match["rest"], bool(match["end"]), out)
        self._text(source[at:], out)
        return "".join(out)

    def _links(self) -> bool:
        return self._in_link or any(c is not None and "a" in c.open for c in self._containers)

    def _text(self, text: str, out: list[str]) -> None:
        if text and not self.swallowing:
            out.append(_BARE_AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;"))

    def _tag(self, name: str, rest: str, is_end: bool, out: list[str]) -> None:
        here = self._here()
        if here.swallowing:
            if is_end and name == here.swallowing:
                here.swallowing = ""
        elif is_end:
            out.append(_close(name, here.open))
        elif name in _SWALLOWED or name in _EMPTY:
            self._refuse(name, rest, out)
        elif name in ELEMENTS:
            self._start(clean_tag(name, rest), out)

    def _refuse(self, name: str, rest: str, out: list[str]) -> None:
        if name not in _EMPTY:
            self._here().swallowing = name
        if name == "iframe":
            out.append(_frame(rest, in_link=self._links()))
        elif name in _RUNS:
            self.removed.append(f"<{name}>")

    def _start(self, tag: Tag, out: list[str]) -> None:
        self.removed += tag.removed
        here = self._here()
        if tag.name == "a" and self._links():
            return  # A link in a link is two links to a browser, the first of them empty.
        if tag.name in _TABLE_PARTS and "table" not in here.open:
            return  # browsers ignore it too
        out.append(_implied_end(tag.name, here.open))
        special = _SPECIAL.get(tag.name)
        html = special(tag, self._links()) if special else tag.html()
        out.append(html)
        if tag.name in {"audio", "video"} and html.startswith("<span"):
            here.swallowing = tag.name  # A card took its place.
        elif tag.name not in _VOID:
            here.open.append(tag.name)


def start_tags(names: Sequence[str]) -> str:
    """Elements opened anew around a part that was cut out of them; what could be folded is shown."""
    return "".join(["<details open>" if name == "details" else f"<{name}>" for name in names]) if names else ""


def end_tags(names: Sequence[str]) -> str:
    """The end tags of open elements, the innermost first."""
    return "".join([f"</{name}>" for name in reversed(names)]) if names else ""


def _close(name: str, stack: list[str]) -> str:
    """The end tags down to and with `name`; nothing where it is not open."""
    if name not in stack:
        return ""
    at = len(stack) - 1 - stack[::-1].index(name)
    html = end_tags(stack[at:])
    del stack[at:]
    return html


def _implied_end(name: str, stack: list[str]) -> str:
    """The end tags that browsers would add before `<name>`: written out, so that the page is whole by itself."""
    ends, barriers = _IMPLIED.get(name, (frozenset(), frozenset()))
    for opened in reversed(stack):
        if opened in ends:
            return _close(opened, stack)
        if opened in barriers:
            break
    return ""


# --- elements that lead elsewhere ----------------------------------------------------------------------------------


def _frame(rest: str, *, in_link: bool) -> str:
    """A frame from elsewhere is loaded when the reader asks for it, not before."""
    url = _absolute(_raw_attribute(rest, "src"))
    if parts(url).scheme not in {"http", "https"}:
        return ""
    width, height = (_raw_attribute(rest, name) for name in ("width", "height"))
    # Without `100%` and the like: the style sheet knows better how wide a page is.
    size = (width if width.isdigit() else "", height if height.isdigit() else "")
    return card(Foreign("iframe", url, url, _raw_attribute(rest, "title"), *size), in_link=in_link)


def _absolute(url: str) -> str:
    return "https:" + url if url.startswith("//") else url


def _raw_attribute(rest: str, name: str) -> str:
    """The value of an attribute as written, for tags that are not passed on."""
    value = r"(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))"
    found = re.search(rf"(?:^|[\s\"'/]){name}\s*=\s*{value}", rest, re.IGNORECASE)
    return unescape(next((value for value in found.groups() if value is not None), "")).strip() if found else ""


def _is_external(url: str) -> bool:
    return url.startswith("//") or bool(re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", url))


def _with(tag: Tag, key: str, hole: str) -> str:
    """The tag with the attribute `key` left to a hole, which says where it leads once every page is known."""
    others = tuple(pair for pair in tag.attributes if pair[0] != key)
    return Tag(tag.name, others).html()[:-1] + hole + ">"


def _media(tag: Tag, in_link: bool) -> str:
    """A picture, film or sound: a file of the vault, or a card for one from elsewhere."""
    url = unescape(tag.get("src"))
    if not url or url.startswith("data:"):
        return tag.html()
    if not _is_external(url):
        return _with(tag, "src", holes.source(url))
    if tag.name in {"source", "track"}:
        return ""
    size = tag.get("width"), tag.get("height")
    address = _absolute(url)
    return card(Foreign(tag.name, address, address, unescape(tag.get("alt")), *size), in_link=in_link)


def _anchor(tag: Tag, _: bool) -> str:
    url = unescape(tag.get("href"))
    if not url:
        return tag.html()
    if _is_external(url):
        return tag.html()[:-1] + ' rel="noopener">'
    return _with(tag, "href", holes.address(url))


_SPECIAL: Mapping[str, Callable[[Tag, bool], str]] = {
    "a": _anchor,
    "img": _media,
    "audio": _media,
    "video": _media,
    "source": _media,
    "track": _media,
}
