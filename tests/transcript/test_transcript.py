"""What one block gave, as lines for a terminal."""

from __future__ import annotations

import json

import click

from kbtool.run.results import BlockResult, Comparison, Failure, How, Output, Status
from kbtool.transcript import transcript


def lines(status: Status, *outputs: Output, whole: bool = False, **facts: object) -> list[str]:
    stated: dict[str, object] = {"seconds": 0.01, "device": "cpu", **facts}
    result = BlockResult("A.md", 0, "", 10, status, How.RAN, outputs=outputs, **stated)  # type: ignore[arg-type]
    return [click.unstyle(line) for line in transcript(result, whole=whole)]


def test_a_block_says_how_it_ended_and_then_what_it_gave_in_order() -> None:
    pieces = (Output("stdout", "uno\n"), Output("stderr", "ay\n"), Output("warning", "ojo"), Output("value", "3"))
    assert lines(Status.RAN, *pieces) == [
        "▷ ran  block 1  line 10 · cpu · 0.01 s",
        "    uno",
        "    ! ay",
        "    ! ojo",
        "    3",
    ]


def test_a_skipped_block_took_no_time() -> None:
    assert lines(Status.SKIPPED, skipped_because="`eval: false`") == [
        "− skipped  block 1  line 10",
        "    `eval: false`",
    ]


def test_a_note_moves_no_cursor_but_its_own() -> None:
    written = "\n\n10 %\r\x1b[K100 %\nuno\n\x1b[1A\x1b[2Kdos\x1b]0;título\x07"
    assert lines(Status.RAN, Output("stdout", written))[1:] == ["    100 %", "    dos"]


def test_colours_of_a_note_end_with_their_line() -> None:
    result = BlockResult(
        "A.md", 0, "", 1, Status.RAN, How.RAN, 0.0, "cpu", (Output("stdout", "\x1b[31muno\ndos"),), "", None
    )
    assert list(transcript(result))[1:] == ["    \x1b[31muno\x1b[0m", "    \x1b[31mdos\x1b[0m"]


def test_a_long_output_shows_its_beginning_and_its_end() -> None:
    text = Output("stdout", "\n".join(map(str, range(5000))))
    shown = lines(Status.RAN, text)
    assert (shown[1], shown[-1]) == ("    0", "    4999")
    assert "… 4,968 more lines (-v shows all) …" in shown[25]
    assert len(lines(Status.RAN, text, whole=True)) == 5001


def test_a_line_without_end_is_cut() -> None:
    assert lines(Status.RAN, Output("stdout", "x" * 5000))[1].endswith("x … 4,000 more letters")


def test_a_tensor_comes_with_its_shape_type_and_device_and_a_figure_in_its_place() -> None:
    facts = json.dumps({"name": "", "shape": [2, 3], "dtype": "torch.float32", "device": "cuda:0"})
    tensor = Output("display", "tensor(...)", {"application/vnd.kbtool.tensor+json": facts})
    figure = Output("figure", "<Figure>", {"image/svg+xml": "<svg/>"})
    echo = Output("value", "[<matplotlib.lines.Line2D object at 0x7f>]")
    assert lines(Status.RAN, figure, tensor, echo)[1:] == [
        "    [figure, svg]",
        "    [tensor 2×3 · float32 · cuda:0]",
        "    tensor(...)",
    ]


def test_a_mismatch_shows_what_differs_with_the_lines_around_it() -> None:
    said = "\n".join(f"paso {i}" for i in range(60))
    compared = Comparison("mismatch", said.replace("paso 35", "paso x"), said, "documented 'x', printed '35'")
    assert lines(Status.MISMATCH, Output("stdout", said), comparison=compared)[1:] == [
        "    documented 'x', printed '35'",
        "    … 33 equal lines …",
        "      paso 33",
        "      paso 34",
        "    − paso x",
        "    + paso 35",
        "      paso 36",
        "      paso 37",
        "    … 22 equal lines …",
    ]


def test_numbers_that_agree_within_the_blocks_tolerance_are_no_difference() -> None:
    compared = Comparison("mismatch", "0.5\nsí", "0.52\nno", "documented 'sí', printed 'no'", rtol=0.1)
    assert lines(Status.MISMATCH, comparison=compared)[2:] == ["      0.52", "    − sí", "    + no"]


def test_of_a_long_line_that_differs_what_is_around_is_shown() -> None:
    documented, actual = (" ".join(map(str, [*range(150), middle, *range(151, 300)])) for middle in (999, 150))
    compared = Comparison("mismatch", documented, actual)
    minus, plus = lines(Status.MISMATCH, comparison=compared)[2:]
    assert minus.startswith("    − … ")
    assert "149 999 151" in minus
    assert plus.endswith(" …")
    assert lines(Status.MISMATCH, comparison=compared, whole=True)[2] == f"    − {documented}"


def test_an_exception_ends_the_block() -> None:
    told = 'Traceback (most recent call last):\n  File "A.md", line 11\nValueError: no'
    shown = lines(Status.ERROR, Output("stdout", "antes"), error=Failure("ValueError", "no", 11, told))
    assert [line.strip() for line in shown[1:]] == ["antes", *(line.strip() for line in told.split("\n"))]
