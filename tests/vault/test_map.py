"""The order of reading, said three times: in the notes' properties, in `Mapa.canvas` and in `Inicio.md`."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from graphlib import TopologicalSorter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from kbtool.links import LinkIndex
from kbtool.note import Note

VAULT = Path(__file__).parents[2] / "vault"
FOLDER = "Conceptos/"


@pytest.fixture(scope="module")
def concepts(notes: Mapping[str, Note]) -> Mapping[str, Note]:
    """The notes to be read, drafts aside."""
    named = ((path, note) for path, note in notes.items() if path.startswith(FOLDER))
    return {path: note for path, note in named if note.properties.get("draft") is not True}


@cache
def canvas() -> Any:
    return json.loads((VAULT / "Mapa.canvas").read_text(encoding="utf-8"))


def before(note: Note) -> set[str]:
    """What is to be read before a note, by its property `antes`."""
    names = note.properties.get("antes") or []
    assert isinstance(names, list), note.path
    targets = (str(name).removeprefix("[[").removesuffix("]]").partition("|")[0] for name in names)
    return {f"{FOLDER}{target}.md" for target in targets}


def place(note: Note) -> int:
    number = note.properties["orden"]
    assert isinstance(number, int), note.path
    return number


def drawn() -> dict[str, str]:
    """The notes of the map: path by id."""
    return {node["id"]: node["file"] for node in canvas()["nodes"] if node["type"] == "file"}


# ---------------------------------------------------------------- the properties


def test_the_places_are_one_two_three_to_the_last(concepts: Mapping[str, Note]) -> None:
    assert sorted(map(place, concepts.values())) == list(range(1, len(concepts) + 1))


def test_what_is_to_be_read_before_exists_and_comes_before(concepts: Mapping[str, Note]) -> None:
    graph = {path: before(note) for path, note in concepts.items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(concepts)  # CycleError where it goes in a circle
    late = {(other, path) for path in graph for other in graph[path] if place(concepts[other]) >= place(concepts[path])}
    assert late == set()


def test_a_note_that_continues_another_says_that_it_is_to_be_read_before(
    concepts: Mapping[str, Note], required: Mapping[str, tuple[str, ...]]
) -> None:
    assert any(required.values())
    assert [path for path, note in concepts.items() if not set(required[path]) <= before(note)] == []


def test_only_the_first_note_needs_nothing_before_it(concepts: Mapping[str, Note]) -> None:
    assert [place(note) for note in concepts.values() if not before(note)] == [1]


# ---------------------------------------------------------------- the map


def test_the_map_holds_every_note_once(concepts: Mapping[str, Note]) -> None:
    assert Counter(drawn().values()) == Counter(list(concepts))


def test_the_map_draws_what_is_to_be_read_before(concepts: Mapping[str, Note]) -> None:
    edges = Counter((drawn()[edge["fromNode"]], drawn()[edge["toNode"]]) for edge in canvas()["edges"])
    assert edges == Counter((other, path) for path, note in concepts.items() for other in before(note))


def test_every_note_of_the_map_is_inside_one_group_and_covers_no_other() -> None:
    groups = [node for node in canvas()["nodes"] if node["type"] == "group"]
    files = [node for node in canvas()["nodes"] if node["type"] == "file"]
    assert len(groups) == 7
    for node in files:
        assert len([group for group in groups if inside(node, group)]) == 1, node
    overlapping = [(a["id"], b["id"]) for a, b in combinations(files, 2) if overlap(a, b)]
    assert overlapping + [(a["id"], b["id"]) for a, b in combinations(groups, 2) if overlap(a, b)] == []


def inside(node: Any, group: Any) -> bool:
    return all(
        group[start] <= node[start] and node[start] + node[size] <= group[start] + group[size]
        for start, size in (("x", "width"), ("y", "height"))
    )


def overlap(a: Any, b: Any) -> bool:
    return all(
        a[start] < b[start] + b[size] and b[start] < a[start] + a[size]
        for start, size in (("x", "width"), ("y", "height"))
    )


def test_the_map_is_json_canvas() -> None:
    ids = [thing["id"] for thing in (*canvas()["nodes"], *canvas()["edges"])]
    assert len(ids) == len(set(ids))
    for node in canvas()["nodes"]:
        assert all(isinstance(node[name], int) for name in ("x", "y", "width", "height")), node
    for edge in canvas()["edges"]:
        assert {edge["fromSide"], edge["toSide"]} <= {"top", "right", "bottom", "left"}, edge


# ---------------------------------------------------------------- the home note and the table


def test_the_home_note_names_every_note_and_in_order(concepts: Mapping[str, Note]) -> None:
    text = (VAULT / "Inicio.md").read_text(encoding="utf-8").partition("\n1. **")[2].partition("\n\n")[0]
    first = {path: re.search(rf"\[\[{re.escape(note.name)}[\]|]", text) for path, note in concepts.items()}
    assert [path for path, found in first.items() if not found] == []
    named = sorted(concepts, key=lambda path: found.start() if (found := first[path]) else 0)
    assert named == sorted(concepts, key=lambda path: place(concepts[path]))


def test_every_note_is_linked_to_from_another_note_and_leads_to_two(
    concepts: Mapping[str, Note], index: LinkIndex
) -> None:
    """By links in its text: those that the order of reading makes do not count, nor those of the home note."""
    leads = {
        path: {r.target for r in index.resolutions[path] if r.target} & concepts.keys() - {path} for path in concepts
    }
    assert [path for path, others in leads.items() if len(others) < 2] == []
    assert concepts.keys() - set().union(*leads.values()) == set()


@pytest.fixture(scope="module")
def base() -> Any:
    return yaml.safe_load((VAULT / "Notas.base").read_text(encoding="utf-8"))


def test_the_table_of_notes_has_views_by_order_and_for_every_main_tag(base: Any, concepts: Mapping[str, Note]) -> None:
    main = {str(note.properties["tags"][0]) for note in concepts.values()}
    filters = {str(view.get("filters", "")) for view in base["views"]}
    assert {f'file.hasTag("{tag}")' for tag in main} <= filters
    assert base["views"][0]["sort"] == [{"property": "note.orden", "direction": "ASC"}]


def test_the_table_of_notes_shows_properties_that_there_are(base: Any, concepts: Mapping[str, Note]) -> None:
    shown = {name for view in base["views"] for name in view["order"]}
    plain = {name for name in shown if not name.startswith(("formula.", "file."))}
    assert plain <= {name for note in concepts.values() for name in note.properties}
    assert {name.removeprefix("formula.") for name in shown - plain} <= set(base["formulas"])
