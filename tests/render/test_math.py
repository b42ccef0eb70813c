"""Formulas: typeset at build time, cured where authors write what the engine refuses, shown as source otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.render.latex import definitions
from kbtool.render.math import renumber, typeset


def test_a_formula_becomes_mathml_that_carries_its_source() -> None:
    assert typeset("x^2", False).html == (
        '<math data-tex="x^2" data-display="false"><msup><mi>x</mi><mn>2</mn></msup></math>'
    )


def test_a_display_formula_says_so() -> None:
    assert 'data-display="true" display="block"' in typeset("x", True).html


def test_quotes_in_the_source_do_not_end_the_attribute() -> None:
    html = typeset(r'\text{<b a="1">}', False).html
    assert html.startswith('<math data-tex="\\text{&lt;b a=&quot;1&quot;&gt;}" ')
    assert "<b" not in html


@pytest.mark.parametrize(
    ("written", "shows"),
    [
        (r"x = 1 \tag{7}", "<mtext>(7)</mtext>"),
        (r"x = 1 \label{eq:uno}", 'id="eq-eq:uno"'),
        (r"\sum_{\substack{i<j\\k}} x", "<mtable"),
        (r"\boxed{x}", 'menclose notation="box"'),
        (r"\text{si $x>0$ vale}", "<mtext>si\xa0</mtext>"),
        (r"\begin{split}a&=b\\c&=d\end{split}", "<mtable"),
        (r"\begin{eqnarray}a&=&b\end{eqnarray}", "<mtable"),
        (r"\mathop{\rm arg\,max}\limits_x f", "<munder>"),
        (r"\operatorname{argmax}\limits_x f", "<munder>"),
        (r"\smash{x}", "<mi>x</mi>"),
        (r"\nicefrac{a}{b}", "<mi>a</mi>"),
        (r"\DeclareMathOperator{\softmax}{softmax}\softmax(x)", "<mi>softmax</mi>"),
        (r"\newcommand{\R}{\mathbb{R}}\R^n", "<mi>ℝ</mi>"),
        (r"\require{cancel}\cancel{x}", "<mi>x</mi>"),
        (r"\mbox{si }x", "<mtext>si\xa0</mtext>"),
        (r"\mathbfit{x}", "<mi>𝒙</mi>"),
        (r"\widetilde{x}", "<mover"),
    ],
)
def test_what_the_engine_refuses_is_cured(written: str, shows: str) -> None:
    formula = typeset(written, True)
    assert formula.fault == ""
    assert shows in formula.mathml
    assert formula.tex == written


def test_the_gap_of_a_row_is_not_shown_as_text() -> None:
    assert "<mn>4</mn>" not in typeset(r"\begin{aligned}a\\[4pt]b\end{aligned}", True).mathml


def test_a_formula_that_cannot_be_set_shows_its_source_and_says_where_it_fails() -> None:
    formula = typeset("a +\n\\nonsense{b}", True)
    source = "a +\n\\nonsense{b}"
    assert formula.html == f'<code class="tex" data-tex="{source}" data-display="true">{source}</code>'
    assert formula.fault == 'Unknown command "\\nonsense".'
    assert formula.offset == 4


def test_definitions_are_found_whole() -> None:
    assert definitions(r"\newcommand{\v}[1]{\mathbf{#1}} x") == r"\def\v#1{\mathbf{#1}}"
    assert definitions(r"x \def\a{b} y \DeclareMathOperator{\KL}{KL}") == r"\def\a{b}\def\KL{\operatorname{KL}}"
    assert definitions("x + y") == ""


def test_equations_are_numbered_through_a_note_and_references_point_forward() -> None:
    first, second, third = renumber(
        [typeset(tex, True) for tex in (r"\eqref{dos}", r"\begin{equation}a\end{equation}", r"b \label{dos}")]
    )
    assert '<a href="#eq-dos">(2)</a>' in first.mathml
    assert "(1)" in second.mathml
    assert 'id="eq-dos"' in third.mathml
    assert "(2)" in third.mathml


def test_a_refused_formula_among_numbered_ones_stays_refused() -> None:
    refused, numbered = renumber([typeset(r"\nonsense", True), typeset(r"a \label{x}", True)])
    assert refused.mathml == ""
    assert "(1)" in numbered.mathml


@pytest.mark.parametrize(
    "tex",
    [
        "{" * 30_000,
        r"\frac{" * 30_000 + "x" + "}{y}" * 30_000,
        r"\sqrt " * 30_000 + "x",
        r"\left(" * 30_000 + "x" + r"\right)" * 30_000,
        r"\def\a#1{" + "{" * 100 + "#1" + "}" * 100 + "}" + r"\a{" * 200 + "x" + "}" * 200,
        r"\gdef\a#1{" + "{" * 100 + "#1" + "}" * 100 + "}" + r"\a{" * 200 + "x" + "}" * 200,
        r"\def\a#1{" + "{" * 100 + "#1" + "}" * 100 + "}" + " " * 6000 + r"\a{" * 200 + "x" + "}" * 200,
        r"\text{" * 800,
    ],
    ids=["open", "fractions", "roots", "parentheses", "definitions", "other definitions", "padded", "texts"],
)
def test_a_formula_without_bottom_is_refused_and_takes_nothing_with_it(tex: str) -> None:
    assert typeset(tex, True).fault


@given(st.text(alphabet="x\\{}$&^_<>\"'#%~ab[]() \n", max_size=40), st.booleans())
def test_any_text_makes_whole_html(faults_of: Callable[[str], list[str]], tex: str, display: bool) -> None:
    assert faults_of(typeset(tex, display).html) == []
