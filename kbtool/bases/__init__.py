"""Bases: queries over the notes and links of a vault, and the rows, groups and summaries that come out.

A base knows the vault by a `Catalogue` only.  Nothing here raises for a bad base: a cell that cannot be worked out
holds a `Fault`, and a view whose filter cannot be understood says so in place of its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from kbtool.bases.evaluate import Budget, Row
from kbtool.bases.program import Program, faults, file_faults, filter_problem, program, read
from kbtool.bases.summaries import SUMMARIES
from kbtool.bases.values import (
    Catalogue,
    EvaluationError,
    ExhaustedError,
    File,
    Image,
    Link,
    Value,
    is_empty,
    is_true,
    measured,
    reached,
    sort_key,
    text_of,
)
from kbtool.formats.base import Base, Filter, Group, Sort, Source, View

__all__ = ["Catalogue", "Column", "Fault", "Section", "Shown", "ShownRow", "faults", "file_faults", "paths", "show"]

_Item = TypeVar("_Item")


class Fault(NamedTuple):
    """What stands in a cell that cannot be worked out: why not."""

    message: str


class Column(NamedTuple):
    """A column: the property's name in full, and its header; `named` tells that the author chose the header."""

    id: str
    header: str
    named: bool = False


class ShownRow(NamedTuple):
    """A row: its file, a value or `Fault` for each column, and the picture of its card: a path, a URL or a colour."""

    path: str
    cells: tuple[Value, ...]
    image: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one heading; `key` is None for those without a value, and where nothing is grouped."""

    key: Value
    rows: tuple[ShownRow, ...]
    summaries: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """A view as it is to be shown.  `problem` says why there are no rows to show."""

    view: View
    columns: tuple[Column, ...] = ()
    sections: tuple[Section, ...] = ()
    summaries: Mapping[str, Value] = field(default_factory=dict)
    grouped: bool = False
    problem: str = ""

    @property
    def rows(self) -> Iterator[ShownRow]:
        for section in self.sections:
            yield from section.rows


def show(base: Base, view: View, catalogue: Catalogue, this: str) -> Shown:
    """The rows of a view; `this` is the file that shows it: the base itself, or who embeds it."""
    names = frozenset(base.formulas)
    problem = base.problem or filter_problem(base.filters, names) or filter_problem(view.filters, names)
    if problem:
        return Shown(view, problem=problem)
    try:
        return _Query(base, view, catalogue, this).shown()
    except ExhaustedError as error:
        return Shown(view, problem=str(error))


def paths(base: Base, view: View, catalogue: Catalogue, this: str) -> list[str]:
    """The files of a view's rows, in the order in which they are shown."""
    return [row.path for row in show(base, view, catalogue, this).rows]


# What a base may do before it is stopped: a second or so for a thousand notes.
_STEPS, _STEPS_A_FILE = 500_000, 1_000


class _Query:
    """One view worked out once."""

    def __init__(self, base: Base, view: View, catalogue: Catalogue, this: str) -> None:
        self._base, self._view, self._catalogue, self._this = base, view, catalogue, this
        self._program: Program = program(base)
        self._budget = Budget(_STEPS + _STEPS_A_FILE * len(catalogue.files()))
        self._names = frozenset(base.formulas)

    def shown(self) -> Shown:
        view = self._view
        rows = self._sorted(self._chosen())
        rows = rows if view.limit is None else rows[: view.limit]
        columns = tuple(self._column(identifier) for identifier in view.order or ("file.name",))
        sections = tuple(self._section(key, group, columns) for key, group in self._grouped(rows))
        return Shown(view, columns, sections, self._summaries(rows), view.group is not None)

    # --- which rows

    def _chosen(self) -> list[Row]:
        wanted = [part for part in (self._base.filters, self._view.filters) if part is not None]
        rows = (self._row(path) for path in self._catalogue.files())
        return [row for row in rows if all(self._passes(row, part) for part in wanted)]

    def _row(self, path: str) -> Row:
        return Row(path, self._catalogue, self._program.formulas, self._this, self._budget)

    def _passes(self, row: Row, part: Filter) -> bool:
        if isinstance(part, Group):
            return _GROUPS[part.kind](self._passes(row, inner) for inner in part.parts)
        return isinstance(part, Source) and self._holds(row, part)

    def _holds(self, row: Row, source: Source) -> bool:
        """A statement that fails for a row does not hold for it: most notes lack most properties."""
        tree = read(source.text, self._names)
        try:
            return not isinstance(tree, str) and is_true(row.evaluate(tree))
        except EvaluationError:
            return False

    # --- in which order

    def _sorted(self, rows: list[Row]) -> list[Row]:
        for key in reversed(self._view.sort):
            rows = _in_order(rows, [_known(row, key.id) for row in rows], key)
        return rows

    def _grouped(self, rows: list[Row]) -> list[tuple[Value, list[Row]]]:
        key = self._view.group
        if key is None:
            return [(None, rows)]
        groups: dict[str, tuple[Value, list[Row]]] = {}
        for row in rows:
            value = _known(row, key.id)
            groups.setdefault(text_of(value), (value, []))[1].append(row)
        rest = groups.pop("", (None, []))[1]
        found = list(groups.values())
        found = _in_order(found, [value for value, _ in found], key)
        return [*found, *([(None, rest)] if rest else [])]

    # --- what is shown of them

    def _column(self, identifier: str) -> Column:
        named = self._base.names.get(identifier)
        return Column(identifier, named or identifier.partition(".")[2], named is not None)

    def _section(self, key: Value, rows: list[Row], columns: Sequence[Column]) -> Section:
        summaries = self._summaries(rows) if self._view.group else {}
        return Section(key, tuple(self._shown_row(row, columns) for row in rows), summaries)

    def _shown_row(self, row: Row, columns: Sequence[Column]) -> ShownRow:
        image = self._image(_known(row, self._view.image), row.path) if self._view.image else ""
        return ShownRow(row.path, tuple(_cell(row, column.id) for column in columns), image)

    def _image(self, value: Value, path: str) -> str:
        """The picture that a value means: the path of a file of the vault, a URL, a colour, or nothing."""
        if isinstance(value, tuple):
            return next((found for item in value if (found := self._image(item, path))), "")
        if isinstance(value, Image):
            return self._image(value.of, path)
        if isinstance(value, Link) and value.is_external:
            return value.target
        if isinstance(value, Link | File):
            return reached(value, self._catalogue) or ""
        text = value.strip() if isinstance(value, str) else ""
        if not text or text.startswith(("#", "https://", "http://")):
            return text
        return self._catalogue.resolve(text, path) or ""

    def _summaries(self, rows: list[Row]) -> dict[str, Value]:
        return {id_: self._summary(name, [_known(row, id_) for row in rows]) for id_, name in self._summarised()}

    def _summarised(self) -> Iterable[tuple[str, str]]:
        return self._view.summaries.items()

    def _summary(self, name: str, values: Sequence[Value]) -> Value:
        own = self._program.summaries.get(name)
        if isinstance(own, str):
            return Fault(own)
        if own is None:
            built_in = SUMMARIES.get(name)
            return built_in(values) if built_in else Fault(f"there is no summary '{name}'")
        try:
            return self._row(self._this).evaluate(own, values=tuple(values))
        except EvaluationError as error:
            return Fault(str(error))


_GROUPS: Mapping[str, Callable[[Iterable[bool]], bool]] = {
    "and": all,
    "or": any,
    "not": lambda parts: not any(parts),
}


def _cell(row: Row, identifier: str) -> Value:
    try:
        return measured(row.value(identifier))
    except EvaluationError as error:
        return Fault(str(error))


def _known(row: Row, identifier: str) -> Value:
    """The value to sort and count by: nothing where there is a fault."""
    try:
        return row.value(identifier)
    except EvaluationError:
        return None


def _in_order(items: list[_Item], values: Sequence[Value], key: Sort) -> list[_Item]:
    """The items by their values, those without one last; equal ones stay as they are."""
    kinds = {type(value) for value in values if not is_empty(value)}
    if kinds == {bool}:
        values = [value is True for value in values]  # a checkbox that is nothing is not checked
    pairs = list(zip(values, items, strict=True))
    filled = [pair for pair in pairs if not is_empty(pair[0])]
    filled.sort(key=lambda pair: sort_key(pair[0]), reverse=key.descending)
    return [item for _, item in filled] + [item for value, item in pairs if is_empty(value)]
