"""Values of bases as HTML: links as links, checkboxes as checkboxes, dates as people write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import quote

import nh3

from kbtool.bases import Fault
from kbtool.bases.dates import Date, Duration
from kbtool.bases.values import File, Html, Icon, Image, Link, Tag, Value, file_text, number_text, text_of, type_name
from kbtool.render.cards import external
from kbtool.render.media import MEDIA, Shown, kind_of
from kbtool.render.surface import Surface, escaped, opening, with_words
from kbtool.slug import relative_url

__all__ = ["leads", "value_html"]

_URLS = ("https://", "http://", "mailto:")


def value_html(value: Value, surface: Surface) -> str:
    """A value as a cell shows it; nothing is the empty string."""
    if value is None or value == "":
        return ""
    if isinstance(value, Fault):
        return _fault(value, surface)
    if isinstance(value, Tag):
        return _tag(value, surface)
    return _FORMS[type_name(value)](value, surface)


def leads(value: Value) -> bool:
    """Whether a value is shown as a link, or holds one."""
    if isinstance(value, tuple):
        return any(leads(item) for item in value)
    return isinstance(value, Link | File | Tag | Html) or (isinstance(value, str) and value.startswith(_URLS))


def _fault(fault: Fault, surface: Surface) -> str:
    return f'<span class="fail" title="{escape(fault.message)}">{surface.word("base.fault")}</span>'


def _text(value: str, _: Surface) -> str:
    if value.startswith(_URLS) and not any(c.isspace() for c in value):
        return f'<a class="ext" rel="noopener" href="{escape(value)}">{escaped(value)}</a>'
    return escaped(value).replace("\n", "<br>")


def _number(value: float, surface: Surface) -> str:
    return f'<span class="num">{escaped(surface.words.number(number_text(value)))}</span>'


def _checkbox(value: bool, surface: Surface) -> str:
    state, label = (" checked", "body.done") if value else ("", "body.open")
    return f'<input type="checkbox" disabled{state} aria-label="{surface.word(label)}">'


def _list(value: tuple[Value, ...], surface: Surface) -> str:
    items = [html for item in value if (html := value_html(item, surface))]
    return (" " if all(isinstance(item, Tag) for item in value) else ", ").join(items)


def _object(value: dict[str, Value], surface: Surface) -> str:
    return ", ".join(f"{escaped(key)}: {value_html(item, surface)}" for key, item in value.items())


def _date(value: Date, surface: Surface) -> str:
    iso = value.iso()
    months = surface.words["date.months"].split()
    shown = f"{value.moment.day} {months[value.moment.month - 1]} {value.moment.year}"
    clock = value.moment.strftime(" %H:%M") if value.has_time else ""
    return f'<time datetime="{iso}">{shown}{clock}</time>'


_UNITS = ((8.64e7, "d"), (3.6e6, "h"), (6e4, "min"), (1e3, "s"))


def _duration(value: Duration, surface: Surface) -> str:
    milliseconds = value.milliseconds
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(milliseconds) >= size), (1.0, "ms"))
    number = surface.words.number(number_text(round(milliseconds / size, 1)))
    return f'<span class="num">{number} {unit}</span>'


def _link(value: Link, surface: Surface) -> str:
    text = escaped(text_of(value))
    if value.is_external:
        return f'<a class="ext" rel="noopener" href="{escape(value.target)}">{text}</a>'
    site = surface.site
    path = site.catalogue.resolve(value.target, value.source)
    url = surface.to(path) if path else None
    if path is None or url is None:
        return text
    return f"{opening(path, url + _fragment(path, value.target, surface), site)}{text}</a>"


def _fragment(path: str, target: str, surface: Surface) -> str:
    """The place in a note that a link names."""
    fragment, site = target.partition("#")[2].strip(), surface.site
    if not fragment or path not in site.notes:
        return ""
    lands = site.links.land(site.note(path).path, fragment)
    return f"#{quote(lands.anchor)}" if lands else ""


def _file(value: File, surface: Surface) -> str:
    url = surface.to(value.path)
    text = escaped(file_text(value))
    return text if url is None else f"{opening(value.path, url, surface.site)}{text}</a>"


def _tag(value: Tag, surface: Surface) -> str:
    url = surface.site.page_url("tag", value.casefold())
    name = escaped(value)
    if not url:
        return f'<span class="tag">#{name}</span>'
    return f'<a class="tag" href="{_from(surface.folder, url)}">#{name}</a>'


@lru_cache(maxsize=1024)
def _from(folder: str, url: str) -> str:
    return escape(relative_url(url, f"{folder}/x" if folder else "x"))


def _image(value: Image, surface: Surface) -> str:
    inner = value.of
    if isinstance(inner, str) and inner.startswith(_URLS):
        return with_words(external(inner, "", "", ""), surface)
    link = inner if isinstance(inner, Link) else Link(text_of(inner))
    path = inner.path if isinstance(inner, File) else surface.site.catalogue.resolve(link.target, link.source)
    url = surface.to(path) if path else None
    if path is None or url is None or kind_of(path) != "image":
        return escaped(text_of(inner))
    return MEDIA["image"](Shown(url, path.rpartition("/")[2]))


_TAGS = nh3.ALLOWED_TAGS - {"img", "map", "area"}
_ATTRIBUTES = {"*": {"title", "lang", "dir"}, "a": {"href"}}
_SCHEMES = {"http", "https", "mailto"}


def _html(value: Html, _: Surface) -> str:
    """The author's own HTML, without what could run or load anything."""
    return nh3.clean(value.source, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES)


def _icon(value: Icon, _: Surface) -> str:
    return f'<span class="quiet">{escaped(value.name)}</span>'


_FORMS: Mapping[str, Callable[[Any, Surface], str]] = {
    "string": _text,
    "number": _number,
    "boolean": _checkbox,
    "list": _list,
    "object": _object,
    "date": _date,
    "duration": _duration,
    "link": _link,
    "file": _file,
    "regexp": lambda value, _: f"<code>{escaped(text_of(value))}</code>",
    "html": _html,
    "image": _image,
    "icon": _icon,
}
"""How each type of value is shown."""
