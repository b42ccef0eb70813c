"""Nothing that a vault holds runs in its reader's browser: what would, is told and taken out.

Notes are cleaned where they are rendered.  This module is for what reaches the site by other ways: addresses, styles,
and the files that a browser runs when they are opened by themselves (drawings, XML, web pages).  A file in which
nothing would run or call another host stays byte for byte as it is.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

__all__ = ["Inert", "inert", "is_safe_url", "reaches_out"]


class Inert(NamedTuple):
    """A file that runs nothing, and what had to go for that."""

    data: bytes
    removed: tuple[str, ...] = ()


def inert(name: str, data: bytes) -> Inert:
    """The file as it may be published; `name` is its name or URL, whose extension tells browsers what it is.

    >>> inert("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>')
    Inert(data=b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', removed=('onload',))
    """
    make = _KINDS.get(name.rpartition(".")[2].lower())
    return make(data) if make else Inert(data)


# ---------------------------------------------------------------- addresses and styles

_DEAD_SCHEMES = frozenset({"javascript", "vbscript", "data", "blob", "filesystem"})
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.IGNORECASE | re.DOTALL)
_REACHES = re.compile(r"url\(\s*+[\"']?+\s*+(?!#|data:(?:image|font|application)/)|image-set\(|\bsrc\(|@import", re.I)


def is_safe_url(url: str) -> bool:
    """False for a URL that would run something when followed.

    >>> is_safe_url("java\\nscript:alert(1)"), is_safe_url("things:///show?id=1")
    (False, True)
    """
    scheme, colon, _ = re.sub(r"[\x00-\x20]", "", unescape(url)).partition(":")
    return not colon or scheme.lower() not in _DEAD_SCHEMES


def reaches_out(css: str) -> bool:
    """Whether a style, or an attribute that is read like one, would load something from elsewhere.

    >>> reaches_out("fill:url(#a)"), reaches_out("background:\\\\75rl(//example.org)")
    (False, True)
    """
    if "(" not in css and "@" not in css:
        return False
    return _REACHES.search(_CSS_ESCAPE.sub(_plain, css)) is not None


def _plain(escaped: re.Match[str]) -> str:
    code = int(escaped[1], 16) if escaped[1] else 0
    return escaped[2] if not escaped[1] else chr(code) if code < 0x110000 else "\ufffd"


# ---------------------------------------------------------------- drawings and XML

_SVG, _XHTML = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"
_XLINK, _XML = "http://www.w3.org/1999/xlink", "http://www.w3.org/XML/1998/namespace"
_SEPARATOR = "\x0c"  # no XML can hold it
_LARGEST = 64_000_000


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ELEMENTS: Mapping[str, frozenset[str]] = {
    _SVG: _names(
        """a animate animateMotion animateTransform circle clipPath defs desc ellipse feBlend feColorMatrix
        feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight feDropShadow
        feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset
        fePointLight feSpecularLighting feSpotLight feTile feTurbulence filter font font-face foreignObject g glyph
        hkern image line linearGradient marker mask metadata missing-glyph mpath path pattern polygon polyline
        radialGradient rect set stop style svg switch symbol text textPath title tspan use view"""
    ),
    _XHTML: _names(
        """a abbr b bdi bdo blockquote body br caption center cite code col colgroup dd del dfn div dl dt em figcaption
        figure font h1 h2 h3 h4 h5 h6 head hr html i img ins kbd li main mark ol p pre q rp rt ruby s samp section small
        span strike strong style sub summary sup table tbody td tfoot th thead title tr tt u ul var wbr"""
    ),
}
_XHTML_ATTRIBUTES = _names(
    """align alt bgcolor border cellpadding cellspacing class color colspan dir face height href id lang reversed
    rowspan scope size span src start style title type valign value width"""
)
# As browsers read them too.  In another encoding they might see another file than we do, so it is written anew.
_ENCODINGS = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii", "utf-16", "iso-8859-1", "windows-1252"})


class _Name(NamedTuple):
    """The name of an element or attribute: its namespace, its name there, and how the file spells it."""

    space: str
    local: str
    spelled: str


@lru_cache(maxsize=1024)
def _name(found: str) -> _Name:
    """What expat tells of a name: namespace, local name, prefix."""
    parts = found.split(_SEPARATOR)
    if len(parts) == 1:
        return _Name("", found, found)
    return _Name(parts[0], parts[1], f"{parts[2]}:{parts[1]}" if len(parts) > 2 else parts[1])


@dataclass(slots=True)
class _Filter:
    """An XML file as it passes by: what is written of it, and what was removed.

    Elements of SVG and XHTML are from a list; those of other languages mean nothing to a browser and stay.
    """

    out: list[str] = field(default_factory=list)
    removed: dict[str, None] = field(default_factory=dict)
    rewritten: bool = False
    _declared: list[tuple[str | None, str]] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)
    _dropped: int = 0
    _style: list[str] | None = None

    def read(self, data: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        parser.namespace_prefixes = parser.ordered_attributes = parser.buffer_text = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartNamespaceDeclHandler = lambda prefix, uri: self._declared.append((prefix, uri or ""))
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(data, True)
        except (expat.ExpatError, ValueError, LookupError):
            # Browsers run what stands before the fault, so it is cleaned too; what comes after, nobody ever sees.
            self.rewritten = True

    def text(self) -> str:
        self._write_style()
        return "".join((*self.out, *(f"</{name}>" for name in reversed(self._open))))

    # --- what expat tells ---

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.rewritten |= (encoding or "").lower() not in _ENCODINGS

    def _doctype(self, _name: str, _system: str | None, _public: str | None, has_subset: int) -> None:
        # Entities and default attributes of its own: written out, so that all see what we see.
        self.rewritten |= bool(has_subset)

    def _instruction(self, target: str, _data: str) -> None:
        if target.lower() == "xml-stylesheet":
            self.removed["xml-stylesheet"] = None

    def _start(self, found: str, attributes: Sequence[str]) -> None:
        name, declared = _name(found), self._declared
        self._declared = []
        pairs = [(_name(key), value) for key, value in zip(attributes[::2], attributes[1::2], strict=True)]
        if self._dropped or self._style is not None or not _is_element(name, pairs):
            if not self._dropped:
                self.removed[f"<{name.local}>"] = None
            self._dropped += 1
            return
        kept = [pair for pair in pairs if self._is_kept(name, *pair)]
        spaces = "".join(f" xmlns{f':{p}' if p else ''}={quoteattr(uri)}" for p, uri in declared)
        facts = "".join(f" {key.spelled}={quoteattr(value)}" for key, value in kept)
        self.out.append(f"<{name.spelled}{spaces}{facts}>")
        self._open.append(name.spelled)
        if name.local.lower() == "style":
            self._style = []

    def _is_kept(self, element: _Name, key: _Name, value: str) -> bool:
        kept = _is_attribute(element, key, value)
        if not kept:
            self.removed[key.spelled] = None
        return kept

    def _end(self, _: str) -> None:
        if self._dropped:
            self._dropped -= 1
            return
        self._write_style()
        self.out.append(f"</{self._open.pop()}>")

    def _text(self, text: str) -> None:
        if not self._dropped:
            (self.out if self._style is None else self._style).append(escape(text) if self._style is None else text)

    def _write_style(self) -> None:
        """A style sheet is judged as a whole."""
        if self._style is not None:
            css, self._style = "".join(self._style), None
            if reaches_out(css):
                self.removed["style"] = None
            else:
                self.out.append(escape(css))


def _is_element(name: _Name, attributes: Sequence[tuple[_Name, str]]) -> bool:
    if name.space not in _ELEMENTS:
        return True
    # What moves an attribute may move it to where it runs.
    moved = next((value.lower() for key, value in attributes if key.local == "attributeName"), "")
    return name.local in _ELEMENTS[name.space] and not moved.startswith("on") and not moved.endswith("href")


def _is_attribute(element: _Name, key: _Name, value: str) -> bool:
    if key.local.lower().startswith("on") or (key.space == _XML and key.local == "base"):
        return False
    if element.space == _XHTML and not key.space and key.local not in _XHTML_ATTRIBUTES:
        return False
    if key.local.lower() in ("href", "src"):
        return _leads_nowhere_else(element, value.strip())
    return not reaches_out(value)


def _leads_nowhere_else(element: _Name, url: str) -> bool:
    """Links may lead anywhere, if nothing runs there; what a file loads has to be in it."""
    if element.local == "a" or element.space not in _ELEMENTS:
        return is_safe_url(url)
    pictured = element.local in ("image", "feImage", "img") and url.lower().startswith("data:image/")
    return pictured or url.startswith("#")


def _xml(data: bytes) -> Inert:
    if b"<" not in data:
        return Inert(data)
    found = _Filter()
    found.read(data)
    removed = tuple(found.removed)
    return Inert(found.text().encode(), removed) if removed or found.rewritten else Inert(data)


def _packed(data: bytes) -> Inert:
    try:
        plain = zlib.decompressobj(31).decompress(data, _LARGEST)
    except zlib.error:
        return Inert(data)  # no browser can unpack it either
    seen = _xml(plain)
    return Inert(data) if seen.data == plain else Inert(gzip.compress(seen.data, mtime=0), seen.removed)


# ---------------------------------------------------------------- web pages

# First in the page, this is in force before anything else of it is read.
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'self' file: data:; script-src 'none'; "
    "style-src 'self' file: data: 'unsafe-inline'; frame-src 'none'; object-src 'none'; base-uri 'none'; "
    "form-action 'none'\">"
)
_DOCTYPE = re.compile(r"\s*<!doctype[^>]*>", re.IGNORECASE)
_RUNS = re.compile(r"<script|\son[a-z]+\s*=|javascript:", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def _page(data: bytes) -> Inert:
    """A web page with its scripts turned off; what its author wrote stays."""
    mark, encoding = next((row for row in _MARKS if data.startswith(row[0])), (b"", "latin-1"))
    # Where nothing says that it is UTF-16, no browser should guess it: it would not see the line that we add.
    rest = data[len(mark) :] if mark else data.replace(b"\0", b"")
    text = rest.decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
    doctype = _DOCTYPE.match(text)
    at = doctype.end() if doctype else 0
    page = (text[:at] + _POLICY + text[at:]).encode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
    return Inert(mark + page, ("scripts",) if _RUNS.search(text) else ())


_KINDS: Mapping[str, Callable[[bytes], Inert]] = {
    **dict.fromkeys(_names("atom mathml mml rdf rss svg xht xhtm xhtml xml xsd xsl xslt xul"), _xml),
    **dict.fromkeys(_names("ehtml htm html shtm shtml"), _page),
    "svgz": _packed,
}
