"""A base on a page: its views as tables, cards and lists, on a page of its own or where a note shows it.

Everything is there without a script: the views of a file stand below each other, with a list of links to them on top.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from kbtool import bases
from kbtool.bases import Column, Section, ShownRow
from kbtool.bases import Shown as ShownView
from kbtool.bases.values import File, Value
from kbtool.diagnostics import fault
from kbtool.formats import base as base_format
from kbtool.formats.base import Base, View
from kbtool.note import Link
from kbtool.render.cards import external
from kbtool.render.media import kind_of
from kbtool.render.surface import Surface, escaped, opening, stylesheet, with_words
from kbtool.render.values import leads, value_html
from kbtool.slug import anchor_slug, unique

__all__ = ["embedded", "fenced", "whole"]


def whole(path: str, surface: Surface) -> str:
    """All views of the base at `path`, each a section with a heading."""
    base = _read(path, surface)
    if base.problem:
        return _problem(base.problem, surface)
    if not base.views:
        return f'<p class="quiet">{surface.word("base.empty")}</p>'
    taken: set[str] = set()
    anchors = [unique(anchor_slug(view.name) or "v", taken) for view in base.views]
    views = list(zip(base.views, anchors, strict=True))
    sections = "".join(_view_section(base, view, at, path, surface) for view, at in views)
    return stylesheet("base.css", surface) + _ways(views, surface) + sections


def _ways(views: Sequence[tuple[View, str]], surface: Surface) -> str:
    """The way to each view, where there are several."""
    if len(views) < 2:
        return ""
    links = "".join(f'<li><a href="#{escape(anchor)}">{escaped(view.name)}</a></li>' for view, anchor in views)
    return f'<nav class="ways" aria-label="{surface.word("base.views")}"><ul>{links}</ul></nav>'


def _view_section(base: Base, view: View, anchor: str, path: str, surface: Surface) -> str:
    shown = bases.show(base, view, surface.site.catalogue, path)
    heading = f'<h2 id="{escape(anchor)}">{escaped(view.name)}{_size(shown)}</h2>'
    return f'<section class="view" aria-labelledby="{escape(anchor)}">{heading}{_body(shown, surface)}</section>'


def _size(shown: ShownView) -> str:
    number = sum(len(section.rows) for section in shown.sections)
    return "" if shown.problem else f' <span class="quiet num">{number}</span>'


def embedded(path: str, link: Link, this: str, surface: Surface) -> str:
    """One view of the base at `path`, where the note `this` embeds it; the first one where the link names none."""
    base = _read(path, surface)
    name = (link.fragment or "").strip()
    view = base.view(name)
    if view is None and name and not base.problem:
        message = f"the base {path} has no view '{name}'; its first one is shown"
        hint = f"its views are: {', '.join(view.name for view in base.views)}" if base.views else ""
        surface.diagnostics.append(fault("bad-base", this, link.line, link.start + 1, message, hint))
        view = base.view(None)
    label = f'<p class="src"><a href="{surface.to(path)}">{escaped(_label(path, view))}</a></p>'
    return f'<div class="view">{stylesheet("base.css", surface)}{label}{_one(base, view, this, surface)}</div>\n'


def _label(path: str, view: View | None) -> str:
    name = path.rpartition("/")[2].removesuffix(".base")
    return f"{name} › {view.name}" if view else name


def fenced(source: str, this: str, surface: Surface) -> str:
    """A base that is written in the note `this`: its first view."""
    base, _ = base_format.parse(this, source)
    view = base.view(None)
    label = f'<p class="src">{escaped(view.name)}</p>' if view else ""
    return f'<div class="view">{stylesheet("base.css", surface)}{label}{_one(base, view, this, surface)}</div>'


def _read(path: str, surface: Surface) -> Base:
    return base_format.parse(path, surface.site.text(path))[0]


def _one(base: Base, view: View | None, this: str, surface: Surface) -> str:
    if base.problem:
        return _problem(base.problem, surface)
    if view is None:
        return f'<p class="quiet">{surface.word("base.empty")}</p>'
    return _body(bases.show(base, view, surface.site.catalogue, this), surface)


def _problem(message: str, surface: Surface) -> str:
    said = f"<p>{surface.word('base.problem')}</p><p>{escaped(message)}</p>"
    return f'<aside class="co bad" role="note">{said}</aside>'


# ---------------------------------------------------------------- one view


def _body(shown: ShownView, surface: Surface) -> str:
    if shown.problem:
        return _problem(shown.problem, surface)
    if not any(section.rows for section in shown.sections):
        return f'<p class="quiet">{surface.word("base.none")}</p>'
    return _LAYOUTS.get(shown.view.type, _table)(shown, surface)


def _header(column: Column, surface: Surface) -> str:
    if not column.named and column.id.startswith("file."):
        return escaped(surface.words.entries.get(f"base.{column.id}", column.header))
    return escaped(column.header)


def _cell(value: Value, column: Column, row: ShownRow, surface: Surface) -> str:
    """A cell; the name of a file leads to it."""
    if column.id in _NAMES:
        return value_html(File(row.path), surface)
    return value_html(value, surface)


_NAMES = frozenset({"file.name", "file.basename", "file.file"})


def _key(section: Section, surface: Surface) -> str:
    return surface.word("base.without") if section.key is None else value_html(section.key, surface)


# ---------------------------------------------------------------- tables


def _table(shown: ShownView, surface: Surface) -> str:
    looks = [_look(shown, at) for at in range(len(shown.columns))]
    heads = "".join(
        f'<th scope="col"{look}>{_header(column, surface)}</th>'
        for column, look in zip(shown.columns, looks, strict=True)
    )
    bodies = "".join(_rows(section, shown, looks, surface) for section in shown.sections)
    foot = f"<tfoot>{_summary_row(shown, shown.summaries, looks, surface)}</tfoot>" if shown.summaries else ""
    table = f"<table><thead><tr>{heads}</tr></thead>{bodies}{foot}</table>"
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(shown.view.name)}">{table}</div>'


def _look(shown: ShownView, at: int) -> str:
    """The class of a column's cells: numbers stand on the right, and long texts get room on a phone too."""
    values = [row.cells[at] for row in shown.rows if row.cells[at] is not None]
    if values and all(isinstance(value, float) for value in values):
        return ' class="r"'
    return ' class="t"' if any(isinstance(value, str) and len(value) > _LONG for value in values) else ""


_LONG = 60


def _rows(section: Section, shown: ShownView, looks: Sequence[str], surface: Surface) -> str:
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{look}>{_cell(value, column, row, surface)}</td>"
            for value, column, look in zip(row.cells, shown.columns, looks, strict=True)
        )
        + "</tr>"
        for row in section.rows
    )
    sums = _summary_row(shown, section.summaries, looks, surface) if section.summaries else ""
    return f"<tbody>{_group_row(section, shown, surface)}{rows}{sums}</tbody>"


def _group_row(section: Section, shown: ShownView, surface: Surface) -> str:
    if not shown.grouped:
        return ""
    count = f'<span class="quiet num">{len(section.rows)}</span>'
    head = f'<th scope="rowgroup" colspan="{len(shown.columns)}">{_key(section, surface)} {count}</th>'
    return f'<tr class="group">{head}</tr>'


def _summary_row(shown: ShownView, summaries: Mapping[str, Value], looks: Sequence[str], surface: Surface) -> str:
    cells = "".join(
        f"<td{look}>{_summary(shown, column.id, summaries, surface) if column.id in summaries else ''}</td>"
        for column, look in zip(shown.columns, looks, strict=True)
    )
    return f'<tr class="sums">{cells}</tr>'


def _summary(shown: ShownView, identifier: str, summaries: Mapping[str, Value], surface: Surface) -> str:
    name = shown.view.summaries[identifier]
    label = surface.words.entries.get(f"base.summary.{name}", name)
    return f'<span class="quiet">{escaped(label)}</span> {value_html(summaries[identifier], surface)}'


# ---------------------------------------------------------------- cards


def _cards(shown: ShownView, surface: Surface) -> str:
    def deck(section: Section) -> str:
        cards = "".join(_card(row, shown, surface) for row in section.rows)
        return f'<ul class="deck">{cards}</ul>'

    return "".join(_headed(s, shown, deck(s), surface) for s in shown.sections) + _total(shown, surface)


def _card(row: ShownRow, shown: ShownView, surface: Surface) -> str:
    pairs = [
        (column, html)
        for value, column in zip(row.cells, shown.columns, strict=True)
        if (html := _cell(value, column, row, surface))
    ]
    title = _title(row, shown, pairs[0][1] if pairs else "", surface)
    labelled = len(shown.columns) > 2
    rest = "".join(_detail(column, html, labelled, surface) for column, html in pairs[1:])
    details = f"<dl>{rest}</dl>" if rest else ""
    return f"<li>{_cover(row, shown, surface)}<p>{title}</p>{details}</li>"


def _title(row: ShownRow, shown: ShownView, html: str, surface: Surface) -> str:
    """The first property, leading to the note where it leads nowhere itself."""
    if not html:
        return value_html(File(row.path), surface)
    first = row.cells[0]
    if leads(first) or shown.columns[0].id in _NAMES:
        return html
    url = surface.to(row.path)
    return f"{opening(row.path, url, surface.site)}{html}</a>" if url else html


def _detail(column: Column, html: str, labelled: bool, surface: Surface) -> str:
    css = "" if labelled else ' class="vh"'
    return f"<div><dt{css}>{_header(column, surface)}</dt><dd>{html}</dd></div>"


def _cover(row: ShownRow, shown: ShownView, surface: Surface) -> str:
    """The picture of a card, or its colour; from the web only when its reader asks for it."""
    if not row.image:
        return ""
    shape = f"aspect-ratio:{1 / shown.view.aspect:.4g}" if shown.view.aspect else "aspect-ratio:1.6"
    if _COLOUR.fullmatch(row.image):
        return f'<div class="cover" style="{shape};background:{row.image}"></div>'
    if row.image.startswith(("https://", "http://")):
        return f'<div class="cover">{with_words(external(row.image, "", "", ""), surface)}</div>'
    url = surface.to(row.image)
    if url is None or kind_of(row.image) != "image":
        return ""
    fit = "contain" if shown.view.contain else "cover"
    return f'<img class="cover" src="{url}" alt="" loading="lazy" style="{shape};object-fit:{fit}">'


_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}")


def _headed(section: Section, shown: ShownView, html: str, surface: Surface) -> str:
    """The rows of a group under its name, and its summaries."""
    if not shown.grouped:
        return html
    head = f'{_key(section, surface)} <span class="quiet num">{len(section.rows)}</span>'
    return f'<p class="group">{head}</p>{html}{_line(shown, section.summaries, surface)}'


def _total(shown: ShownView, surface: Surface) -> str:
    return _line(shown, shown.summaries, surface)


def _line(shown: ShownView, summaries: Mapping[str, Value], surface: Surface) -> str:
    """Summaries where there are no columns to put them under."""
    headers = {column.id: _header(column, surface) for column in shown.columns}
    said = [
        f"{headers.get(identifier, escaped(identifier))}: {_summary(shown, identifier, summaries, surface)}"
        for identifier in summaries
    ]
    return f'<p class="sums">{" · ".join(said)}</p>' if said else ""


# ---------------------------------------------------------------- lists


def _list(shown: ShownView, surface: Surface) -> str:
    def listed(section: Section) -> str:
        items = "".join(f"<li>{_item(row, shown, surface)}</li>" for row in section.rows)
        return f"<ul>{items}</ul>"

    return "".join(_headed(s, shown, listed(s), surface) for s in shown.sections) + _total(shown, surface)


def _item(row: ShownRow, shown: ShownView, surface: Surface) -> str:
    cells = [_cell(value, column, row, surface) for value, column in zip(row.cells, shown.columns, strict=True)]
    filled = [html for html in cells[1:] if html]
    return " · ".join([_title(row, shown, cells[0], surface), *filled])


_LAYOUTS: Mapping[str, Callable[[ShownView, Surface], str]] = {"table": _table, "cards": _cards, "list": _list}
"""How each type of view is laid out; what a plugin draws is a table here."""
