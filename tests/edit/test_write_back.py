"""Outputs are put under their blocks, and nothing else of the note changes."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.edit import BlockOutput, write_back
from kbtool.note import parse
from kbtool.run.compare import compare

CASES = json.loads((Path(__file__).parent / "write-open.json").read_text("utf-8"))


def outputs_of(case: dict) -> list[BlockOutput | None]:
    return [output_of(entry) for entry in case["outputs"]]


def output_of(entry: str | dict | None) -> BlockOutput | None:
    if entry is None:
        return None
    return BlockOutput(entry) if isinstance(entry, str) else BlockOutput(entry["text"], tuple(entry["figures"]))


def written(before: str, *outputs: str | BlockOutput | None) -> str:
    wrapped = [BlockOutput(output) if isinstance(output, str) else output for output in outputs]
    return write_back(before.encode(), wrapped, compare).decode()


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_note_gets_its_outputs(case):
    after = case["after"].encode()
    assert write_back(case["before"].encode(), outputs_of(case), compare) == after, case["why"]
    assert write_back(after, outputs_of(case), compare) == after, "a second time changes it again"


BLOCK = "```python\nprint(1)\n```\n"


@pytest.mark.parametrize(
    ("before", "output", "after"),
    [
        # the old output goes, with the blank lines before it
        (BLOCK + "\n\n```output\n2\n```\n\nfin\n", "", BLOCK + "\nfin\n"),
        (BLOCK + "```output\n2\n```", "", "```python\nprint(1)\n```"),
        (BLOCK + "```output\n```\n", "", BLOCK + "```output\n```\n"),
        ("> ```python\n> x\n> ```\n>\n> ```output\n> 2\n> ```\n", "", "> ```python\n> x\n> ```\n"),
        # what is never closed is left alone
        ("```python\nprint(1)\n", "1\n", "```python\nprint(1)\n"),
        (BLOCK + "```output\n2\n", "1\n", BLOCK + "```output\n2\n"),
        # a wish of the block counts in the comparison
        (
            "```python\n#| atol: 0.5\nx\n```\n```output\n1.0\n```\n",
            "1.4\n",
            "```python\n#| atol: 0.5\nx\n```\n```output\n1.0\n```\n",
        ),
        # rounding is a warning, not a reason to write
        (BLOCK + "```output\n0.1234\n```\n", "0.12352\n", BLOCK + "```output\n0.1234\n```\n"),
        # other line ends
        ("```python\r\nx\r\n```\r\nfin", "a\nb\n", "```python\r\nx\r\n```\r\n```output\r\na\r\nb\r\n```\r\nfin"),
        ("```python\rx\r```\r", "1\n", "```python\rx\r```\r```output\r1\r```\r"),
        # a run of backticks inside a line closes nothing
        (BLOCK + "```output\nx\n```\n", "a ``` b\n", BLOCK + "```output\na ``` b\n```\n"),
        (BLOCK, "a ``` b\n", BLOCK + "````output\na ``` b\n````\n"),
        # containers
        ("1. uno\n\n   ```python\n   x\n   ```\n\n   ya\n", "1\n",
         "1. uno\n\n   ```python\n   x\n   ```\n   ```output\n   1\n   ```\n\n   ya\n"),
        ("- > ```python\n  > x\n  > ```\n", "a\n\nb\n",
         "- > ```python\n  > x\n  > ```\n  > ```output\n  > a\n  >\n  > b\n  > ```\n"),
        (">```python\n>x\n>```\n", "1\n", ">```python\n>x\n>```\n>```output\n>1\n>```\n"),
        # a carriage return on a terminal starts the line again; in a note it would be a line end
        (BLOCK, "10%\r100%\n", BLOCK + "```output\n10%\n100%\n```\n"),
        # lone surrogates cannot be written
        (BLOCK, "\ud800\n", BLOCK + "```output\n?\n```\n"),
    ],
)  # fmt: skip
def test_further_cases(before, output, after):
    assert written(before, output) == after
    assert written(after, output) == after


FIGURE = BlockOutput("", ("N.1.1.svg",))


@pytest.mark.parametrize(
    ("before", "output", "after"),
    [
        (BLOCK, FIGURE, BLOCK + "![[N.1.1.svg]]\n"),
        (BLOCK.rstrip(), FIGURE, BLOCK + "![[N.1.1.svg]]"),
        (BLOCK + "\nfin\n", FIGURE, BLOCK + "![[N.1.1.svg]]\n\nfin\n"),
        (BLOCK + "fin\n", BlockOutput("", ("a.svg", "b.svg")), BLOCK + "![[a.svg]]\n![[b.svg]]\n\nfin\n"),
        (BLOCK + "![[a.svg|300]]\nfin\n", BlockOutput("", ("a.svg",)), BLOCK + "![[a.svg|300]]\nfin\n"),
        (BLOCK + "\n![[img/a.svg]]\n", BlockOutput("", ("a.svg",)), BLOCK + "\n![[img/a.svg]]\n"),
        (BLOCK + "![[a.svg]]\n\nfin\n", BlockOutput("1\n", ("a.svg", "b.svg")),
         BLOCK + "```output\n1\n```\n![[a.svg]]\n![[b.svg]]\n\nfin\n"),
        ("- ```python\n  x\n  ```\n- dos\n", FIGURE, "- ```python\n  x\n  ```\n  ![[N.1.1.svg]]\n- dos\n"),
        ("> ```python\n> x\n> ```\nfin\n", FIGURE, "> ```python\n> x\n> ```\n> ![[N.1.1.svg]]\n>\nfin\n"),
        (BLOCK + "```output\n2\n```\nfin\n", BlockOutput("", ("a.svg",)), BLOCK + "![[a.svg]]\n\nfin\n"),
    ],
)  # fmt: skip
def test_figures_are_embedded_once_after_the_output(before, output, after):
    assert written(before, output) == after
    assert written(after, output) == after


def test_a_file_that_is_not_unicode_is_left_alone():
    before = "# Año\n\n```python\nx\n```\n".encode("cp1252")
    assert write_back(before, [BlockOutput("1")], compare) == before


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_utf16_file_stays_one(encoding):
    before = ("\ufeff# Año\n" + BLOCK).encode(encoding)
    after = write_back(before, [BlockOutput("ñ\n")], compare)
    assert after.decode(encoding) == "\ufeff# Año\n" + BLOCK + "```output\nñ\n```\n"


# ---------------------------------------------------------------- properties

PIECES = st.sampled_from(
    [
        "texto  ", "", "- a", "  b", "> cita", "```python", "~~~py", "```", "~~~", "````", "print(1)", "```output", "2",
        "> ```python", "> x", "> ```", "> ```output", "- ```python", "  x", "  ```", "  ```output", "![[a.svg]]", "---",
        "%%", "<!--", "-->", "# T", "\t\tx", "    ```python", "ñ", "$$", "| a |", "1. ```py", "   ```", "[^1]: nota",
    ]
)  # fmt: skip
NEWLINES = st.sampled_from(["\n", "\r\n", "\n", "\r"])
FIGURES = st.sampled_from([(), ("a.svg",), ("a.svg", "b.svg")])
OUTPUT = st.none() | st.builds(BlockOutput, st.text(alphabet="ab `~\n\r\x1b[m>-#ñ$%", max_size=12), FIGURES)


@st.composite
def notes(draw) -> str:
    lines = draw(st.lists(st.tuples(PIECES, NEWLINES), max_size=14))
    text = draw(st.sampled_from(["", "\ufeff"])) + "".join(piece + newline for piece, newline in lines)
    return text.rstrip("\r\n") if draw(st.booleans()) else text


@given(notes(), st.lists(OUTPUT, min_size=4, max_size=4))
def test_a_second_write_changes_nothing(note, outputs):
    once = write_back(note.encode(), outputs, compare)
    assert write_back(once, outputs, compare) == once


@given(notes(), st.lists(OUTPUT, min_size=4, max_size=4))
def test_what_is_no_output_stays(note, outputs):
    """Every line that is gone stood in an output fence; the mark and the final newline (or none) stay."""
    after = write_back(note.encode(), outputs, compare).decode()
    assert after.startswith("\ufeff") == note.startswith("\ufeff")
    if after and note:
        assert (after[-1] in "\r\n") == (note[-1] in "\r\n")
    text = note.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    code = parse("", text)[0].note.code
    outside = set(range(1, text.count("\n") + 2))
    for block in code:
        if block.documented:
            outside -= set(range(block.last_line + 1, block.documented.last_line + 1))
    kept = [line for number, line in enumerate(text.split("\n"), 1) if number in outside]
    remaining = iter(re.split(r"\r\n|\r|\n", after.removeprefix("\ufeff")))
    assert all(any(line == other for other in remaining) for line in kept if line.strip())


@given(notes())
def test_blocks_that_did_not_run_leave_the_note_alone(note):
    assert write_back(note.encode(), [None] * 8, compare) == note.encode()
