"""Block options: the leading comment lines `#| key: value` of a Python block, by Quarto's names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Any, NamedTuple

from kbtool.config import is_device, known_devices
from kbtool.diagnostics import did_you_mean
from kbtool.syntax import yaml12

__all__ = ["OPTIONS", "Fault", "read"]

_LINE = re.compile(r"[ \t]*#\|[ \t]?(.*)")


class Fault(NamedTuple):
    """An option that cannot be taken: the line of the source (0-based), what is wrong, what to write instead."""

    line: int
    message: str
    hint: str


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return float(value)


def _positive(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and number > 0 else None


def _not_negative(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and number >= 0 else None


def _paths(value: Any) -> tuple[str, ...] | None:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        return None
    return tuple(items)


def _device(value: Any) -> str | None:
    return value if isinstance(value, str) and is_device(value) else None


class _Kind(NamedTuple):
    read: Callable[[Any], Any]
    wanted: str


_TEXT = _Kind(_text, "a text")
_FLAG = _Kind(_flag, "true or false")
_LENGTH = _Kind(_positive, "a number above 0")
_TOLERANCE = _Kind(_not_negative, "a number, 0 or more")

OPTIONS: Mapping[str, _Kind] = {
    "label": _TEXT,
    "eval": _FLAG,
    "echo": _FLAG,
    "output": _FLAG,
    "error": _FLAG,
    "warning": _FLAG,
    "fig-cap": _TEXT,
    "fig-alt": _TEXT,
    "fig-width": _LENGTH,
    "fig-height": _LENGTH,
    "timeout": _LENGTH,
    "device": _Kind(_device, "cpu, cuda, cuda:1, mps or auto"),
    "rtol": _TOLERANCE,
    "atol": _TOLERANCE,
    "cache": _FLAG,
    "data": _Kind(_paths, "a path or a list of paths"),
}
"""Every option that a block may have, and what its value must be."""


def read(source: str) -> tuple[dict[str, Any], list[Fault]]:
    """The options that stand at the top of a block, and those that cannot be taken.

    >>> read("#| label: suma\\n#| timeout: 5\\nprint(1)")[0]
    {'label': 'suma', 'timeout': 5.0}
    """
    lines = list(_option_lines(source))
    if not lines:
        return {}, []
    try:
        given = yaml12.load("\n".join(lines))
    except yaml12.InvalidYAMLError as problem:
        return {}, [Fault(problem.line, f"the options are not valid YAML: {problem.message}", "write `#| key: value`")]
    options: dict[str, Any] = {}
    faults = []
    for key, value in given.mapping.items():
        kind = OPTIONS.get(key)
        taken = kind.read(value) if kind else None
        if taken is None:
            faults.append(Fault(given.lines[key], *_refusal(key, value, kind)))
        else:
            options[key] = taken
    return options, faults


def _option_lines(source: str) -> Iterator[str]:
    for line in source.split("\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            return
        yield match[1]


def _refusal(key: str, value: Any, kind: _Kind | None) -> tuple[str, str]:
    if kind is None:
        near = did_you_mean(key, OPTIONS)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(OPTIONS)}"
        return f"blocks have no option {key!r}", hint
    hint = known_devices(value) if key == "device" and isinstance(value, str) else f"write {kind.wanted}"
    return f"option {key!r} cannot be {value!r}", hint
