"""A canvas as a small drawing, as a note shows it: where its cards lie and what they are called; a link to its page."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from kbtool.formats.canvas import Edge, FileNode, GroupNode, LinkNode, Node
from kbtool.render.board import Board
from kbtool.render.cards import parts
from kbtool.render.strokes import Frame, frame_of, line, number, stroke, tint
from kbtool.render.surface import Surface, stylesheet

__all__ = ["miniature"]

# How wide a note is, about, and how large letters are to be there; a letter is about half as wide as it is high.
_WIDTH, _LETTER = 640.0, 12.0
# A name of which fewer letters can be seen is left out.
_FEWEST = 5


def miniature(path: str, board: Board, surface: Surface) -> str:
    """The drawing with its name below; `path` is that of the canvas, which is published."""
    nodes = {(index, node.id): node for index, node in enumerate(board.canvas.nodes) if _is_visible(node, surface)}
    name = escape(path.rpartition("/")[2].removesuffix(".canvas"), quote=False)
    caption = f'{surface.word("body.canvas")} · <a href="{surface.to(path)}">{name}</a>'
    drawing = stylesheet("mini.css", surface) + (_Drawing(board, surface, nodes).svg() if nodes else "")
    return f'<figure class="embed mini">{drawing}<figcaption>{caption}</figcaption></figure>\n'


def _is_visible(node: Node, surface: Surface) -> bool:
    return not isinstance(node, FileNode) or surface.site.url(node.file) is not None


class _Drawing:
    """The nodes that readers may see, by their index and id, as SVG."""

    def __init__(self, board: Board, surface: Surface, nodes: Mapping[tuple[int, str], Node]) -> None:
        self._board, self._surface, self._nodes = board, surface, nodes
        bare = frame_of([*nodes.values()], 0)
        self._letter = _LETTER * max(1.0, bare.width / _WIDTH)
        # The label of a group stands above it.
        self._frame: Frame = frame_of([*nodes.values()], self._letter * 1.6)

    def svg(self) -> str:
        groups = "".join(self._group(node) for node in self._nodes.values() if isinstance(node, GroupNode))
        cards = "".join(
            self._card(node, self._name(index, node))
            for (index, _), node in self._nodes.items()
            if not isinstance(node, GroupNode)
        )
        size = f"{number(self._frame.width)} {number(self._frame.height)}"
        drawn = f'{groups}<g class="lines">{self._lines()}</g>{cards}'
        return f'<svg viewBox="0 0 {size}" aria-hidden="true" style="font-size:{number(self._letter)}px">{drawn}</svg>'

    def _lines(self) -> str:
        known = {name: node for (_, name), node in reversed([*self._nodes.items()])}
        edges: list[Edge] = [e for e in self._board.canvas.edges if e.source in known and e.target in known]
        return "".join(line(edge, stroke(edge, known, self._frame)) for edge in edges)

    def _name(self, index: int, node: Node) -> str:
        if isinstance(node, FileNode):
            title = self._surface.site.title(node.file) if node.file in self._surface.site.notes else ""
            return title or node.file.rpartition("/")[2]
        if isinstance(node, LinkNode):
            return parts(node.url).netloc.removeprefix("www.")
        written = self._board.written.get(index)
        return written.note.summary if written else ""

    def _group(self, node: GroupNode) -> str:
        label = self._fitting(node.label, node.width)
        x, y = number(node.x - self._frame.x), number(node.y - self._frame.y - self._letter * 0.35)
        words = f'<text x="{x}" y="{y}">{label}</text>' if label else ""
        return f'<g class="frame-of{tint(node.color)[0]}"{_style(node)}>{self._rectangle(node, 8)}{words}</g>'

    def _card(self, node: Node, name: str) -> str:
        label = self._fitting(name, node.width - self._letter) if node.height >= self._letter * 1.4 else ""
        x, y = node.centre[0] - self._frame.x, node.centre[1] - self._frame.y + self._letter * 0.35
        words = f'<text x="{number(x)}" y="{number(y)}" text-anchor="middle">{label}</text>' if label else ""
        return f'<g class="card-of{tint(node.color)[0]}"{_style(node)}>{self._rectangle(node, 5)}{words}</g>'

    def _rectangle(self, node: Node, round_: int) -> str:
        place = f'x="{number(node.x - self._frame.x)}" y="{number(node.y - self._frame.y)}"'
        return f'<rect {place} width="{number(node.width)}" height="{number(node.height)}" rx="{round_}"/>'

    def _fitting(self, text: str, width: float) -> str:
        """The text, escaped, as far as it fits."""
        most = int(width / (self._letter * 0.58))
        line_ = " ".join(text.split())
        if len(line_) > most:
            line_ = line_[: most - 1].rstrip() + "…" if most > _FEWEST else ""
        return escape(line_, quote=False)


def _style(node: Node) -> str:
    style = tint(node.color)[1]
    return f' style="{style}"' if style else ""
