"""The text of an SVG made lighter, without a difference that a reader could see; nothing of matplotlib's is needed."""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Iterator
from html import unescape

__all__ = ["lighter", "roomy"]

_NUMBER = re.compile(r"-?\d+\.\d{3,}")
# Places and outlines in points, where a hundredth is far below a pixel.  Numbers of a scale are no places.
_PLACES = re.compile(r'(?<=\s)(?:d|x|y)="[^"]*"|(?<=transform=")translate\([^)]*\)(?= rotate|")|rotate\([^)]*\)')
_IMAGE = re.compile(r"(?<=data:image/png;base64,)[\sA-Za-z0-9+/=]+")
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)


def lighter(svg: str) -> str:
    """The drawing with two decimals, without metadata, and with its pictures packed.

    >>> lighter('<path d="M 1.234567 20.5"/><text x="0.123456">0.123456</text>')
    '<path d="M 1.23 20.5"/><text x="0.12">0.123456</text>'
    """
    rounded = _PLACES.sub(lambda place: _NUMBER.sub(_rounded, place[0]), _METADATA.sub("", svg))
    return _IMAGE.sub(lambda image: _packed(image[0]), rounded)


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".").replace("-0", "0" if float(number[0]) > -0.005 else "-0")


# ---------------------------------------------------------------- pictures inside the drawing


def _packed(picture: str) -> str:
    """A PNG by its colours: a heat map has few, and then one byte a pixel does."""
    import numpy as np
    from PIL import Image

    given = base64.b64decode(picture)
    with Image.open(io.BytesIO(given)) as image:
        pixels = np.asarray(image.convert("RGBA"))
    colours, places = np.unique(pixels.view(np.uint32).reshape(-1), return_inverse=True)
    known = colours.view(np.uint8).reshape(-1, 4)
    opaque = bool((known[:, 3] == 255).all())
    packed = io.BytesIO()
    if len(known) <= 256:
        indexed = Image.fromarray(places.reshape(pixels.shape[:2]).astype(np.uint8), mode="L")
        indexed.putpalette(known[:, :3].tobytes())
        options = {} if opaque else {"transparency": known[:, 3].tobytes()}
        indexed.save(packed, "png", optimize=True, **options)
    elif opaque:
        Image.fromarray(pixels[:, :, :3]).save(packed, "png")
    return base64.b64encode(min(packed.getvalue() or given, given, key=len)).decode()


# ---------------------------------------------------------------- room for what was written beyond the edge

_HEAD = re.compile(r'width="([\d.]+)pt" height="([\d.]+)pt" viewBox="0 0 [\d.]+ [\d.]+"')
_TEXT = re.compile(r"(?:<g\b([^>]*)>\s*)?<text\b([^>]*)>(.*?)</text>", re.DOTALL)
_FONT_SIZE = re.compile(r"([\d.]+)px")
_ANCHOR = re.compile(r"text-anchor: (\w+)")
_X, _Y = (re.compile(rf'\s{name}="([-\d.]+)"') for name in "xy")
_TRANSLATED = re.compile(r"translate\(([-\d.]+)[ ,]+([-\d.]+)\)")
_TURNED = re.compile(r"rotate\(([-\d.]+)")
# What a letter takes of its size: its width, and how far it goes above and below its line.
_WIDTH, _ABOVE, _BELOW = 0.62, 0.8, 0.25
_MARGIN = 2


def roomy(svg: str) -> str:
    """The drawing, of the same size, seen from as far as it takes to see all its text.

    matplotlib cuts off what a small figure has no room for; measured as it draws, that would cost half as much again.
    """
    head = _HEAD.search(svg)
    if head is None:
        return svg
    width, height = float(head[1]), float(head[2])
    corners = list(_corners(svg))
    left = min([0.0, *(math.floor(x) - _MARGIN for x, _ in corners if x < 0)])
    top = min([0.0, *(math.floor(y) - _MARGIN for _, y in corners if y < 0)])
    right = max([width, *(math.ceil(x) + _MARGIN for x, _ in corners if x > width)])
    bottom = max([height, *(math.ceil(y) + _MARGIN for _, y in corners if y > height)])
    if (left, top, right, bottom) == (0, 0, width, height):
        return svg
    edge = f'{head[0].partition("viewBox")[0]}viewBox="{left:g} {top:g} {right - left:g} {bottom - top:g}"'
    return svg[: head.start()] + edge + svg[head.end() :]


def _corners(svg: str) -> Iterator[tuple[float, float]]:
    """The corners of all texts, as wide as they are going to be, more or less: the reader's font is not known."""
    for group, own, content in _TEXT.findall(svg):
        attributes = own if _Y.search(own) or "transform" in own else f"{group} {own}"
        size = _FONT_SIZE.search(own) or _FONT_SIZE.search(content)
        place = _place(attributes)
        if size is None or place is None:
            continue
        em = float(size[1])
        long = _WIDTH * em * len(unescape(re.sub(r"<[^>]*>|\s*\n\s*", "", content)))
        anchor = _ANCHOR.search(own)
        start = {"middle": -long / 2, "end": -long}.get(anchor[1] if anchor else "", 0.0)
        turn = _TURNED.search(attributes)
        angle = math.radians(float(turn[1])) if turn else 0.0
        for along in (start, start + long):
            for across in (-_ABOVE * em, _BELOW * em):
                yield (
                    place[0] + along * math.cos(angle) - across * math.sin(angle),
                    place[1] + along * math.sin(angle) + across * math.cos(angle),
                )


def _place(attributes: str) -> tuple[float, float] | None:
    x, y = _X.search(attributes), _Y.search(attributes)
    if x and y:
        return float(x[1]), float(y[1])
    moved = _TRANSLATED.search(attributes)
    return (float(moved[1]), float(moved[2])) if moved else None
