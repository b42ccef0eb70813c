"""A base, Obsidian's table over the notes of a vault: its YAML becomes a `Base`, with expressions as they are written.

What the expressions mean is the business of `kbtool.bases`.  What cannot be read is told with its line, and stands in
the base as `Broken` where something was expected: whoever shows the base shows the message there, and no wrong table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from kbtool.diagnostics import Diagnostic, fault
from kbtool.syntax import yaml12
from kbtool.syntax.yaml12 import InvalidYAMLError

__all__ = ["VIEW_TYPES", "Base", "Broken", "Filter", "Group", "Sort", "Source", "View", "identifier", "parse"]

VIEW_TYPES = ("table", "cards", "list")
"""The types of views that Obsidian draws itself."""


class Source(NamedTuple):
    """An expression as it is written, and the line where it stands (from 1)."""

    text: str
    line: int


class Broken(NamedTuple):
    """What stands where a filter should: why it is none."""

    message: str
    line: int


@dataclass(frozen=True, slots=True)
class Group:
    """Filters that hold together: all of them, any of them, or none of them."""

    kind: Literal["and", "or", "not"]
    parts: tuple[Filter, ...]


Filter = Source | Broken | Group


class Sort(NamedTuple):
    """A key to sort or group by."""

    id: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """One way to show the rows. `order` and `summaries` name properties in full: `note.x`, `formula.y`, `file.z`."""

    name: str
    type: str
    line: int
    filters: Filter | None = None
    order: tuple[str, ...] = ()
    sort: tuple[Sort, ...] = ()
    group: Sort | None = None
    limit: int | None = None
    summaries: Mapping[str, str] = field(default_factory=dict)
    image: str = ""
    contain: bool = False
    aspect: float | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """A base file or fence; `names` are the headers that the author gave to properties.

    `problem` says why it is no base at all.
    """

    filters: Filter | None = None
    formulas: Mapping[str, Source] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    summaries: Mapping[str, Source] = field(default_factory=dict)
    views: tuple[View, ...] = ()
    problem: str = ""

    def view(self, name: str | None) -> View | None:
        """The view of that name, the first one where none is asked for."""
        if not name:
            return self.views[0] if self.views else None
        return next((view for view in self.views if view.name == name), None)


def parse(path: str, text: str, line: int = 1) -> tuple[Base, tuple[Diagnostic, ...]]:
    """Read a base; `line` is the line of the file `path` where the text begins.

    >>> base, _ = parse("V.base", "views:\\n  - type: table\\n    name: Todo\\n    order: [nivel, file.name]\\n")
    >>> base.views[0].name, base.views[0].order
    ('Todo', ('note.nivel', 'file.name'))
    """
    try:
        values = yaml12.load(text)
    except InvalidYAMLError as problem:
        message = problem.message if "name: value" not in problem.message else "a base is a map with `views`"
        hint = "Obsidian cannot show this base either"
        # What is never closed shows at the end, on a line that there may be none of.
        where = line + min(problem.line, text.count("\n"))
        found = fault("bad-base", path, where, problem.column + 1, message, hint)
        return Base(problem=message), (found,)
    reader = _Reader(path, line, {string.key: string.line for string in values.strings}, values.lines)
    return reader.base(values.mapping), tuple(reader.diagnostics)


_ROOTS = ("note.", "formula.", "file.")
_BRACKETED = re.compile(r"""(note|formula)\[(["'])(.*)\2\]""")


def identifier(text: str) -> str:
    """A property's name in full: `autor` is `note.autor`, `note["fin previsto"]` is `note.fin previsto`."""
    text = text.strip()
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed:
        return f"{bracketed[1]}.{bracketed[3]}"
    return text if text.startswith(_ROOTS) else f"note.{text}"


class _Reader:
    """Goes through the map of one base.  `strings` are the lines of texts by their place in it, `keys` of its keys."""

    def __init__(self, path: str, first: int, strings: Mapping[str, int], keys: Mapping[str, int]) -> None:
        self._path, self._first = path, first
        self._strings, self._keys = strings, keys
        self.diagnostics: list[Diagnostic] = []

    def base(self, data: Mapping[str, Any]) -> Base:
        views = tuple(self._views(data))
        return Base(
            filters=self._filter(data.get("filters"), "filters"),
            formulas=dict(self._sources(data, "formulas")),
            names=dict(self._names(data.get("properties"))),
            summaries=dict(self._sources(data, "summaries")),
            views=views or ((View("Table", "table", self._first),) if data else ()),
        )

    def _line(self, key: str) -> int:
        """The line of what stands at `key`, as near as is known: that of the first text in it, or of its top key."""
        below = (line for place, line in self._strings.items() if place == key or place.startswith(f"{key}."))
        return self._first + min(below, default=self._keys.get(key.partition(".")[0], 0))

    def _blame(self, key: str, message: str, hint: str = "") -> Broken:
        line = self._line(key)
        self.diagnostics.append(fault("bad-base", self._path, line, 1, message, hint))
        return Broken(message, line)

    def _map(self, value: Any, key: str) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        if value is not None:
            self._blame(key, f"`{key.rpartition('.')[2]}` is not a map: {_shown(value)}")
        return {}

    def _list(self, value: Any, key: str) -> list[Any]:
        if isinstance(value, list):
            return value
        if value is not None:
            self._blame(key, f"`{key.rpartition('.')[2]}` is not a list: {_shown(value)}")
        return []

    # --- parts of a base

    def _sources(self, data: Mapping[str, Any], key: str) -> Iterator[tuple[str, Source]]:
        for name, value in self._map(data.get(key), key).items():
            place = f"{key}.{name}"
            if isinstance(value, Mapping | list):
                self._blame(place, f"`{name}` under `{key}` is no expression: {_shown(value)}")
            yield name, Source(_written(value), self._line(place))

    def _names(self, properties: Any) -> Iterator[tuple[str, str]]:
        for name, about in self._map(properties, "properties").items():
            shown = about.get("displayName") if isinstance(about, Mapping) else None
            if isinstance(shown, str) and shown:
                yield identifier(name), shown

    def _filter(self, value: Any, key: str) -> Filter | None:
        if value is None or value == "":
            return None
        if isinstance(value, Mapping):
            return self._group(value, key)
        if isinstance(value, list):
            return self._blame(key, "a list of filters needs `and:`, `or:` or `not:` before it")
        return Source(_written(value), self._line(key))

    def _group(self, value: Mapping[str, Any], key: str) -> Filter:
        kinds = [kind for kind in value if kind in ("and", "or", "not")]
        unknown = next((kind for kind in value if kind not in kinds), None)
        if unknown is not None or len(kinds) != 1:
            said = f"unknown `{unknown}` in a filter" if unknown is not None else "a filter with several groups"
            return self._blame(key, said, "a filter is an expression, or one of `and:`, `or:`, `not:` with a list")
        kind: Any = kinds[0]
        stated = value[kind]
        members = stated if isinstance(stated, list) else [] if stated is None else [stated]
        parts = (self._filter(part, f"{key}.{kind}.{index}") for index, part in enumerate(members))
        return Group(kind, tuple(part for part in parts if part is not None))

    # --- views

    def _views(self, data: Mapping[str, Any]) -> Iterator[View]:
        for index, view in enumerate(self._list(data.get("views"), "views")):
            if isinstance(view, Mapping):
                yield self._view(view, f"views.{index}")
            else:
                self._blame(f"views.{index}", f"a view is a map with `type` and `name`, not {_shown(view)}")

    def _view(self, view: Mapping[str, Any], key: str) -> View:
        kind = _text(view.get("type")) or "table"
        return View(
            name=_text(view.get("name")) or kind.capitalize(),
            type=kind,
            line=self._line(key),
            filters=self._filter(view.get("filters"), f"{key}.filters"),
            order=tuple(identifier(item) for item in self._list(view.get("order"), f"{key}.order") if _text(item)),
            sort=tuple(_sorts(self._list(view.get("sort"), f"{key}.sort"))),
            group=next(_sorts([view.get("groupBy")]), None),
            limit=self._limit(view.get("limit"), f"{key}.limit"),
            summaries={identifier(id_): name for id_, name in self._summaries(view, key) if isinstance(name, str)},
            image=identifier(image) if (image := _text(view.get("image"))) else "",
            contain=view.get("imageFit") == "contain",
            aspect=_number(view.get("imageAspectRatio")),
        )

    def _summaries(self, view: Mapping[str, Any], key: str) -> Iterable[tuple[str, Any]]:
        return self._map(view.get("summaries"), f"{key}.summaries").items()

    def _limit(self, value: Any, key: str) -> int | None:
        number = _number(value)
        if value is not None and (number is None or number < 0):
            self._blame(key, f"`limit` is not a number of rows: {_shown(value)}")
        return None if number is None or number < 0 else int(number)


def _sorts(entries: Iterable[Any]) -> Iterator[Sort]:
    """The keys that name a property; `column` is what early versions of Obsidian called it."""
    for entry in entries:
        found = entry if isinstance(entry, Mapping) else {"property": entry}
        name = _text(found.get("property")) or _text(found.get("column"))
        if name:
            yield Sort(identifier(name), _text(found.get("direction")).upper() == "DESC")


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _written(value: Any) -> str:
    """An expression's text: YAML takes `true` and `1` for values, though they are expressions here."""
    return value if isinstance(value, str) else _LITERALS.get(type(value), str)(value)


_LITERALS: Mapping[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "",
}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
