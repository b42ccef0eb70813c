"""Canvases as pages: cards that say what they show and lead to, in an order in which they can be read."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from kbtool.reading import read

PLACE = {"x": 0, "y": 0, "width": 300, "height": 200}
PAGE = "m.canvas.html"
NOTES = {
    "B.md": "# Be\n\nIntro.\n\n## Part\n\nOf the part.\n\n## Rest\n\nOf the rest.\n",
    "Secret.md": "---\ndraft: true\n---\n# zqsecret\n\nzqsecret\n",
}


def canvas(*nodes: dict[str, Any], edges: list[dict[str, Any]] | None = None) -> str:
    placed = [{"id": f"n{i}", **PLACE, **node} for i, node in enumerate(nodes)]
    return json.dumps({"nodes": placed, "edges": edges or []}, indent=1)


@pytest.fixture
def board(make: Any) -> Any:
    """The page of a canvas with these nodes and edges, beside some notes."""

    def made(*nodes: dict[str, Any], **facts: Any) -> BeautifulSoup:
        return make({**NOTES, "M.canvas": canvas(*nodes, **facts)})[PAGE]

    return made


def cards(page: BeautifulSoup) -> list[Tag]:
    return page.select(".world > ul > li")


def test_a_text_is_rendered_as_a_note_would_be(board: Any) -> None:
    (card,) = cards(board({"type": "text", "text": "# Head\n\nSee [[B#Part|that]], **bold**, $x$, [[Secret|hidden]]."}))
    assert card.select_one('a.w[href="b.html#part"]').text == "that"
    assert card.strong.text == "bold"
    assert card.math
    assert "hidden" in card.text
    assert not card.select('[href*="secret"]')


def test_footnotes_stand_on_their_card_and_are_numbered_on(board: Any) -> None:
    page = board(*({"type": "text", "text": f"Word[^1].\n\n[^1]: Foot {n}."} for n in range(2)))
    assert [card.select_one(".notes li").text.strip()[:6] for card in cards(page)] == ["Foot 0", "Foot 1"]
    assert [card.select_one("sup a")["href"] for card in cards(page)] == ["#fn1", "#fn2"]
    ids = Counter(re.findall(r' id="([^"]*)"', str(page)))
    assert set(ids.values()) == {1}


def test_a_card_shows_a_note_a_section_or_where_it_is_low_a_title(board: Any) -> None:
    page = board(
        {"type": "file", "file": "B.md"},
        {"type": "file", "file": "B.md", "subpath": "#Part", "y": 300},
        {"type": "file", "file": "B.md", "subpath": "#Part", "y": 600, "height": 60},
    )
    whole, part, title = cards(page)
    assert "Of the part." in whole.text
    assert "Of the rest." in whole.text
    assert "Of the part." in part.text
    assert "Of the rest." not in part.text
    assert (title.text.strip(), title.a["href"]) == ("Be", "b.html#part")


def test_nothing_of_what_is_not_published_is_on_the_board(make: Any) -> None:
    edges = [{"id": "e", "fromNode": "n0", "toNode": "n1", "label": "zqlabel"}]
    made = make({**NOTES, "M.canvas": canvas({"type": "text", "text": "Hi"}, *_secrets(), edges=edges)})
    assert len(cards(made[PAGE])) == 1
    assert not re.search("zqsecret|zqlabel|secret", made.raw(PAGE), re.IGNORECASE)
    assert [fault.code for fault in made.files[PAGE].diagnostics] == ["draft-embedded", "draft-embedded"]


def _secrets() -> list[dict[str, Any]]:
    return [{"type": "file", "file": "Secret.md", "height": height} for height in (50, 200)]


def test_cards_are_read_group_by_group_from_top_to_bottom(board: Any) -> None:
    page = board(
        {"type": "text", "text": "four", "y": 900},
        {"type": "text", "text": "three", "x": 40, "y": 300, "width": 100, "height": 60},
        {"type": "text", "text": "two", "x": 200, "y": 40, "width": 50, "height": 60},
        {"type": "text", "text": "one", "x": 40, "y": 40, "width": 100, "height": 60},
        {"type": "group", "label": "zero", "height": 500},
        {"type": "text", "text": "last of the upper", "x": 700, "y": 10},
    )
    assert [card.text.strip() for card in cards(page)] == ["zero", "one", "two", "three", "last of the upper", "four"]


def test_arrows_are_said_in_words(board: Any) -> None:
    edges = [
        {"id": "1", "fromNode": "n0", "toNode": "n1"},
        {"id": "2", "fromNode": "n0", "toNode": "n2", "label": "why"},
    ]
    page = board(
        {"type": "text", "text": "A"}, {"type": "file", "file": "B.md"}, {"type": "group", "label": "G"}, edges=edges
    )
    assert page.select_one(".card .vh").text == "Lleva a: Be; G (why)"
    assert page.select_one(".lines")["aria-hidden"] == "true"
    assert len(page.select(".lines path.tip")) == 2
    assert page.select_one(".words .said").text == "why"


def test_layers_are_those_of_the_file_with_lines_between_frames_and_cards(board: Any) -> None:
    page = board(
        {"type": "text", "text": "under"}, {"type": "group", "label": "frame"}, {"type": "text", "text": "over"}
    )
    level = {item.text.strip(): int(re.search(r"z-index:(\d+)", item["style"])[1]) for item in cards(page)}
    lines = int(re.search(r"z-index:(\d+)", page.select_one(".lines")["style"])[1])
    assert level["frame"] < lines < level["under"] < level["over"]


def test_colours_follow_the_theme_or_are_as_they_are(board: Any) -> None:
    preset, own = cards(board({"type": "text", "color": "5"}, {"type": "text", "color": "#12aB00", "y": 9}))
    assert "k5" in preset["class"]
    assert "--k:#12aB00" in own["style"]


def test_pages_of_the_web_are_asked_for_and_what_is_no_address_is_text(board: Any) -> None:
    page = board(
        {"type": "link", "url": "https://example.org/a"},
        {"type": "link", "url": "https://example.org/a", "y": 300, "height": 60},
        {"type": "link", "url": "javascript:alert(1)", "y": 400},
    )
    frame, link, text = cards(page)
    assert (frame.a["href"], frame.template.iframe["src"]) == ("https://example.org/a", "https://example.org/a")
    assert link.a["href"] == "https://example.org/a"
    assert not text.a
    assert "https:" in page.select_one('meta[http-equiv="Content-Security-Policy"]')["content"]


def test_a_picture_behind_a_group_is_used_and_cannot_leave_its_style(make: Any) -> None:
    name = "a (1) '\";x.png"
    made = make({"N.md": "", name: "x", "M.canvas": canvas({"type": "group", "background": name})})
    style = cards(made[PAGE])[0]["style"]
    assert re.search(r"background-image:url\([\w.%-]+\);background-size:cover", style)
    assert made.files[PAGE].attachments == {name}


def test_a_note_names_the_canvases_that_it_is_on(make: Any) -> None:
    text = {"type": "text", "text": "[[B]]"}
    hidden = {
        "drafts/H.canvas": canvas(text),
        "B.md": "# Be\n",
        "T.canvas": canvas(text),
        "F.canvas": canvas(_file("B.md")),
    }
    from kbtool.config import PublishConfig

    made = make(hidden, publish=PublishConfig(exclude=("drafts",)))
    assert [item.a["href"] for item in made["b.html"].select(".back li")] == ["f.canvas.html", "t.canvas.html"]


def _file(path: str) -> dict[str, Any]:
    return {"type": "file", "file": path}


def test_an_embedded_canvas_is_a_drawing_that_leads_to_it(make: Any) -> None:
    drawn = canvas(
        _file("B.md"), {"type": "group", "label": "G", "y": 400}, *_secrets(), {"type": "text", "text": "Hello"}
    )
    made = make({**NOTES, "A.md": "![[M.canvas]]\n", "M.canvas": drawn})
    figure = made["a.html"].select_one("figure.mini")
    assert figure.a["href"] == PAGE
    assert [text.text for text in figure.select("text")] == ["G", "Be", "Hello"]
    assert "ecret" not in str(figure)


def test_canvases_that_show_each_other_come_to_an_end(make: Any) -> None:
    made = make({"A.md": "![[M.canvas]]", "M.canvas": canvas(_file("M.canvas"), _file("A.md"))})
    assert len(made[PAGE].select("figure.mini")) == 2


def test_a_canvas_that_cannot_be_read_says_why(make: Any) -> None:
    made = make({"N.md": "", "M.canvas": '{"nodes": ['})
    assert "JSON" in made[PAGE].select_one("main").text


def test_links_of_a_canvas_are_judged_on_the_line_of_their_card(make: Any) -> None:
    made = make({"B.md": "# B\n", "M.canvas": canvas({"type": "text", "text": "[[Bee]]"}, _file("Gone.md"))})
    found = {(d.code, d.line, d.column) for d in read(made.site.config).diagnostics if d.path == "M.canvas"}
    assert found == {("broken-link", 4, 1), ("broken-link", 13, 1)}
