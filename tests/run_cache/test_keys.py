"""What is the same program to Python, and what is not."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.run.source import imports_packages, normal, reads_source

STATEMENTS = [
    "x = 1",
    "print(x)",
    "def f(a, b=2):\n    '''doc'''\n    return a + b",
    "for i in range(3):\n    x += i",
    "s = 'una # que no es comentario'",
    "t = '''dos\n\n# líneas'''",
    "with open('f') as g:\n    pass",
    "x",
    "f(1,\n  2)",
]
comments = st.sampled_from(["", "# nada", "#| label: x", "    # con sangría", "\t", "# ñ ", "\f"])


@given(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=6), st.lists(comments, max_size=8), st.data())
def test_comments_and_blank_lines_between_statements_do_not_count(statements, extra, data):
    spread = list(statements)
    for line in extra:
        spread.insert(data.draw(st.integers(0, len(spread))), line)
    assert normal("\n".join(spread)) == normal("\n".join(statements))


@given(st.lists(st.sampled_from(STATEMENTS), max_size=5), st.lists(st.sampled_from(STATEMENTS), max_size=5))
def test_other_statements_count(one, other):
    same = normal("\n".join(one)) == normal("\n".join(other))
    assert same == (one == other)


@given(st.text(max_size=60))
def test_any_text_has_a_normal_form_that_stands_for_it(text):
    assert normal(text) == normal(text)
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        assert normal(text) != normal(text + " # x")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("x=1", "x  =  1  # uno", True),
        ("f(1, 2)", "f(1,\n  2,\n)", True),
        ("'a'", '"a"', True),
        ("0x10", "16", True),
        ("1", "1.0", False),
        ("1", "1;", False),
        ("1;", "1 ; # nada", True),
        ("x = 1", "x = 1;", True),
        ("'a b'", "'a  b'", False),
        ("if x: y", "if x:\n    y", True),
        ("x\ny", "y\nx", False),
        ("x = 1", "X = 1", False),
        ("f'{x=}'", "f'{x = }'", False),
    ],
)
def test_examples(one, other, same):
    assert (normal(one) == normal(other)) is same


@pytest.mark.parametrize(
    ("source", "looks"),
    [
        ("import inspect; inspect.getsource(f)", True),
        ("import linecache", True),
        ("def f(x):  # type: (int) -> int\n    pass", True),
        ("sys._getframe().f_lineno", True),
        ("print('source')", False),
    ],
)
def test_who_looks_at_source(source, looks):
    assert reads_source(source) is looks


@pytest.mark.parametrize(
    ("source", "wants"),
    [
        ("import json", False),
        ("import torch", True),
        ("def f():\n    from numpy import array", True),
        ("__import__('x')", True),
        ("x = 1", False),
        ("if True: import numpy", True),
        ("import json, numpy", True),
        ("x = 1; import torch", True),
    ],
)
def test_who_may_want_packages(source, wants):
    assert imports_packages(source) is wants
