"""The graph in a real browser: looked at, searched and cut down; a list where no script runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
_DOTS = """() => {
  const c = document.querySelector('.stage canvas'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let hash = 0, inked = 0;
  for (let i = 0; i < d.length; i += 4) { inked += d[i + 3] > 200; hash = (hash * 31 + d[i] + d[i + 3] * 7) | 0 }
  return [inked, hash];
}"""


def picture(page: Page) -> tuple[int, int]:
    """How much of the canvas is inked, and a number that tells two drawings apart."""
    page.wait_for_timeout(350)
    inked, told = page.evaluate(_DOTS)
    return inked, told


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_it_is_drawn_in_every_size_and_theme(open_page: Open, width: int, dark: bool) -> None:
    page = open_page("graph.html", width=width, dark=dark)
    assert picture(page)[0] > 500
    assert page.faults == []  # type: ignore[attr-defined]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not page.locator(".listed").is_visible()


def test_it_moves_by_keys_mouse_and_buttons_and_comes_back(open_page: Open) -> None:
    page = open_page("graph.html")
    seen = {(start := picture(page))[1]}
    page.locator(".stage canvas").focus()
    page.keyboard.press("ArrowLeft")
    seen.add(picture(page)[1])
    page.keyboard.press("+")
    seen.add(picture(page)[1])
    page.mouse.move(700, 700)
    page.mouse.down()
    page.mouse.move(600, 650, steps=3)
    page.mouse.up()
    page.mouse.move(5, 400)
    seen.add(picture(page)[1])
    assert len(seen) == 4
    page.get_by_role("button", name="Ver todo").click()
    assert picture(page) == start


def test_a_note_is_found_by_keyboard_alone(open_page: Open) -> None:
    page = open_page("graph.html")
    page.locator("#find").focus()
    page.keyboard.type("mascara")
    hit = page.locator(".hits a").first
    assert hit.inner_text() == "Máscara causal"
    page.keyboard.press("Enter")
    assert page.locator(".chosen a").inner_text() == "Máscara causal"
    page.locator(".hits a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/mascara-causal.html")


def test_around_one_note_there_are_fewer_and_letting_go_shows_all(open_page: Open) -> None:
    page = open_page("graph.html")
    told = page.locator("#shown")
    everything = told.inner_text()
    page.goto(page.url + "#vectores-query-key-y-value.html")
    if not page.locator(".chosen a").is_visible():
        page.goto(page.url.split("#")[0] + "#" + page.evaluate("kbtoolGraph.urls.find(u => u.includes('vectores'))"))
    assert "Vectores" in page.locator(".chosen a").inner_text()
    assert page.locator("#reach").input_value() == "2"
    page.locator("#reach").select_option("1")
    near = told.inner_text()
    assert near != everything
    page.get_by_role("button", name="Soltar").click()
    assert told.inner_text() == everything


def test_a_folder_or_a_tag_is_lit(open_page: Open) -> None:
    page = open_page("graph.html")
    start = picture(page)
    page.locator("#show").select_option(index=1)
    assert picture(page) != start


def test_a_note_that_is_pointed_at_and_pressed_twice_opens(open_page: Open) -> None:
    page = open_page("graph.html")
    picture(page)
    page.locator("#find").fill("softmax")
    page.keyboard.press("Enter")
    page.locator("#reach").select_option("1")
    picture(page)
    # Alone with its neighbours the chosen note is somewhere on the canvas: what is under the mouse there has a name.
    box = page.locator(".stage canvas").bounding_box()
    assert box
    found = page.evaluate(
        """() => { const c = document.querySelector('.stage canvas'), b = c.getBoundingClientRect();
        for (let y = 4; y < b.height; y += 4) for (let x = 4; x < b.width; x += 4) {
          const at = {clientX: b.left + x, clientY: b.top + y, pointerType: 'mouse', pointerId: 1};
          c.dispatchEvent(new PointerEvent('pointermove', at));
          if (c.classList.contains('over')) return [b.left + x, b.top + y];
        } }"""
    )
    page.mouse.click(*found)
    chosen = page.locator(".chosen a").get_attribute("href")
    picture(page)
    assert chosen
    page.locator(".stage canvas").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{chosen}")


def test_without_a_script_and_on_request_there_is_the_list(open_page: Open) -> None:
    still = open_page("graph.html", script=False)
    assert still.locator(".listed a").count() > 5
    assert still.locator(".listed").is_visible()
    assert not still.locator(".chart").is_visible()
    page = open_page("graph.html")
    page.get_by_role("button", name="Lista").click()
    assert page.locator(".listed").is_visible()
    assert not page.locator(".chart").is_visible()
