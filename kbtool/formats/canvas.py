"""A canvas, Obsidian's drawing of cards and arrows: JSON Canvas 1.0 becomes a `Canvas` of nodes and edges.

What cannot be read is told with its line and left out; the rest is drawn.  Keys that JSON Canvas does not know are
nobody's business here: kbtool never writes a canvas.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from kbtool.diagnostics import Diagnostic, fault

__all__ = ["Canvas", "Edge", "FileNode", "GroupNode", "LinkNode", "Node", "OtherNode", "Side", "TextNode", "parse"]

Side = Literal["top", "right", "bottom", "left"]
End = Literal["none", "arrow"]


@dataclass(frozen=True, slots=True)
class Node:
    """A rectangle on the canvas; `color` is one of the presets `1` to `6`, a `#hex` or empty.

    `line` is where the file names it, counted from 1.
    """

    id: str
    x: float
    y: float
    width: float
    height: float
    color: str
    line: int

    @property
    def kind(self) -> str:
        """The node's `type` as the file has it."""
        return _NAMES[type(self)]

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class TextNode(Node):
    """A card with Markdown of its own."""

    text: str


@dataclass(frozen=True, slots=True)
class FileNode(Node):
    """A card that shows a file: `file` is its vault path, `subpath` (`#Heading`, `#^block`) the part of it, if any."""

    file: str
    subpath: str


@dataclass(frozen=True, slots=True)
class LinkNode(Node):
    """A card for a page of the web."""

    url: str


@dataclass(frozen=True, slots=True)
class GroupNode(Node):
    """A frame around other nodes; `background` is the vault path of a picture."""

    label: str
    background: str
    background_style: str


@dataclass(frozen=True, slots=True)
class OtherNode(Node):
    """A node of a type that JSON Canvas 1.0 does not know: a place, and nothing to show there."""

    type: str

    @property
    def kind(self) -> str:
        return self.type


@dataclass(frozen=True, slots=True)
class Edge:
    """A line between two nodes that are both there; where a side is None the nearest is meant."""

    id: str
    source: str
    target: str
    source_side: Side | None
    target_side: Side | None
    source_end: End
    target_end: End
    color: str
    label: str


@dataclass(frozen=True, slots=True)
class Canvas:
    """The nodes from the undermost to the topmost, and the edges between them; `problem` says why it is none at all."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    problem: str = ""


def parse(path: str, text: str) -> tuple[Canvas, tuple[Diagnostic, ...]]:
    """Read a canvas; an empty file is an empty canvas.

    >>> card = '{"id": "a", "type": "text", "text": "Hi", "x": 0, "y": 0, "width": 9, "height": 9}'
    >>> parse("M.canvas", '{"nodes": [' + card + "]}")[0].nodes[0].text
    'Hi'
    """
    if not text.strip():
        return Canvas(), ()
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        line, column, message = _place_of(error)
        return _no_canvas(path, line, column, f"is not valid JSON: {message}")
    if not isinstance(values, dict):
        return _no_canvas(path, 1, 1, "is no JSON object with `nodes` and `edges`")
    reader = _Reader(path, text)
    nodes = tuple(reader.nodes(values.get("nodes")))
    edges = tuple(reader.edges(values.get("edges"), {node.id for node in nodes}))
    return Canvas(nodes, edges), tuple(reader.diagnostics)


def _place_of(error: ValueError | RecursionError) -> tuple[int, int, str]:
    if isinstance(error, json.JSONDecodeError):
        return error.lineno, error.colno, error.msg
    return 1, 1, "it is nested too deeply" if isinstance(error, RecursionError) else "a number is too long"


def _no_canvas(path: str, line: int, column: int, message: str) -> tuple[Canvas, tuple[Diagnostic, ...]]:
    hint = "open it in Obsidian and save it again, or restore it"
    return Canvas(problem=message), (fault("bad-canvas", path, line, column, message, hint),)


_PRESETS = frozenset("123456")
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_SIDES = frozenset({"top", "right", "bottom", "left"})
_STYLES = frozenset({"cover", "ratio", "repeat"})
_ID = re.compile(r'(?<!\\)"id"\s*:\s*("(?:[^"\\]|\\.)*")')
# Characters that no page can hold, lone halves of surrogate pairs among them.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
# Farther out nobody draws; and what is computed of numbers that are no farther stays a number.
_FARTHEST = 10_000_000
# What stands for a number that is missing.
_DEFAULTS = {"x": 0, "y": 0, "width": 250, "height": 60}


class _Reader:
    """Goes through the values of one file; what is wrong with them gathers in `diagnostics`."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._lines = dict(_lines_of_ids(text))
        self.diagnostics: list[Diagnostic] = []

    # --- nodes

    def nodes(self, values: Any) -> Iterator[Node]:
        seen: set[str] = set()
        for value in self._objects(values, "nodes"):
            node = self._node(value)
            if node.id and node.id in seen:
                self._blame(node.line, f"two nodes have the id '{node.id}'; edges mean the first")
            seen.add(node.id)
            yield node

    def _node(self, value: Mapping[str, Any]) -> Node:
        place = self._place(value)
        kind = _text(value, "type")
        make = _KINDS.get(kind)
        return OtherNode(*place, kind) if make is None else make(place, value)

    def _place(self, value: Mapping[str, Any]) -> _Place:
        name = _text(value, "id")
        line = self._lines.get(name, 1)
        numbers = {key: _number(value.get(key)) for key in _DEFAULTS}
        wrong = [f"`{key}`" for key, number in numbers.items() if number is None]
        if wrong:
            self._blame(line, f"the node '{name}' has no number that can be drawn for {', '.join(wrong)}")
        x, y, width, height = (_DEFAULTS[key] if number is None else number for key, number in numbers.items())
        return name, x, y, max(0, width), max(0, height), self._color(value, line), line

    def _color(self, value: Mapping[str, Any], line: int) -> str:
        color = _text(value, "color")
        if not color or color in _PRESETS or _HEX.fullmatch(color):
            return color
        self._blame(line, f"'{color}' is no colour", "a colour is `1` to `6` or `#` with hexadecimal digits")
        return ""

    # --- edges

    def edges(self, values: Any, known: set[str]) -> Iterator[Edge]:
        for value in self._objects(values, "edges"):
            name, source, target = (_text(value, key) for key in ("id", "fromNode", "toNode"))
            missing = next((end for end in (source, target) if end not in known), None)
            line = self._lines.get(name, 1)
            if missing is None:
                yield self._edge(value, name, line)
            else:
                self._blame(line, f"the edge '{name}' leads to the node '{missing}', which is not there")

    def _edge(self, value: Mapping[str, Any], name: str, line: int) -> Edge:
        return Edge(
            id=name,
            source=_text(value, "fromNode"),
            target=_text(value, "toNode"),
            source_side=_side(value, "fromSide"),
            target_side=_side(value, "toSide"),
            source_end="arrow" if value.get("fromEnd") == "arrow" else "none",
            target_end="none" if value.get("toEnd") == "none" else "arrow",
            color=self._color(value, line),
            label=_text(value, "label"),
        )

    # --- both

    def _objects(self, values: Any, key: str) -> Iterator[Mapping[str, Any]]:
        if values is not None and not isinstance(values, list):
            self._blame(1, f"`{key}` is not a list")
            return
        for value in values or ():
            if isinstance(value, dict):
                yield value
            else:
                self._blame(1, f"`{key}` holds something that is no object")

    def _blame(self, line: int, message: str, hint: str = "open the canvas in Obsidian and mend it there") -> None:
        self.diagnostics.append(fault("bad-canvas", self._path, line, 1, message, hint))


_Place = tuple[str, float, float, float, float, str, int]

_KINDS: Mapping[str, Callable[[_Place, Mapping[str, Any]], Node]] = {
    "text": lambda place, value: TextNode(*place, _text(value, "text")),
    "file": lambda place, value: FileNode(*place, _text(value, "file"), _text(value, "subpath")),
    "link": lambda place, value: LinkNode(*place, _text(value, "url")),
    "group": lambda place, value: GroupNode(*place, *_group(value)),
}


_NAMES: Mapping[type[Node], str] = {TextNode: "text", FileNode: "file", LinkNode: "link", GroupNode: "group"}


def _group(value: Mapping[str, Any]) -> tuple[str, str, str]:
    style = _text(value, "backgroundStyle")
    return _text(value, "label"), _text(value, "background"), style if style in _STYLES else ""


def _number(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _FARTHEST:
        return value
    return None


def _side(value: Mapping[str, Any], key: str) -> Side | None:
    side = value.get(key)
    return cast(Side, side) if isinstance(side, str) and side in _SIDES else None


def _text(value: Mapping[str, Any], key: str) -> str:
    """A value that should be a text; numbers are taken at their word, and anything else is none."""
    found = value.get(key)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    if isinstance(found, float) and not math.isfinite(found):
        return ""
    return _UNFIT.sub("", str(found))


def _lines_of_ids(text: str) -> Iterator[tuple[str, int]]:
    """Where the file names its nodes and edges; JSON's own reader does not tell."""
    line, at, seen = 1, 0, set[str]()
    for match in _ID.finditer(text):
        line, at = line + text.count("\n", at, match.start()), match.start()
        try:
            name = _UNFIT.sub("", json.loads(match[1]))
        except ValueError:
            continue
        if name not in seen:
            seen.add(name)
            yield name, line
