"""Documented beside real output: the rule, case by case, and what must hold for any text."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.run.compare import compare, diff

CASES = json.loads((Path(__file__).parent / "verify-open.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case):
    found = compare(case["documented"], case["actual"], case["options"]["rtol"], case["options"]["atol"])
    assert (found.verdict, case["why"]) == (case["verdict"], case["why"])


TEXT = st.text(alphabet="ab1 .,\n-+e5()=[]…'xinf0", max_size=40)


@given(TEXT)
def test_any_text_agrees_with_itself(text):
    assert compare(text, text).verdict == "identical"


@given(TEXT, TEXT)
def test_any_two_texts_get_a_verdict_and_a_bad_one_has_a_reason(one, other):
    found = compare(one, other)
    assert found.verdict in ("identical", "ok") or found.reason


@given(st.decimals(min_value=-1000, max_value=1000, places=7))
def test_a_number_agrees_with_itself_rounded(number):
    assert compare(f"{number:.4f}", str(number)).verdict in ("identical", "ok")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_white_space_between_numbers_does_not_count(numbers):
    assert compare(repr(numbers), repr(numbers).replace(", ", ",\n       ")).verdict in ("identical", "ok")


@pytest.mark.parametrize(
    ("documented", "actual", "verdict"),
    [
        ("<A at 0x...>", "<A at 0x7f3a5c0b1d50>", "ok"),
        ("[0,123]", "[0, 123]", "ok"),
        ("+inf", "inf", "ok"),
        ("-nan", "nan", "ok"),
        ("1.e-05", "1.4e-05", "mismatch"),
        ("(1.5-2.00e-05j)", "(1.5-2.001e-05j)", "ok"),
        (
            "Traceback (most recent call last):\n    ...\nE: x",
            "Traceback (most recent call last):\n  a\n\n  b\nE: x",
            "ok",
        ),
        ("f(a, device=cpu)", "f(a)", "mismatch"),
        ("(a, dtype=x)", "(a)", "mismatch"),
        ("array([1.5], dtype=float32)", "array([1.5], dtype=float64)", "mismatch"),
        ("1...", "1.2", "mismatch"),
    ],
)
def test_further_cases(documented, actual, verdict):
    assert compare(documented, actual).verdict == verdict


def test_on_another_device_its_name_does_not_count_even_where_it_is_shown():
    shown = "tensor([1.5], device='cuda:0')"
    assert compare(shown, "tensor([1.5])").verdict == "mismatch"
    assert compare(shown, "tensor([1.5])", ignore_device=True).verdict == "ok"
    assert compare("device='cuda:0'", "", ignore_device=True).verdict == "mismatch"


@pytest.mark.parametrize(
    ("documented", "actual"),
    [
        ("1e999999999", "1e999999998"),
        ("1e99999999999999999999", "1e99999999999999999998"),
        ("1e-999999999999", "1e999999999999"),
        ("1." + "3" * 100_000, "1." + "3" * 99_999 + "4"),
        ("9" * 100_000, "9" * 99_999 + "8"),
    ],
)
def test_monstrous_numbers_take_no_time(documented, actual):
    start = time.process_time()
    compare(documented, actual)
    assert time.process_time() - start < 1.0


def test_a_comparison_without_dots_is_linear():
    def seconds(lines: int) -> float:
        documented = "\n".join(f"paso {i} pérdida {i * 37 % 100 / 100:.4f}" for i in range(lines))
        actual = "\n".join(f"paso {i} pérdida {i * 37 % 100 / 100:.6f}" for i in range(lines))
        start = time.process_time()
        assert compare(documented, actual).verdict == "ok"
        return time.process_time() - start

    short = min(seconds(400) for _ in range(3))
    assert min(seconds(3200) for _ in range(3)) < 24 * short


def test_the_reason_names_the_first_of_the_worst_tokens():
    assert compare("a 0.5 b 0.7", "a 0.9 b 0.8").reason == "documented '0.5', printed '0.9'; 2 of 2 numbers differ"
    assert compare("uno dos", "uno").reason == "documented 'dos', but nothing more was printed"
    assert compare("uno", "uno dos").reason == "printed 'dos' after all that is documented"


def test_a_diff_shows_only_what_really_disagrees():
    rows = diff("a 0.5000\nb 2\nc\nd", "a 0.50001\nb 3\nc")
    assert [(row.kind, row.text, [row.text[a:b] for a, b in row.spans]) for row in rows] == [
        ("same", "a 0.50001", []),
        ("documented", "b 2", ["2"]),
        ("printed", "b 3", ["3"]),
        ("same", "c", []),
        ("documented", "d", ["d"]),
    ]


@given(TEXT, TEXT)
def test_a_diff_holds_every_printed_line_once(one, other):
    from kbtool.run.compare import normalise

    printed = [row.text for row in diff(one, other) if row.kind != "documented"]
    assert printed == normalise(other).split("\n")
    for row in diff(one, other):
        assert all(0 <= a <= b <= len(row.text) for a, b in row.spans)


def test_the_diff_of_long_outputs_does_not_hang():
    start = time.process_time()
    diff("\n".join(f"a {i}" for i in range(5000)), "\n".join(f"b {i + 1}" for i in range(5000)))
    assert time.process_time() - start < 5
