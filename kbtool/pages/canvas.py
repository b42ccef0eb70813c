"""The page of a canvas: its board, as large as the window, to be moved and zoomed."""

from __future__ import annotations

from collections.abc import Iterable

from kbtool.pages.frame import Frame
from kbtool.plan import Contents, Page, Rendered, file_url
from kbtool.render import Site
from kbtool.render.pinboard import fill_board

__all__ = ["plan", "render"]


def plan(inside: Contents) -> Iterable[Page]:
    """A page for each published canvas."""
    for path in inside.canvases:
        yield Page("canvas", path, file_url(path), path.rpartition("/")[2].removesuffix(".canvas"))


def render(page: Page, site: Site) -> Rendered:
    frame = Frame.of(page, site)
    body = fill_board(page.subject, site, page.url)
    return frame.render("canvas.html", body=body, crumbs=frame.crumbs(page.subject.rpartition("/")[0]))
