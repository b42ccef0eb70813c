"""Documented beside real output: the rule, case by case, and what must hold for any text."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbtool.run.compare import compare, diff, normalise
from kbtool.run.compare.agreement import pair
from kbtool.run.compare.tails import tokens_of
from kbtool.run.compare.tokens import Kind
from kbtool.run.compare.tolerance import Level, Tolerance

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
        # a tail may be missing, and it may also be what `...` stands for
        ("f(a, ...)", "f(a, dtype=float32)", "ok"),
        ("... f(a)", "x f(a, dtype=float32, device='cpu')", "ok"),
        # the earliest place for `a, b` leaves the rest none
        ("... a, b ... ], b)", "f(a, dtype=[a, b], b)", "ok"),
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


def best_way(documented: str, actual: str) -> str:
    """The verdict by trying every way to lay the documented tokens on the printed ones."""
    want, got = tokens_of(documented), tokens_of(actual)
    tolerance = Tolerance.of(1e-4, 0.0)

    @cache
    def lay(i: int, j: int, tails: int) -> Level:
        ways = [Level.MISMATCH]
        if i == len(want) and j == len(got):
            return Level.OK
        if i < len(want) and want[i].kind is Kind.DOTS:
            ways += [lay(i + 1, after, 0) for after in range(j, len(got) + 1)]
        elif j < len(got):
            if i < len(want):
                ways.append(max(pair(want[i], got[j], tolerance), lay(i + 1, j + 1, 0)))
            shown = [token.text for token in want[i : i + 3]] == [",", *(token.text for token in got[j + 1 : j + 3])]
            if got[j].tail and not shown and tails < 4:
                ways.append(lay(i, got[j].tail, tails + 1))
        return min(ways)

    return ("ok", "rounding", "mismatch")[lay(0, 0, 0)]


TEXTS = ["... ", "… ", "a ", "b ", ", ", "f(", ") ", "[", "] ", "= ", "dtype", "1 ", "01 ", "inf "]
TAILS = [", dtype=a", ", device=b", ", grad_fn=AddBackward0"]
FLOATS = ["0. ", "1.25 ", "1.250 ", "1.26 ", "1.2511 ", "0.125 ", "0.1261 "]
PIECE = st.sampled_from([*TEXTS, *TAILS, *FLOATS])
PIECES = st.lists(PIECE, max_size=9)


@st.composite
def documented_and_printed(draw) -> tuple[str, str]:
    """Any two texts, or what was printed with gaps in the document."""
    printed = draw(PIECES)
    documented = draw(PIECES | st.permutations(printed) | st.just(printed))
    for gap in draw(st.lists(st.integers(0, 9), max_size=3)):
        documented = [*documented[:gap], "... ", *documented[gap + draw(st.integers(0, 3)) :]]
    return "".join(documented), "".join(printed)


@settings(max_examples=400)
@given(documented_and_printed())
def test_of_several_ways_the_best_counts(texts):
    found = compare(*texts).verdict
    assert found in ("identical", best_way(*texts))


def numbers(count: int) -> str:
    return " ".join(f"0.{i * 7919 % 100_000:05}" for i in range(count))


@pytest.mark.parametrize(
    ("documented", "actual"),
    [
        ("... a a a a " * 5000 + "z", "a " * 20_000),
        ("... " + "a " * 10_000 + "b ... z", "a " * 20_000),
        (f"... {numbers(10_000)} ... z", numbers(10_000)),
        ("... " + numbers(10_000).replace(" ", " ... ") + " ... z", numbers(10_000)),
        ("f(a ..." * 2000, "f(a, dtype=x, device=y)" * 2000),
        ("f(a", "f(a, dtype=" * 4000),
        ("e" + "\u0301\u0323" * 50_000, "x"),
    ],
    ids=["many dots", "long part", "numbers", "numbers apart", "tails", "nested tails", "accents"],
)
def test_hostile_texts_take_no_time(documented, actual):
    start = time.process_time()
    compare(documented, actual)
    assert time.process_time() - start < 3.0


def test_texts_that_are_the_same_need_none_of_the_parts_that_judge_others():
    code = """
    import sys
    from kbtool.run.compare import compare
    parts = {"decimal", "kbtool.run.compare.judge", "kbtool.run.compare.linediff", "kbtool.run.compare.tokens"}
    assert compare("1.50", "1.50 ").verdict == "identical"
    assert not parts & sys.modules.keys(), parts & sys.modules.keys()
    assert compare("1.50", "1.5").verdict == "ok"
    assert "kbtool.run.compare.judge" in sys.modules
    """
    lines = [line.removeprefix("    ") for line in code.splitlines()]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True)


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
    printed = [row.text for row in diff(one, other) if row.kind != "documented"]
    assert printed == normalise(other).split("\n")
    for row in diff(one, other):
        assert all(0 <= a <= b <= len(row.text) for a, b in row.spans)


@pytest.mark.parametrize(
    ("documented", "actual"),
    [
        ("\n".join(f"a {i}" for i in range(5000)), "\n".join(f"b {i + 1}" for i in range(5000))),
        ("0 " * 20_000, "0 " * 20_001 + "1"),
    ],
    ids=["many lines", "a long line"],
)
def test_the_diff_of_long_outputs_does_not_hang(documented, actual):
    start = time.process_time()
    diff(documented, actual)
    assert time.process_time() - start < 5


def test_of_a_long_line_all_between_the_first_and_the_last_difference_is_marked():
    gone, come = diff("a b c " + "x " * 200 + "fin", "a B " + "x " * 200 + "y z fin")
    assert [[row.text[a:b] for a, b in row.spans] for row in (gone, come)] == [
        ["b c " + ("x " * 200).strip()],
        ["B " + "x " * 200 + "y z"],
    ]
