"""Files into canvases: what is read, and what is told of the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.formats.canvas import Canvas, FileNode, GroupNode, OtherNode, TextNode, parse

PLACE = {"x": 0, "y": 0, "width": 100, "height": 50}


def read(*nodes: dict[str, Any], edges: list[dict[str, Any]] | None = None) -> tuple[Canvas, list[tuple[int, str]]]:
    text = json.dumps(
        {"nodes": [{"id": f"n{i}", **PLACE, **node} for i, node in enumerate(nodes)], "edges": edges or []}
    )
    canvas, faults = parse("M.canvas", text)
    assert {fault.code for fault in faults} <= {"bad-canvas"}
    return canvas, [(fault.line, fault.message) for fault in faults]


@pytest.mark.parametrize("text", ["", " \n", "{}", '{"nodes": null}', '{"nodes": [], "edges": []}'])
def test_an_empty_file_is_an_empty_canvas(text: str) -> None:
    assert parse("M.canvas", text) == (Canvas(), ())


def test_each_type_of_node_has_what_is_its_own() -> None:
    canvas, faults = read(
        {"type": "text", "text": "Hi"},
        {"type": "file", "file": "a/N.md", "subpath": "#H"},
        {"type": "group", "label": "G", "background": "p.png", "backgroundStyle": "ratio"},
        {"type": "widget"},
    )
    text, file, group, other = canvas.nodes
    assert isinstance(text, TextNode)
    assert isinstance(file, FileNode)
    assert isinstance(group, GroupNode)
    assert isinstance(other, OtherNode)
    assert (text.text, file.file, file.subpath) == ("Hi", "a/N.md", "#H")
    assert (group.label, group.background, group.background_style, other.kind) == ("G", "p.png", "ratio", "widget")
    assert faults == []


def test_an_edge_ends_in_an_arrow_unless_it_says_otherwise() -> None:
    edges = [
        {"id": "1", "fromNode": "n0", "toNode": "n1"},
        {"id": "2", "fromNode": "n1", "toNode": "n0", "fromEnd": "arrow", "toEnd": "none", "toSide": "left"},
    ]
    canvas, _ = read({"type": "text"}, {"type": "text"}, edges=edges)
    assert [(edge.source_end, edge.target_end, edge.target_side) for edge in canvas.edges] == [
        ("none", "arrow", None),
        ("arrow", "none", "left"),
    ]


def test_an_edge_to_a_node_that_is_not_there_is_left_out_and_told() -> None:
    canvas, faults = read({"type": "text"}, edges=[{"id": "e", "fromNode": "n0", "toNode": "nobody"}])
    assert canvas.edges == ()
    assert faults == [(1, "the edge 'e' leads to the node 'nobody', which is not there")]


def test_what_is_no_json_is_told_where_it_ends() -> None:
    canvas, (fault,) = parse("M.canvas", '{\n  "nodes": [\n')
    assert canvas.problem
    assert (fault.code, fault.line, fault.column) == ("bad-canvas", 3, 1)


@pytest.mark.parametrize("text", ["[]", '"x"', "[" * 100_000, '{"nodes": ' + "1" * 5000 + "}", "not json"])
def test_what_is_no_canvas_is_no_exception(text: str) -> None:
    canvas, (fault,) = parse("M.canvas", text)
    assert canvas.problem
    assert fault.code == "bad-canvas"


def test_a_fault_stands_on_the_line_of_its_node() -> None:
    text = (
        '{"nodes": [\n{"id": "a", "type": "text", "text": "\\"id\\": \\"b\\""},\n{"id": "b", "type": "text", "x": 1}]}'
    )
    _, faults = parse("M.canvas", text)
    assert [(fault.line, fault.message) for fault in faults] == [
        (2, "the node 'a' has no number that can be drawn for `x`, `y`, `width`, `height`"),
        (3, "the node 'b' has no number that can be drawn for `y`, `width`, `height`"),
    ]


@pytest.mark.parametrize("color", ["1", "6", "#abc", "#FF8800"])
def test_colours_are_kept_as_they_are_written(color: str) -> None:
    canvas, faults = read({"type": "text", "color": color})
    assert (canvas.nodes[0].color, faults) == (color, [])


@pytest.mark.parametrize("color", ["7", "red", "#12", "#000;background:url(x)", "1 "])
def test_what_is_no_colour_is_told_and_never_reaches_a_style(color: str) -> None:
    canvas, faults = read({"type": "text", "color": color})
    assert (canvas.nodes[0].color, len(faults)) == ("", 1)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "type", "x", "y", "width", "height", "color", "text", "file", "fromNode", "toNode", "label"]
            )
            | st.text(max_size=3),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@given(
    st.fixed_dictionaries(
        {"nodes": st.lists(VALUES, max_size=4) | VALUES, "edges": st.lists(VALUES, max_size=4) | VALUES}
    )
)
def test_any_json_is_read(values: dict[str, Any]) -> None:
    canvas, faults = parse("M.canvas", json.dumps(values))
    ids = {node.id for node in canvas.nodes}
    assert all(edge.source in ids and edge.target in ids for edge in canvas.edges)
    assert all(fault.line >= 1 and fault.code == "bad-canvas" for fault in faults)
