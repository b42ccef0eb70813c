"""A note with code as a notebook to take along."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Iterable

from kbtool.convert import Edition, Picture, notebook
from kbtool.pages.frame import full_url
from kbtool.plan import Contents, Page, Rendered
from kbtool.render import Site
from kbtool.slug import url_path

__all__ = ["SUFFIX", "for_its_owner", "plan", "render"]

SUFFIX = ".ipynb"


def plan(inside: Contents) -> Iterable[Page]:
    """One for each published note with Python blocks that run."""
    if inside.config.run.enabled:
        for path in inside.published:
            note = inside.notes[path]
            if note.blocks and note.properties.get("run") is not False:
                yield Page("notebook", path, url_path(path) + SUFFIX, note.title)


def render(page: Page, site: Site) -> Rendered:
    return Rendered(page.url, notebook(page.subject, site, _for_everyone(site)))


def _for_everyone(site: Site) -> Edition:
    """Nothing of what is not published; pictures where the site has them: their bytes are no business of the page."""
    return Edition(
        shows=lambda path: site.url(path) is not None,
        address=lambda path: _address(path, site),
        picture=lambda _: None,
    )


def for_its_owner(path: str, site: Site) -> bytes:
    """The notebook of any note, with all that it shows; pictures travel with it."""
    edition = Edition(
        shows=lambda _: True,
        address=lambda target: _address(target, site),
        picture=lambda target: _carried(target, site),
    )
    return notebook(path, site, edition)


def _address(path: str, site: Site) -> str:
    url = site.url(path)
    return full_url(site, url) if url is not None else ""


def _carried(path: str, site: Site) -> Picture | None:
    kind = mimetypes.guess_type(path)[0]
    try:
        data = site.vault.by_path[path].absolute.read_bytes()
    except (OSError, KeyError):
        return None
    return Picture(kind, base64.b64encode(data).decode()) if kind else None
