"""The page of a base: every view of it, one below the other."""

from __future__ import annotations

from collections.abc import Iterable

from kbtool.pages.frame import Frame
from kbtool.plan import Contents, Page, Rendered, file_url
from kbtool.render import Site, fill_base

__all__ = ["plan", "render"]


def plan(inside: Contents) -> Iterable[Page]:
    """A page for each published base."""
    for path in inside.bases:
        yield Page("base", path, file_url(path), path.rpartition("/")[2].removesuffix(".base"))


def render(page: Page, site: Site) -> Rendered:
    frame = Frame.of(page, site)
    body = fill_base(page.subject, site, page.url)
    return frame.render("views.html", body=body, crumbs=frame.crumbs(page.subject.rpartition("/")[0]))
