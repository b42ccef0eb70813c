"""The functions that are called by their name alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from html import escape

from kbtool.bases.dates import Date, Duration, read_date, read_duration
from kbtool.bases.scene import MANY, Function, Scene, form, target_of, text
from kbtool.bases.scene import number as a_number
from kbtool.bases.values import (
    EvaluationError,
    File,
    Html,
    Icon,
    Image,
    Link,
    Value,
    file_text,
    from_property,
    is_true,
    type_name,
)

__all__ = ["FUNCTIONS"]

_Arguments = Sequence[Value]
_NUMBER = re.compile(r"(?a:\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*)")


def _if(scene: Scene, _: Value, arguments: _Arguments) -> Value:
    if is_true(scene.evaluate(arguments[0])):
        return scene.evaluate(arguments[1])
    return scene.evaluate(arguments[2]) if len(arguments) > 2 else None


def _number(_: Scene, __: Value, arguments: _Arguments) -> Value:
    value = arguments[0]
    if isinstance(value, bool | float):
        return float(value)
    if isinstance(value, Date):
        return value.moment.replace(tzinfo=UTC).timestamp() * 1000
    if isinstance(value, Duration):
        return value.milliseconds
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    raise EvaluationError(f"no number: {text(value)}" if value is not None else "nothing is no number")


def _list(_: Scene, __: Value, arguments: _Arguments) -> Value:
    value = arguments[0]
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _link(scene: Scene, _: Value, arguments: _Arguments) -> Value:
    value, display = arguments[0], text(arguments[1]) if len(arguments) > 1 and arguments[1] is not None else ""
    if isinstance(value, File):
        return Link(f"/{value.path}", display or file_text(value), scene.path)
    if not isinstance(value, Link):
        name = text(value).strip()
        found = from_property(name, scene.path)
        value = found if isinstance(found, Link) else Link(name, "", scene.path)
    return Link(value.target, display or value.display, value.source)


def _file(scene: Scene, _: Value, arguments: _Arguments) -> Value:
    path = target_of(scene, arguments[0])
    return None if path is None else File(path)


def _date(_: Scene, __: Value, arguments: _Arguments) -> Value:
    value = arguments[0]
    if isinstance(value, Date):
        return value
    if isinstance(value, float):
        try:
            return Date(datetime(1970, 1, 1) + timedelta(milliseconds=value), has_time=True)
        except (OverflowError, ValueError):
            raise EvaluationError("a date out of range") from None
    found = read_date(text(value), compact=True)
    if found is None:
        raise EvaluationError(f"no date: {text(value)}")
    return found


def _duration(_: Scene, __: Value, arguments: _Arguments) -> Value:
    value = arguments[0]
    found = value if isinstance(value, Duration) else read_duration(text(value))
    if found is None:
        raise EvaluationError(f"no duration: {text(value)}")
    return found


def _today(scene: Scene, _: Value, __: _Arguments) -> Date:
    return Date(datetime.combine(scene.catalogue.today(), time()))


def _now(scene: Scene, _: Value, __: _Arguments) -> Date:
    return Date(_today(scene, None, ()).moment, has_time=True)


def _extreme(choose: Callable[[Sequence[float]], float]) -> Callable[[Scene, Value, _Arguments], Value]:
    def chosen(_: Scene, __: Value, arguments: _Arguments) -> Value:
        values = [item for value in arguments for item in (value if isinstance(value, tuple) else (value,))]
        return choose([a_number(value) for value in values]) if values else None

    return chosen


def _html(_: Scene, __: Value, arguments: _Arguments) -> Value:
    return Html(text(arguments[0]))


def _image(_: Scene, __: Value, arguments: _Arguments) -> Value:
    if arguments[0] is None or type_name(arguments[0]) not in ("string", "link", "file", "image"):
        raise EvaluationError(f"no image: {type_name(arguments[0])}")
    return arguments[0] if isinstance(arguments[0], Image) else Image(arguments[0])


FUNCTIONS: Mapping[str, Function] = {
    "if": Function(_if, 2, 3, lazy=True),
    "min": form(_extreme(min), 1, MANY),
    "max": form(_extreme(max), 1, MANY),
    "number": form(_number, 1),
    "list": form(_list, 1),
    "link": form(_link, 1, 2),
    "file": form(_file, 1),
    "date": form(_date, 1),
    "duration": form(_duration, 1),
    "now": form(_now),
    "today": form(_today),
    "random": form(lambda scene, *_: scene.chance()),
    "image": form(_image, 1),
    "icon": form(lambda _, __, arguments: Icon(text(arguments[0])), 1),
    "html": form(_html, 1),
    "escapeHTML": form(lambda _, __, arguments: escape(text(arguments[0])).replace("&#x27;", "&#39;"), 1),
}
"""The functions by their names."""
