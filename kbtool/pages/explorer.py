"""The explorer: the folders above a note are open, all others are one link each.

The whole tree in every page would make a site of n notes n times n; so a long folder shows the notes around the
current one and says how many there are.
"""

from __future__ import annotations

from html import escape

from markupsafe import Markup

from kbtool.pages.frame import Frame
from kbtool.pages.outline import HOME, outline, window

__all__ = ["explorer"]

# Where the notes around the current one go in what all notes of a folder share.
_HERE = "\0"


def explorer(frame: Frame, path: str) -> Markup:
    """The tree as seen from the note `path`."""
    view = outline(frame.site)
    folder = path.rpartition("/")[0]
    key = (frame.words.language, frame.href(HOME), folder)
    shared = frame.site.reads.share(view.trees, key, lambda: _tree(frame, "", folder))
    shown, more = view.around(path)
    items = [frame.item(note, current=note == path) for note in shown]
    if more:
        items.append(_all(frame, folder))
    return Markup(shared.replace(_HERE, "".join(items)))


def _tree(frame: Frame, at: str, folder: str) -> str:
    """The list of what lies in `at`, open down to `folder`."""
    view = outline(frame.site)
    inner = view.folders_in(at)
    way = next((f for f in inner if f"{folder}/".startswith(f"{f}/")), "")
    folders = window(inner, way)
    items = [_folder(frame, name, folder) for name in folders]
    if len(folders) < len(inner):
        items.append(_all(frame, at))
    if at == folder:
        items.append(_HERE)
    else:
        items += [frame.item(name) for name in window(view.notes_in(at), "")]
    return f"<ul>{''.join(items)}</ul>"


def _folder(frame: Frame, at: str, folder: str) -> str:
    ref = frame.folder(at)
    link = f'<a href="{escape(ref.href)}">{escape(ref.title)}</a>'
    if not f"{folder}/".startswith(f"{at}/"):
        return f'<li class="d">{link}</li>'
    return f'<li class="d open">{link}{_tree(frame, at, folder)}</li>'


def _all(frame: Frame, folder: str) -> str:
    """The way to the rest of a long list."""
    href = frame.folder(folder).href if folder else frame.href(HOME)
    title = frame.words.say("note.folder-all", n=outline(frame.site).total(folder))
    return f'<li class="all"><a href="{escape(href)}">{escape(title)}</a></li>'
