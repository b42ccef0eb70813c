"""What was measured becomes tables of docs/benchmarks.md; a run of some rows leaves the other rows' tables alone."""

from __future__ import annotations

import doctest
import sys
from pathlib import Path

import pytest

# Test folders are no packages, and the benchmarks are programs of their own.
sys.path.insert(0, str(Path(__file__).parent))

import figures
import gen_vault
import starts
from figures import Figure, Section, replace_sections
from starts import by_package

PAGE = "Before.\n\n<!-- figures -->\n<!-- end of figures -->\n\nAfter.\n"
ORDER = ["start", "cold"]


def _section(*figures, remark=""):
    return Section("a title", figures, remark)


def _page(rows, page=PAGE, machine="machine A"):
    return replace_sections(page, rows, ORDER, machine)


def test_single_figures_are_a_list_with_target_and_verdict():
    page = _page({"start": _section(Figure("help", 106.2, "ms", 150), Figure("python", 18.5, "ms"))})
    assert "| help | 106 ms | <= 150 ms | reached |\n| python | 18.5 ms |  |  |" in page


def test_things_with_several_figures_are_a_table_with_a_column_for_each():
    figures = [
        Figure("wall", 0.4, "s", 0.35, of="100 notes"),
        Figure("CPU", 1.5, "s", of="100 notes"),
        Figure("wall", 3.0, "s", of="1,000 notes"),
    ]
    table = (
        "| | wall | CPU |\n|---|--:|--:|\n"
        "| 100 notes | **0.4 s** (<= 0.35 s: missed) | 1.5 s |\n"
        "| 1,000 notes | 3 s |  |"
    )
    assert table in _page({"cold": _section(*figures)})


def test_what_could_not_be_measured_stands_in_the_table_with_the_reason():
    figures = [Figure("CPU", 1.0, "s", of="kbtool"), Figure("CPU", None, "s", note="no network", of="Hugo")]
    assert "| Hugo: not measured, no network |  |" in _page({"cold": _section(*figures)})


def test_a_missed_minimum_is_missed():
    figure = Figure("rate", 40, "%", 55, at_least=True)
    assert (figure.target, figure.verdict) == (">= 55 %", "**missed**")


def test_sections_come_in_the_order_of_the_rows_between_the_prose():
    page = _page({"cold": _section(remark="Busy."), "start": _section()})
    assert page == (
        "Before.\n\n<!-- figures -->\nmachine A\n\n### `start`: a title\n\n### `cold`: a title\n\nBusy.\n"
        "<!-- end of figures -->\n\nAfter.\n"
    )


def test_a_row_measured_again_replaces_its_own_section_only():
    first = _page({"start": _section(Figure("help", 1, "s")), "cold": _section(Figure("CPU", 2, "s"))})
    second = _page({"cold": _section(Figure("CPU", 3, "s"))}, first)
    assert second == first.replace("| CPU | 2 s |", "| CPU | 3 s |")


def test_a_section_from_another_machine_goes_on_saying_so():
    page = _page({"start": _section(Figure("help", 1, "s"))})
    for machine in ("machine B", "machine C"):
        page = _page({"cold": _section()}, page, machine)
    start, cold = page.split("### `cold`")
    assert start.endswith("\n\nMeasured earlier: machine A\n\n")
    assert "Measured earlier" not in cold


def test_writing_the_same_again_changes_nothing():
    once = _page({"start": _section(Figure("help", 1, "s"))})
    assert _page({"start": _section(Figure("help", 1, "s"))}, once) == once == _page({}, once)


def test_a_page_without_a_place_is_refused():
    with pytest.raises(ValueError, match="no place between"):
        _page({}, "No marks.\n")


def test_imports_are_counted_once_with_their_shortest_time_and_by_package():
    reports = [
        "import time:       300 |        300 |     nh3.nh3\nimport time:        50 |        350 |   nh3\n",
        "import time:       100 |        100 |     nh3.nh3\nimport time:        20 |         20 | zipfile\n",
    ]
    assert by_package(reports) == {"nh3": [100, 50], "the standard library": [20]}


@pytest.mark.parametrize("module", [figures, gen_vault, starts], ids=lambda module: module.__name__)
def test_the_examples_are_true(module):
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0
