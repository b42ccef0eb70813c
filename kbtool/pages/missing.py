"""The page that a web server shows for an address that does not exist."""

from __future__ import annotations

from collections.abc import Iterable

from kbtool.pages.frame import Frame
from kbtool.pages.outline import outline, words_of
from kbtool.plan import Contents, Page, Rendered
from kbtool.render import Site

__all__ = ["plan", "render"]


def plan(inside: Contents) -> Iterable[Page]:
    yield Page("missing", "", "404.html", words_of(inside)["missing.title"])


def render(page: Page, site: Site) -> Rendered:
    # It is served at whatever address was asked for, so relative addresses would lead anywhere.
    frame, view = Frame.of(page, site).absolute(), outline(site)
    folders = [frame.folder(path) for path in view.folders_in("")]
    return frame.render("missing.html", description=frame.words["missing.lede"], folders=folders)
