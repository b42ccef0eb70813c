"""Search and previews in a real browser, with pages opened as files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from kbtool.search.stems import folded, stem, words

pytestmark = pytest.mark.browser

NOTE = "atencion/vectores-query-key-y-value.html"
SOFTMAX = "atencion/softmax.html"
Open = Callable[..., Page]


def _faults(page: Page) -> list[str]:
    return list(page.faults)  # type: ignore[attr-defined]


def _violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


def test_search_by_keyboard_alone(open_page: Open) -> None:
    page = open_page(SOFTMAX)
    scripts = page.evaluate("document.scripts.length")
    page.keyboard.press("/")
    field = page.get_by_role("combobox")
    expect(field).to_be_focused()
    assert page.evaluate("document.scripts.length") == scripts + 2
    page.keyboard.type("ATENCION multicabezas")
    expect(page.get_by_role("option").first).to_contain_text("Atención multicabeza")
    assert page.locator("[aria-selected=true] b mark").all_inner_texts() == ["Atención", "multicabeza"]
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).not_to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("rope")
    expect(page.get_by_role("option")).not_to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/posicion/rope.html"))
    assert _faults(page) == []


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_in_the_dialog(open_page: Open, dark: bool) -> None:
    page = open_page(SOFTMAX, dark=dark)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("mascara")
    expect(page.get_by_role("option")).not_to_have_count(0)
    assert _violations(page) == []


def test_arrows_go_through_the_results_and_around(open_page: Open) -> None:
    page = open_page(SOFTMAX)
    page.locator("#seek").click()
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("atención")
    expect(page.get_by_role("status")).to_have_text("3 resultados")
    for key, expected in (("Down", 1), ("Down", 2), ("Down", 0), ("Up", 2)):
        page.keyboard.press(f"Arrow{key}")
        assert page.locator("[aria-selected=true]").get_attribute("id") == f"hit{expected}"
        assert page.get_by_role("combobox").get_attribute("aria-activedescendant") == f"hit{expected}"


@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_of_its_own_with_the_query_in_its_address(open_page: Open, width: int) -> None:
    page = open_page("search.html", width=width, dark=width == 390)
    page.wait_for_load_state("networkidle")
    page.goto(f"{page.url}?q=%22idea%20de%20qu%C3%A9%22")
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("1 resultado")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("combobox").fill("xyzzy")
    expect(page.get_by_role("status")).to_have_text("Ninguna nota contiene todo eso")
    page.get_by_role("combobox").fill("mascaras")
    expect(page.get_by_role("option")).not_to_have_count(0)
    assert _faults(page) == []  # axe reads style sheets, which a file may not
    assert _violations(page) == []


def test_without_a_script_the_link_leads_to_a_page_that_says_what_to_do(open_page: Open) -> None:
    page = open_page(SOFTMAX, script=False)
    page.locator("#seek").click()
    expect(page.locator("main")).to_contain_text("necesita JavaScript")
    expect(page.locator("main .facts a").first).to_be_visible()


def test_the_browser_takes_the_same_endings_off(open_page: Open, site_folder: Path) -> None:
    texts = [path.read_text("utf-8") for path in (site_folder / "search").glob("texts-*.js")]
    asked = [*sorted(set(words(folded(" ".join(texts))))), "Losses", "LOS", "string", "matrices", "注意", "gpt2"]
    page = open_page("search.html")
    expect(page.get_by_role("combobox")).to_be_visible()
    assert page.evaluate("kbtoolStem", " ".join(asked)) == [stem(w) for w in words(folded(" ".join(asked)))]


# ---------------------------------------------------------------- previews


def test_a_link_shows_the_section_that_it_names(open_page: Open) -> None:
    page = open_page(NOTE)
    link = page.locator(".prose a.w[href*='#']").first
    link.scroll_into_view_if_needed()
    link.hover()
    page.locator(".pop.shown").wait_for()
    shown = page.frames[-1]
    name = link.get_attribute("href").partition("#")[2]  # type: ignore[union-attr]
    assert shown.evaluate("decodeURIComponent(location.hash.slice(1))") == shown.evaluate("decodeURIComponent", name)
    visible = shown.locator(".prose > *:visible")
    assert 0 < visible.count() < shown.locator(".prose > *").count()
    box, size = page.locator(".pop").bounding_box(), page.viewport_size
    assert box
    assert size
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= size["width"]
    assert box["y"] + box["height"] <= size["height"]
    assert not shown.locator("header.top").is_visible()
    assert _faults(page) == []  # axe itself speaks to frames, and is refused
    assert _violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".pop")).to_have_count(0)


def test_a_preview_opens_for_the_keyboard_and_goes_with_the_focus(open_page: Open) -> None:
    page = open_page(NOTE)
    page.locator(".prose a.w").first.evaluate("link => link.previousElementSibling?.focus()")
    page.keyboard.press("Tab")
    for _ in range(60):
        if page.evaluate("document.activeElement.matches('.prose a.w')"):
            break
        page.keyboard.press("Tab")
    page.locator(".pop.shown").wait_for()
    page.keyboard.press("Tab")
    expect(page.locator(".pop")).to_have_count(0)


@pytest.fixture
def touched(browser: Browser, site_folder: Path) -> Iterator[Page]:
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto((site_folder / NOTE).as_uri())
    yield page
    context.close()


def test_a_finger_follows_the_link(touched: Page) -> None:
    link = touched.locator(".prose a.w").first
    link.scroll_into_view_if_needed()
    link.tap()
    touched.wait_for_url(lambda url: NOTE not in url)
    assert touched.locator(".pop").count() == 0
