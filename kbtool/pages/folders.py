"""What the explorer opens in place: all folders with their notes, as scripts that are loaded with the first click.

A small site has one such script.  Where it would be heavy it is cut: a folder that weighs more than its share has one
of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kbtool.pages.outline import Folder, Outline, folders_of, home_note, outline
from kbtool.plan import Contents, Page, Rendered
from kbtool.render import Site
from kbtool.slug import url_path

__all__ = ["plan", "render"]

KIND = "folders"
_HEAVY = 100_000
# What a note takes beside its title and address; and as many notes of a folder are listed, its page has the others.
_AROUND = 8
_MOST = 200


def plan(inside: Contents) -> Iterable[Page]:
    """One for the root, and one for each folder that is cut off."""
    home = home_note(inside.published)
    folders = folders_of(path for path in inside.published if path != home)
    if len(folders) > 1:
        weights = _weights(folders, inside)
        for path in _cut("", folders, weights):
            url = f"{url_path(path + '/x')[:-1]}folders.js" if path else "folders.js"
            yield Page(KIND, path, url, folders[path].name)


def _weights(folders: Mapping[str, Folder], inside: Contents) -> Mapping[str, int]:
    """About how many bytes a folder takes with all that is below it."""
    weights: dict[str, int] = {}
    for path in sorted(folders, reverse=True):  # what is below a folder comes after it by name
        folder = folders[path]
        notes = folder.notes[:_MOST]
        own = sum(len(inside.notes[note].title.encode(errors="replace")) + len(note) + _AROUND for note in notes)
        weights[path] = own + sum(weights[below] for below in folder.folders)
    return weights


def _cut(path: str, folders: Mapping[str, Folder], weights: Mapping[str, int]) -> Iterator[str]:
    """The folders whose contents are a script of their own, from `path` on down."""
    yield path
    below = folders[path].folders
    if weights[path] > _HEAVY:
        for folder in below:
            if weights[folder] > _HEAVY / len(below):
                yield from _cut(folder, folders, weights)


def render(page: Page, site: Site) -> Rendered:
    tree = _Tree(site, outline(site))
    facts = (tree.address(page.subject), tree.contents(page.subject), site.words["note.folder-all"])
    call = ",".join(json.dumps(fact, ensure_ascii=False, separators=(",", ":")) for fact in facts)
    return Rendered(page.url, f"kbtoolFolders({call});\n".encode(errors="replace"))


class _Tree:
    """Folders as the browser's script reads them; addresses are from the site's root."""

    def __init__(self, site: Site, view: Outline) -> None:
        self._site, self._view = site, view

    def address(self, path: str) -> str:
        return self._site.page_url("folder", path) if path else ""

    def contents(self, path: str) -> list[Any]:
        """Folders, notes as title and address by turns, and how many notes there are where that is not all of them."""
        notes = self._view.notes_in(path)
        labels = (self._view.label(note) for note in notes[:_MOST])
        listed = [text for label in labels for text in (label.title, label.url)]
        more = [self._view.total(path)] if len(notes) > _MOST else []
        return [[self._folder(below) for below in self._view.folders_in(path)], listed, *more]

    def _folder(self, path: str) -> list[Any]:
        """Name, address, and what is in it or the script that has that."""
        script = self._site.page_url(KIND, path)
        return [path.rpartition("/")[2], self.address(path), script or self.contents(path)]
