"""Notes within notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Shelve = Callable[..., Any]

PROPERTIES = "---\ntitle: Nota B\nsecreto: xyzzy\n---\n"
TWO_SECTIONS = PROPERTIES + "antes\n\n# Uno\n\nde uno\n\n## Dentro\n\nde dentro\n\n# Dos\n\nde dos"


def inside(html: str) -> str:
    """What the first embed shows, without its frame and markup between blocks."""
    start = html.index("</p>", html.index('<p class="src">')) + 5
    return html[start : html.rindex("</div>")].strip()


def test_a_note_is_shown_without_its_properties_under_its_name(shelve: Shelve) -> None:
    html = shelve({"A.md": "![[B]]", "B.md": "---\ntitle: Título\nx: xyzzy\n---\nhola"}).html()
    assert html.startswith('<div class="embed"><p class="src"><svg')
    assert '<a class="w" href="b.html">Título</a></p>\n<p>hola</p>' in html
    assert "xyzzy" not in html


def test_a_section_ends_at_the_next_heading_of_its_rank(shelve: Shelve) -> None:
    html = shelve({"A.md": "![[B#Uno]]", "B.md": TWO_SECTIONS}).html()
    assert inside(html) == "<h1>Uno</h1>\n<p>de uno</p>\n<h2>Dentro</h2>\n<p>de dentro</p>"
    assert '<a class="w" href="b.html#uno">Nota B › Uno</a>' in html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("antes\n\nel párrafo ^x\n\ndespués", "<p>el párrafo</p>"),
        ("- uno\n- dos ^x\n  - tres\n- cuatro", "<ul><li>dos<ul>\n<li>tres</li>\n</ul>\n</li>\n</ul>"),
        ("1. uno\n2. dos ^x", "<ol><li>dos</li>\n</ol>"),
        ("antes\n\n- uno\n- dos\n\n^x\n\ndespués", "<ul>\n<li>uno</li>\n<li>dos</li>\n</ul>"),
        ("> cita\n\n^x\n\ndespués", "<blockquote>\n<p>cita</p>\n</blockquote>"),
    ],
)
def test_a_block_is_shown_alone_and_whole(shelve: Shelve, text: str, shown: str) -> None:
    assert inside(shelve({"A.md": "![[B#^x]]", "B.md": text}).html()) == shown


@pytest.mark.parametrize(
    ("text", "has", "lacks"),
    [
        ("antes\n\n```\ncódigo\n```\n\n^x\n\ndespués", "código", "antes"),
        ("antes\n\n$$\ny\n$$\n\n^x\n\ndespués", 'data-tex="y"', "después"),
        ("antes\n\n| a |\n|---|\n| 1 |\n\n^x\n\ndespués", "<td>1</td>", "después"),
        ("antes\n\n> [!tip] T\n> cuerpo\n\n^x\n\ndespués", "cuerpo", "antes"),
    ],
)
def test_blocks_of_every_kind_can_be_shown(shelve: Shelve, text: str, has: str, lacks: str) -> None:
    html = shelve({"A.md": "![[B#^x]]", "B.md": text}).html()
    assert has in html
    assert lacks not in html


def test_a_named_block_can_be_linked_to(shelve: Shelve) -> None:
    shelf = shelve({"A.md": "[[B#^x]] [[B#^y]]", "B.md": "hola ^x\n\n```\nz\n```\n\n^y"})
    anchors = [href.split('"')[0] for href in shelf.html().split('href="b.html#')[1:]]
    target = shelf.html("B.md")
    assert len(anchors) == 2
    assert all(f'id="{anchor}"' in target for anchor in anchors)


@pytest.mark.parametrize("link", ["![[Nada]]", "![[B#Nada]]", "![[B#^nada]]", "![[nada.png]]"])
def test_what_is_not_there_is_named_and_nothing_else_is_shown(shelve: Shelve, link: str) -> None:
    html = shelve({"A.md": f"x\n\n{link}", "B.md": TWO_SECTIONS}).html()
    assert '<span class="embed absent">' in html
    assert "nada" in html.lower()
    assert "de uno" not in html


def test_an_unpublished_note_is_shown_nowhere(shelve: Shelve) -> None:
    shelf = shelve({"A.md": "x\n\n![[Borrador]]", "Borrador.md": "---\ndraft: true\n---\nsecreto"})
    assert shelf.html().strip() == "<p>x</p>"
    assert shelf.faults() == [("draft-embedded", "A.md", 3)]


def test_links_of_an_embedded_note_are_seen_from_the_page_it_is_on(shelve: Shelve) -> None:
    html = shelve({"A.md": "![[B]]", "x/y/B.md": "[[C]] [[#H]]\n\n# H", "x/C.md": ""}).html()
    assert 'href="x/c.html">C</a>' in html
    assert 'href="x/y/b.html#h">H</a>' in html


def test_ids_belong_to_the_page_of_the_note(shelve: Shelve) -> None:
    html = shelve({"A.md": "# H\n\n![[B]]", "B.md": "# H\n\nx ^id\n\n$$a\\label{e}$$\n\n$\\eqref{e}$"}).html()
    assert html.count(" id=") == 1
    assert 'href="b.html#eq-e"' in html


def test_a_note_that_embeds_itself_ends_in_a_link(shelve: Shelve) -> None:
    shelf = shelve({"A.md": "propio texto\n\n![[A]]"})
    assert shelf.html().count("propio texto") == 1
    assert shelf.faults() == [("embed-cycle", "A.md", 3)]


def test_a_circle_is_cut_and_told_with_its_notes(shelve: Shelve) -> None:
    shelf = shelve({"A.md": "de A ![[B]]", "B.md": "de B\n\n![[A]]", "C.md": "![[A]]"})
    assert shelf.html().count("de A") == 1
    assert shelf.faults() == [("embed-cycle", "B.md", 3)]
    assert "A.md -> B.md -> A.md" in shelf.body().diagnostics[0].message
    assert shelf.faults("C.md") == [], "told on the pages of the circle only"


def test_a_section_of_the_same_note_is_no_circle(shelve: Shelve) -> None:
    shelf = shelve({"A.md": "# Datos\n\nsiete\n\n# Copia\n\n![[#Datos]]"})
    assert shelf.html().count("siete") == 2
    assert shelf.faults() == []


def test_a_section_that_embeds_itself_is_cut(shelve: Shelve) -> None:
    shelf = shelve({"A.md": "# Datos\n\nsiete\n\n![[#Datos]]"})
    assert shelf.html().count("siete") == 2
    assert [code for code, _, _ in shelf.faults()] == ["embed-cycle"]


def test_embeds_that_multiply_come_to_an_end(shelve: Shelve) -> None:
    files = {f"N{k}.md": f"![[N{k + 1}]]\n\n![[N{k + 1}]]\n\n![[N{k + 1}]]" for k in range(11)}
    html = shelve({**files, "N11.md": "fin", "A.md": "![[N0]]"}).html()
    assert html.count('<div class="embed">') <= 500
    assert len(html) < 500_000


def test_a_text_around_an_embed_is_divided_at_it(shelve: Shelve, faults_of: Callable[[str], list[str]]) -> None:
    html = shelve({"A.md": "uno\n![[B]]\ndos", "B.md": "dentro"}).html()
    assert html.startswith('<p>uno</p>\n<div class="embed">')
    assert html.strip().endswith("</div>\n<p>dos</p>")
    assert faults_of(html) == []


@pytest.mark.parametrize("text", ["# ver ![[B]]", "**ver ![[B]]**", "| a |\n|---|\n| ![[B]] |"])
def test_where_no_block_may_stand_an_embed_is_a_link(
    shelve: Shelve, faults_of: Callable[[str], list[str]], text: str
) -> None:
    html = shelve({"A.md": text, "B.md": "dentro"}).html()
    assert '<a class="w" href="b.html">B</a>' in html
    assert faults_of(html) == []


def test_attachments_of_an_embedded_note_are_those_of_the_page(shelve: Shelve) -> None:
    shelf = shelve({"A.md": "![[B]]", "B.md": "![[i.png]]", "i.png": b"x"})
    assert shelf.body().attachments == {"i.png"}


def test_a_canvas_is_a_box_that_opens_it(shelve: Shelve) -> None:
    html = shelve({"A.md": "![[p.canvas]]", "p.canvas": "{}"}).html()
    assert "![[" not in html
    assert "p.canvas" in html
