"""The local graph: a note and the notes one link away, as a drawing that needs no script.

Where a note stands in the drawing follows from the names of the notes alone: two arcs, labels outwards, so that no
label covers another however long the names are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from kbtool.pages.frame import Frame
from kbtool.pages.outline import outline

__all__ = ["local_graph"]

_WIDTH, _HEIGHT = 380, 222
_CENTRE = (_WIDTH / 2, _HEIGHT / 2 - 4)
_RADIUS = (54.0, 92.0)
_MOST = 9
_LONGEST = 15

_START, _END = Markup(""), Markup(' text-anchor="end"')

_Point = tuple[float, float]


def local_graph(path: str, frame: Frame) -> tuple[Markup, int]:
    """The drawing, and how many neighbours are not in it; nothing where there is no neighbour."""
    view = outline(frame.site)
    linked = dict.fromkeys((*view.targets.get(path, ()), *view.sources.get(path, ())))
    if not linked:
        return Markup(""), 0
    # Notes that link both ways are nearer to what this one is about than those that link one way.
    mutual = set(view.targets.get(path, ())) & set(view.sources.get(path, ()))
    near = sorted(sorted(linked, key=lambda p: (p not in mutual, p))[:_MOST])
    places = dict(zip(near, _places(len(near)), strict=True))
    lines = [_line(_CENTRE, place) for place in places.values()]
    lines += [_line(places[a], places[b]) for a, b in _among(near, view.targets)]
    nodes = [_node(other, place, frame) for other, place in places.items()]
    label = frame.words["note.graph"]
    drawing = Markup('<svg class="lg" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}{}</svg>').format(
        _WIDTH, _HEIGHT, label, Markup("").join(lines), Markup("").join(nodes), _me(frame.page.title)
    )
    return drawing, len(linked) - len(near)


def _among(near: Sequence[str], targets: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """The links between neighbours, each once whichever way it points."""
    inside = set(near)
    seen: set[tuple[str, str]] = set()
    for source in near:
        for target in targets.get(source, ()):
            pair = (min(source, target), max(source, target))
            if target in inside and pair not in seen:
                seen.add(pair)
                yield pair


def _places(n: int) -> list[_Point]:
    """`n` points on two arcs, right and left by turns, from top to bottom."""
    right = (n + 1) // 2
    arcs = [(right, 1.0), (n - right, -1.0)]
    columns = [[_on_arc(i, count, side) for i in range(count)] for count, side in arcs]
    return [columns[i % 2][i // 2] for i in range(n)]


def _on_arc(i: int, count: int, side: float) -> _Point:
    # Half a step off the poles; the left arc is turned a little, so that lines across do not run through the centre.
    height = ((i + 0.5) / count * 2 - 1) * 0.92 + (0.06 if side < 0 else -0.06)
    x = _CENTRE[0] + side * (_RADIUS[0] * math.sqrt(1 - height * height) + 8)
    return round(x, 1), round(_CENTRE[1] + _RADIUS[1] * height, 1)


def _line(a: _Point, b: _Point) -> Markup:
    return Markup('<line x1="{:g}" y1="{:g}" x2="{:g}" y2="{:g}"/>').format(*a, *b)


def _node(path: str, place: _Point, frame: Frame) -> Markup:
    ref = frame.ref(path)
    right = place[0] > _CENTRE[0]
    beside = place[0] + (10 if right else -10)
    return Markup(
        '<a href="{}"><title>{}</title><circle cx="{:g}" cy="{:g}" r="5"/><text x="{:g}" y="{:g}"{}>{}</text></a>'
    ).format(ref.href, ref.title, *place, beside, place[1] + 4, _START if right else _END, _cut(ref.title))


def _me(title: str) -> Markup:
    x, y = _CENTRE
    return Markup('<g class="me"><circle cx="{:g}" cy="{:g}" r="8"/><title>{}</title></g>').format(x, y, title)


def _cut(title: str) -> str:
    return title if len(title) <= _LONGEST else title[: _LONGEST - 1].rstrip() + "…"
