"""The lines of a canvas: how an edge runs from card to card, and where everything lies that is drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kbtool.formats.canvas import Canvas, Edge, Node, Side

__all__ = ["Frame", "Stroke", "by_id", "frame_of", "line", "number", "stroke", "tint"]

_Point = tuple[float, float]

_TOWARDS: Mapping[Side, _Point] = {"top": (0, -1), "right": (1, 0), "bottom": (0, 1), "left": (-1, 0)}
# How far a line runs straight out of its card, at least and at most; and the size of an arrow.
_REACH = (36.0, 240.0)
_TIP, _HALF = 12.0, 5.5


class Frame(NamedTuple):
    """The place that the nodes take up: where it begins, and how large it is."""

    x: float
    y: float
    width: float
    height: float


class Stroke(NamedTuple):
    """An edge as paths of SVG: the line, the arrows at its ends, and the point in its middle."""

    line: str
    tips: tuple[str, ...]
    middle: _Point


def frame_of(nodes: Sequence[Node], margin: float) -> Frame:
    """The smallest frame with a margin around all nodes."""
    if not nodes:
        return Frame(0, 0, 2 * margin, 2 * margin)
    left, top = min(node.x for node in nodes), min(node.y for node in nodes)
    right, bottom = max(node.right for node in nodes), max(node.bottom for node in nodes)
    return Frame(left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin)


def stroke(edge: Edge, canvas: Mapping[str, Node], frame: Frame) -> Stroke:
    """The curve of an edge; `canvas` are the nodes by their ids, and coordinates begin where the frame does."""
    source, target = canvas[edge.source], canvas[edge.target]
    sides = _sides(edge, source, target)
    start, end = (_middle_of(node, side, frame) for node, side in zip((source, target), sides, strict=True))
    out, into = (_TOWARDS[side] for side in sides)
    tips = []
    if edge.source_end == "arrow":
        tips.append(_tip(start, out))
        start = _along(start, out, _TIP)
    if edge.target_end == "arrow":
        tips.append(_tip(end, into))
        end = _along(end, into, _TIP)
    reach = min(max(math.dist(start, end) / 2, _REACH[0]), _REACH[1])
    first, second = _along(start, out, reach), _along(end, into, reach)
    line = f"M{_point(start)}C{_point(first)} {_point(second)} {_point(end)}"
    return Stroke(line, tuple(tips), _halfway(start, first, second, end))


def line(edge: Edge, curve: Stroke) -> str:
    """An edge as an element of SVG."""
    css, style = tint(edge.color)
    look = (f' class="{css.strip()}"' if css else "") + (f' style="{style}"' if style else "")
    tips = "".join(f'<path class="tip" d="{tip}"/>' for tip in curve.tips)
    return f'<g{look}><path d="{curve.line}"/>{tips}</g>'


def tint(color: str) -> tuple[str, str]:
    """A node's or edge's colour as class and as style: presets follow the page's theme, others are as they are."""
    if color.startswith("#"):
        return "", f"--k:{color}"
    return (f" k{color}", "") if color else ("", "")


def number(value: float) -> str:
    """A length, to a tenth of a pixel.

    >>> number(12.0), number(1234567.25)
    ('12', '1234567.2')
    """
    return f"{value:.1f}".removesuffix(".0")


def by_id(canvas: Canvas) -> Mapping[str, Node]:
    """The nodes by their ids; of two with one id the first."""
    return {node.id: node for node in reversed(canvas.nodes)}


def _sides(edge: Edge, source: Node, target: Node) -> tuple[Side, Side]:
    (x0, y0), (x1, y1) = source.centre, target.centre
    if edge.source == edge.target:
        near: tuple[Side, Side] = ("right", "bottom")
    elif abs(x1 - x0) >= abs(y1 - y0):
        near = ("right", "left") if x1 > x0 else ("left", "right")
    else:
        near = ("bottom", "top") if y1 > y0 else ("top", "bottom")
    return edge.source_side or near[0], edge.target_side or near[1]


def _middle_of(node: Node, side: Side, frame: Frame) -> _Point:
    (x, y), (dx, dy) = node.centre, _TOWARDS[side]
    return x + dx * node.width / 2 - frame.x, y + dy * node.height / 2 - frame.y


def _along(point: _Point, towards: _Point, far: float) -> _Point:
    return point[0] + towards[0] * far, point[1] + towards[1] * far


def _tip(point: _Point, towards: _Point) -> str:
    """An arrow that points at the middle of a side."""
    (x, y), (dx, dy) = _along(point, towards, _TIP), towards
    wings = (x - dy * _HALF, y + dx * _HALF), (x + dy * _HALF, y - dx * _HALF)
    return f"M{_point(point)}L{_point(wings[0])}L{_point(wings[1])}Z"


def _halfway(*points: _Point) -> _Point:
    """The point in the middle of a cubic curve."""
    weights = (1, 3, 3, 1)
    x, y = (sum(w * point[axis] for w, point in zip(weights, points, strict=True)) / 8 for axis in (0, 1))
    return x, y


def _point(point: _Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
