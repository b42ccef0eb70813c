"""The explorer: the folders above a note are open, all others are one link each.

The whole tree in every page would make a site of n notes n times n; so a long folder shows the notes around the
current one and says how many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from markupsafe import Markup

from kbtool.pages.frame import Frame
from kbtool.pages.outline import HOME, outline

__all__ = ["explorer"]

_MOST = 24
# Where the notes around the current one go in what all notes of a folder share.
_HERE = "\0"


def explorer(frame: Frame, path: str) -> Markup:
    """The tree as seen from the note `path`."""
    view = outline(frame.site)
    folder = path.rpartition("/")[0]
    key = (frame.words.language, frame.href(HOME), folder)
    shared = view.trees.get(key)
    if shared is None:
        shared = view.trees[key] = _tree(frame, "", folder)
    notes = view.folders[folder].notes
    shown = _window(notes, path)
    items = [frame.item(note, current=note == path) for note in shown]
    if len(shown) < len(notes):
        items.append(_all(frame, folder))
    return Markup(shared.replace(_HERE, "".join(items)))


def _tree(frame: Frame, at: str, folder: str) -> str:
    """The list of what lies in `at`, open down to `folder`."""
    here = outline(frame.site).folders[at]
    way = next((f for f in here.folders if f"{folder}/".startswith(f"{f}/")), "")
    folders = _window(here.folders, way)
    items = [_folder(frame, name, folder) for name in folders]
    if len(folders) < len(here.folders):
        items.append(_all(frame, at))
    if at == folder:
        items.append(_HERE)
    else:
        items += [frame.item(name) for name in _window(here.notes, "")]
    return f"<ul>{''.join(items)}</ul>"


def _folder(frame: Frame, at: str, folder: str) -> str:
    ref = frame.folder(outline(frame.site).folders[at])
    link = f'<a href="{escape(ref.href)}">{escape(ref.title)}</a>'
    if not f"{folder}/".startswith(f"{at}/"):
        return f'<li class="d">{link}</li>'
    return f'<li class="d open">{link}{_tree(frame, at, folder)}</li>'


def _all(frame: Frame, folder: str) -> str:
    """The way to the rest of a long list."""
    here = outline(frame.site).folders[folder]
    href = frame.folder(here).href if folder else frame.href(HOME)
    title = frame.words.say("note.folder-all", n=here.total)
    return f'<li class="all"><a href="{escape(href)}">{escape(title)}</a></li>'


def _window(paths: Sequence[str], current: str) -> Sequence[str]:
    """At most 24 of them, around the current one."""
    if len(paths) <= _MOST:
        return paths
    at = paths.index(current) if current in paths else 0
    start = max(0, min(at - _MOST // 2, len(paths) - _MOST))
    return paths[start : start + _MOST]
