"""Takes the pictures in docs/shots: each kind of page, wide and narrow side by side, once light and once dark.

    python tests/browser/shots.py site docs/shots [NAME ...]

The first folder is the built site of this project's vault.  Pages that show what can go wrong come from the vault of
the browser tests, for in this project's own nothing does.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from conftest import launched, make_site
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

HEIGHT = 900
WIDTHS = (1280, 390)
GAP = 24
BETWEEN = {"light": "#c9ced6", "dark": "#3a414d"}
MOST_BYTES = 150_000


@dataclass(frozen=True, slots=True)
class Shot:
    """A page to show: where it is, in which of the two sites, and the element to begin at."""

    name: str
    url: str
    begin: str = ""
    tests: bool = False


SHOTS = (
    Shot("home", "index.html"),
    Shot("note", "conceptos/producto-punto-escalado.html"),
    Shot("block", "conceptos/embeddings.html", ".cell:has(.fig)"),
    Shot("outcomes", "atencion/vectores-query-key-y-value.html", "#b-norma", tests=True),
    Shot("everything", "muestrario.html", tests=True),
    Shot("backlinks", "conceptos/transformers.html", ".after"),
    Shot("folder", "conceptos/index.html"),
    Shot("tags", "tags/index.html"),
    Shot("status", "status.html", tests=True),
    Shot("base", "notas.base.html"),
    Shot("canvas", "mapa.canvas.html"),
    Shot("graph", "graph.html"),
    Shot("search", "search.html"),
    Shot("missing", "404.html"),
)


def take(browser: Browser, address: str, begin: str, scheme: str) -> Image.Image:
    """A page in both widths, side by side."""
    whole = Image.new("RGB", (sum(WIDTHS) + GAP, HEIGHT), BETWEEN[scheme])
    left = 0
    for width in WIDTHS:
        page = browser.new_page(
            viewport={"width": width, "height": HEIGHT}, color_scheme=scheme, reduced_motion="reduce"
        )  # type: ignore[arg-type]
        page.goto(address)
        page.evaluate("document.fonts.ready")
        if begin:
            page.locator(begin).first.evaluate("e => scrollTo(0, e.getBoundingClientRect().top + scrollY - 90)")
        page.wait_for_timeout(500)
        whole.paste(Image.open(BytesIO(page.screenshot())), (left, 0))
        page.close()
        left += width + GAP
    return whole


def packed(picture: Image.Image) -> bytes:
    """The picture as WebP, as good as fits into `MOST_BYTES`."""
    for quality in (72, 60, 45):
        kept = BytesIO()
        picture.save(kept, "WEBP", quality=quality, method=6)
        if kept.tell() <= MOST_BYTES:
            break
    return kept.getvalue()


def pictures(site: Path, browser: Browser, shots: Iterable[Shot]) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each picture of the pages that there are."""
    with tempfile.TemporaryDirectory() as folder:
        tests = Path(folder) / "site"
        make_site(tests)
        for shot in shots:
            page = (tests if shot.tests else site).resolve() / shot.url
            for scheme in ("light", "dark") if page.exists() else ():
                yield f"{shot.name}-{scheme}.webp", packed(take(browser, page.as_uri(), shot.begin, scheme))


def main(site: Path, out: Path, *names: str) -> None:
    """Takes all pictures, or those with these names."""
    out.mkdir(parents=True, exist_ok=True)
    shots = [shot for shot in SHOTS if not names or shot.name in names]
    with sync_playwright() as playwright:
        browser = launched(playwright)
        for name, data in pictures(site, browser, shots):
            (out / name).write_bytes(data)
            print(f"{len(data) / 1000:6.0f} kB  {name}")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
