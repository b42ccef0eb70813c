"""One row for each kind of change that a canvas may see: exactly the pages that are made again for it."""

from __future__ import annotations

import json

import pytest
from stepwise import Files, Project, Row, assert_clean, edit, files

PIXEL = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"


def canvas(*cards: dict[str, object]) -> str:
    place = {"x": 0, "y": 0, "width": 300, "height": 200}
    return json.dumps({"nodes": [{"id": str(n), **place, **card} for n, card in enumerate(cards)]}, indent=1)


PART = canvas({"type": "file", "file": "Beta.md", "subpath": "#Part"}, {"type": "file", "file": "pic.gif"})
VAULT: Files = {
    "Words.canvas": canvas({"type": "text", "text": "Of [[Beta]] and [[Later]]."}),
    "Part.canvas": PART,
    "Title.canvas": canvas({"type": "file", "file": "Beta.md", "height": 60}),
    "Lost.canvas": canvas({"type": "file", "file": "Later.md"}, {"type": "file", "file": "deep/Hidden.md"}),
    "Alpha.md": "# Alpha\n\n![[Part.canvas]]\n",
    "Beta.md": "# Beta\n\nIntro.\n\n## Part\n\nText.\n",
    "Gamma.md": "# Gamma\n\n[[Beta]]\n",
    "deep/Hidden.md": "---\ndraft: true\n---\n# Hidden\n",
    "pic.gif": PIXEL,
}
WORDS, PART_PAGE, TITLE, LOST = "words.canvas.html", "part.canvas.html", "title.canvas.html", "lost.canvas.html"
ALPHA, BETA, GAMMA = "alpha.html", "beta.html", "gamma.html"
PAGES = {WORDS, PART_PAGE, TITLE, LOST, ALPHA, BETA, GAMMA}


ROWS = {
    "a section that a card shows": Row(edit("Beta.md", "Text.", "Words."), {BETA, PART_PAGE}),
    "a note that no card shows": Row(edit("Gamma.md", "[[Beta]]", "Of [[Beta]]"), {GAMMA, BETA}),
    "the title of a note on cards": Row(edit("Beta.md", "# Beta\n", "# Bet\n"), {ALPHA, BETA, GAMMA, PART_PAGE, TITLE}),
    "the heading that a card shows": Row(edit("Beta.md", "## Part", "## Piece"), {BETA, PART_PAGE}),
    "the text of a card": Row(edit("Words.canvas", "Of ", "About "), {WORDS}),
    "a link less": Row(edit("Words.canvas", "[[Beta]]", "Beta"), {WORDS, BETA}),
    "a link of another spelling": Row(edit("Words.canvas", "[[Beta]]", "[[Beta#Part]]"), {WORDS}),
    "a canvas that a note shows": Row(edit("Part.canvas", '"height": 200', '"height": 300'), {PART_PAGE, ALPHA}),
    "the note that a broken link and a lost card mean": Row(
        files({"Later.md": "# Later\n"}), PAGES - {TITLE, PART_PAGE} | {"later.html"}
    ),
    "a draft less": Row(edit("deep/Hidden.md", "draft: true", "draft: false"), PAGES - {TITLE, WORDS, PART_PAGE}),
    "a canvas less": Row(files({"Title.canvas": None}), {BETA}),
    "a canvas that is none any more": Row(files({"Part.canvas": "{"}), {PART_PAGE, ALPHA, BETA}),
    "a canvas more": Row(files({"deep/More.canvas": PART}), {BETA, "deep/more.canvas.html"}),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_what_a_change_makes_again_of_canvases(project: Project, row: Row) -> None:
    project.put(VAULT)
    assert project.build().made >= PAGES
    row.change(project)
    outcome = project.build()
    assert_clean(project, outcome)
    watched = PAGES | row.made
    assert outcome.made & watched == row.made
    assert outcome.written & watched == row.made - row.same
    assert project.build().stood
