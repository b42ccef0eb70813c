"""Drawings from blocks, made fit for a page: cleaned, without what nobody sees, in the colours of the page's theme.

The run draws with colours that stand for roles; here they become the page's variables, so that one drawing is
right in light and dark.  A drawing that was made elsewhere keeps its colours and lies on white.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Mapping, Set
from html import escape

import nh3

from kbtool.inert import reaches_out

__all__ = ["ROLES", "image", "svg"]

# Role colour in the drawing -> what the page paints there.
ROLES: Mapping[str, str] = {
    "#010101": "currentColor",
    "#020202": "var(--c1)",
    "#030303": "var(--c2)",
    "#040404": "var(--rule)",
    "#050505": "var(--c3)",
    "#060606": "var(--c4)",
    "#070707": "var(--paper)",
}
_ROLE = re.compile("|".join(ROLES), re.IGNORECASE)

# fmt: off
_TAGS = {
    "svg", "g", "path", "use", "defs", "clipPath", "text", "tspan", "textPath", "rect", "circle", "ellipse", "line",
    "polyline", "polygon", "image", "linearGradient", "radialGradient", "stop", "title", "desc", "marker", "pattern",
    "mask", "symbol",
}
_ATTRIBUTES = {
    "id", "d", "style", "transform", "x", "y", "dx", "dy", "width", "height", "viewBox", "preserveAspectRatio",
    "clip-path", "mask", "cx", "cy", "r", "rx", "ry", "x1", "x2", "y1", "y2", "points", "fill", "fill-opacity",
    "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-linejoin",
    "stroke-dasharray", "stroke-dashoffset", "stroke-miterlimit", "opacity", "font-family", "font-size",
    "font-weight", "font-style", "text-anchor", "dominant-baseline", "offset", "stop-color", "stop-opacity",
    "gradientUnits", "gradientTransform", "spreadMethod", "patternUnits", "patternTransform", "markerWidth",
    "markerHeight", "markerUnits", "refX", "refY", "orient", "clipPathUnits", "rotate", "textLength",
    "lengthAdjust", "href", "xlink:href",
}
# fmt: on
_REMOVED_WHOLE = {"script", "style", "foreignObject", "metadata"}

_PROLOGUE = re.compile(r"^.*?(?=<svg[\s>])", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->", re.DOTALL)
_SIZE = re.compile(r'\s(?:width|height)="[^"]*"')
_WIDTH, _HEIGHT = (re.compile(rf'\s{side}="(\d+\.?\d*|\.\d+)(pt|px|)"') for side in ("width", "height"))
_GROUND = re.compile(r'<svg[^>]* data-ground="')
_BETWEEN = re.compile(r">\s+<")
_EMPTY = re.compile(r"(?<!</title)(?<!</desc)></(?:path|use|rect|circle|ellipse|line|polyline|polygon|image|stop)>")
_LINES = re.compile(r"\s*\n\s*")
_FAMILY = re.compile(r"font-family: [^;\"]*;? ?|(?<=px) 'DejaVu Sans'(?=[;\"])")
_TAG = re.compile(r"(?:[^\">]|\"[^\"]*\")*")
_LEAVES = re.compile(r"position|\\", re.IGNORECASE)
_ID = re.compile(r'\sid="([^"]*)"')
_REFERENCE = re.compile(r'(?<=url\(#)[^)"]+|(?<=href="#)[^"]+')


def svg(source: str, label: str, prefix: str, *, also: Set[str] = frozenset()) -> str:
    """The drawing as inline SVG with an accessible name; its ids start with `prefix`, so that several fit in a page.

    `also` are attributes that are kept beside those of every drawing.
    """
    cleaned = nh3.clean(
        _METADATA.sub("", _PROLOGUE.sub("", source, count=1)),
        tags=_TAGS,
        clean_content_tags=_REMOVED_WHOLE,
        attributes={"*": _ATTRIBUTES | also},
        attribute_filter=_safe,
        url_schemes={"data"},
        link_rel=None,
    )
    if not cleaned.startswith("<svg"):
        return ""
    slim = _slim(cleaned)
    themed = _ROLE.search(slim) is not None
    body = _own_ids(_ROLE.sub(lambda m: ROLES[m[0].lower()], slim) if themed else slim, prefix)
    end = _end_of_tag(body)
    head, bracket, rest = body[:end], body[end : end + 1], body[end + 1 :]
    plate = "" if themed or _GROUND.search(source[:1000]) else ' class="plate"'
    return f'{_scaling(head)} role="img" aria-label="{escape(label)}"{plate}{bracket}{rest}'


def _end_of_tag(html: str) -> int:
    """Where the first tag ends: a `>` in one of its attributes is not its end, however the cleaner spells that."""
    found = _TAG.match(html)
    return found.end() if found else len(html)


def _scaling(head: str) -> str:
    """The opening tag as one that grows up to the drawing's own width, and keeps its proportions on a narrow page."""
    width, height = _WIDTH.search(head), _HEIGHT.search(head)
    if width is None:
        return head
    box = f' viewBox="0 0 {width[1]} {height[1]}"' if height and "viewBox=" not in head else ""
    return f'{_SIZE.sub("", head)}{box} style="max-width:{float(width[1]):g}{width[2] or "px"}"'


def _safe(tag: str, attribute: str, value: str) -> str | None:
    """Nothing in a drawing may reach out of the page."""
    if attribute.endswith("href"):
        inside = value.startswith("data:image/") if tag == "image" else value.startswith("#")
        return value if inside else None
    # Nor may it leave its place: what lies over the page could pass for the page.
    return None if reaches_out(value) or (attribute == "style" and _LEAVES.search(value)) else value


def _slim(text: str) -> str:
    tight = _EMPTY.sub("/>", _BETWEEN.sub("><", _FAMILY.sub("", text)))
    return _LINES.sub(" ", tight).replace(' style=""', "").replace('; "', '"').replace(' "', '"')


def _own_ids(text: str, prefix: str) -> str:
    """Ids that something refers to, renamed; the others, which are most, dropped."""
    names: dict[str, str] = {}
    for old in _REFERENCE.findall(text):
        names.setdefault(old, f"{prefix}{len(names)}")
    text = _REFERENCE.sub(lambda m: names[m[0]], text)
    return _ID.sub(lambda m: f' id="{names[m[1]]}"' if m[1] in names else "", text)


def image(kind: str, data: str, label: str) -> str:
    """A picture as part of the page; PNGs with their size, so that the text below does not jump."""
    packed = re.sub(r"\s+", "", data)
    size = _png_size(packed) if kind == "image/png" else ""
    return f'<img class="plate" src="data:{kind};base64,{escape(packed)}" alt="{escape(label)}"{size} decoding="async">'


def _png_size(packed: str) -> str:
    try:
        head = base64.b64decode(packed[:32], validate=True)
        width, height = struct.unpack(">II", head[16:24])
    except (ValueError, struct.error):
        return ""
    return f' width="{width}" height="{height}"'
