"""Every kind of page in a real browser: quiet console, no other host, no sideways scrolling, nothing for axe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

NOTE = "atencion/vectores-query-key-y-value.html"
PAGES = {
    "home": "index.html",
    "note": NOTE,
    "note with every output": "atencion/softmax.html",
    "everything": "muestrario.html",
    "note in English": "solo-texto.html",
    "note with a long name": "un_nombre_de_archivo_sin_espacios_que_no_se_parte_por_ningun_sitio_v2.final.html",
    "folder": "atencion/index.html",
    "tags": "tags/index.html",
    "tag": "tags/atencion.html",
    "status": "status.html",
    "base": "todas.base.html",
    "canvas": "mapa.canvas.html",
    "graph": "graph.html",
    "search": "search.html",
    "not found": "404.html",
}
# Pages on which a script shows more than the page has without it.
ENRICHED = {PAGES["status"], PAGES["canvas"], PAGES["search"], PAGES["graph"]}
WIDTHS = (320, 390, 768, 1024, 1280, 1920)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# The regions of a page in the order in which one reads them.
REGIONS = ["header", "main", "contents", "explorer", "footer"]
# What makes a page wider than its window.
SIDEWAYS = """() => {
  const width = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= width) return []
  const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1)
  return [document.documentElement.scrollWidth, ...wide.slice(0, 5).map(e => e.outerHTML.slice(0, 80))]
}"""
# Where the keyboard is, and whether one sees it: an outline, or a field's own frame, inside of the window.
STOP = """() => {
  const at = document.activeElement
  if (!at || at === document.body || window.walked?.has(at)) return null
  window.walked ??= new Set()
  window.walked.add(at)
  const shown = at.matches('.seg input') ? at.parentElement : at
  const style = getComputedStyle(shown), box = shown.getBoundingClientRect()
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1
  const places = {header: 'header', footer: 'footer', contents: '.right', explorer: '.left', main: 'main'}
  const region = Object.keys(places).find(name => at.closest(places[name])) ?? ''
  return {name: at.textContent.trim() || at.ariaLabel || at.outerHTML.slice(0, 80), region, seen: inside && outlined}
}"""

Open = Callable[..., Page]
every_page = pytest.mark.parametrize("url", PAGES.values(), ids=PAGES.keys())


def _faults(page: Page) -> list[str]:
    page.wait_for_load_state("load")
    return list(page.faults)  # type: ignore[attr-defined]


def _next_stop(page: Page) -> dict[str, Any] | None:
    """Where the next Tab leads; nothing at the end of the page."""
    page.keyboard.press("Tab")
    return page.evaluate(STOP)  # type: ignore[no-any-return]


@every_page
@pytest.mark.parametrize("by_file", [True, False], ids=["file", "served"])
def test_a_page_fits_every_window_and_axe_finds_nothing(open_page: Open, url: str, by_file: bool) -> None:
    """All at one opening of the page, for that is what costs; a file is judged narrow and dark, a served page wide."""
    page = open_page(url, by_file=by_file)
    for dark in (False, True):
        page.emulate_media(color_scheme="dark" if dark else "light")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(SIDEWAYS) == [], (width, dark)
    assert _faults(page) == []
    page.set_viewport_size({"width": 390 if by_file else 1280, "height": 900})
    page.emulate_media(color_scheme="dark" if by_file else "light")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    # How large a link on a canvas is, is for its readers to say: they zoom.
    rules = {"target-size": {"enabled": url != PAGES["canvas"]}}
    found = Axe().run(page, options={"runOnly": RULES, "rules": rules}).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found] == []


@every_page
def test_a_page_reads_the_same_without_javascript(open_page: Open, url: str) -> None:
    """Only controls that need a script are missing; a hidden control is no dead control."""
    with_script, without = open_page(url), open_page(url, script=False)
    text = "main => main.innerText.replace(/Copiar|Copy/g, '').replace(/\\s+/g, ' ')"
    static = without.locator("main").inner_text().replace("\n", " ")
    shown = with_script.locator("main").evaluate(text)
    if url not in ENRICHED:
        assert shown.split() == static.split()
    assert without.locator("button:visible").count() == 0
    assert _faults(without) == []


@every_page
def test_the_keyboard_walks_through_a_page_and_is_seen(open_page: Open, url: str) -> None:
    """From the top to the bottom in the order of the page; each stop shows itself, and none is a trap."""
    page = open_page(url, width=1280)
    stops = []
    while (stop := _next_stop(page)) and len(stops) < 400:
        stops.append(stop)
    # The search page begins in its field, for nobody comes for anything else.
    assert stops[0]["name"] in ("Saltar al contenido", "Skip to the content") or url == PAGES["search"]
    assert [stop for stop in stops if not stop["seen"]] == []
    assert [stop["region"] for stop in stops if stop["region"]] == sorted(
        (stop["region"] for stop in stops if stop["region"]), key=REGIONS.index
    )
    assert len(stops) < 400


@pytest.mark.parametrize("url", [NOTE, PAGES["everything"]])
def test_colours_of_the_system_leave_nothing_out(open_page: Open, url: str) -> None:
    """With forced colours what colour alone would tell is still there: verdicts have shapes and words."""
    page = open_page(url)
    page.emulate_media(forced_colors="active")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert page.evaluate(SIDEWAYS) == []
    strokes = page.locator(".verdict .g").evaluate_all("all => all.map(g => getComputedStyle(g).stroke)")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper not in strokes


def test_nothing_moves_for_those_who_asked_for_that(open_page: Open) -> None:
    page = open_page(NOTE)
    moving = """() => [document.documentElement, ...document.querySelectorAll('.btn, .anc')].filter(e => {
      const style = getComputedStyle(e)
      return style.scrollBehavior === 'smooth' || style.transitionDuration !== '0s' || style.animationName !== 'none'
    }).length"""
    assert page.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) > 0


def test_a_redirect_leads_to_its_note(open_page: Open) -> None:
    for by_file in (True, False):
        page = open_page("prueba/de/todo.html", by_file=by_file)
        page.wait_for_url("**/muestrario.html")
        assert page.locator("h1").inner_text() == "Muestrario"


def test_the_choice_of_theme_holds_on_the_next_page(open_page: Open) -> None:
    page = open_page(PAGES["home"])
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Tema oscuro").click()
    dark = page.evaluate(paper)
    assert light != dark
    page.reload()
    assert page.evaluate(paper) == dark
    assert page.get_by_role("button", name="Tema oscuro").get_attribute("aria-pressed") == "true"


def test_the_contents_follow_the_reader(open_page: Open) -> None:
    page = open_page(NOTE)
    page.evaluate("document.getElementById('pendiente').scrollIntoView()")
    current = page.locator(".right .toc [aria-current=location]")
    current.filter(has_text="Pendiente").wait_for()
    assert current.count() == 1


def test_code_is_copied_without_numbers_and_options(open_page: Open) -> None:
    page = open_page(NOTE)
    page.evaluate("navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve() }")
    page.locator("#b-norma .copy").click(force=True)
    page.get_by_text("Copiado").wait_for()
    assert page.evaluate("window.copied").startswith('print("filas:"')


def test_a_glyph_in_the_head_leads_to_its_block(open_page: Open) -> None:
    page = open_page(NOTE)
    page.get_by_role("link", name="Bloque 4: difiere").first.click()
    assert page.url.endswith("#b-norma")
    assert page.locator("#b-norma").is_visible()


def test_the_status_table_is_filtered_by_verdict_and_words(open_page: Open) -> None:
    page = open_page(PAGES["status"])
    rows = page.locator("table.status tbody tr:visible")
    everything = rows.count()
    page.get_by_text("Error", exact=True).first.click()
    assert rows.count() == 1
    page.get_by_text("Todas").click()
    page.get_by_role("searchbox").fill("tokenizacion")
    assert rows.count() == 1
    assert page.locator("#count").inner_text() == f"1 de {everything} notas"


def test_a_drawing_takes_the_colours_of_the_theme(open_page: Open) -> None:
    line = "() => getComputedStyle(document.querySelector('#b-escala .fig path[style*=\"--c1\"]')).stroke"
    assert open_page(NOTE).evaluate(line) != open_page(NOTE, dark=True).evaluate(line)


def test_print_shows_the_note_and_not_the_chrome(open_page: Open) -> None:
    page = open_page(NOTE)
    page.emulate_media(media="print")
    assert page.locator("header.top").is_hidden()
    assert page.locator(".left").is_hidden()
    assert page.locator("#b-norma").is_visible()
    assert page.locator(".cell details.more pre").is_visible()
    assert page.locator(".ext").first.evaluate("link => getComputedStyle(link, '::after').content") == "none"
    page.set_viewport_size({"width": 680, "height": 900})
    cut = "nodes => nodes.filter(node => node.scrollWidth > node.clientWidth + 1).map(node => node.textContent)"
    assert page.locator(".cell pre, pre.plain").evaluate_all(cut) == []


def test_eighty_columns_of_code_need_no_scrolling(open_page: Open) -> None:
    page = open_page(PAGES["everything"])
    code = page.locator("pre.plain", has_text="80 columnas")
    assert max(map(len, code.inner_text().splitlines())) == 80
    for width in (1024, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert code.evaluate("pre => pre.scrollWidth <= pre.clientWidth"), width


def test_the_keyboard_reaches_the_content_first(open_page: Open) -> None:
    page = open_page(NOTE)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Saltar al contenido"


def test_a_folded_output_opens_from_the_keyboard_and_its_text_can_be_selected(open_page: Open) -> None:
    page = open_page(NOTE)
    folded = page.locator(".cell details.more")
    rest = folded.locator("pre")
    assert not rest.is_visible()
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    assert rest.is_visible()
    whole = page.evaluate(
        """() => {
          const cell = document.querySelector(".cell details.more").closest(".out");
          getSelection().selectAllChildren(cell);
          return getSelection().toString();
        }"""
    )
    assert "token 0 ve 0" in whole
    assert "token 5 ve 5" in whole
    assert whole.count("token") == 36


def test_a_box_that_scrolls_can_be_reached_and_scrolled_by_the_keyboard(open_page: Open) -> None:
    page = open_page(NOTE, width=390)
    boxes = page.locator(".cell :is(pre, .scroll, .df)")
    for box in boxes.all():
        if box.evaluate("box => box.scrollWidth > box.clientWidth + 1"):
            assert box.get_attribute("tabindex") == "0"
            assert box.get_attribute("aria-label")


def test_colours_of_a_terminal_can_be_read_in_light_and_dark(open_page: Open) -> None:
    for dark in (False, True):
        page = open_page("atencion/softmax.html", dark=dark)
        shown = page.locator(".cell .ax").evaluate_all("nodes => nodes.map(node => getComputedStyle(node).color)")
        lightness = [float(colour.removeprefix("oklch(").split()[0]) for colour in shown]
        assert len(lightness) == 2
        assert min(lightness) >= 0.72 if dark else max(lightness) <= 0.52


def test_a_box_with_nothing_to_scroll_is_no_stop_of_the_keyboard(open_page: Open) -> None:
    page = open_page(PAGES["everything"], width=1280)
    table = page.locator(".prose .scroll").last
    assert table.evaluate("box => box.tabIndex") == -1
    page.set_viewport_size({"width": 200, "height": 900})
    fitting = "box => (box.tabIndex === 0) === (box.scrollWidth > box.clientWidth)"
    page.wait_for_function(fitting, arg=table.element_handle())
    wide = page.locator(".prose .scroll").first
    assert wide.evaluate("box => box.tabIndex") == 0
