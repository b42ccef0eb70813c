"""A board in a real browser: seen whole, moved and zoomed by mouse, keys and fingers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

BOARD = "mapa.canvas.html"
VIEW = """() => {
  const seen = new DOMMatrix(getComputedStyle(document.querySelector('.world')).transform)
  return [seen.a, seen.e, seen.f]
}"""
Open = Callable[..., Page]


def view(page: Page) -> tuple[float, float, float]:
    """How far the board is zoomed, and where its corner lies."""
    page.wait_for_timeout(50)
    k, x, y = page.evaluate(VIEW)
    return k, x, y


def test_all_of_it_is_seen_at_first(open_page: Open) -> None:
    page = open_page(BOARD)
    inside = (
        "(e) => { const b = document.querySelector('.board').getBoundingClientRect(), c = e.getBoundingClientRect();"
    )
    inside += " return c.left >= b.left && c.right <= b.right && c.top >= b.top && c.bottom <= b.bottom }"
    view(page)
    assert all(card.evaluate(inside) for card in page.locator(".world li").all())


def test_it_is_moved_and_zoomed_by_keys_and_buttons(open_page: Open) -> None:
    page = open_page(BOARD)
    k, x, y = start = view(page)
    page.locator(".board").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    assert view(page) == pytest.approx((k, x + 64, y - 64), abs=0.01)
    page.keyboard.press("+")
    assert view(page)[0] == pytest.approx(1.25 * k, rel=1e-4)
    page.keyboard.press("0")
    assert view(page) == pytest.approx(start, abs=0.01)
    page.get_by_role("button", name="Alejar").click()
    assert view(page)[0] == pytest.approx(k / 1.25, rel=1e-4)
    page.get_by_role("button", name="Ver todo").click()
    assert view(page) == pytest.approx(start, abs=0.01)


def test_the_mouse_pushes_it_and_its_wheel_zooms_where_it_points(open_page: Open) -> None:
    page = open_page(BOARD)
    k, x, y = view(page)
    page.mouse.move(900, 800)
    page.mouse.down()
    page.mouse.move(800, 760, steps=4)
    page.mouse.up()
    assert view(page) == pytest.approx((k, x - 100, y - 40), abs=0.01)
    box = page.locator(".board").bounding_box()
    assert box
    before = view(page)
    page.mouse.wheel(0, -200)
    after = view(page)
    assert after[0] > before[0]
    still = [((800 - box["x"] - x) / k, (760 - box["y"] - y) / k) for k, x, y in (before, after)]
    assert still[0] == pytest.approx(still[1], abs=0.5)


def test_a_click_on_a_title_follows_it_and_a_push_does_not(open_page: Open) -> None:
    page = open_page(BOARD)
    view(page)
    title = page.locator(".slim a")
    box = title.bounding_box()
    assert box
    page.mouse.move(box["x"] + 9, box["y"] + 9)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 40, steps=4)
    page.mouse.up()
    assert page.url.endswith(BOARD)
    title.click()
    page.wait_for_url("**/mascara-causal.html")


def test_two_fingers_zoom(open_page: Open) -> None:
    page = open_page(BOARD)
    k, _, _ = view(page)
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        spots = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    touch("touchStart", (600, 700), (700, 700))
    touch("touchMove", (550, 700), (750, 700))
    touch("touchEnd")
    assert view(page)[0] == pytest.approx(2 * k, rel=0.02)


def test_the_board_follows_the_focus_and_a_full_card_scrolls(open_page: Open) -> None:
    page = open_page(BOARD, width=390)
    view(page)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.web') !== null"):
            break
    view(page)
    box = page.locator(":focus").bounding_box()
    assert box
    assert 0 <= box["x"] < 390
    full = page.locator(".card.more", has_text="Una idea")
    full.focus()
    assert full.get_attribute("tabindex") == "0"
    page.keyboard.press("End")
    page.wait_for_timeout(200)
    assert full.evaluate("e => e.scrollTop") > 0


def test_without_a_script_it_scrolls_and_its_links_lead_on(open_page: Open) -> None:
    page = open_page(BOARD, script=False)
    assert page.locator(".board").evaluate("e => getComputedStyle(e).overflowX") == "auto"
    page.locator(".slim a").click()
    page.wait_for_url("**/mascara-causal.html")


def test_a_page_of_the_web_is_loaded_only_when_it_is_asked_for(open_page: Open) -> None:
    page = open_page(BOARD)
    view(page)
    assert page.faults == []  # type: ignore[attr-defined]
    assert page.locator("iframe").count() == 0
    page.route("https://example.org/**", lambda route: route.fulfill(body="<p>there</p>", content_type="text/html"))
    page.locator(".web .frame a").click()
    assert page.frame_locator(".web iframe").locator("p").inner_text() == "there"
