"""Cells: a block, what came of it, and the verdict."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from kbtool.note import BlockOptions, CodeBlock
from kbtool.render.cell import anchor, cell
from kbtool.render.highlight import shown_source
from kbtool.run.results import BlockResult, Comparison, Failure, How, Output, Status
from kbtool.words import words

ES, EN = words("es"), words("en")


def block(source: str = "print(1)", **options: object) -> CodeBlock:
    return CodeBlock(0, source, 10, 9, 12, BlockOptions(**options))  # type: ignore[arg-type]


def result(status: Status = Status.RAN, *outputs: Output, **facts: object) -> BlockResult:
    stated: dict[str, object] = {"seconds": 0.014, "device": "cpu", **facts}
    return BlockResult("A.md", 0, "", 10, status, How.RAN, outputs=outputs, **stated)  # type: ignore[arg-type]


def page(of: CodeBlock, gave: BlockResult) -> BeautifulSoup:
    return BeautifulSoup(cell(of, gave, ES), "html.parser")


def verdict(gave: BlockResult, of: CodeBlock | None = None) -> str:
    found = page(of or block(), gave).select_one(".verdict")
    assert found is not None
    return found.get_text("|").strip("|")


@pytest.mark.parametrize(
    ("gave", "says"),
    [
        (result(Status.VERIFIED), "Verificado|coincide con lo documentado|cpu · 0,01 s"),
        (
            result(Status.VERIFIED, comparison=Comparison("ok", "0.5", "0.50001")),
            "Verificado|coincide con lo documentado dentro de la tolerancia|cpu · 0,01 s",
        ),
        (
            result(Status.RAN, Output("stdout", "1")),
            "Ejecutado|sin error; la nota no dice qué debe salir|cpu · 0,01 s",
        ),
        (result(Status.RAN), "Ejecutado|sin error y sin salida|cpu · 0,01 s"),
        (
            result(Status.RAN, error=Failure("ValueError", "no", 11, "")),
            "Ejecutado|con el error que la nota espera|cpu · 0,01 s",
        ),
        (
            result(Status.MISMATCH, comparison=Comparison("mismatch", "a 1.2846", "a 1.2486")),
            "Difiere|un valor se aparta 0,0360|cpu · 0,01 s",
        ),
        (
            result(Status.MISMATCH, comparison=Comparison("mismatch", "1.5 y 2.5", "1.75 y 2.0")),
            "Difiere|2 valores se apartan, hasta 0,5|cpu · 0,01 s",
        ),
        (
            result(Status.MISMATCH, comparison=Comparison("mismatch", "sí", "no")),
            "Difiere|una línea no coincide|cpu · 0,01 s",
        ),
        (
            result(Status.ERROR, error=Failure("ValueError", "no", 11, "ValueError: no")),
            "Error|ValueError en la línea 11 de la nota|cpu · 0,01 s",
        ),
        (result(Status.TIMEOUT, seconds=60.0), "Sin terminar|superó su límite de tiempo y se detuvo|cpu · 1 min 0 s"),
        (
            result(Status.KILLED, error=Failure("MemoryError", "", 0, "", memory=True)),
            "Interrumpido|pidió más memoria que su límite|cpu · 0,01 s",
        ),
        (result(Status.SKIPPED, skipped_because="the note says `run: false`"), "Omitido|la nota dice `run: false`"),
        (result(Status.SKIPPED, device="cuda", device_missing=True), "Omitido|pide cuda; aquí no hay"),
    ],
)
def test_the_verdict_is_a_sentence(gave: BlockResult, says: str) -> None:
    assert verdict(gave) == says


def test_a_block_that_only_ran_never_looks_verified() -> None:
    html = cell(block(), result(Status.RAN, Output("stdout", "1")), EN)
    assert 'class="cell ran"' in html
    assert "s-ok" not in html
    assert "erified" not in html


def test_a_time_that_is_not_stated_is_not_shown() -> None:
    assert verdict(result(Status.VERIFIED, seconds=0.0)).endswith("cpu")


def test_the_cell_is_named_by_its_label_or_its_number_and_has_no_id_in_an_embed() -> None:
    assert anchor(block(label="Los pesos")) == "b-los-pesos"
    assert anchor(block()) == "b-1"
    assert " id=" not in cell(block(), result(), ES, embedded=True)


def test_options_are_not_shown_as_code() -> None:
    assert shown_source("#| label: x\n#| echo: true\n\nimport torch\n") == "import torch"


def test_a_mismatch_shows_both_lines_with_the_words_that_differ() -> None:
    gave = result(Status.MISMATCH, Output("stdout", "a\nb 2"), comparison=Comparison("mismatch", "a\nb 1", "a\nb 2"))
    soup = page(block(), gave)
    assert [row.get_text() for row in soup.select(".df > div")] == ["\xa0a", "− la nota diceb 1", "+ se obtieneb 2"]
    assert [m.get_text() for m in soup.select("del, ins")] == ["1", "2"]
    assert soup.select(".out > pre") == []


def test_lines_that_agree_within_the_blocks_tolerance_are_not_marked() -> None:
    gave = result(Status.MISMATCH, comparison=Comparison("mismatch", "0.5\nsí", "0.52\nno", rtol=0.1))
    marked = page(block(), gave).select("del, ins")
    assert [m.get_text() for m in marked] == ["sí", "no"]


def test_long_stretches_of_equal_lines_are_counted_and_not_shown() -> None:
    same = "\n".join(f"línea {i}" for i in range(30))
    gave = result(Status.MISMATCH, comparison=Comparison("mismatch", f"{same}\nsí", f"{same}\nno"))
    rows = [row.get_text() for row in page(block(), gave).select(".df > div")]
    assert rows[0] == "…28 líneas iguales"
    assert len(rows) == 5


def test_printed_text_in_pieces_is_one_and_the_order_of_outputs_is_kept() -> None:
    pieces = (Output("stdout", "a "), Output("stdout", "b\n"), Output("stderr", "ay"), Output("value", "3"))
    gave = result(Status.RAN, *pieces)
    assert [pre.get_text() for pre in page(block(), gave).select(".out pre")] == ["a b", "ay", "3"]


def test_what_is_no_result_is_named_once_and_marked_at_each_coming() -> None:
    pieces = [Output("stdout", "a\n"), Output("stderr", "ay\n"), Output("warning", "ojo")] * 3
    soup = page(block(), result(Status.RAN, *pieces))
    assert [p.get_text() for p in soup.select(".out p.kind")] == ["salida de errores", "aviso"]
    assert len(soup.select(".out pre.err.stderr")) == len(soup.select(".out pre.err.warning")) == 3
    assert {pre["aria-label"] for pre in soup.select("pre.stderr")} == {"salida de errores"}


def test_what_pyplot_gives_back_says_nothing_beside_its_figure() -> None:
    echo = Output("value", "[<matplotlib.lines.Line2D object at 0x7f1c>]")
    figure = Output("figure", "<Figure>", {"image/svg+xml": '<svg width="1pt" height="1pt"></svg>'})
    assert "Line2D" not in cell(block(), result(Status.RAN, echo, figure), ES)
    assert "Line2D" in cell(block(), result(Status.RAN, echo), ES)


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        ({"echo": False}, ".code"),
        ({"output": False}, ".out > pre"),
        ({"warning": False}, ".err"),
    ],
)
def test_an_option_takes_its_part_away_and_never_the_verdict(options: dict[str, object], gone: str) -> None:
    gave = result(Status.RAN, Output("stdout", "1"), Output("warning", "ojo"))
    assert page(block(), gave).select(gone)
    soup = page(block(**options), gave)
    assert not soup.select(gone)
    assert soup.select(".verdict")


def test_a_traceback_begins_with_the_note_and_marks_the_exception() -> None:
    told = 'Traceback (most recent call last):\n  File "A.md", line 11\n    f(<x>)\n    ~^^\nValueError: <no>'
    soup = page(block(), result(Status.ERROR, error=Failure("ValueError", "<no>", 11, told)))
    trace = soup.select_one("pre.tb")
    assert trace is not None
    assert trace.get_text().startswith('  File "A.md"')
    assert [b.get_text() for b in trace.select("b")] == ["~^^", "ValueError"]


def test_html_of_a_block_can_neither_run_nor_call_other_hosts() -> None:
    html = "<table><tr><th>a<td onclick=x()>1</table><script>s()</script><img src=https://example.org/x.png>"
    gave = result(Status.RAN, Output("value", "tabla", {"text/html": html}))
    out = str(page(block(), gave).select_one(".rich"))
    assert "<td>1</td>" in out
    for bad in ("script", "onclick", "example.org", "s()"):
        assert bad not in out


def test_the_corner_of_a_table_is_no_header() -> None:
    html = "<table><thead><tr><th></th><th>a</th></tr></thead><tbody><tr><th>0</th><td>1</td></tr></tbody></table>"
    soup = page(block(), result(Status.RAN, Output("value", "tabla", {"text/html": html})))
    assert [th.get_text() for th in soup.select(".rich th")] == ["a", "0"]
    assert len(soup.select(".rich thead td")) == 1


def test_the_richest_form_that_a_page_can_show_is_taken() -> None:
    forms = {"text/markdown": "**m**", "text/html": "<b>h</b>", "application/x-unknown": "?"}
    assert page(block(), result(Status.RAN, Output("display", "t", forms))).select(".rich b")


def test_markdown_from_a_block_is_rendered() -> None:
    gave = result(Status.RAN, Output("display", "t", {"text/markdown": "| a |\n|---|\n| **1** |"}))
    assert page(block(), gave).select(".rich table strong")


def test_latex_from_a_block_becomes_a_formula() -> None:
    gave = result(Status.RAN, Output("value", "x**2", {"text/latex": r"$\displaystyle x^{2}$"}))
    assert page(block(), gave).select(".eq math msup")


def test_a_figure_has_the_blocks_caption_and_description() -> None:
    drawing = '<svg width="10" height="10" viewBox="0 0 10 10"><path d="M 0 0"/></svg>'
    gave = result(Status.RAN, Output("figure", "<Figure>", {"image/svg+xml": drawing}))
    soup = page(block(fig_cap="Pie", fig_alt="Curva"), gave)
    assert soup.select_one("figcaption").get_text() == "Pie"  # type: ignore[union-attr]
    assert soup.select_one("svg[role=img]")["aria-label"] == "Curva"  # type: ignore[index]


def test_a_figure_that_nobody_described_is_at_least_told_from_the_others() -> None:
    figure = Output("figure", "<Figure>", {"image/svg+xml": '<svg width="1pt" height="1pt"></svg>'})
    gave = replace(result(Status.RAN, figure, figure), note="Conceptos/Atención.md")
    names = [svg["aria-label"] for svg in page(block(), gave).select("figure svg")]
    assert names == ["Figura 1 del bloque 1 de «Atención»", "Figura 2 del bloque 1 de «Atención»"]


def test_formulas_in_markdown_from_a_block_are_typeset() -> None:
    gave = result(Status.RAN, Output("display", "t", {"text/markdown": "Sea $x^2$:\n\n$$\\int f$$\n\n<b>no</b> y 5 $"}))
    soup = page(block(), gave)
    assert len(soup.select(".rich math")) == 2
    assert soup.select(".rich msup")
    assert soup.select(".rich b") == []


def test_of_a_long_line_that_differs_only_what_is_near_is_shown() -> None:
    documented, actual = (" ".join(map(str, [*range(150), middle, *range(151, 300)])) for middle in (999, 150))
    compared = Comparison("mismatch", documented, actual)
    rows = [row.get_text() for row in page(block(), result(Status.MISMATCH, comparison=compared)).select(".df > div")]
    assert [len(row) < 110 for row in rows] == [True, True]
    assert "149 999 151" in rows[0]
    assert rows[1].startswith("+ se obtiene … ")


def tensor(values: object, shape: list[int], dtype: str = "torch.float32") -> BeautifulSoup:
    facts = {"name": "A", "shape": shape, "dtype": dtype, "device": "cpu", "values": values}
    form = {"application/vnd.kbtool.tensor+json": json.dumps(facts)}
    return page(block(), result(Status.RAN, Output("value", "tensor(...)", form)))


def test_a_small_tensor_is_a_table_whose_shades_follow_its_values() -> None:
    soup = tensor([[1.0, -0.5], [0.0, 0.25]], [2, 2])
    cells = [(td.get_text(), td["style"], td.get("class")) for td in soup.select("tbody td")]
    assert cells == [
        ("1.0000", "--v:1.00", None),
        ("−0.5000", "--v:0.50", ["neg"]),
        ("0.0000", "--v:0.00", None),
        ("0.2500", "--v:0.25", None),
    ]
    assert [s.get_text() for s in soup.select(".tensor p > *")] == ["A", "tensor", "forma 2 × 2", "float32", "cpu"]


def test_what_a_tables_repr_would_have_said_stands_above_it() -> None:
    facts = {"name": "w", "kind": "array", "shape": [1], "dtype": "float32", "device": "cpu", "values": [1.0]}
    form = {"application/vnd.kbtool.tensor+json": json.dumps({**facts, "requires_grad": True})}
    head = page(block(), result(Status.RAN, Output("value", "…", form))).select(".tensor p > *")
    assert [s.get_text() for s in head] == ["w", "array", "forma 1", "float32", "cpu", "requires_grad"]


def test_a_vector_is_one_row_and_integers_stay_integers() -> None:
    soup = tensor([3, 7], [2], "torch.int64")
    assert [td.get_text() for td in soup.select("tbody td")] == ["3", "7"]
    assert soup.select("th[scope=row]") == []


def test_a_tensor_without_values_shows_its_repr_under_its_facts() -> None:
    soup = tensor(None, [1000, 1000])
    assert soup.select_one(".tensor pre").get_text() == "tensor(...)"  # type: ignore[union-attr]


def test_values_that_are_no_numbers_stand_in_the_table_unshaded() -> None:
    cells = tensor([["nan", "inf", 2.0]], [1, 3]).select("tbody td")
    assert [td["style"] for td in cells] == ["--v:0.00", "--v:0.00", "--v:1.00"]


def test_no_text_can_put_a_formula_where_it_is_no_formula() -> None:
    """`\\ue000` once marked the place of one; in a title it would have let the formula's text become attributes."""
    attack = '[x](https://a.org "\ue0000\ue001") $\\text{ onmouseover=x() }$ \ue0009\ue001'
    soup = page(block(), result(Status.RAN, Output("display", "x", {"text/markdown": attack})))
    link = soup.select_one(".rich a")
    assert link is not None
    assert set(link.attrs) == {"href", "title", "rel"}
    assert len(soup.select(".rich math")) == 1


@pytest.mark.parametrize("facts", ['{"shape": 3, "values": [1]}', '{"values": [1' + "0" * 400 + "]}", "[]", "{"])
def test_a_tensor_that_is_none_is_still_shown(facts: str) -> None:
    odd = Output("display", "tensor", {"application/vnd.kbtool.tensor+json": facts})
    assert page(block(), result(Status.RAN, odd)).select(".out")
