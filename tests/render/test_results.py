"""Blocks, with and without results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kbtool.run.results import BlockResult, Failure, How, InlineValue, NoteResult, Output, Status

Shelve = Callable[..., Any]

NOTE = "```python\n1 + 1\n```\n```output\n2\n```\n![[A.1.1.svg]]\n\ny `{python} x` en prosa"


def ran(note: str = "A.md", **inline: Any) -> dict[str, NoteResult]:
    block = BlockResult(note, 0, "", 2, Status.VERIFIED, How.RAN, 0.01, "cpu", (Output("value", "2"),), "", "2")
    return {note: NoteResult(note, (block,), (InlineValue("x", 9, "0.25", **inline),))}


def test_a_block_that_ran_is_a_cell_and_its_output_is_shown_once(shelve: Shelve) -> None:
    html = shelve({"A.md": NOTE, "A.1.1.svg": "<svg/>"}, results=ran()).html()
    assert '<section class="cell ok" id="b-1"' in html
    assert "<pre" in html
    assert 'class="plain' not in html
    assert "a.1.1.svg" not in html


def test_a_block_that_did_not_run_is_code_with_its_documented_output(shelve: Shelve) -> None:
    html = shelve({"A.md": NOTE, "A.1.1.svg": "<svg/>"}).html()
    assert '<code class="language-python"><span class="m">1</span> + <span class="m">1</span></code>' in html
    assert "<samp>2</samp>" in html
    assert 'src="a.1.1.svg"' in html
    assert "\x02" not in html


def test_a_number_in_prose_is_its_value(shelve: Shelve) -> None:
    assert 'y <span class="val">0.25</span> en prosa' in shelve({"A.md": NOTE}, results=ran()).html()


def test_a_number_in_prose_without_a_value_is_its_expression(shelve: Shelve) -> None:
    assert "y <code>x</code> en prosa" in shelve({"A.md": NOTE}).html()
    failed = ran(error=Failure("NameError", "name 'x' is not defined", 9, ""))
    html = shelve({"A.md": NOTE}, results=failed).html()
    assert '<span class="fail" title="name &#x27;x&#x27; is not defined"><code>x</code></span>' in html


def test_an_embedded_block_has_its_result_and_no_id(shelve: Shelve) -> None:
    html = shelve({"A.md": "![[B]]", "B.md": NOTE.replace("A.1", "B.1")}, results=ran("B.md")).html()
    assert '<section class="cell ok" aria-label' in html
    assert ' id="b-1"' not in html
