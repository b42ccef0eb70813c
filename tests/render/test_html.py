"""A note's own HTML: what could run dies, what is left open is closed, the rest is shown."""

from __future__ import annotations

import time
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbtool.inert import is_safe_url
from kbtool.render.holes import HOLE
from kbtool.render.html import RawHtml


def cleaned(*pieces: str) -> str:
    raw = RawHtml()
    return "".join(raw.feed(piece) for piece in pieces) + raw.leave()


def filled(*pieces: str) -> str:
    """As on a page, where every place in the vault is `x`."""
    return HOLE.sub(lambda match: {"S": ' src="x"', "D": ' href="x"', "T": "word"}[match[1]], cleaned(*pieces))


@pytest.mark.parametrize(
    "html",
    [
        "<kbd>Ctrl</kbd>",
        "<u>a</u><sub>b</sub><sup>c</sup><s>d</s>",
        '<table><tr><td colspan="2">celda</td></tr></table>',
        '<span style="color:red">x</span>',
        '<ol start="3"><li>tres</li></ol>',
        '<svg viewbox="0 0 4 4"><path d="M0 0h4"></path></svg>',
        "a<br>b &amp; c &nbsp;",
    ],
)
def test_harmless_html_is_shown_as_it_is(html: str) -> None:
    assert cleaned(html) == html


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("a<script>window.x=1</script>b", "ab"),
        ("a<ScRiPt src=//x>y</sCrIpT >b", "ab"),
        ('<b onclick="x()">y</b>', "<b>y</b>"),
        ("<b/onclick=x()>y</b>", "<b>y</b>"),
        ('<a href="javascript:x()">y</a>', "<a>y</a>"),
        ('<a href="java&#10;script:x()">y</a>', "<a>y</a>"),
        ('<a href=" data:text/html,x">y</a>', "<a>y</a>"),
        ('<img src="x" onerror=x()>', "<img\x02Sx\x03>"),
        ("<style>body{display:none}</style>x", "x"),
        ('<div style="position:fixed;color:red">x</div>', '<div style="color:red">x</div>'),
        ('<div style="background-image:url(//x)">x</div>', "<div>x</div>"),
        ('<form action="/x"><input name="y"></form>', ""),
        ("<object data=x>y</object>z", "z"),
        ("a<!-- <b> -->b", "ab"),
        ("a<!--", "a"),
        ("<svg><foreignObject><b>x</b></foreignObject><animate onbegin=x() /></svg>", "<svg><b>x</b></svg>"),
        ('<p id="main" name="x" data-note-path="y">z</p>', "<p>z</p>"),
        ('<img src="data:text/html,x">', "<img>"),
        ("<math><mtext><style><img src=x onerror=y></style></mtext></math>x", "x"),
    ],
)
def test_what_could_run_or_cover_the_page_dies(html: str, left: str) -> None:
    assert cleaned(html) == left


def test_a_picture_may_bring_its_own_bytes() -> None:
    assert cleaned('<img src="data:image/png;base64,AA==" alt="x">') == '<img src="data:image/png;base64,AA==" alt="x">'


def test_what_is_removed_is_named() -> None:
    raw = RawHtml()
    raw.feed('<b onclick="x()" ONLOAD=y>z</b><script>1</script><a href="javascript:x">q</a>')
    assert raw.removed == ["onclick", "onload", "<script>", "javascript:"]


def test_an_element_opened_in_one_piece_is_closed_in_another() -> None:
    assert cleaned("<details><summary>x</summary>\n", "</details>\n") == "<details><summary>x</summary>\n</details>\n"


def test_what_is_left_open_is_closed_with_its_container() -> None:
    raw = RawHtml()
    assert raw.feed("<div>") == "<div>"
    raw.enter()
    assert raw.feed("<b><i>x") == "<b><i>x"
    assert raw.leave() == "</i></b>"
    assert raw.leave() == "</div>"


def test_an_end_tag_that_ends_nothing_is_dropped() -> None:
    assert cleaned("</div></article>x</b>") == "x"


def test_an_end_tag_closes_what_is_open_inside() -> None:
    assert cleaned("<div><b>x</div>y") == "<div><b>x</b></div>y"


def test_ends_that_html_leaves_out_are_written() -> None:
    assert cleaned("<ul><li>a<li>b</ul><p>c<p>d") == "<ul><li>a</li><li>b</li></ul><p>c</p><p>d</p>"
    assert cleaned("<table><tr><td>a<td>b<tr><td>c</table>") == (
        "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"
    )


def test_text_beside_tags_stays_text() -> None:
    assert cleaned("1 < 2 & 3 > 2 &amp; <|endoftext|>") == "1 &lt; 2 &amp; 3 &gt; 2 &amp; &lt;|endoftext|&gt;"


def test_a_frame_from_elsewhere_is_loaded_on_request_only() -> None:
    html = cleaned('<iframe src="https://example.org/a?b=1&c=2" width="300" height="200" onload="x()">no</iframe>z')
    assert html.endswith("</span>z")
    assert html.startswith('<span class="frame"><iframe src="https://example.org/a?b=1&amp;c=2" srcdoc="&lt;!doctype')
    assert '" width="300" height="200" title="example.org" sandbox="' in html
    assert "onload" not in html


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "/etc/passwd", "", "srcdoc"])
def test_a_frame_that_is_no_page_of_the_web_is_dropped(url: str) -> None:
    assert cleaned(f'<iframe src="{url}" srcdoc="<script>1</script>"></iframe>') == ""


def test_a_picture_from_elsewhere_is_loaded_on_request_only() -> None:
    html = cleaned('<img src="https://example.org/a.png" alt="mapa" width="40">')
    before, _, template = html.partition("<template>")
    assert "<img" not in before
    assert template.startswith('<img src="https://example.org/a.png" width="40" alt="mapa"')


def test_a_film_from_elsewhere_becomes_a_card_and_its_inside_is_dropped() -> None:
    html = cleaned('<video src="https://example.org/v.mp4"><b>no</b></video>z')
    assert "<b>" not in html
    assert html.endswith("</span>z")


def test_a_link_never_stands_inside_a_link(faults_of: Callable[[str], list[str]]) -> None:
    html = cleaned('<a href="https://a.org"><img src="https://b.org/x.png" alt="x"> <a href="https://c.org">y</a></a>')
    assert faults_of(html) == []
    assert html.count("<a ") == 1


@pytest.mark.parametrize("piece", ["<a ", "<a '", '<a "', "<!--", "<p>", "</p>", "<b a=x ", "<a href=\n\n"])
def test_much_of_the_same_takes_no_longer_than_its_length(piece: str) -> None:
    started = time.process_time()
    cleaned(piece * 20_000)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org", True),
        ("mailto:a@example.org", True),
        ("obsidian://open?vault=V", True),
        ("JavaScript:alert(1)", False),
        ("\x01java\tscript:alert(1)", False),
        ("vbscript:x", False),
        ("data:text/html,x", False),
        ("nota:con dos puntos", True),
    ],
)
def test_urls_that_run_are_known(url: str, safe: bool) -> None:
    assert is_safe_url(url) is safe


class Tags(HTMLParser):
    """The start tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "<script>",
            "</script>",
            "<b>",
            "</b>",
            "<div ",
            "<p>",
            "</p>",
            "<a href=",
            "javascript:alert(1)",
            '"',
            "'",
            ">",
            "<",
            "/",
            " onclick=x ",
            "<img src=x onerror=y>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<svg>",
            "</svg>",
            "<math>",
            "<style>",
            "</style>",
            "<iframe srcdoc='<script>'>",
            "</iframe>",
            "<table><td>",
            "texto",
            "&lt;script&gt;",
            "&#0;",
            "\x00",
            "\n",
            "<template>",
            "&#2;",
            "&#3;",
            "<b title='&#2;P0&#3;'>",
            "<x-img src=x onerror=y>",
            "<a\x0bhref=x>",
            "<noscript>",
            "<title>",
            "=",
            "`",
        ]
    ),
    max_size=12,
)


@settings(deadline=None)
@given(FRAGMENTS)
def test_no_soup_of_tags_makes_live_code(faults_of: Callable[[str], list[str]], fragments: list[str]) -> None:
    html = filled("".join(fragments))
    assert faults_of(html) == []
    for tag, attributes in Tags(html).seen:
        assert tag not in ("script", "style", "object", "embed", "form", "title", "noscript", "x-img")
        assert not any(name.startswith("on") for name in attributes)
        assert "<script" not in (attributes.get("srcdoc") or "")
        assert not any("javascript:" in (value or "") for value in attributes.values())


@settings(deadline=None)
@given(FRAGMENTS, FRAGMENTS)
def test_pieces_are_as_harmless_as_the_whole(
    faults_of: Callable[[str], list[str]], one: list[str], two: list[str]
) -> None:
    html = filled("".join(one), "".join(two))
    assert faults_of(html) == []
    assert "<script" not in html


@pytest.mark.parametrize(
    "text",
    [
        "<title>\n\n- <textarea>\n",
        "<select>\n\n> <script>alert(1)\n\n> b\n",
        "_<iframe src=//x>_ fin",
        "**a <script>b** fin",
        "*<b>*</b> [x *<i>y*](z.md) fin",
    ],
)
def test_what_html_opens_in_an_element_of_the_text_ends_with_it(shelve, faults_of, text):
    assert faults_of(shelve({"A.md": text}).html()) == []


def test_the_source_of_a_block_that_did_not_run_makes_no_holes(shelve):
    html = shelve({"A.md": "# h\n\n```python\n# \x02H0:1 onmouseover=x() y\x03\n```\n"}).html()
    assert "onmouseover=x() y</span>" in html
    assert html.count("<h1") == 1
