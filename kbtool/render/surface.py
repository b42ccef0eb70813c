"""The page that something is shown on, as far as those need it who show pieces of it."""

from __future__ import annotations

import re
from html import escape
from typing import Protocol

from kbtool.diagnostics import Diagnostic
from kbtool.render import holes
from kbtool.render.site import Site
from kbtool.slug import relative_url
from kbtool.web import fingerprint
from kbtool.words import Words

__all__ = ["Surface", "escaped", "opening", "stylesheet", "with_words"]


class Surface(Protocol):
    """A page being made: it turns vault paths into its own URLs, and gathers what it uses and what is wrong."""

    @property
    def site(self) -> Site: ...
    @property
    def words(self) -> Words: ...
    @property
    def folder(self) -> str: ...
    @property
    def attachments(self) -> set[str]: ...
    @property
    def diagnostics(self) -> list[Diagnostic]: ...
    def to(self, path: str) -> str | None:
        """The escaped URL of a file of the vault as seen from this page; None if it is not published."""

    def word(self, key: str) -> str:
        """A word of the interface, escaped."""


def stylesheet(name: str, surface: Surface) -> str:
    """The look of what few pages show, asked for where it is shown: it is no part of every page's."""
    url = relative_url(f"assets/{name}", f"{surface.folder}/x".removeprefix("/"))
    return f'<link rel="stylesheet" href="{url}?{fingerprint()}">'


def opening(path: str, href: str, site: Site) -> str:
    """The opening tag of a link to a file of the vault.  Notes are marked, because they alone are shown as previews:
    any other file would be run in the page's name as soon as it is pointed at."""
    css = ' class="w"' if path in site.notes else ""
    return f'<a{css} href="{href}">'


def escaped(text: str) -> str:
    """Text for an element, without the characters that make holes."""
    return escape(holes.clean(text), quote=False)


def with_words(html: str, surface: Surface) -> str:
    """The HTML with its words in the page's language; it has no other holes."""
    return _WORD.sub(lambda match: surface.word(match[1]), html)


_WORD = re.compile(f"\x02{holes.WORD}([^\x03]*)\x03")
