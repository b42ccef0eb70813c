"""A page that only leads on: a note's permalink, or one of its aliases."""

from __future__ import annotations

from kbtool.pages.frame import Frame, full_url
from kbtool.plan import Page, Rendered
from kbtool.render import Site

__all__ = ["render"]


def render(page: Page, site: Site) -> Rendered:
    frame = Frame.of(page, site)
    url = site.url(page.subject) or "index.html"
    return frame.render("redirect.html", target=frame.href(url), target_url=full_url(site, url))
