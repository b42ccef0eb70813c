"""What blocks gave, as outputs that every reader of notebooks knows."""

from __future__ import annotations

import nbformat
import pytest

from kbtool.convert.outputs import outputs
from kbtool.run.results import BlockResult, Failure, How, Output, Status


def made(*found: Output, error: Failure | None = None) -> list[dict[str, object]]:
    """The outputs, held against the schema."""
    shown = outputs(BlockResult("A.md", 0, "", 1, Status.RAN, How.RAN, 0.1, "cpu", found, error=error), 3)
    cell = {"cell_type": "code", "id": "x", "metadata": {}, "source": [], "execution_count": 3, "outputs": shown}
    nbformat.validate({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return shown


def test_a_drawing_has_colours_of_its_own_on_white() -> None:
    svg = '<svg viewBox="0 0 9 9"><path style="stroke: #020202"/><path style="stroke: #123456"/></svg>'
    (shown,) = made(Output("figure", "<Figure>", {"image/svg+xml": svg}))
    assert shown["output_type"] == "display_data"
    assert shown["data"] == {
        "image/svg+xml": [
            '<svg viewBox="0 0 9 9"><rect width="100%" height="100%" fill="#ffffff"/>'
            '<path style="stroke: #1f429c"/><path style="stroke: #123456"/></svg>'
        ],
        "text/plain": ["<Figure>"],
    }


def test_a_drawing_with_colours_of_its_own_stays_as_it_is() -> None:
    svg = '<svg><path style="stroke: #123456"/></svg>'
    (shown,) = made(Output("figure", "", {"image/svg+xml": svg}))
    assert shown["data"] == {"image/svg+xml": [svg], "text/plain": []}


@pytest.mark.parametrize("kind", ["text/html", "text/markdown", "text/latex", "image/png", "image/jpeg"])
def test_rich_values_keep_their_forms(kind: str) -> None:
    (shown,) = made(Output("value", "x", {kind: "QUJD"}))
    assert (shown["output_type"], shown["execution_count"]) == ("execute_result", 3)
    assert "".join(shown["data"][kind]) == "QUJD"  # type: ignore[index]


def test_forms_that_only_kbtool_knows_are_left_out() -> None:
    (shown,) = made(Output("value", "tensor(1)", {"application/vnd.kbtool.tensor+json": "{}"}))
    assert shown["data"] == {"text/plain": ["tensor(1)"]}


def test_pieces_of_one_stream_are_one_output() -> None:
    shown = made(Output("stdout", "a\n"), Output("stdout", "b\n"), Output("warning", "w\n"), Output("stderr", "e\n"))
    assert [(o["name"], o["text"]) for o in shown] == [("stdout", ["a\n", "b\n"]), ("stderr", ["w\n", "e\n"])]


def test_an_exception_is_the_last_output() -> None:
    shown = made(Output("stdout", "a\n"), error=Failure("KeyError", "'k'", 3, "Traceback:\n  line\nKeyError: 'k'\n"))
    assert shown[1] == {
        "output_type": "error",
        "ename": "KeyError",
        "evalue": "'k'",
        "traceback": ["Traceback:", "  line", "KeyError: 'k'"],
    }
