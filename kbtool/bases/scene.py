"""Where an expression is evaluated, as functions see it; and the form that functions have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from kbtool.bases.syntax import Expression
from kbtool.bases.values import Catalogue, EvaluationError, File, Link, Value, reached, text_of, type_name

__all__ = ["Function", "Scene", "form", "number", "target_of", "text"]


class Scene(Protocol):
    """One row of one base: what functions may ask beside their arguments."""

    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def path(self) -> str:
        """The file of the row."""

    def evaluate(self, expression: Expression, **names: Value) -> Value:
        """An argument that is evaluated by the function itself, with further names that it may use."""

    def chance(self) -> float:
        """A number from 0 to 1 that is the same in every build."""


class Function(NamedTuple):
    """A function and how many arguments it takes; one that is `lazy` gets expressions and evaluates them itself."""

    call: Callable[[Scene, Value, Sequence[Value]], Value]
    least: int = 0
    most: int = 0
    lazy: bool = False


def form(call: Callable[[Scene, Value, Sequence[Value]], Value], least: int = 0, most: int | None = None) -> Function:
    """A function of `least` to `most` arguments, `least` where nothing else is said."""
    return Function(call, least, least if most is None else most)


MANY = 1000


def text(value: Value) -> str:
    """An argument that has to be text; what is shown as text is taken as such, nothing is not."""
    if value is None or isinstance(value, tuple | dict):
        raise EvaluationError(f"text is wanted here, not {type_name(value)}")
    return text_of(value)


def number(value: Value) -> float:
    if not isinstance(value, float):
        raise EvaluationError(f"a number is wanted here, not {type_name(value)}")
    return value


def integer(value: Value) -> int:
    found = number(value)
    if found != found or abs(found) > 1e15:
        raise EvaluationError("a number that counts is wanted here")
    return int(found)


def target_of(scene: Scene, value: Value) -> str | None:
    """The file that an argument means: a file, a link, or its path or name as text."""
    if isinstance(value, File | Link):
        return reached(value, scene.catalogue)
    name = text(value).strip().removeprefix("[[").removesuffix("]]").partition("|")[0]
    return scene.catalogue.resolve(name, scene.path)
