"""Files of a vault that a browser would run when opened: what runs goes, what does not stays to the byte."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.inert import Inert, inert, is_safe_url, reaches_out

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
XHTML = "http://www.w3.org/1999/xhtml"


def drawn(inside: str, attributes: str = "") -> tuple[str, tuple[str, ...]]:
    """What is left of a drawing with this inside, and what was removed."""
    data, removed = inert("a.svg", f"<svg {SVG}{attributes}>{inside}</svg>".encode())
    return data.decode().removeprefix(f"<svg {SVG}>").removesuffix("</svg>"), removed


@pytest.mark.parametrize(
    "inside",
    [
        '<rect width="4" fill="url(#a)" style="stroke: red"/>',
        '<use xlink:href="#a"/><a href="https://example.org"><text>x</text></a>',
        '<image href="data:image/png;base64,AA=="/>',
        "<style>@font-face{font-family:F;src:url(data:font/woff2;base64,AA)} .a{fill:url('#b')}</style>",
        f'<foreignObject><div xmlns="{XHTML}" style="color:red">x<br/></div></foreignObject>',
        '<animate attributeName="x" from="1" to="2" dur="1s"/>',
        '<i:namedview xmlns:i="http://inkscape.org" i:zoom="2"/><!-- made by hand -->',
    ],
)
def test_a_drawing_that_runs_nothing_stays_as_it_is(inside: str) -> None:
    data = f'<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg {SVG}>{inside}</svg>\n'.encode()
    assert inert("a.svg", data) == Inert(data)


@pytest.mark.parametrize(
    ("inside", "left", "removed"),
    [
        ("<script>x()</script>a", "a", ("<script>",)),
        ('<x:script xmlns:x="http://www.w3.org/2000/svg">x()</x:script>a', "a", ("<script>",)),
        ('<g onclick="x()" ONLOAD="y()" id="b"/>', '<g id="b"></g>', ("onclick", "ONLOAD")),
        ('<a href="java&#10;script:x()"/>', "<a></a>", ("href",)),
        ('<a><set attributeName="xlink:href" to="javascript:x()"/></a>', "<a></a>", ("<set>",)),
        ('<use href="https://example.org/a.svg#b"/>', "<use></use>", ("href",)),
        ('<rect style="fill:\\75 rl(//example.org)" width="1"/>', '<rect width="1"></rect>', ("style",)),
        ("<style>.a{}@imp<g/>ort '//example.org'</style>", "<style></style>", ("<g>", "style")),
        (f'<h:iframe xmlns:h="{XHTML}" srcdoc="x"/>b', "b", ("<iframe>",)),
        (f'<p xmlns="{XHTML}" xml:base="//x">c</p>', f'<p xmlns="{XHTML}">c</p>', ("xml:base",)),
    ],
)
def test_what_a_drawing_would_run_or_ask_for_is_taken_out_and_told(
    inside: str, left: str, removed: tuple[str, ...]
) -> None:
    assert drawn(inside) == (left, removed)


def test_text_survives_the_cleaning() -> None:
    assert drawn("<script/><text>a &lt;b&gt; &amp; ñ</text>") == ("<text>a &lt;b&gt; &amp; ñ</text>", ("<script>",))


def test_what_a_document_type_adds_is_judged_too() -> None:
    kinds = '<!DOCTYPE svg [<!ATTLIST svg onload CDATA "x()"><!ENTITY e "&#60;script>y()&#60;/script>">]>'
    data, removed = inert("a.svg", f"{kinds}<svg {SVG}>&e;</svg>".encode())
    assert data == f"<svg {SVG}></svg>".encode()
    assert set(removed) == {"onload", "<script>"}


def test_of_a_broken_drawing_stays_what_stands_before_the_fault() -> None:
    assert inert("a.svg", f"<svg {SVG}><g onload='x()'><b></svg>".encode()).data == f"<svg {SVG}><g></g></svg>".encode()


def test_a_style_sheet_that_would_transform_the_file_goes() -> None:
    assert inert("a.xml", b'<?xml-stylesheet type="text/xsl" href="a.xsl"?><a>1</a>') == Inert(
        b"<a>1</a>", ("xml-stylesheet",)
    )


def test_a_packed_drawing_is_looked_into() -> None:
    packed = gzip.compress(f"<svg {SVG}><script/>a</svg>".encode())
    assert gzip.decompress(inert("a.svgz", packed).data) == f"<svg {SVG}>a</svg>".encode()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_web_page_gets_a_policy_before_all_else_and_after_its_document_type(mark: bytes) -> None:
    data, removed = inert("a.HTM", mark + b"<!doctype html>\n<script>x()</script>")
    assert data.startswith(mark + b'<!doctype html><meta http-equiv="Content-Security-Policy"')
    assert data.endswith(b"\n<script>x()</script>")
    assert removed == ("scripts",)


def test_a_web_page_in_sixteen_bits_is_read_as_such() -> None:
    data = inert("a.html", b"\xff\xfe" + "<p>ñ</p>".encode("utf-16-le")).data
    assert data.decode("utf-16").startswith('<meta http-equiv="Content-Security-Policy"')
    assert data.decode("utf-16").endswith("<p>ñ</p>")


def test_other_files_are_none_of_its_business() -> None:
    assert inert("a.png", b"<svg onload=x()>") == Inert(b"<svg onload=x()>")


@given(st.binary(max_size=60), st.sampled_from(["svg", "svgz", "xml", "html"]))
def test_no_bytes_are_too_strange_and_once_is_enough(data: bytes, kind: str) -> None:
    once = inert(f"a.{kind}", data).data
    if kind != "html":
        assert inert(f"a.{kind}", once).data == once


@given(st.text())
def test_any_text_is_a_style_or_an_address_that_can_be_judged(text: str) -> None:
    assert reaches_out(text) in (True, False)
    assert is_safe_url(f"https:{text}")


@pytest.mark.parametrize(
    ("css", "reaches"),
    [
        ("fill:url(#a)", False),
        ("fill:url( '#a' )", False),
        ("fill:url(a.svg#b)", True),
        ("background:image-set('//x' 1x)", True),
        ("background:u\\72l(//x)", True),
        ("@import '//x'", True),
        ("src:url(data:font/woff2;base64,AA)", False),
        ("src:url(data:text/css,x)", True),
        ("color:rgb(1,2,3)", False),
    ],
)
def test_styles_that_reach_out_are_known(css: str, reaches: bool) -> None:
    assert reaches_out(css) is reaches
