"""Formulas and diagrams as a browser lays them out: whole, legible in both themes, never wider than the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from kbtool import build
from kbtool.config import Config
from kbtool.project import Wishes

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What is painted over the middle of each label of an edge: its own letters, or something else.
COVERED = """() => [...document.querySelectorAll('.m-edgeLabel text')].filter(text => {
  text.scrollIntoView({block: 'center'})
  const box = text.getBoundingClientRect(), row = text.querySelector('tspan') || text
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
  return !(top && (text.contains(top) || text.closest('.m-edgeLabel').contains(top)))
}).map(text => text.textContent)"""
OUT_OF_BOX = """() => [...document.querySelectorAll('.m-node')].filter(node => {
  const box = node.querySelector('rect, circle, polygon, path')?.getBoundingClientRect()
  const text = node.querySelector('text')?.getBoundingClientRect()
  return box && text && (text.left < box.left - 1 || text.right > box.right + 1)
}).map(node => node.textContent)"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of formulas and diagrams."""
    pytest.importorskip("mmdr")
    out = tmp_path_factory.mktemp("drawn") / "site"
    built = build.build(Config(vault=Path(__file__).parent / "drawn", site=out, title="D", language="es"), Wishes())
    assert [d for d in built.diagnostics if d.code in ("bad-math", "bad-diagram")] == []
    return out


@pytest.mark.parametrize(("width", "dark"), [(390, True), (1280, False)], ids=["narrow and dark", "wide and light"])
@pytest.mark.parametrize("note", ["formulas", "diagramas"])
def test_a_page_of_them_is_accessible_and_fits(
    open_page: Callable[..., Page], drawn: Path, note: str, width: int, dark: bool
) -> None:
    page = open_page(drawn / f"{note}.html", width=width, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert page.faults == []  # type: ignore[attr-defined]
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found] == []


def test_every_formula_is_set_in_the_bundled_font(open_page: Callable[..., Page], drawn: Path) -> None:
    page = open_page(drawn / "formulas.html")
    page.evaluate("document.fonts.ready")
    assert page.evaluate("[...document.fonts].some(f => f.family.includes('KB Math') && f.status === 'loaded')")
    assert page.locator("code.tex").count() == 0
    flat = "[...document.querySelectorAll('.eq math')].filter(m => m.getBoundingClientRect().height < 15).length"
    assert page.evaluate(flat) == 0


def test_the_number_of_an_equation_stands_at_the_end_of_the_line(open_page: Callable[..., Page], drawn: Path) -> None:
    page = open_page(drawn / "formulas.html")
    box, number = page.locator(".eq.num").first.bounding_box(), page.get_by_text("(7)").bounding_box()
    assert box is not None
    assert number is not None
    assert abs(box["x"] + box["width"] - number["x"] - number["width"]) < 20


def test_what_stands_on_an_edge_is_not_covered_and_names_fit_their_boxes(
    open_page: Callable[..., Page], drawn: Path
) -> None:
    page = open_page(drawn / "diagramas.html")
    assert page.locator(".m-edgeLabel text").count() >= 5
    assert page.evaluate(COVERED) == []
    assert page.evaluate(OUT_OF_BOX) == []


def test_a_diagram_is_named_and_its_source_unfolds(open_page: Callable[..., Page], drawn: Path) -> None:
    page = open_page(drawn / "diagramas.html")
    assert page.get_by_role("img", name="Diagrama: Del texto al vector").is_visible()
    source = page.locator(".mermaid pre").first
    assert not source.is_visible()
    page.get_by_text("Código del diagrama").first.click()
    assert source.inner_text().startswith("flowchart TD")
