"""A canvas as the judge wants it: its nodes and edges with the keys of JSON Canvas, what is not stated as None."""

from pathlib import Path
from typing import Any

from kbtool import vault as vault_module
from kbtool.formats.canvas import Canvas, Edge, FileNode, GroupNode, LinkNode, Node, TextNode, parse
from kbtool.vault import FileKind, Vault

# What each type of node has beside its place: key of JSON Canvas -> attribute.
_OWN = {
    TextNode: {"text": "text"},
    FileNode: {"file": "file", "subpath": "subpath"},
    LinkNode: {"url": "url"},
    GroupNode: {"label": "label", "background": "background", "backgroundStyle": "background_style"},
}


def drawings(root: Path) -> dict[str, Any]:
    """Every canvas of a vault."""
    vault: Vault = vault_module.read(root)
    return {file.path: _canvas(parse(file.path, vault_module.load_text(file).text)[0]) for file in _canvases(vault)}


def _canvases(vault: Vault) -> list[Any]:
    return [file for file in vault.files if file.kind is FileKind.CANVAS]


def _canvas(canvas: Canvas) -> dict[str, Any]:
    if canvas.problem:
        return {"bad": True}
    return {"nodes": [_node(node) for node in canvas.nodes], "edges": [_edge(edge) for edge in canvas.edges]}


def _node(node: Node) -> dict[str, Any]:
    place = {"id": node.id, "type": node.kind, "x": node.x, "y": node.y, "width": node.width, "height": node.height}
    own = {key: getattr(node, name) for key, name in _OWN.get(type(node), {}).items()}
    stated = {key: value if value or key == "text" else None for key, value in own.items()}
    return {**place, "color": node.color or None, **stated}


def _edge(edge: Edge) -> dict[str, Any]:
    return {
        "id": edge.id,
        "from": edge.source,
        "to": edge.target,
        "fromSide": edge.source_side,
        "toSide": edge.target_side,
        "fromEnd": edge.source_end,
        "toEnd": edge.target_end,
        "label": edge.label or None,
        "color": edge.color or None,
    }
