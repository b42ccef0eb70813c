"""What expressions mean: JavaScript's rules, Obsidian's functions, and limits that no base can pass."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shelf import evaluated, written

from kbtool.bases.program import read
from kbtool.bases.values import EvaluationError, ExhaustedError

# expression -> how its value is written; x is 3, s "hola", l [1, 2, 3], d a date, n nothing
TEXTS = {
    # operators
    "1 + 2 * 3 - 4 / 2": "5",
    "10 / 5 / 2": "1",
    "-5 % 3": "-2",
    "-1 / 0": "-∞",
    "0 / 0": "NaN",
    "0.1 + 0.2": "0.30000000000000004",
    "1e21": "1e+21",
    "123456789012345680000": "123456789012345680000",
    "0.000001": "0.000001",
    "'a' + 1 + true": "a1true",
    "l + [4]": "1, 2, 3, 4",
    "!n && x > 2": "true",
    "n || 'nothing'": "nothing",
    "x - /b/.matches('abc').toString().length": "-1",
    # nothing
    "n < 3": "false",
    "n >= 0": "false",
    "n == null": "true",
    "n != 3": "true",
    "n + 1": "",
    "n.isEmpty()": "true",
    "n.anything": "",
    # text
    "s.slice(-2) + s[0]": "lah",
    "'Hola Mundo'.split(' ', 1)": "Hola",
    "'a1b2'.replace(/\\d/g, '<$&>')": "a<1>b<2>",
    "'x.y'.replace('.', '$1')": "x$1y",
    "'una CASA'.title()": "Una Casa",
    "/^\\w+$/.matches('año')": "false",
    "/a$/.matches('a\\n')": "false",
    "/[[a]{2}x{y}/.matches('[ax{y}')": "true",
    # numbers
    "(-2.5).round()": "-2",
    "(-2.5).toFixed(0)": "-3",
    "1.005.toFixed(2)": "1.00",
    "2.7.floor() + (-0.5).ceil()": "2",
    "number('1.5') + number(true)": "2.5",
    # lists and objects
    "[3, 1, 2].sort().reverse().join('-')": "3-2-1",
    "[1, [2, [3]]].flat().length": "3",
    "l.map(l.filter(value > 1).length + index)": "2, 3, 4",
    "l.reduce(acc + value, 0)": "6",
    "[1, 1.0, '1'].unique().length": "2",
    "{'a': 1, b: [2]}.b[0]": "2",
    "o.a + o.keys().length": "2",
    # dates
    "d.relative()": "2 days ago",
    "(today() + '3 months').relative()": "in 3 months",
    "d.format('dddd D [of] MMMM, Q W GGGG')": "Monday 10 of March, 1 11 2025",
    "date('2025-01-31') + '1M'": "2025-02-28",
    "date('2025-03-10T14:05:09+02:00')": "2025-03-10T12:05:09",
    "date('202503101405').time()": "14:05:00",
    "now() - today()": "0",
    "(now() + '1d') - now()": "86400000",
    "today() + duration('1d') * 2": "2025-03-14",
    "(d - date('2025-01-01')).months.round(2)": "2.23",
    "'2025-01-02' > date('2025-01-01')": "true",
    "d.contains('2025')": "true",
    # links, files, tags
    "link('A') == file('A')": "true",
    "link('Z') == link('Z')": "true",
    "link('Z').asFile() == null": "true",
    "tags.contains('a')": "true",
    "file.hasTag('#A')": "true",
    "file.asLink('name')": "name",
    "file.mtime == null": "true",
}
PROPERTIES = {"x": 3, "s": "hola", "l": [1, 2, 3], "d": "2025-03-10", "n": None, "tags": ["a/b"], "o": {"a": 1}}


@pytest.mark.parametrize(("expression", "text"), TEXTS.items())
def test_an_expression_is_written_so(expression: str, text: str) -> None:
    assert written(expression, **PROPERTIES) == text


@pytest.mark.parametrize(
    "expression",
    ["'text' * 2", "n.contains('a')", "number('1,5')", "x.length", "d.format('LL')", "-s", "date('soon')", "s.slice()"],
)
def test_what_has_no_value_says_why(expression: str) -> None:
    with pytest.raises(EvaluationError, match=r"\w+ \w+"):
        evaluated(expression, **PROPERTIES)


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("x +", "the expression ends too early"),
        ("(x", "the expression ends too early"),
        ("x = 3", "unexpected '=' after 'x'"),
        ("file.hasTagg('a')", "there is no function 'hasTagg' (did you mean 'hasTag'?)"),
        ("fille('a')", "there is no function 'fille'"),
        ("formula.missing", "there is no formula 'missing'"),
        ("file.colour", "files have no 'colour'"),
    ],
)
def test_what_is_not_understood_is_named_before_any_row_is_looked_at(expression: str, problem: str) -> None:
    assert problem in str(read(expression, frozenset()))


@pytest.mark.parametrize(
    "expression",
    [
        "'a'.repeat(999999).replace('a', 'b'.repeat(999999))",
        "'a'.repeat(999999).replace(/a/g, 'b'.repeat(999))",
        "l.map('a'.repeat(900000)).join('')",
        "'a'.repeat(60).split('').reduce([acc, acc], 0).toString()",
        "'a'.repeat(60).split('').reduce([acc, acc], 0) == 1",
        "'a'.repeat(60).split('').reduce([acc, acc], 0).flat()",
        "'a'.repeat(40).split('').reduce(acc + acc, 'x')",
        "date('9999-12-31') + '1M'",
        "!" * 1000 + "x",
    ],
)
def test_what_would_grow_without_end_is_an_error_in_its_cell(expression: str) -> None:
    start = time.process_time()
    with pytest.raises(EvaluationError):
        evaluated(expression, **PROPERTIES)
    assert time.process_time() - start < 3


def test_a_base_that_works_for_ever_is_stopped() -> None:
    loop = "l"
    for _ in range(12):
        loop = f"l.map({loop})"
    with pytest.raises(ExhaustedError):
        evaluated(loop, steps=10_000, **PROPERTIES)


def test_a_pattern_that_runs_for_ever_is_stopped() -> None:
    with pytest.raises(ExhaustedError, match="takes too long"):
        evaluated("/(.*),(.*),(.*),(.*),(.*),x$/.matches('a,'.repeat(500))")


@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_says_why_not(text: str) -> None:
    assert read(text, frozenset())


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_that_is_written_reads_as_itself(number: float) -> None:
    assert float(written("x", x=number)) == number


@given(st.integers(-(10**6), 10**6), st.integers(1, 10**4))
def test_division_and_remainder_belong_together(left: int, right: int) -> None:
    quotient = evaluated("(a - a % b) / b", a=left, b=right)
    assert quotient == math.trunc(left / right)
