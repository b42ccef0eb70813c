"""The page of a canvas as a pin board: cards that lie where their author put them, frames behind, lines between.

Every card is an item of a list, in the order in which one reads the board: frame by frame, from top to bottom.  Each
says in words what its arrows lead to; the lines themselves are for the eyes.  A script lets readers move and zoom it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from urllib.parse import quote

from kbtool.formats.canvas import Canvas, Edge, FileNode, GroupNode, LinkNode, Node, OtherNode, TextNode
from kbtool.render.board import Board, card_link
from kbtool.render.cards import Foreign, parts, waiting
from kbtool.render.fill import Body, Filling
from kbtool.render.media import kind_of
from kbtool.render.site import Site
from kbtool.render.strokes import Frame, Stroke, by_id, frame_of, line, number, stroke, tint
from kbtool.render.surface import with_words
from kbtool.render.verdict import glyph, worst

__all__ = ["fill_board"]

_MARGIN = 48.0
# A card that is lower than this has room for the title of its note, and for nothing else.
_SLIM = 100
# How much of a card, in square pixels, a letter of its title needs, when the title is to be large.
_ROOM = 300
# A page of the web is offered in a frame where there is room for one.
_FRAME_HEIGHT = 140
# Cards show whole notes while all of them together are no longer than this; from there on, titles.
_LONGEST = 1_500_000
_NAME = 60


def fill_board(path: str, site: Site, page_url: str) -> Body:
    """The board of the canvas at `path` as it stands on its page; of one that cannot be read, why."""
    filling = Filling(path, site, page_url)
    board = site.board(path)
    if board is None or board.canvas.problem:
        return filling.body(_excuse(board, site))
    pins = _pinned(path, board, filling, site)
    frame = frame_of([pin.node for pin in pins], _MARGIN)
    drawn = _Drawn(board.canvas, pins, frame, site)
    return filling.body(drawn.html(path.rpartition("/")[2].removesuffix(".canvas")))


def _excuse(board: Board | None, site: Site) -> str:
    problem = board.canvas.problem if board else ""
    words = site.words.say("canvas.problem", problem=problem)
    return f'<p class="embed absent">{escape(words, quote=False)}</p>\n'


# ---------------------------------------------------------------- what is on the cards


@dataclass(frozen=True, slots=True)
class _Pin:
    """A node that readers may see: its place in the order of layers, its HTML, what to call it, and its looks."""

    level: int
    node: Node
    html: str
    name: str
    css: str = ""
    style: str = ""


def _pinned(path: str, board: Board, filling: Filling, site: Site) -> list[_Pin]:
    hand = _Hand(path, board, filling, site)
    pins = (hand.pin(level, node) for level, node in enumerate(board.canvas.nodes))
    return [pin for pin in pins if pin is not None]


@dataclass(slots=True)
class _Hand:
    """Writes the cards of the canvas at `path`, one after the other."""

    path: str
    board: Board
    filling: Filling
    site: Site

    def pin(self, level: int, node: Node) -> _Pin | None:
        """The node with what it shows; None for what is not published."""
        return _WRITE[type(node)](self, level, node)

    def _text(self, level: int, node: Node) -> _Pin:
        written = self.board.written.get(level)
        if written is None:
            return _Pin(level, node, "", self.site.words["canvas.card"])
        html = self.filling.written(str(level), written.note, written.draft)
        name = _shortened(written.note.summary) or self.site.words["canvas.card"]
        return _Pin(level, node, f'<div class="in prose">{html}</div>', name)

    def _file(self, level: int, node: Node) -> _Pin | None:
        assert isinstance(node, FileNode)
        path = node.file
        if path in self.site.notes and self._is_brief(node):
            return self._titled(level, node)
        html = self.filling.embedded(str(level), card_link(node))
        if not html:
            return None
        name = self.site.title(path) if path in self.site.notes else path.rpartition("/")[2]
        kind = kind_of(path)
        inside = "in" if kind else "in prose"
        return _Pin(level, node, f'<div class="{inside}">{html}</div>', name, f" media {kind}" if kind else "")

    def _is_brief(self, node: FileNode) -> bool:
        """Whether only the title of a published note is to be shown."""
        brief = node.height < _SLIM or self.filling.length > _LONGEST
        return brief and self.site.url(node.file) is not None

    def _titled(self, level: int, node: FileNode) -> _Pin:
        url, title = self.filling.surface.to(node.file), self.site.title(node.file)
        css = " slim long" if len(title) > node.width * node.height / _ROOM else " slim"
        link = f'<a class="w" href="{url}{self._fragment(node)}">{escape(title, quote=False)}</a>'
        return _Pin(level, node, f'<div class="in"><h2>{link}</h2>{self._verdict(node.file)}</div>', title, css)

    def _fragment(self, node: FileNode) -> str:
        lands = self.site.card(self.path, card_link(node)).lands
        return f"#{quote(lands.anchor)}" if lands else ""

    def _verdict(self, path: str) -> str:
        result = self.site.result(path)
        if result is None or not result.blocks:
            return ""
        status = worst([block.status for block in result.blocks])
        return glyph(status, self.site.words[f"verdict.{status}"])

    def _link(self, level: int, node: Node) -> _Pin:
        assert isinstance(node, LinkNode)
        there = parts(node.url)
        if there.scheme not in {"http", "https"}:
            return _Pin(level, node, f'<div class="in"><p>{escape(node.url, quote=False)}</p></div>', node.url)
        name = there.netloc.removeprefix("www.")
        return _Pin(level, node, f'<div class="in">{self._web(node, name)}</div>', name, " web")

    def _web(self, node: LinkNode, name: str) -> str:
        if node.height >= _FRAME_HEIGHT:
            return with_words(waiting(Foreign("iframe", node.url, node.url, node.url)), self.filling.surface)
        rest = escape(_shortened(parts(node.url).path.strip("/")), quote=False)
        shown = f'<h2><a class="ext" href="{escape(node.url)}">{escape(name, quote=False)}</a></h2>'
        return shown + (f'<p class="quiet">{rest}</p>' if rest else "")

    def _group(self, level: int, node: Node) -> _Pin:
        assert isinstance(node, GroupNode)
        name = node.label or self.site.words["canvas.group"]
        label = f"<h2>{escape(node.label, quote=False)}</h2>" if node.label else ""
        return _Pin(level, node, label, name, style=self._background(node))

    def _background(self, node: GroupNode) -> str:
        """The picture behind a group, as far as it is a published picture."""
        url = self.filling.surface.to(node.background) if kind_of(node.background) == "image" else None
        if url is None:
            return ""
        address = re.sub(r"""["'()\\\s]""", lambda found: quote(found[0]), unescape(url))
        return f"background-image:url({address});{_FITTED[node.background_style]}"

    def _other(self, level: int, node: Node) -> _Pin:
        assert isinstance(node, OtherNode)
        words = self.site.words.say("canvas.unknown", type=node.type)
        return _Pin(level, node, f'<div class="in"><p class="quiet">{escape(words, quote=False)}</p></div>', words)


_FITTED: Mapping[str, str] = {
    "": "background-size:cover",
    "cover": "background-size:cover",
    "ratio": "background-size:contain",
    "repeat": "background-size:auto;background-repeat:repeat",
}

_WRITE: Mapping[type[Node], Callable[[_Hand, int, Node], _Pin | None]] = {
    TextNode: _Hand._text,
    FileNode: _Hand._file,
    LinkNode: _Hand._link,
    GroupNode: _Hand._group,
    OtherNode: _Hand._other,
}


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _NAME else line[:_NAME].rstrip() + "…"


# ---------------------------------------------------------------- where they lie


@dataclass(frozen=True)
class _Drawn:
    """The board as HTML.  Frames lie undermost, then lines, then cards; each in the order of the file."""

    canvas: Canvas
    pins: Sequence[_Pin]
    frame: Frame
    site: Site
    _names: dict[str, str] = field(default_factory=dict)

    def html(self, title: str) -> str:
        self._names.update({pin.node.id: pin.name for pin in reversed(self.pins)})
        leads = self._leads()
        items = "".join(self._item(pin, leads.get(pin.node.id, ())) for pin in _read_in_order(self.pins))
        label = escape(self.site.words.say("canvas.board", title=title))
        size = f"width:{number(self.frame.width)}px;height:{number(self.frame.height)}px"
        world = f'<div class="world" style="{size}">{self._lines()}<ul>\n{items}</ul></div>'
        return f'<div class="board" tabindex="0" role="group" aria-label="{label}">{world}</div>\n'

    def _leads(self) -> Mapping[str, list[str]]:
        """In words, what the edges of each node lead to."""
        found: dict[str, list[str]] = {}
        for edge in self.canvas.edges:
            if edge.source in self._names and edge.target in self._names:
                label = f" ({edge.label})" if edge.label else ""
                found.setdefault(edge.source, []).append(self._names[edge.target] + label)
        return found

    def _item(self, pin: _Pin, leads: Sequence[str]) -> str:
        node, is_group = pin.node, isinstance(pin.node, GroupNode)
        css, style = tint(node.color)
        # Lines lie between the frames, which have the low levels, and the cards.
        level = pin.level if is_group else pin.level + len(self.canvas.nodes) + 1
        place = f"left:{number(node.x - self.frame.x)}px;top:{number(node.y - self.frame.y)}px"
        size = f"width:{number(node.width)}px;height:{number(node.height)}px;z-index:{level}"
        styles = ";".join(piece for piece in (place, size, style, pin.style) if piece)
        kind = "zone" if is_group else f"card{pin.css}"
        return f'<li class="{kind}{css}" style="{escape(styles)}">{pin.html}{self._said(leads)}</li>\n'

    def _said(self, leads: Sequence[str]) -> str:
        if not leads:
            return ""
        words = self.site.words.say("canvas.leads", names="; ".join(leads))
        return f'<p class="vh">{escape(words, quote=False)}</p>'

    def _lines(self) -> str:
        shown = by_id(Canvas(tuple(pin.node for pin in self.pins)))
        edges = [edge for edge in self.canvas.edges if edge.source in shown and edge.target in shown]
        drawn = [(edge, stroke(edge, shown, self.frame)) for edge in edges]
        drawing = "".join(line(edge, curve) for edge, curve in drawn)
        labels = "".join(_label(edge, curve) for edge, curve in drawn if edge.label)
        level = len(self.canvas.nodes)
        lines = f'<div class="lines" aria-hidden="true" style="z-index:{level}"><svg>{drawing}</svg></div>'
        # What a line says may need more room than there is between two cards.
        return lines + (
            f'<div class="words" aria-hidden="true" style="z-index:{2 * level + 1}">{labels}</div>' if labels else ""
        )


def _label(edge: Edge, curve: Stroke) -> str:
    css, style = tint(edge.color)
    at = ";".join(
        piece for piece in (f"left:{number(curve.middle[0])}px;top:{number(curve.middle[1])}px", style) if piece
    )
    return f'<span class="said{css}" style="{at}">{escape(edge.label, quote=False)}</span>'


def _read_in_order(pins: Sequence[_Pin]) -> Iterator[_Pin]:
    """Each group before what lies in it, and neighbours from top to bottom, then from left to right."""
    groups = sorted((pin for pin in pins if isinstance(pin.node, GroupNode)), key=lambda pin: -_area(pin.node))
    inside: dict[int, list[_Pin]] = {}
    for pin in pins:
        around = [group for group in groups if group is not pin and _holds(group, pin)]
        inside.setdefault(around[-1].level if around else -1, []).append(pin)

    def walk(level: int) -> Iterator[_Pin]:
        for pin in sorted(inside.get(level, ()), key=lambda pin: (pin.node.y, pin.node.x, pin.level)):
            yield pin
            if isinstance(pin.node, GroupNode):
                yield from walk(pin.level)

    return walk(-1)


def _area(node: Node) -> float:
    return node.width * node.height


def _holds(group: _Pin, pin: _Pin) -> bool:
    """Whether a pin lies in a group; of two groups that hold each other the larger, or the lower one, is outside."""
    frame, (x, y) = group.node, pin.node.centre
    if not (frame.x <= x <= frame.right and frame.y <= y <= frame.bottom):
        return False
    if not isinstance(pin.node, GroupNode):
        return True
    return (_area(frame), -group.level) > (_area(pin.node), -pin.level)
