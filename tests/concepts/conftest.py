"""What all tests of the lessons have: one thread, a seed, and shapes that are checked.

The lessons say their shapes with jaxtyping, which they import for type checkers only: a user's calls cost nothing and
need no further package. Here each function and method of a lesson is replaced by one that, after every call that
returned, holds what went in and what came out against the annotations. A call that raised is left alone, for the
lessons have ValueErrors of their own for shapes that do not fit, and tests of them.
"""

import ast
import functools
import importlib
import inspect
import pkgutil
import types
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

import jaxtyping
import pytest
import torch
from beartype import BeartypeConf, beartype

from kbtool import concepts

CHECKER = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int is welcome where a float is


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    """The tensors here are tiny, and sums are then the same on every machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def watched(function: types.FunctionType, names: dict[str, Any]) -> Callable[..., Any]:
    """`function`, its shapes checked after each call. `names` resolve its annotations."""
    returned: list[Any] = []  # of the calls under way, the innermost last

    def accept(*_: object, **__: object) -> object:
        return returned[-1]

    hints = get_type_hints(function, names)
    signature = inspect.signature(function)
    parameters = [p.replace(annotation=hints.get(p.name, Any)) for p in signature.parameters.values()]
    accept.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=parameters, return_annotation=hints.get("return", Any)
    )
    accept.__name__, accept.__qualname__ = function.__name__, function.__qualname__
    check = jaxtyping.jaxtyped(accept, typechecker=CHECKER)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        returned.append(result)
        try:
            check(*args, **kwargs)
        finally:
            returned.pop()
        return result

    return call


def names_of(lesson: types.ModuleType) -> dict[str, Any]:
    """What the annotations of a lesson may name: its own names, and those that only type checkers are given."""
    names = dict(vars(lesson))
    for node in ast.parse(inspect.getsource(lesson)).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            exec(compile(ast.Module(node.body, []), lesson.__name__, "exec"), names)
    return names


def watch(lesson: types.ModuleType) -> dict[Callable[..., Any], Callable[..., Any]]:
    """Every function and method that the lesson defines, replaced in it; what was replaced by what.

    A lesson that states no shapes (of texts, of single numbers) has nothing to check.
    """
    names = names_of(lesson)
    replaced: dict[Callable[..., Any], Callable[..., Any]] = {}
    if not names.keys() - vars(lesson).keys():
        return replaced
    for name, value in list(vars(lesson).items()):
        if isinstance(value, types.FunctionType) and value.__module__ == lesson.__name__:
            replaced[value] = watched(value, names)
            setattr(lesson, name, replaced[value])
        elif isinstance(value, type) and value.__module__ == lesson.__name__:
            for key, method in list(vars(value).items()):
                if isinstance(method, types.FunctionType) and method.__module__ == lesson.__name__:
                    setattr(value, key, watched(method, names))
    return replaced


def watch_all() -> None:
    found = [m.name for m in pkgutil.walk_packages(concepts.__path__, f"{concepts.__name__}.")]
    lessons = [importlib.import_module(name) for name in found]
    replaced = {}
    for lesson in lessons:
        replaced |= watch(lesson)
    for lesson in lessons:  # what one lesson imported from another
        for name, value in list(vars(lesson).items()):
            if isinstance(value, types.FunctionType) and value in replaced:
                setattr(lesson, name, replaced[value])


watch_all()  # before any test module looks into a lesson
