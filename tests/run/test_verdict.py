"""From what a block did to what is said of it."""

from __future__ import annotations

import pytest
from run_support import job

from kbtool.run.results import Failure, NoteResult, Output, Status
from kbtool.run.verdict import Raw, diagnostics_of, printed, result_of

NOTE = job(
    "A.md",
    """
    ```python
    x
    ```
    ```output
    tensor([0.5000], device='cuda:0')
    ```
    """,
)
(BLOCK,) = NOTE.blocks


def verdict(value: str, device: str, documented: str) -> Status:
    return result_of(NOTE, BLOCK, Raw(0.1, value=value), device, documented).status


@pytest.mark.parametrize(
    ("value", "device", "documented", "status"),
    [
        ("tensor([0.5000], device='cuda:0')", "cuda", "cuda", Status.VERIFIED),
        ("tensor([0.5000])", "cpu", "cuda", Status.VERIFIED),
        ("tensor([0.5004])", "cpu", "cuda", Status.VERIFIED),
        ("tensor([0.5004], device='mps:0')", "mps", "cpu", Status.VERIFIED),
        ("tensor([0.5004])", "cpu", "cpu", Status.MISMATCH),
        ("tensor([0.5000])", "cpu", "cpu", Status.MISMATCH),
        ("tensor([0.5100])", "cuda", "cpu", Status.MISMATCH),
    ],
)
def test_on_another_device_its_name_does_not_count_and_numbers_count_less(value, device, documented, status):
    assert verdict(value, device, documented) is status


def test_what_is_printed_counts_in_order_and_then_the_value_and_nothing_else():
    outputs = (Output("stdout", "a"), Output("stderr", "x"), Output("stdout", "b"), Output("warning", "w"))
    result = result_of(NOTE, BLOCK, Raw(0.1, outputs=outputs, value="1"), "cpu", "cpu")
    assert (result.stdout, printed(result)) == ("ab", "ab\n1")
    assert result.comparison.actual == "ab\n1"


def test_a_block_that_did_not_come_to_its_end_is_not_compared():
    for end in (Status.TIMEOUT, Status.KILLED):
        raw = Raw(0.1, end, error=Failure("Timeout", "it was stopped", 0, ""))
        result = result_of(NOTE, BLOCK, raw, "cpu", "cpu")
        assert (result.status, result.comparison) == (end, None)


@pytest.mark.parametrize(
    ("paths", "typed"),
    [
        (["Conceptos/Atención.md"], '"Atención"'),
        (["Modelo de juguete.md"], '"Modelo de juguete"'),
        (["A/Nota.md", "B/Nota.md"], '"A/Nota.md"'),
        (['Di "hola".md'], "'Di \"hola\"'"),
        (["$HOME.md"], "'$HOME'"),
    ],
)
def test_the_cure_of_a_difference_is_a_command_that_one_can_type(paths, typed):
    notes = [job(path, "```python\n1\n```\n```output\n2\n```\n") for path in paths]
    results = {
        note.path: NoteResult(note.path, (result_of(note, note.blocks[0], Raw(0.1, value="1"), "cpu", "cpu"),))
        for note in notes
    }
    told = diagnostics_of(results, notes)[0]
    assert told.hint == f"`kbtool run-note {typed} --write` puts the real output there"
