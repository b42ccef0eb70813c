"""Formulas: typeset at build time, cured where authors write what the engine refuses, shown as source otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.render.latex import definitions
from kbtool.render.math import renumber, typeset
from kbtool.syntax.math import formulas_in


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
        (r"\begin{aligned}a&=b\end{aligned}\tag{7}", "<mtext>(7)</mtext>"),
        (r"\tag*{A}x=1", "<mtext>A</mtext>"),
        (r"\mathop{\mathbb{E}}\limits_{x\sim p} f", "<munder><mi>𝔼</mi><mrow>"),
        (r"\mathop{\mathbb{E}}\limits_x f", "<munder>"),
        (r"\begin{smallmatrix}a&b\\c&d\end{smallmatrix}", 'scriptlevel="1"'),
        (r"\begin{pmatrix*}[r]1\\-2\end{pmatrix*}", "<mtable"),
        (r"\begin{alignedat}{2}a&=1&b&=2\end{alignedat}", "<mtable"),
        (r"{\color{#17683a}z}", 'style="color:light-dark(#17683a,'),
        (r"\textcolor{#17683a}{z}", 'style="color:light-dark(#17683a,'),
        (r"\colorbox{yellow}{si $x$}", "<mtext>si\xa0</mtext>"),
        (r"\fcolorbox{red}{yellow}{$x$}", 'menclose notation="box"'),
        (r"\enclose{circle}{x}", 'menclose notation="box"'),
        (r"\enclose{horizontalstrike}{x}", "updiagonalstrike"),
        (r"a \mathrlap{b}\llap{c}", "<mi>c</mi>"),
        (r"\raisebox{2pt}{x}", "<mtext>x</mtext>"),
        (r"\raise2pt{x}", "<mi>x</mi>"),
        (r"\rule{0pt}{2ex}x", "<mi>x</mi>"),
        (r"\begin{aligned}a\\ \intertext{pero}b\end{aligned}", "<mtext>pero</mtext>"),
        (r"\unicode{x221E}", "∞"),
        (r"\verb|x1|", "𝚡𝟷"),
        (r"\mathbbm{1}", "𝟙"),
        (r"a \hfill b", "<mi>b</mi>"),
        (r"x_1,\dotsc,x_n", ".</mo>"),
        (r"x_1+\dotsb+x_n", "⋯"),
        (r"\text{según }\ref{x}", 'href="#eq-x"'),
    ],
)
def test_what_the_engine_refuses_is_cured(written: str, shows: str) -> None:
    formula = typeset(written, True)
    assert formula.fault == ""
    assert shows in formula.mathml
    assert formula.tex == written


@pytest.mark.parametrize(
    ("written", "shows"),
    [
        ("f'(x)", '<mrow><mi>f</mi><mo lspace="0" rspace="0">′</mo></mrow>'),
        ("f''", '<mo lspace="0" rspace="0">″</mo>'),
        ("x'_1", '<mo class="prime">′</mo></msubsup>'),
        (r"\vec{v}", '<mo stretchy="false" class="vec">→</mo>'),
        (r"\widetilde{abc}", '<mo stretchy="true">\u0303</mo>'),
        (r"a' \eqref{x}", '<mo lspace="0" rspace="0">′</mo>'),
    ],
)
def test_signs_that_browsers_set_badly_are_set_otherwise(written: str, shows: str) -> None:
    (formula,) = renumber([typeset(written, True)])
    assert shows in formula.mathml


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


def _formulas(html: str) -> list[str]:
    return re.findall(r'data-tex="([^"]*)"', html)


@pytest.mark.parametrize(
    ("source", "formulas"),
    [
        ("cuesta $5 y no $6, o sea $20,000", []),
        ("de 5$ a 6$ y \\$x\\$ y `$x$`", []),
        ("[[B|uno]] cuesta $x_1$ y [[B|dos]] cuesta $x_2$", ["x_1", "x_2"]),
        ("[[B|la norma $x$ de B]] y [[B|otra $y$]]", []),
        ("[el valor $x$ de B](B.md)", ["x"]),
        ("| a | b |\n|---|---|\n| $p \\mid q$ | $\\frac12$ |", [r"p \mid q", r"\frac12"]),
        ("> [!note] Título con $\\alpha$\n> cuerpo $\\beta$", [r"\alpha", r"\beta"]),
        ("## El coste $O(n)$\n", ["O(n)"]),
        ("- lista\n  $$\n  x = 1\n  $$\n", ["x = 1"]),
        ("> $$\n> y = 2\n> $$\n", ["y = 2"]),
        ("Aquí $$z=3$$ dentro.", ["z=3"]),
        ("Nota[^1].\n\n[^1]: con $n$.", ["n"]),
        ("**$x$** y *$y$* y ==$z$== y ~~$w$~~", ["x", "y", "z", "w"]),
    ],
)
def test_formulas_are_found_where_obsidian_finds_them(
    shelve: Callable[..., Any], faults_of: Callable[[str], list[str]], source: str, formulas: list[str]
) -> None:
    html = shelve({"A.md": source, "B.md": "b"}).html()
    assert _formulas(html) == formulas
    assert faults_of(html) == []


def test_a_refused_formula_is_told_with_its_line(shelve: Callable[..., Any]) -> None:
    shelf = shelve({"A.md": "# A\n\nuno $x$\ny $\\nonsense$ dos\n\n$$\na\n+ \\otra\n$$\n"})
    assert shelf.faults() == [("bad-math", "A.md", 4), ("bad-math", "A.md", 8)]
    assert '<code class="tex"' in shelf.html()


@pytest.mark.parametrize(
    ("line", "formulas"),
    [
        (r"The cost $O(n^2)$ of \$5 and $x$", ["O(n^2)", "x"]),
        ("de $5 a $6", []),
        ("`$n$` y $m$", ["m"]),
        ("sin", []),
    ],
)
def test_the_formulas_of_a_line_are_listed(line: str, formulas: list[str]) -> None:
    assert formulas_in(line) == formulas


def test_a_reference_within_a_formula_is_its_number() -> None:
    reference, _ = renumber([typeset(r"\text{según }\eqref{a}", False), typeset(r"x \label{a}", True)])
    assert reference.html.endswith("<mtext>según\xa0</mtext><mtext>(1)</mtext></math>")


def test_a_reference_alone_is_a_link_and_no_formula() -> None:
    reference, _ = renumber([typeset(r"\eqref{a}", False), typeset(r"x \label{a}", True)])
    assert reference.html == r'<span data-tex="\eqref{a}" data-display="false"><a href="#eq-a">(1)</a></span>'


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"\color{blue}x", "light-dark(#0000ff,"),
        (r"\textcolor{yellow}{x}", ",#ffeb3d)"),
        (r"\textcolor{black}{x}", "light-dark(#000000,"),
        (r"\textcolor{white}{x}", ",#ffffff)"),
    ],
)
def test_a_colour_stays_where_it_can_be_read_and_moves_away_where_it_cannot(written: str, shown: str) -> None:
    mathml = typeset(written, False).mathml
    assert shown in mathml
    assert not re.search(r"light-dark\((#\w+),\1\)", mathml)
