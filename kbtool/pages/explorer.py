"""The explorer: the folders above a note are open, all others are one link each.

The whole tree in every page would make a site of n notes n times n; so a long folder shows the notes around the
current one and says how many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from kbtool.pages.frame import Frame
from kbtool.pages.outline import outline
from kbtool.web import environment

__all__ = ["explorer"]

_MOST = 24


@dataclass(slots=True)
class _Branch:
    """`kind`: `d` a folder, `d open` one that shows what it holds, `all` the link to the rest of a long list."""

    href: str
    title: str
    kind: str = ""
    current: bool = False
    inner: list[_Branch] = field(default_factory=list)


def explorer(frame: Frame, path: str) -> Markup:
    """The tree as seen from the note `path`."""
    macros = environment().get_template("macros.html").module
    return Markup(macros.tree(_branches(frame, "", path)))  # type: ignore[attr-defined]


def _branches(frame: Frame, folder: str, path: str) -> list[_Branch]:
    here = outline(frame.site).folders[folder]
    inner = _window(here.folders, next((f for f in here.folders if path.startswith(f + "/")), ""))
    branches = [_folder(frame, name, path) for name in inner]
    notes = _window(here.notes, path)
    branches += [_note(frame, name, path) for name in notes]
    if len(inner) + len(notes) < len(here.folders) + len(here.notes):
        target = frame.folder(here).href if folder else frame.href("index.html")
        branches.append(_Branch(target, frame.words.say("note.folder-all", n=here.total), "all"))
    return branches


def _folder(frame: Frame, folder: str, path: str) -> _Branch:
    ref = frame.folder(outline(frame.site).folders[folder])
    if not path.startswith(folder + "/"):
        return _Branch(ref.href, ref.title, "d")
    return _Branch(ref.href, ref.title, "d open", inner=_branches(frame, folder, path))


def _note(frame: Frame, path: str, current: str) -> _Branch:
    ref = frame.ref(path)
    return _Branch(ref.href, ref.title, current=path == current)


def _window(paths: Sequence[str], current: str) -> Sequence[str]:
    """At most 24 of them, around the current one."""
    if len(paths) <= _MOST:
        return paths
    at = paths.index(current) if current in paths else 0
    start = max(0, min(at - _MOST // 2, len(paths) - _MOST))
    return paths[start : start + _MOST]
