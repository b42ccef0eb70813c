"""The local graph: a note and the notes one link away, as a drawing that needs no script.

Where a note stands in the drawing follows from the names of the notes alone: two arcs, labels outwards, so that no
label covers another however long the names are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from heapq import nsmallest
from html import escape
from urllib.parse import quote

from markupsafe import Markup

from kbtool.pages.frame import Frame, Ref
from kbtool.pages.outline import outline

__all__ = ["further", "local_graph"]

_WIDTH, _HEIGHT = 380, 222
_CENTRE = (_WIDTH / 2, _HEIGHT / 2 - 4)
_RADIUS = (54.0, 92.0)
_MOST = 9
_LONGEST = 15

_Point = tuple[float, float]


def local_graph(path: str, frame: Frame) -> tuple[Markup, int]:
    """The drawing, and how many neighbours are not in it; nothing where there are not two neighbours to draw."""
    view = outline(frame.site)
    targets, sources = view.targets(path), view.sources(path)
    linked = {*targets, *sources}
    if len(linked) < 2:
        return Markup(""), 0
    # Notes that link both ways are nearer to what this one is about than those that link one way.
    mutual = sorted({*targets} & {*sources})[:_MOST]
    others = nsmallest(_MOST - len(mutual), linked.difference(mutual))
    near = sorted((*mutual, *others))
    places = dict(zip(near, _places(len(near)), strict=True))
    lines = [_line(_CENTRE, place) for place in places.values()]
    lines += [_line(places[a], places[b]) for a, b in _among({other: view.targets(other) for other in near})]
    nodes = [_node(frame.ref(other), place) for other, place in places.items()]
    label = escape(frame.words["note.graph"])
    drawing = f"{''.join(lines)}{''.join(nodes)}{_me(frame.page.title)}"
    whole = f'<svg class="lg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="group" aria-label="{label}">{drawing}</svg>'
    return Markup(whole), len(linked) - len(near)


def further(frame: Frame) -> str:
    """Where the notes two and three links away are drawn: on the page of the graph, which is told of which note."""
    url = frame.site.page_url("graph", "")
    return f"{frame.href(url)}#{quote(frame.page.url)}" if url else ""


def _among(targets: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """The links between neighbours, given what each leads to; each once whichever way it points."""
    for source, found in targets.items():
        for target in found:
            told_already = target < source and source in targets.get(target, ())
            if target in targets and not told_already:
                yield source, target


@cache
def _places(n: int) -> tuple[_Point, ...]:
    """`n` points on two arcs, right and left by turns, from top to bottom."""
    right = (n + 1) // 2
    arcs = [(right, 1.0), (n - right, -1.0)]
    columns = [[_on_arc(i, count, side) for i in range(count)] for count, side in arcs]
    return tuple(columns[i % 2][i // 2] for i in range(n))


def _on_arc(i: int, count: int, side: float) -> _Point:
    # Half a step off the poles; the left arc is turned a little, so that lines across do not run through the centre.
    height = ((i + 0.5) / count * 2 - 1) * 0.92 + (0.06 if side < 0 else -0.06)
    x = _CENTRE[0] + side * (_RADIUS[0] * math.sqrt(1 - height * height) + 8)
    return round(x, 1), round(_CENTRE[1] + _RADIUS[1] * height, 1)


@lru_cache(maxsize=1024)
def _line(a: _Point, b: _Point) -> str:
    return f'<line x1="{a[0]:g}" y1="{a[1]:g}" x2="{b[0]:g}" y2="{b[1]:g}"/>'


def _node(ref: Ref, place: _Point) -> str:
    circle, text = _mark(place)
    title = escape(ref.title)
    shown = title if len(ref.title) <= _LONGEST else escape(_cut(ref.title))
    return f'<a href="{escape(ref.href)}"><title>{title}</title>{circle}{text}{shown}</text></a>'


@lru_cache(maxsize=64)
def _mark(place: _Point) -> tuple[str, str]:
    """The circle of a node and the start of its label, which stands outwards."""
    x, y = place
    beside, end = (x + 10, "") if x > _CENTRE[0] else (x - 10, ' text-anchor="end"')
    return f'<circle cx="{x:g}" cy="{y:g}" r="5"/>', f'<text x="{beside:g}" y="{y + 4:g}"{end}>'


def _me(title: str) -> str:
    x, y = _CENTRE
    return f'<g class="me"><circle cx="{x:g}" cy="{y:g}" r="8"/><title>{escape(title)}</title></g>'


def _cut(title: str) -> str:
    return title[: _LONGEST - 1].rstrip() + "…"
