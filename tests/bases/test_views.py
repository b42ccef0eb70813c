"""What views make of rows: filters, order, groups, summaries, and what is wrong with a base told with its line."""

from __future__ import annotations

import pytest
from shelf import cells, shown

from kbtool.bases import faults
from kbtool.bases.values import text_of
from kbtool.formats.base import parse

NOTES = {
    "a.md": {"n": 2, "t": "uno", "ok": True, "f": "2025-03-01"},
    "b.md": {"n": 10, "t": "Árbol", "ok": False, "f": "2025-01-01"},
    "c.md": {"t": "zeta", "f": "2025-02-01"},
    "d.md": {"n": 2, "t": "beta", "ok": None},
}


def rows(view: str) -> list[str]:
    return [row.path[0] for row in shown(f"views:\n- {{type: table, name: T, {view}}}\n", NOTES).rows]


@pytest.mark.parametrize(
    ("view", "order"),
    [
        ("sort: [{property: n}]", "adbc"),
        ("sort: [{property: n, direction: DESC}]", "badc"),
        ("sort: [{property: t}]", "bdac"),
        ("sort: [{property: f, direction: desc}]", "acbd"),
        ("sort: [{property: ok, direction: DESC}]", "abcd"),
        ("sort: [{column: n, direction: DESC}, {direction: ASC}, 3]", "badc"),
        ("sort: [{property: n}, {property: t, direction: DESC}]", "adbc"),
        ("sort: [{property: formula.none}]", "abcd"),
        ("limit: 2", "ab"),
        ("limit: 0", ""),
        ("filters: {not: [n == 2, 't == \"zeta\"']}", "b"),
        ("filters: {or: [{and: [n == 2, ok]}, 'f < \"2025-01-15\"']}", "ab"),
        ("filters: {not: ['nothing.contains(1)']}", "abcd"),
        ("filters: 'nothing.contains(1)'", ""),
        ("filters: true", "abcd"),
        ("filters: {and: []}", "abcd"),
        ("filters: {or: []}", ""),
    ],
)
def test_which_rows_in_which_order(view: str, order: str) -> None:
    assert "".join(rows(view)) == order


def test_groups_stand_in_the_order_of_their_values_and_rows_without_one_last() -> None:
    view = shown("views:\n- {type: table, name: T, groupBy: {property: n, direction: DESC}}\n", NOTES)
    assert [(text_of(s.key), [row.path for row in s.rows]) for s in view.sections] == [
        ("10", ["b.md"]),
        ("2", ["a.md", "d.md"]),
        ("", ["c.md"]),
    ]
    assert view.sections[2].key is None


def test_summaries_of_all_rows_and_of_each_group() -> None:
    base = (
        "summaries: {span: 'values.filter(value != null).length * 2', broken: 'values +'}\n"
        "views:\n- {type: table, name: T, groupBy: ok, "
        "summaries: {n: Average, t: Unique, ok: Unchecked, f: Range, x: Empty, note.y: span, z: broken, w: None}}\n"
    )
    view = shown(base, NOTES)
    said = {name: text_of(value) if not hasattr(value, "message") else "!" for name, value in view.summaries.items()}
    assert said == {
        "note.n": str(14 / 3),
        "note.t": "4",
        "note.ok": "3",
        "note.f": str(59 * 86_400_000),
        "note.x": "4",
        "note.y": "0",
        "note.z": "!",
        "note.w": "!",
    }
    assert [text_of(section.summaries["note.n"]) for section in view.sections] == ["10", "2", "2"]


def test_a_broken_formula_spoils_its_cells_and_nothing_else() -> None:
    base = (
        "formulas: {one: formula.two + 1, two: formula.one + 1, bad: 'n +', good: n + 1}\n"
        "views:\n- {type: table, name: T, order: [formula.one, formula.bad, formula.good, formula.gone, t]}\n"
    )
    assert cells(shown(base, {"a.md": NOTES["a.md"]})) == [["!", "!", "3", "!", "uno"]]


def test_a_formula_that_guards_itself_is_no_circle() -> None:
    base = (
        "formulas: {a: 'if(n > 1, n, formula.b)', b: formula.a}\nviews:\n- {type: table, name: T, order: [formula.b]}\n"
    )
    assert cells(shown(base, {"a.md": NOTES["a.md"]})) == [["2"]]


def test_headers_are_the_authors_or_the_name_itself() -> None:
    base = (
        "properties: {n: {displayName: Number}, note.t: {displayName: Text}, formula.f x: {displayName: ''}}\n"
        "formulas: {f x: '1'}\n"
        "views:\n- {type: table, name: T, order: [n, note.t, formula.f x, 'note[\"due date\"]']}\n"
    )
    assert [column.header for column in shown(base, NOTES).columns] == ["Number", "Text", "f x", "due date"]


FAULTS = {
    "filters: [a": (1, "flow sequence"),
    "- a\n- b\n": (1, "a base is a map"),
    "filters:\n  and:\n    - a ==\n": (3, "the filter 'a ==' cannot be read: the expression ends too early"),
    "filters:\n  both: [a]\n": (2, "unknown `both` in a filter"),
    "filters: {and: [a], or: [b]}\n": (1, "several groups"),
    "filters: [a, b]\n": (1, "needs `and:`"),
    "formulas:\n  x: 1\n  y: fil('a')\n": (3, "the formula 'y' cannot be evaluated: there is no function 'fil'"),
    "views:\n- type: table\n  name: T\n  order: [formula.x]\n": (2, "shows a formula 'x' that there is none of"),
    "views:\n- type: table\n  name: T\n  order: [file.size, file.colour]\n": (
        2,
        "'file.colour', which files do not have",
    ),
    "views:\n- name: T\n  summaries: {n: Averge}\n": (2, "asks for a summary 'Averge'"),
    "views:\n- name: T\n  limit: many\n": (3, "`limit` is not a number"),
    "views: none\n": (1, "`views` is not a list"),
    "formulas: 3\n": (1, "`formulas` is not a map"),
}


@pytest.mark.parametrize(("text", "where"), FAULTS.items())
def test_what_is_wrong_with_a_base_is_told_with_its_line(text: str, where: tuple[int, str]) -> None:
    base, found = parse("V.base", text, line=1)
    told = [*found, *faults(base, "V.base")]
    assert len(told) == 1
    assert (told[0].code, told[0].line) == ("bad-base", where[0])
    assert where[1] in told[0].message


@pytest.mark.parametrize("filters", ["file.hasTagg('x')", "{both: [a]}", "a ==", "[a]"])
def test_a_view_whose_filter_is_not_understood_shows_no_rows_and_says_why(filters: str) -> None:
    view = shown(f"filters: {filters}\nviews: [{{type: table, name: T}}]\n", NOTES)
    assert view.problem
    assert not list(view.rows)


def test_a_base_that_works_too_long_shows_no_rows_and_says_why() -> None:
    loop = "l"
    for _ in range(12):
        loop = f"l.map({loop})"
    view = shown(f"filters: {loop}\nviews: [{{type: table, name: T}}]\n", {"a.md": {"l": [1, 2, 3, 4, 5]}})
    assert "too much work" in view.problem


def test_an_empty_base_has_no_views_and_no_fault() -> None:
    base, found = parse("V.base", "")
    assert (base.views, found) == ((), ())


def test_unknown_keys_and_plugins_views_do_no_harm() -> None:
    base, found = parse("V.base", "colour: red\nviews:\n- {type: map, name: M, zoom: 3}\n")
    assert found == ()
    assert base.views[0].type == "map"
    assert [(d.code, d.severity.value, d.line) for d in faults(base, "V.base")] == [("plugin-content", "info", 3)]
