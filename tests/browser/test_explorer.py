"""The explorer opens folders in place; without a script, and where one is missing, folders are links."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from kbtool.build import build
from kbtool.config import Config
from kbtool.pages import folders
from kbtool.project import Wishes

pytestmark = pytest.mark.browser

NOTE = "atencion/softmax.html"
Open = Callable[..., Page]


def _faults(page: Page) -> list[str]:
    return list(page.faults)  # type: ignore[attr-defined]


def test_a_folder_opens_in_place_and_its_script_is_loaded_only_then(open_page: Open) -> None:
    page = open_page(NOTE)
    scripts = "document.scripts.length"
    before = page.evaluate(scripts)
    button = page.get_by_role("navigation", name="Explorador").get_by_role("button", expanded=False).first
    name = button.get_attribute("aria-label")
    button.focus()
    page.keyboard.press("Enter")
    folder = page.locator(".tree .d.open", has=page.get_by_role("button", name=name, exact=True)).last
    folder.locator("ul a").first.wait_for()
    assert page.evaluate(scripts) == before + 2
    assert folder.get_by_role("button", name=name, exact=True).get_attribute("aria-expanded") == "true"
    assert page.evaluate("document.activeElement.ariaLabel") == name
    folder.locator("ul a:not(.d > a)").first.click()
    page.locator(".tree [aria-current=page]").wait_for()
    assert _faults(page) == []


def test_the_folder_of_the_note_is_open_and_closes(open_page: Open) -> None:
    page = open_page(NOTE)
    own = page.get_by_role("button", name="Atención", exact=True)
    current = page.locator(".tree [aria-current=page]")
    assert current.is_visible()
    own.click()
    assert not current.is_visible()
    own.click()
    assert current.is_visible()


def test_without_scripts_the_explorer_shows_the_notes_own_folder(open_page: Open) -> None:
    page = open_page(NOTE, script=False)
    assert page.locator(".tree [aria-current=page]").is_visible()
    assert page.locator(".tree button").count() == 0
    page.locator(".tree .d:not(.open) > a").first.click()
    assert page.url.endswith("/index.html")


def test_a_tree_that_is_cut_opens_to_its_last_folder(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_HEAVY", 10)
    deep = "Árbol/Ramas y más/Hojas #1/Nota ñ.md"
    for path in ("Nota.md", "Otra/B.md", deep):
        (tmp_path / "vault" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "vault" / path).write_text("x\n", "utf-8")
    site = tmp_path / "un sitio"
    build(Config(vault=tmp_path / "vault", site=site, language="es"), Wishes())
    assert len(list(site.rglob("folders.js"))) > 3
    with browser.new_page() as page:
        page.goto((site / "nota.html").as_uri())
        for name in ("Árbol", "Ramas y más", "Hojas #1"):
            page.get_by_role("button", name=name).click()
        page.get_by_role("link", name="Nota ñ").click()
        assert page.locator("h1").inner_text() == "Nota ñ"
        assert page.url.endswith("/arbol/ramas-y-mas/hojas-1/nota-n.html")


def test_where_the_script_is_missing_a_folder_is_a_link(browser: Browser, site_folder: Path, tmp_path: Path) -> None:
    site = shutil.copytree(site_folder, tmp_path / "site")
    (site / "folders.js").unlink()
    with browser.new_page() as page:
        page.goto((site / NOTE).as_uri())
        page.get_by_role("button", name="Muestreo").click()
        page.wait_for_url("**/muestreo/index.html")
