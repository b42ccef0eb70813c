"""What readers see of a base: tables, cards and lists, on its own page and where a note shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Make = Callable[..., Any]

ALEPH = """---
autor: "[[Borges|J. L. Borges]]"
páginas: 160
leído: true
fecha: 1949-06-26
tags: [cuento]
---
# El Aleph
"""
RAYUELA = '---\nautor: "[[Secreto]]"\npáginas: 600\nleído: false\nweb: https://example.org/r\n---\n# Rayuela\n'
VAULT = {
    "Borges.md": "# Borges\n\n![[Libros.base#Fichas]]\n\nTexto con ![[Libros.base]] dentro.\n",
    "Secreto.md": "---\ndraft: true\n---\n# Secreto\n",
    "libros/Aleph.md": ALEPH,
    "libros/Rayuela.md": RAYUELA,
}
FILTER = 'filters: file.inFolder("libros")\n'


def view(order: str, kind: str = "table", more: str = "") -> str:
    return f"views:\n- {{type: {kind}, name: Fichas, order: [{order}]{more}}}\n"


def test_a_table_shows_values_as_what_they_are(make: Make) -> None:
    order = "file.name, autor, páginas, leído, fecha, file.tags, web"
    page = make({**VAULT, "Libros.base": FILTER + view(order)})["libros.base.html"]
    rows = [[cell.get_text() for cell in row.select("th, td")] for row in page.select("tr")]
    assert rows == [
        ["Nombre", "autor", "páginas", "leído", "fecha", "Etiquetas", "web"],
        ["Aleph", "J. L. Borges", "160", "", "26 jun 1949", "#cuento", ""],
        ["Rayuela", "Secreto", "600", "", "", "", "https://example.org/r"],
    ]
    assert [a["href"] for a in page.select("td a")] == [
        "libros/aleph.html",
        "borges.html",
        "tags/cuento.html",
        "libros/rayuela.html",
        "https://example.org/r",
    ]
    assert [box.has_attr("checked") for box in page.select("td input[type=checkbox]")] == [True, False]
    assert page.select_one("time")["datetime"] == "1949-06-26"


def test_groups_and_summaries_have_rows_of_their_own(make: Make) -> None:
    grouped = view("file.name, páginas", more=", groupBy: leído, summaries: {páginas: Average}")
    page = make({**VAULT, "Libros.base": FILTER + grouped})["libros.base.html"]
    assert len(page.select("tbody")) == 2
    assert [th["scope"] for th in page.select("tr.group th")] == ["rowgroup", "rowgroup"]
    assert [" ".join(row.get_text(" ").split()) for row in page.select("tr.sums")] == [
        "Media 600",
        "Media 160",
        "Media 380",
    ]


def test_every_view_of_a_base_is_on_its_page_and_can_be_gone_to(make: Make) -> None:
    base = (
        FILTER + "views:\n- {type: table, name: Una vista}\n- {type: cards, name: Una vista}\n- {type: list, name: C}\n"
    )
    page = make({**VAULT, "Libros.base": base})["libros.base.html"]
    anchors = [a["href"] for a in page.select("nav.ways a")]
    assert anchors == [f"#{heading['id']}" for heading in page.select("section.view h2")]
    assert len(set(anchors)) == 3


def test_cards_have_covers_and_lead_to_their_notes(make: Make) -> None:
    covers = {
        "a.md": '---\ncover: "[[foto.png]]"\n---\n',
        "b.md": '---\ncover: "#336699"\n---\n',
        "c.md": "---\ncover: https://example.org/x.jpg\n---\n",
        "d.md": "---\ncover: nada.png\n---\n",
        "foto.png": "x",
        "Libros.base": 'filters: file.name.startsWith("a") || cover\n' + view("file.name", "cards", ", image: cover"),
    }
    made = make(covers)
    page = made["libros.base.html"]
    cards = page.select("ul.deck > li")
    assert [card.select_one("p a")["href"] for card in cards] == ["a.html", "b.html", "c.html", "d.html"]
    assert cards[0].select_one("img.cover")["src"] == "foto.png"
    assert "background:#336699" in str(cards[1])
    assert not page.select(':not(template) > img[src^="http"]')
    assert cards[2].select_one("template")
    assert not cards[3].select(".cover")
    assert made.files["libros.base.html"].attachments == {"foto.png"}


def test_a_note_shows_a_view_of_a_base_as_seen_from_itself(make: Make) -> None:
    views = "[{type: list, name: Todo}, {type: table, name: Fichas, order: [file.name]}]"
    base = f"filters: autor == this\nviews: {views}\n"
    page = make({**VAULT, "Libros.base": base})["borges.html"]
    assert [a["href"] for a in page.select("div.view td a")] == ["libros/aleph.html"]
    assert [label.get_text() for label in page.select("div.view .src a")] == ["Libros › Fichas", "Libros › Todo"]


def test_a_link_to_a_heading_leads_to_it(make: Make) -> None:
    notes = {"a.md": '---\nx: "[[b#Una Parte|aquí]]"\ny: "[[b#^blk]]"\nz: "[[b#Nada]]"\n---\n'}
    target = {"b.md": "# B\n\n## Una parte\n\nTexto. ^blk\n", "Libros.base": "filters: x\n" + view("x, y, z")}
    links = make({**notes, **target})["libros.base.html"].select("td a")
    assert [link["href"] for link in links] == ["b.html#una-parte", "b.html#block-blk", "b.html"]


def test_a_base_written_in_a_note_is_shown_there(make: Make) -> None:
    fence = "# N\n\n```base\nfilters: file.hasLink(this)\nviews:\n- {type: list, name: Aquí}\n```\n"
    page = make({"N.md": fence, "o/M.md": "[[N]]\n", "o/K.md": "x\n"})["n.html"]
    assert [a["href"] for a in page.select("div.view li a")] == ["o/m.html"]


def test_what_is_not_understood_is_said_where_the_view_would_be(make: Make) -> None:
    base = "filters: file.hasTagg('x')\nformulas: {f: 'x +'}\n" + view("formula.f")
    made = make({**VAULT, "Libros.base": base})
    aside = made["libros.base.html"].select_one("section.view aside")
    assert "there is no function 'hasTagg' (did you mean 'hasTag'?)" in aside.get_text()
    assert not made["libros.base.html"].select("table")
    told = [(d.code, d.line) for d in made.files["libros.base.html"].diagnostics]
    assert told == [("bad-base", 2), ("bad-base", 1)]


def test_an_error_in_a_cell_says_what_it_is(make: Make) -> None:
    base = FILTER + "formulas: {f: 'páginas.lower()'}\n" + view("file.name, formula.f")
    page = make({**VAULT, "Libros.base": base})["libros.base.html"]
    assert [span["title"] for span in page.select("td .fail")] == ["a number has no function 'lower'"] * 2


def test_a_view_that_there_is_none_of_is_told_and_the_first_one_shown(make: Make) -> None:
    made = make({**VAULT, "Libros.base": "views:\n- {type: list, name: Otra}\n"})
    message = "the base Libros.base has no view 'Fichas'; its first one is shown"
    assert [(d.code, d.message, d.line) for d in made.files["borges.html"].diagnostics] == [("bad-base", message, 3)]
    assert made["borges.html"].select("div.view li")


def test_html_of_a_formula_runs_nothing_and_loads_nothing(make: Make) -> None:
    html = '<b onclick=x()>ok</b><script>x()</script><img src=https://example.org/x><a href="javascript:x()">a</a>'
    page = make({**VAULT, "Libros.base": f"{FILTER}formulas:\n  f: |-\n    html('{html}')\n{view('formula.f')}"})
    cell = page["libros.base.html"].select_one("td")
    assert str(cell).startswith("<td><b>ok</b>")
    assert not cell.select("script, img, [href], [onclick]")


def test_texts_of_notes_are_text_in_a_base(make: Make) -> None:
    notes = {"a.md": '---\nx: "<script>x()</script>\\x02Q\\x03"\n---\n', "Libros.base": "filters: x\n" + view("x")}
    assert make(notes)["libros.base.html"].select_one("td").get_text() == "<script>x()</script>Q"
