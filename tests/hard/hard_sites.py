"""A built site as a browser would walk through it, and what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["Html", "Site", "State", "state"]

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_ADDRESSES = frozenset({"href", "src", "poster", "data", "data-src", "action", "xlink:href"})

State = Mapping[bytes, tuple[int, int, int]]


def state(root: Path) -> State:
    """Time, mode and size of everything in a folder, by name."""
    found: dict[bytes, tuple[int, int, int]] = {}
    for folder, folders, files in os.walk(os.fsencode(root)):
        for name in (*folders, *files):
            info = os.lstat(os.path.join(folder, name))
            found[os.path.join(folder, name)] = (info.st_mtime_ns, info.st_mode, info.st_size)
    return found


class Html(HTMLParser):
    """What is wrong with the tags of a page, its ids, and its addresses."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: set[str] = set()
        self.addresses: list[str] = []
        self.feed(html)
        self.close()
        self.faults += [f"<{name}> is never closed" for name in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name == "id":
            self.faults += [f"two elements have the id {value}"] if value in self.ids else []
            self.ids.add(value)
        if name.startswith("on") or "".join(value.split()).lower().startswith(("javascript:", "vbscript:")):
            self.faults.append(f"<{tag} {name}={value!r}> is code")
        if name in _ADDRESSES:
            self.addresses.append(value)

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1:] == [tag]:
            self.open.pop()
        else:
            self.faults.append(f"</{tag}> at {self.getpos()} closes {self.open[-3:]}")


@dataclass(frozen=True)
class Site:
    """A built site as a browser would walk through it."""

    root: Path

    @cached_property
    def files(self) -> frozenset[str]:
        paths = (path for path in self.root.rglob("*") if path.is_file())
        return frozenset(path.relative_to(self.root).as_posix() for path in paths)

    @cached_property
    def pages(self) -> Mapping[str, Html]:
        return {url: Html((self.root / url).read_text("utf-8")) for url in sorted(self.files) if url.endswith(".html")}

    def astray(self) -> list[tuple[str, str]]:
        """(page, address) for every address on a page that leads to no file of the site, or to no place in it."""
        # Most addresses stand on every page of a folder.
        from_folder = cache(lambda folder, to: self._arrives(f"{folder}/x", to))
        return [
            (url, to)
            for url, page in self.pages.items()
            for to in page.addresses
            if not (self._arrives(url, to) if to[:1] in ("", "#") else from_folder(os.path.dirname(url), to))
        ]

    def _arrives(self, url: str, address: str) -> bool:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            return True
        path = unquote(parts.path)
        target = os.path.normpath(os.path.join(os.path.dirname(url).lstrip("/"), path)) if path else url
        place = unquote(parts.fragment)
        known = self.pages[target].ids if target in self.pages else {place}
        return target in self.files and (not place or place in known)
