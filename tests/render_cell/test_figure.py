"""Drawings from blocks."""

from __future__ import annotations

import base64
import struct

import pytest

from kbtool.render.figure import image, svg

HEAD = '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg width="432pt" height="200pt" viewBox="0 0 432 200" version="1.1">'


def drawing(body: str) -> str:
    return svg(f"{HEAD}{body}</svg>", "Una <curva>", "f1-")


def test_a_drawing_has_a_name_and_scales_up_to_its_own_width() -> None:
    head = drawing("").partition(">")[0]
    assert 'role="img" aria-label="Una &lt;curva&gt;"' in head
    assert 'style="max-width:432pt"' in head
    assert 'viewBox="0 0 432 200"' in head
    assert " width=" not in head


def test_a_drawing_that_says_only_its_size_keeps_its_proportions() -> None:
    html = svg('<svg width="120" height="60"><rect width="120" height="60"/></svg>', "x", "f")
    assert html.startswith('<svg viewBox="0 0 120 60" style="max-width:120px"')
    assert 'width="120" height="60"' in html


def test_role_colours_become_those_of_the_theme() -> None:
    html = drawing('<path d="M 0 0" style="stroke: #020202"/><text style="fill: #010101">eje</text>')
    assert 'style="stroke: var(--c1)"' in html
    assert 'style="fill: currentColor"' in html
    assert "plate" not in html


def test_a_drawing_in_its_own_colours_lies_on_white() -> None:
    assert 'class="plate"' in drawing('<path d="M 0 0" style="stroke: #ff0000"/>')


def test_a_drawing_that_says_on_what_it_stands_needs_no_white_paper() -> None:
    html = svg('<svg data-ground="own" width="1pt" height="1pt"><path d="M 0 0" fill="#000"/></svg>', "x", "f")
    assert "plate" not in html
    assert "data-ground" not in html


def test_ids_that_nothing_refers_to_go_and_the_others_are_the_figures_own() -> None:
    html = drawing('<g id="figure_1"><defs><path id="m1" d="M 0 0"/></defs><use xlink:href="#m1"/></g>')
    assert "figure_1" not in html
    assert 'id="f1-0"' in html
    assert 'xlink:href="#f1-0"' in html


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        '<path d="M 0 0" onclick="alert(1)"/>',
        "<foreignObject><iframe src='https://example.org'></iframe></foreignObject>",
        '<image xlink:href="https://example.org/espia.png"/>',
        '<use href="https://example.org/a.svg#x"/>',
        '<path style="fill: url(https://example.org/x)"/>',
        "<style>*{background:url(https://example.org)}</style>",
        "<a xlink:href='javascript:alert(1)'><text>x</text></a>",
    ],
)
def test_nothing_in_a_drawing_runs_or_reaches_out(attack: str) -> None:
    html = drawing(attack)
    assert html.startswith("<svg")
    for bad in ("example.org", "alert", "script", "foreignObject", "onclick", "<style"):
        assert bad not in html


def test_what_is_no_drawing_gives_nothing() -> None:
    assert svg("no soy un dibujo", "x", "f") == ""


def test_a_picture_says_its_size_so_that_the_text_below_does_not_jump() -> None:
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">II", 64, 48) + b"\x08\x02\0\0\0"
    html = image("image/png", base64.b64encode(png).decode(), 'a "b"')
    assert 'width="64" height="48"' in html
    assert 'alt="a &quot;b&quot;"' in html
    assert "lazy" not in html  # it is in the page already, and printing does not scroll
