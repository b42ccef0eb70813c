"""A note's own HTML made harmless, and whole.

What comes out is made of nothing but start tags from a list, with attributes that nh3 has passed, end tags that match
them, and text.  Markdown hands over raw HTML in pieces (`<details><summary>x</summary>`, then paragraphs, then
`</details>`), so a `RawHtml` remembers what is open in each container of the document and closes at the container's
end what the author left open; an end tag that matches nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape, unescape
from urllib.parse import urlsplit

from nh3 import Cleaner

from kbtool.render import holes
from kbtool.render.cards import Frame, card

__all__ = ["RawHtml", "Tag", "clean_tag", "is_safe_url"]

_PLAIN = """a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup data dd del details
dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main mark menu
meter nav ol p picture pre progress q rb rp rt rtc ruby s samp section small source span strike strong sub summary sup
table tbody td tfoot th thead time tr track tt u ul var wbr audio video""".split()
# Drawings: shapes and text, nothing that loads, links or moves.
_DRAWING = """svg g path circle rect line polyline polygon ellipse text tspan defs marker lineargradient radialgradient stop
clippath""".split()
_VOID = frozenset("br hr img wbr col source track".split())
# Their content is code, or is read by other rules than text is; nothing of it is shown.
_SWALLOWED = frozenset(
    """script style noscript iframe object embed applet template textarea title select option xmp plaintext noembed
noframes frameset head math""".split()
)
# Elements that never have content, so that there is nothing to swallow up to an end tag.
_EMPTY = frozenset("embed meta link base input frame param".split())

_ANY = frozenset("title lang dir class style align valign width height hidden role".split())
_OWN: dict[str, frozenset[str]] = {
    "a": frozenset({"href"}),
    "img": frozenset({"src", "alt", "loading"}),
    "source": frozenset({"src", "type", "media"}),
    "audio": frozenset("src controls loop muted preload".split()),
    "video": frozenset("src controls loop muted preload playsinline".split()),
    "track": frozenset("src kind label srclang default".split()),
    "td": frozenset("colspan rowspan headers bgcolor".split()),
    "th": frozenset("colspan rowspan headers scope bgcolor".split()),
    "table": frozenset("border cellpadding cellspacing".split()),
    "col": frozenset({"span"}),
    "colgroup": frozenset({"span"}),
    "ol": frozenset({"start", "type", "reversed"}),
    "li": frozenset({"value"}),
    "details": frozenset({"open"}),
    "time": frozenset({"datetime"}),
    "data": frozenset({"value"}),
    "font": frozenset({"color", "face", "size"}),
    "meter": frozenset("value min max low high optimum".split()),
    "progress": frozenset("value max".split()),
}
_SHAPE = frozenset(
    """viewbox d x y x1 y1 x2 y2 dx dy cx cy r rx ry points fill stroke stroke-width stroke-linecap stroke-linejoin opacity
stroke-dasharray fill-opacity stroke-opacity fill-rule transform text-anchor dominant-baseline font-size font-family font-weight
offset stop-color stop-opacity gradientunits gradienttransform preserveaspectratio refx refy markerwidth markerheight
orient pathlength xmlns""".split()
)
# Looks, not layout over the page: no position, and nothing that takes a url().
_STYLES = frozenset(
    """background-color border border-bottom border-collapse border-color border-left border-radius border-right
border-style border-top border-width clear color column-count column-gap display flex flex-direction flex-wrap float
font-family font-size font-style font-variant font-weight gap grid-template-columns height justify-content letter-spacing
line-height list-style-type margin margin-bottom margin-left margin-right margin-top max-height max-width min-height
min-width opacity overflow overflow-x overflow-y padding padding-bottom padding-left padding-right padding-top
text-align text-decoration text-indent text-transform vertical-align white-space width word-break""".split()
)
_SCHEMES = frozenset("http https mailto tel sms ftp sftp obsidian zotero magnet geo xmpp irc ircs data".split())

_ALLOWED = frozenset(_PLAIN) | frozenset(_DRAWING)


def _attributes(name: str) -> set[str]:
    return set(_ANY | _OWN.get(name, frozenset()) | (_SHAPE if name in _DRAWING else frozenset()))


# An HTML parser drops a `<td>` that stands outside a table, and a start tag is all we ever show it.  Under the name
# `x-td` it is an element like any other, and its attributes are judged by the same list.
_CLEANER = Cleaner(
    tags={f"x-{name}" for name in _ALLOWED},
    attributes={f"x-{name}": _attributes(name) for name in _ALLOWED},
    link_rel=None,
    url_schemes=set(_SCHEMES),
    filter_style_properties=set(_STYLES),
)

_MARKUP = re.compile(
    r"<!--.*?(?:-->|$)|<[!?][^>]*(?:>|$)"
    r"|<(?P<end>/)?(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^\"'>])*)>",
    re.DOTALL,
)
_CLEANED = re.compile(r"<x-[a-z0-9]+((?: [^\s\"'<>=]+=\"[^\"]*\")*)></x-[a-z0-9]+>")
_ATTRIBUTE = re.compile(r" ([^\s\"'<>=]+)=\"([^\"]*)\"")
_RAW_NAME = re.compile(r"(?:^|[\s/\"'])(on[a-z]+)\s*=", re.IGNORECASE)
_CODE_URL = re.compile(r"=\s*[\"']?\s*((?:j\s*a\s*v\s*a|v\s*b)\s*s\s*c\s*r\s*i\s*p\s*t\s*:)", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(r"&(?!#?\w+;)")
_DEAD_SCHEMES = frozenset({"javascript", "vbscript", "data", "blob", "filesystem"})


def is_safe_url(url: str) -> bool:
    """False for a URL that would run something when followed.

    >>> is_safe_url("java\\nscript:alert(1)"), is_safe_url("things:///show?id=1")
    (False, True)
    """
    scheme, colon, _ = re.sub(r"[\x00-\x20]", "", unescape(url)).partition(":")
    return not colon or scheme.lower() not in _DEAD_SCHEMES


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
    passed = _CLEANED.fullmatch(_CLEANER.clean(f"<x-{name} {rest.rstrip('/')}></x-{name}>"))
    kept = tuple(_ATTRIBUTE.findall(passed[1])) if passed else ()
    return Tag(name, tuple(pair for pair in kept if _is_kept(name, *pair)), _removed(rest))


def _is_kept(name: str, key: str, value: str) -> bool:
    if key == "style":
        return bool(value)
    # A picture may hold its own bytes; anything else that calls itself data is a page in disguise.
    return not value.lower().lstrip().startswith("data:") or (name == "img" and value.lower().startswith("data:image/"))


def _removed(rest: str) -> tuple[str, ...]:
    names = [match[1].lower() for match in _RAW_NAME.finditer(rest)]
    return (*names, "javascript:") if _CODE_URL.search(unescape(rest)) else tuple(names)


@dataclass(slots=True)
class _Container:
    """What raw HTML has left open in one block of the document; `swallowing` names the element whose content is dropped."""

    open: list[str] = field(default_factory=list)
    swallowing: str = ""


@dataclass(slots=True)
class RawHtml:
    """The raw HTML of one note as it passes by, piece by piece."""

    removed: list[str] = field(default_factory=list)
    _containers: list[_Container] = field(default_factory=lambda: [_Container()])

    @property
    def swallowing(self) -> bool:
        """True while what follows is the content of an element that is not shown."""
        return bool(self._containers[-1].swallowing)

    @property
    def open_tags(self) -> tuple[str, ...]:
        """The names of the elements open in the current container, outermost first."""
        return tuple(self._containers[-1].open)

    def enter(self) -> None:
        self._containers.append(_Container())

    def leave(self) -> str:
        """The end tags of what the container that ends here left open."""
        left = self._containers.pop()
        return _end_tags(left.open)

    def finish(self) -> str:
        """The end tags of what is open at the end of the note."""
        html = _end_tags(self._containers[0].open)
        self._containers = [_Container()]
        return html

    def feed(self, source: str) -> str:
        """The piece as it may be shown."""
        out: list[str] = []
        at = 0
        for match in _MARKUP.finditer(source):
            self._text(source[at : match.start()], out)
            at = match.end()
            if match["name"]:
                self._tag(match["name"].lower(), match["rest"], bool(match["end"]), out)
        self._text(source[at:], out)
        return "".join(out)

    def _text(self, text: str, out: list[str]) -> None:
        if text and not self.swallowing:
            out.append(_BARE_AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;"))

    def _tag(self, name: str, rest: str, is_end: bool, out: list[str]) -> None:
        here = self._containers[-1]
        if here.swallowing:
            if is_end and name == here.swallowing:
                here.swallowing = ""
        elif is_end:
            out.append(_close(name, here.open))
        elif name in _SWALLOWED or name in _EMPTY:
            self._refuse(name, rest, out)
        elif name in _ALLOWED:
            self._start(clean_tag(name, rest), out)

    def _refuse(self, name: str, rest: str, out: list[str]) -> None:
        if name not in _EMPTY:
            self._containers[-1].swallowing = name
        if name == "iframe":
            out.append(_frame(rest))
        elif name in _RUNS:
            self.removed.append(f"<{name}>")

    def _start(self, tag: Tag, out: list[str]) -> None:
        self.removed += tag.removed
        here = self._containers[-1]
        special = _SPECIAL.get(tag.name)
        html = special(tag) if special else tag.html()
        out.append(html)
        if tag.name in {"audio", "video"} and "<template>" in html:
            here.swallowing = tag.name
        elif tag.name not in _VOID:
            here.open.append(tag.name)


_RUNS = frozenset("script object embed applet meta link base frameset".split())


def _end_tags(names: list[str]) -> str:
    return "".join([f"</{name}>" for name in reversed(names)])


def _close(name: str, stack: list[str]) -> str:
    """The end tags down to and with `name`; nothing where it is not open."""
    if name not in stack:
        return ""
    at = len(stack) - 1 - stack[::-1].index(name)
    html = _end_tags(stack[at:])
    del stack[at:]
    return html


# --- elements that lead elsewhere --------------------------------------------------------------------------------------


def _frame(rest: str) -> str:
    """A frame from elsewhere is loaded when the reader asks for it, not before."""
    url = _raw_attribute(rest, "src")
    size = tuple((key, _raw_attribute(rest, key)) for key in ("width", "height"))
    if url.startswith("//"):
        url = "https:" + url
    if urlsplit(url).scheme not in {"http", "https"}:
        return ""
    width, height = (value if value.isdigit() else "" for _, value in size)
    return card(url, Frame("iframe", url, _raw_attribute(rest, "title"), width, height))


def _raw_attribute(rest: str, name: str) -> str:
    found = re.search(rf"(?:^|[\s\"'/]){name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", rest, re.IGNORECASE)
    return unescape(next((value for value in found.groups() if value is not None), "")).strip() if found else ""


def _is_external(url: str) -> bool:
    return url.startswith("//") or bool(re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", url))


def _with(tag: Tag, key: str, hole: str) -> str:
    """The tag with the attribute `key` left to a hole, which says where it leads once every page is known."""
    others = tuple(pair for pair in tag.attributes if pair[0] != key)
    return Tag(tag.name, others).html()[:-1] + hole + ">"


def _media(tag: Tag) -> str:
    """A picture, film or sound: a file of the vault, or a card for one from elsewhere."""
    url = unescape(tag.get("src"))
    if not url or url.startswith("data:"):
        return tag.html()
    if not _is_external(url):
        return _with(tag, "src", holes.source(url))
    if tag.name in {"source", "track"}:
        return ""
    address = "https:" + url if url.startswith("//") else url
    return card(address, Frame(tag.name, address, unescape(tag.get("alt")), tag.get("width"), tag.get("height")))


def _anchor(tag: Tag) -> str:
    url = unescape(tag.get("href"))
    if not url or url.startswith("#"):
        return tag.html()
    if _is_external(url):
        return tag.html()[:-1] + ' rel="noopener">'
    return _with(tag, "href", holes.address(url))


_SPECIAL: dict[str, Callable[[Tag], str]] = {
    "a": _anchor,
    "img": _media,
    "audio": _media,
    "video": _media,
    "source": _media,
    "track": _media,
}


def text(words: str) -> str:
    """Words as the text of an element."""
    return escape(words, quote=False)
