"""A base made ready to be evaluated: its expressions read, and what is wrong with them before any row is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from kbtool.bases.evaluate import Formula
from kbtool.bases.functions import FUNCTIONS
from kbtool.bases.members import FIELDS, METHODS
from kbtool.bases.summaries import SUMMARIES
from kbtool.bases.syntax import (
    Binary,
    Call,
    Expression,
    Index,
    List,
    Literal,
    Member,
    Name,
    Object,
    SyntaxFaultError,
    Unary,
    parse,
)
from kbtool.diagnostics import Diagnostic, did_you_mean, fault
from kbtool.formats import base as base_format
from kbtool.formats.base import VIEW_TYPES, Base, Broken, Filter, Group, Source, View

__all__ = ["Program", "faults", "file_faults", "filter_problem", "program", "read"]

_HINT = "see docs/bases.md for what expressions can hold"


@dataclass(frozen=True, slots=True)
class Program:
    """The trees of a base's formulas and own summaries by name; a text says why there is none."""

    formulas: Mapping[str, Formula]
    summaries: Mapping[str, Formula]


def program(base: Base) -> Program:
    names = frozenset(base.formulas)
    return Program(
        {name: read(source.text, names) for name, source in base.formulas.items()},
        {name: read(source.text, names) for name, source in base.summaries.items()},
    )


@lru_cache(maxsize=1024)
def read(text: str, formulas: frozenset[str]) -> Formula:
    """The tree of an expression, or why it cannot be evaluated: its syntax, or a name that nothing has."""
    try:
        tree = parse(text)
    except SyntaxFaultError as error:
        return f"cannot be read: {error}"
    unknown = next(_unknown(tree, formulas), None)
    return tree if unknown is None else unknown


def file_faults(path: str, text: str, line: int = 1) -> Iterator[Diagnostic]:
    """What is wrong with a base file, or with a base that is written in a note from this line on."""
    base, found = base_format.parse(path, text, line)
    yield from found
    yield from faults(base, path)


def faults(base: Base, path: str) -> Iterator[Diagnostic]:
    """What is wrong with the expressions of a base, each with the line where it stands in the file `path`."""
    names = frozenset(base.formulas)
    for kind, sources in (("formula", base.formulas), ("summary", base.summaries)):
        for name, source in sources.items():
            problem = read(source.text, names)
            if isinstance(problem, str):
                yield fault("bad-base", path, source.line, 1, f"the {kind} '{name}' {_joined(problem)}", _HINT)
    for source in _sources(base.filters):
        yield from _filter_fault(source, names, path)
    for view in base.views:
        for source in _sources(view.filters):
            yield from _filter_fault(source, names, path)
        yield from (fault("bad-base", path, view.line, 1, message) for message in _view_faults(view, base))
        if view.type not in VIEW_TYPES:
            message = f"the view '{view.name}' is a {view.type}, which a plugin draws; it is shown as a table"
            yield fault("plugin-content", path, view.line, 1, message)


def _filter_fault(source: Source, names: frozenset[str], path: str) -> Iterator[Diagnostic]:
    problem = read(source.text, names)
    if isinstance(problem, str):
        shown = " ".join(source.text.split())
        yield fault("bad-base", path, source.line, 1, f"the filter '{shown}' {_joined(problem)}", _HINT)


def _joined(problem: str) -> str:
    return problem if problem.startswith("cannot") else f"cannot be evaluated: {problem}"


def _view_faults(view: View, base: Base) -> Iterator[str]:
    for identifier in dict.fromkeys((*view.order, *(sort.id for sort in view.sort))):
        root, _, name = identifier.partition(".")
        if root == "formula" and name not in base.formulas:
            yield f"the view '{view.name}' shows a formula '{name}' that there is none of"
        if root == "file" and name not in FIELDS["file"]:
            yield f"the view '{view.name}' shows '{identifier}', which files do not have"
    for name in view.summaries.values():
        if name not in SUMMARIES and name not in base.summaries:
            yield f"the view '{view.name}' asks for a summary '{name}' that there is none of"


def filter_problem(filters: Filter | None, names: frozenset[str]) -> str:
    """Why a filter cannot decide anything; empty where it can."""
    if isinstance(filters, Broken):
        return filters.message
    if isinstance(filters, Group):
        return next((problem for part in filters.parts if (problem := filter_problem(part, names))), "")
    if filters is None:
        return ""
    found = read(filters.text, names)
    return f"{' '.join(filters.text.split())}: {found}" if isinstance(found, str) else ""


def _sources(filters: Filter | None) -> Iterator[Source]:
    if isinstance(filters, Source):
        yield filters
    elif isinstance(filters, Group):
        for part in filters.parts:
            yield from _sources(part)


# ---------------------------------------------------------------- names that nothing has

_METHODS = frozenset(name for methods in METHODS.values() for name in methods)


def _unknown(tree: Expression, formulas: frozenset[str]) -> Iterator[str]:
    """What the expression asks for and nothing is called, whatever the row."""
    waiting: list[Expression] = [tree]
    while waiting:
        here = waiting.pop()
        waiting += _inside(here)
        if isinstance(here, Call):
            yield from _unknown_function(here)
        elif isinstance(here, Member) and here.of == Name("file") and here.name not in FIELDS["file"]:
            yield f"files have no '{here.name}'{_meant(here.name, FIELDS['file'])}"
        elif _asks_formula(here) and (name := _asked(here)) not in formulas:
            yield f"there is no formula '{name}'{_meant(name, formulas)}"


def _unknown_function(call: Call) -> Iterator[str]:
    known = FUNCTIONS if call.of is None else _METHODS
    if call.name not in known:
        yield f"there is no function '{call.name}'{_meant(call.name, known)}"


def _meant(name: str, known: Mapping[str, object] | frozenset[str]) -> str:
    near = did_you_mean(name, sorted(known))
    return f" (did you mean '{near}'?)" if near else ""


def _asks_formula(tree: Expression) -> bool:
    if isinstance(tree, Index):
        return tree.of == Name("formula") and isinstance(tree.at, Literal)
    return isinstance(tree, Member) and tree.of == Name("formula")


def _asked(tree: Expression) -> str:
    if isinstance(tree, Index) and isinstance(tree.at, Literal):
        return str(tree.at.value)
    return tree.name if isinstance(tree, Member) else ""


def _inside(tree: Expression) -> list[Expression]:
    if isinstance(tree, Binary):
        return [tree.right, tree.left]
    if isinstance(tree, Unary):
        return [tree.operand]
    if isinstance(tree, Call):
        return [*tree.arguments, *([tree.of] if tree.of else [])]
    if isinstance(tree, Index):
        return [tree.of, tree.at]
    if isinstance(tree, Member):
        return [tree.of]
    if isinstance(tree, Object):
        return [item for _, item in tree.items]
    return list(tree.items) if isinstance(tree, List) else []
