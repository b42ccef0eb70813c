"""A note's properties as readers see them: named in their language, links as links."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from html import escape

from markupsafe import Markup

from kbtool.links import Resolution
from kbtool.note import Note
from kbtool.pages.frame import Frame, day
from kbtool.pages.outline import iso_day

__all__ = ["properties"]

# Shown elsewhere on the page, or meant for the machine.
# fmt: off
_HIDDEN = frozenset((
    "title", "description", "tags", "tag", "cssclass", "cssclasses", "publish", "draft", "permalink", "image", "cover",
    "lang", "run", "timeout", "position",
))
# fmt: on


def properties(note: Note, frame: Frame) -> list[tuple[str, Markup]]:
    """Name and value of each property worth showing, in the order of the note."""
    links = _links(note, frame)
    rows = ((name, _value(name, value, links, frame)) for name, value in note.properties.items() if _is_shown(name))
    return [(_name(name, frame), value) for name, value in rows if value]


def _is_shown(name: str) -> bool:
    return name.casefold() not in _HIDDEN


def _name(name: str, frame: Frame) -> str:
    return frame.words.entries.get(f"property.{name.casefold()}", name)


def _links(note: Note, frame: Frame) -> Mapping[str, Resolution]:
    return {r.link.key: r for r in frame.site.property_resolutions(note.path)}


def _value(key: str, value: object, links: Mapping[str, Resolution], frame: Frame) -> Markup:
    if isinstance(value, list | tuple):
        items = [_value(f"{key}.{i}", item, links, frame) for i, item in enumerate(value)]
        return Markup(", ").join(item for item in items if item)
    if key in links:
        return _link(links[key], frame)
    return _plain(value, frame)


def _link(resolution: Resolution, frame: Frame) -> Markup:
    url = frame.site.url(resolution.target) if resolution.target else None
    text = resolution.link.display or resolution.link.target
    return Markup(f'<a href="{escape(frame.href(url))}">{escape(text)}</a>') if url else Markup(escape(text))


def _plain(value: object, frame: Frame) -> Markup:
    if value is None or value == "":
        return Markup("")
    if isinstance(value, bool):
        return Markup(escape(frame.words["property.yes" if value else "property.no"]))
    if isinstance(value, date) or (isinstance(value, str) and len(value) == 10 and iso_day(value)):
        iso = iso_day(value)
        return Markup(f'<time datetime="{iso}">{day(iso, frame.words)}</time>')
    if isinstance(value, float):
        return Markup(escape(frame.words.number(str(value))))
    if isinstance(value, str) and value.startswith(("https://", "http://")) and " " not in value:
        return Markup(f'<a class="ext" rel="noopener" href="{escape(value)}">{escape(value)}</a>')
    text = json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, Mapping) else str(value)
    return Markup(escape(text))
