"""The page of the graph and what it draws: every published note and link, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from kbtool.run.results import Status

Make = Callable[..., Any]
Made = Any

VAULT = {
    "Inicio.md": "# Inicio\n\n[[Uno]]\n",
    "Redes/Dos.md": "# Dos «y»\n\n[[Uno]]\n",
    "Redes/Uno.md": "---\ntags: [Capas, capas/densas]\n---\n# Uno\n\n[[Dos]], [[Dos]], [[Uno]], [[Oculta]], [[Nada]]\n",
    "Texto/Oculta.md": "---\ndraft: true\ntags: [secreto]\n---\n# Oculta\n\n[[Tres]]\n",
    "Texto/Tres.md": "---\ntags: [Texto]\n---\n# Tres\n\n```python\n1 / 0\n```\n",
}


def drawn(made: Made) -> dict[str, Any]:
    script = made.raw("graph.js")
    assert script.startswith("kbtoolGraph=")
    assert script.endswith(";\n")
    found: dict[str, Any] = json.loads(script[len("kbtoolGraph=") : -2])
    return found


def names(made: Made, numbers: list[int]) -> set[str]:
    return {drawn(made)["titles"][n] for n in numbers}


def test_each_published_note_is_drawn_and_each_pair_of_linked_ones_once(make: Make) -> None:
    made = make(VAULT)
    found = drawn(made)
    assert sorted(found["titles"]) == ["Dos «y»", "Inicio", "Tres", "Uno"]
    assert sorted(found["urls"]) == ["index.html", "redes/dos.html", "redes/uno.html", "texto/tres.html"]
    pairs = [found["links"][i : i + 2] for i in range(0, len(found["links"]), 2)]
    assert sorted(sorted(names(made, pair)) for pair in pairs) == [["Dos «y»", "Uno"], ["Inicio", "Uno"]]
    assert len(found["at"]) == 8


def test_nothing_of_a_note_that_is_not_published_is_in_it(make: Make) -> None:
    made = make(VAULT)
    for text in (made.raw("graph.js"), made.raw("graph.html")):
        assert "culta" not in text
        assert "secreto" not in text


def test_notes_are_found_by_folder_and_by_tag(make: Make) -> None:
    made = make({**VAULT, "Redes/Hondas/Seis.md": "# Seis\n"})
    found = drawn(made)
    assert {name: names(made, notes) for name, notes in found["folders"]} == {
        "Redes": {"Uno", "Dos «y»", "Seis"},
        "Redes/Hondas": {"Seis"},
        "Texto": {"Tres"},
    }
    assert {name: names(made, notes) for name, notes in found["tags"]} == {
        "capas": {"Uno"},
        "capas/densas": {"Uno"},
        "texto": {"Tres"},
    }


def test_a_note_in_which_something_fails_is_told_from_the_others(make: Make) -> None:
    made = make(VAULT, {"Texto/Tres.md": [Status.ERROR]})
    assert names(made, drawn(made)["failing"]) == {"Tres"}
    assert made["graph.html"].select_one(".hues .bad")
    well = make(VAULT, {"Texto/Tres.md": [Status.RAN]})
    assert not drawn(well)["failing"]
    assert not well["graph.html"].select_one(".hues .bad")


def legend(made: Made) -> list[str]:
    return [item.get_text(strip=True) for item in made["graph.html"].select(".hues li")]


def test_colours_are_those_of_folders(make: Make) -> None:
    made = make(VAULT)
    assert legend(made) == ["Redes", "Texto", "las demás"]
    found = drawn(made)
    groups = dict(zip(found["titles"], found["groups"], strict=True))
    assert groups == {"Uno": 0, "Dos «y»": 0, "Tres": 1, "Inicio": 2}


def test_where_all_notes_lie_in_one_folder_colours_are_those_of_tags(make: Make) -> None:
    notes = {f"Notas/{n}.md": f"---\ntags: [{'par' if n % 2 else 'impar/tres'}]\n---\n# {n}\n" for n in range(12)}
    assert legend(make(notes)) == ["impar", "par"]


def test_the_list_needs_no_script_and_leads_to_every_note(make: Make) -> None:
    made = make(VAULT)
    page = made["graph.html"]
    assert [h.get_text() for h in page.select(".listed h2")] == ["En la raíz", "Redes", "Texto"]
    assert {a["href"] for a in page.select(".listed a")} == {
        "index.html",
        "redes/dos.html",
        "redes/uno.html",
        "texto/tres.html",
    }
    assert page.select_one(".chart").has_attr("hidden")


def test_of_a_long_folder_the_list_names_some_and_leads_to_the_rest(make: Make) -> None:
    made = make({f"Notas/{n:03}.md": f"# Nota {n}\n" for n in range(205)} | {"Otras/x.md": "# X\n"})
    links = made["graph.html"].select(".listed section:first-of-type a")
    assert len(links) == 201
    assert links[-1]["href"] == "notas/index.html"
    assert len(drawn(made)["titles"]) == 206


def test_a_note_leads_to_what_lies_further_around_it(make: Make) -> None:
    around = {"a/Ñu.md": "# Ñu\n\n[[B]], [[C]]\n", "B.md": "# B\n", "C.md": "# C\n"}
    made = make(around)
    assert made["a/nu.html"].select_one(".lgw p a")["href"] == "../graph.html#a/nu.html"


def test_a_single_note_has_no_graph(make: Make) -> None:
    assert not [url for url in make({"A.md": "# A\n"}).files if url.startswith("graph")]
