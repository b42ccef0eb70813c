"""A catalogue made of a dictionary of properties, for expressions that need no vault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kbtool import bases
from kbtool.bases import Fault, Shown
from kbtool.bases.evaluate import Budget, Row
from kbtool.bases.program import read
from kbtool.bases.values import Link, Value, text_of
from kbtool.formats.base import parse


@dataclass(frozen=True)
class Shelf:
    """Files by path with their properties."""

    notes: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"A.md": {}})
    language: str = "en"

    def files(self) -> Sequence[str]:
        return list(self.notes)

    def stated(self, path: str, name: str) -> Any:
        return self.notes.get(path, {}).get(name)

    def properties(self, path: str) -> Mapping[str, Any]:
        return self.notes.get(path, {})

    def tags(self, path: str) -> Sequence[str]:
        return self.notes.get(path, {}).get("tags", ())

    def links(self, _: str) -> Sequence[Link]:
        return ()

    embeds = links

    def leads_to(self, *_: str) -> bool:
        return False

    def backlinks(self, _: str) -> Sequence[str]:
        return ()

    def size(self, _: str) -> int:
        return 0

    def created(self, path: str) -> Any:
        return self.stated(path, "created")

    modified = created

    def resolve(self, target: str, _: str) -> str | None:
        path = target.removeprefix("/")
        return next((found for found in (path, f"{path}.md") if found in self.notes), None)

    def today(self) -> date:
        return date(2025, 3, 12)


def evaluated(text: str, steps: int = 1_000_000, **properties: Any) -> Value:
    """The value of an expression in a vault of one note with these properties; raises as the evaluator does."""
    tree = read(text, frozenset())
    assert not isinstance(tree, str), tree
    return Row("A.md", Shelf({"A.md": properties}), {}, "A.md", Budget(steps)).evaluate(tree)


def written(text: str, **properties: Any) -> str:
    return text_of(evaluated(text, **properties))


def shown(base: str, notes: Mapping[str, Mapping[str, Any]]) -> Shown:
    """The first view of a base over these notes."""
    found, _ = parse("V.base", base)
    return bases.show(found, found.views[0], Shelf(notes), "V.base")


def cells(view: Shown) -> list[list[str]]:
    """The texts of all cells; a fault is marked."""
    return [["!" if isinstance(cell, Fault) else text_of(cell) for cell in row.cells] for row in view.rows]
