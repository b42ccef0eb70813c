"""What values of each type can do: their fields, and the functions that are called on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import partial

from kbtool.bases import patterns
from kbtool.bases.dates import Date, PatternError, formatted, relative
from kbtool.bases.scene import MANY, Function, Scene, form, integer, target_of, text
from kbtool.bases.values import (
    LARGEST,
    EvaluationError,
    File,
    Link,
    Regex,
    Tag,
    Value,
    equal,
    file_text,
    from_property,
    is_empty,
    is_true,
    measured,
    number_text,
    reached,
    sort_key,
    text_of,
    type_name,
)

__all__ = ["FIELDS", "METHODS", "properties_of", "property_of"]

_Arguments = Sequence[Value]
_Test = Callable[[Scene, Value, Value], bool]

# ---------------------------------------------------------------- text


def _slice(_: Scene, value: Value, arguments: _Arguments) -> Value:
    """As in JavaScript: negative numbers count from the end.  Of texts and of lists."""
    first = integer(arguments[0])
    last = integer(arguments[1]) if len(arguments) > 1 and arguments[1] is not None else len(value)
    return value[first:last]


def _replace(_: Scene, value: str, arguments: _Arguments) -> str:
    pattern, replacement = arguments[0], text(arguments[1])
    if isinstance(pattern, Regex):
        return patterns.replaced(pattern, value, replacement)
    old = text(pattern)
    if len(value) + value.count(old) * len(replacement) > LARGEST:
        raise EvaluationError("a text that is too large")
    return value.replace(old, replacement)


def _split(_: Scene, value: str, arguments: _Arguments) -> tuple[str, ...]:
    separator = arguments[0]
    if isinstance(separator, Regex):
        parts = patterns.split(separator, value)
    else:
        parts = value.split(text(separator)) if text(separator) else list(value)
    return tuple(parts[: integer(arguments[1])] if len(arguments) > 1 else parts)


def _repeat(_: Scene, value: str, arguments: _Arguments) -> str:
    times = integer(arguments[0])
    if times < 0 or times * len(value) > LARGEST:
        raise EvaluationError("text cannot be repeated that often")
    return value * times


def _title(value: str) -> str:
    return " ".join(word[:1].upper() + word[1:].lower() for word in value.split(" "))


def _holds_text(_: Scene, value: str, part: Value) -> bool:
    return text(part) in value


# ---------------------------------------------------------------- lists


def _holds(scene: Scene, value: tuple[Value, ...], wanted: Value) -> bool:
    return any(_is_item(item, wanted, scene) for item in value)


def _is_item(item: Value, wanted: Value, scene: Scene) -> bool:
    if isinstance(item, Tag) and isinstance(wanted, str):
        return is_under(item, wanted)
    return equal(item, wanted, scene.catalogue)


def is_under(tag: str, wanted: str) -> bool:
    """Whether a tag is the wanted one or nested in it, in any case, with or without `#`."""
    own, asked = tag.casefold(), wanted.strip().lstrip("#").casefold()
    return own == asked or own.startswith(f"{asked}/")


def _all_of(holds: _Test) -> Function:
    return form(lambda scene, value, arguments: all(holds(scene, value, a) for a in arguments), 1, MANY)


def _any_of(holds: _Test) -> Function:
    return form(lambda scene, value, arguments: any(holds(scene, value, a) for a in arguments), 1, MANY)


def _joined(_: Scene, value: tuple[Value, ...], arguments: _Arguments) -> str:
    measured(value)
    if len(value) * len(text(arguments[0])) > LARGEST:
        raise EvaluationError("a text that is too large")
    return text(arguments[0]).join(map(text_of, value))


def _unique(scene: Scene, value: tuple[Value, ...], _: _Arguments) -> tuple[Value, ...]:
    found: dict[tuple[str, str], Value] = {}
    for item in value:
        # Links by the file that they reach, however they are spelled; everything else by its text.
        path = reached(item, scene.catalogue) if isinstance(item, Link | File) else None
        found.setdefault(("", path) if path else (type_name(item), text_of(item)), item)
    return tuple(found.values())


def _flat(_: Scene, value: tuple[Value, ...], __: _Arguments) -> tuple[Value, ...]:
    measured(value)
    return tuple(inner for item in value for inner in (item if isinstance(item, tuple) else (item,)))


def _sorted(_: Scene, value: tuple[Value, ...], __: _Arguments) -> tuple[Value, ...]:
    filled = sorted((item for item in value if item is not None), key=sort_key)
    return (*filled, *(item for item in value if item is None))


def _filtered(scene: Scene, value: tuple[Value, ...], arguments: _Arguments) -> tuple[Value, ...]:
    keep = partial(scene.evaluate, arguments[0])
    return tuple(item for index, item in enumerate(value) if is_true(keep(value=item, index=float(index))))


def _mapped(scene: Scene, value: tuple[Value, ...], arguments: _Arguments) -> tuple[Value, ...]:
    return tuple(scene.evaluate(arguments[0], value=item, index=float(i)) for i, item in enumerate(value))


def _reduced(scene: Scene, value: tuple[Value, ...], arguments: _Arguments) -> Value:
    total = scene.evaluate(arguments[1])
    for index, item in enumerate(value):
        total = scene.evaluate(arguments[0], value=item, index=float(index), acc=total)
    return total


def _mean(_: Scene, value: tuple[Value, ...], __: _Arguments) -> Value:
    numbers = [item for item in value if isinstance(item, float)]
    return math.fsum(numbers) / len(numbers) if numbers else None


# ---------------------------------------------------------------- numbers


def _whole(function: Callable[[float], float]) -> Function:
    """A function from numbers to whole ones; what has no end stays as it is."""
    return form(lambda _, value, __: value if not math.isfinite(value) else float(function(value)))


def _round(_: Scene, value: float, arguments: _Arguments) -> float:
    """Halves go up, as in JavaScript: also -2.5 to -2."""
    digits = _digits(arguments)
    if not math.isfinite(value) or abs(value) >= 1e21:
        return value
    with localcontext(prec=400):
        scaled = Decimal(repr(value)).scaleb(digits) + Decimal("0.5")
        return float(Decimal(math.floor(scaled)).scaleb(-digits))


def _fixed(_: Scene, value: float, arguments: _Arguments) -> str:
    if not math.isfinite(value) or abs(value) >= 1e21:
        return number_text(value)
    with localcontext(prec=400):
        return format(Decimal(value).quantize(Decimal(1).scaleb(-_digits(arguments)), ROUND_HALF_UP), "f")


def _digits(arguments: _Arguments) -> int:
    digits = integer(arguments[0]) if arguments and arguments[0] is not None else 0
    if not 0 <= digits <= 100:
        raise EvaluationError("from 0 to 100 digits after the point")
    return digits


# ---------------------------------------------------------------- dates


def _format(scene: Scene, value: Date, arguments: _Arguments) -> str:
    try:
        return formatted(value, text(arguments[0]), scene.catalogue.language)
    except PatternError as error:
        raise EvaluationError(str(error)) from None


def _relative(scene: Scene, value: Date, _: _Arguments) -> str:
    return relative(value, datetime.combine(scene.catalogue.today(), time()), scene.catalogue.language)


def _day(_: Scene, value: Date, __: _Arguments) -> Date:
    return Date(datetime.combine(value.moment.date(), time()))


def _part(name: str, unit: float = 1) -> Callable[[Scene, Value], Value]:
    return lambda _, value: float(getattr(value.moment, name) // unit)


def _in_units(milliseconds: float) -> Callable[[Scene, Value], Value]:
    return lambda _, value: value.milliseconds / milliseconds


# ---------------------------------------------------------------- files and links


def property_of(scene: Scene, path: str, name: str) -> Value:
    """A property of a file; `tags` is a list also where one tag stands there alone."""
    tags = name.casefold() in ("tags", "tag")
    value = from_property(scene.catalogue.stated(path, name), path, tags=tags)
    return (value,) if tags and isinstance(value, str) else value


def properties_of(scene: Scene, path: str) -> dict[str, Value]:
    return {name: from_property(value, path) for name, value in scene.catalogue.properties(path).items()}


def _name(file: File) -> str:
    return file.path.rpartition("/")[2]


def _basename(_: Scene, file: File) -> Value:
    stem, dot, _extension = _name(file).rpartition(".")
    return stem if dot else _name(file)


def _stated(value: Value) -> Value:
    found = from_property(value, "")
    return found if isinstance(found, Date) else None


def _has_link(scene: Scene, file: File, arguments: _Arguments) -> bool:
    target = target_of(scene, arguments[0])
    if target is not None:
        return scene.catalogue.leads_to(file.path, target)
    wanted = arguments[0].target if isinstance(arguments[0], Link) else text(arguments[0])
    return any(link.target == wanted for link in scene.catalogue.links(file.path))


def _has_tag(scene: Scene, file: File, arguments: _Arguments) -> bool:
    tags = scene.catalogue.tags(file.path)
    return any(is_under(tag, text(wanted)) for wanted in arguments for tag in tags)


def _in_folder(_: Scene, file: File, arguments: _Arguments) -> bool:
    folder = text(arguments[0]).strip("/ ")
    return not folder or file.path.startswith(f"{folder}/")


def _has_property(scene: Scene, file: File, arguments: _Arguments) -> bool:
    wanted = text(arguments[0]).casefold()
    return any(name.casefold() == wanted for name in scene.catalogue.properties(file.path))


def _as_link(scene: Scene, file: File, arguments: _Arguments) -> Link:
    display = text(arguments[0]) if arguments and arguments[0] is not None else file_text(file)
    return Link(f"/{file.path}", display, scene.path)


def _as_file(scene: Scene, link: Link, _: _Arguments) -> Value:
    path = reached(link, scene.catalogue)
    return None if path is None else File(path)


def _links_to(scene: Scene, link: Link, arguments: _Arguments) -> bool:
    path = reached(link, scene.catalogue)
    return path is not None and _has_link(scene, File(path), arguments)


def _backlinks(scene: Scene, file: File) -> Value:
    return tuple(_as_link(scene, File(path), ()) for path in scene.catalogue.backlinks(file.path))


# ---------------------------------------------------------------- the tables

_EMPTY = form(lambda _, value, __: is_empty(value))

METHODS: Mapping[str, Mapping[str, Function]] = {
    "any": {
        "isTruthy": form(lambda _, value, __: is_true(value)),
        "isType": form(lambda _, value, arguments: type_name(value) == text(arguments[0]).lower(), 1),
        "toString": form(lambda _, value, __: text_of(value)),
        "isEmpty": _EMPTY,
    },
    "string": {
        "contains": _all_of(_holds_text)._replace(most=1),
        "containsAll": _all_of(_holds_text),
        "containsAny": _any_of(_holds_text),
        "startsWith": form(lambda _, value, arguments: value.startswith(text(arguments[0])), 1),
        "endsWith": form(lambda _, value, arguments: value.endswith(text(arguments[0])), 1),
        "lower": form(lambda _, value, __: value.lower()),
        "title": form(lambda _, value, __: _title(value)),
        "trim": form(lambda _, value, __: value.strip()),
        "reverse": form(lambda _, value, __: value[::-1]),
        "repeat": form(_repeat, 1),
        "slice": form(_slice, 1, 2),
        "replace": form(_replace, 2),
        "split": form(_split, 1, 2),
    },
    "number": {
        "abs": form(lambda _, value, __: abs(value)),
        "ceil": _whole(math.ceil),
        "floor": _whole(math.floor),
        "round": form(_round, 0, 1),
        "toFixed": form(_fixed, 0, 1),
    },
    "list": {
        "contains": _all_of(_holds)._replace(most=1),
        "containsAll": _all_of(_holds),
        "containsAny": _any_of(_holds),
        "flat": form(_flat),
        "join": form(_joined, 1),
        "reverse": form(lambda _, value, __: value[::-1]),
        "slice": form(_slice, 1, 2),
        "sort": form(_sorted),
        "unique": form(_unique),
        "mean": form(_mean),
        "filter": Function(_filtered, 1, 1, lazy=True),
        "map": Function(_mapped, 1, 1, lazy=True),
        "reduce": Function(_reduced, 2, 2, lazy=True),
    },
    "object": {
        "keys": form(lambda _, value, __: tuple(value)),
        "values": form(lambda _, value, __: tuple(value.values())),
    },
    "date": {
        "date": form(_day),
        "time": form(lambda _, value, __: value.moment.strftime("%H:%M:%S")),
        "format": form(_format, 1),
        "relative": form(_relative),
    },
    "link": {"asFile": form(_as_file), "linksTo": form(_links_to, 1)},
    "file": {
        "asLink": form(_as_link, 0, 1),
        "hasLink": form(_has_link, 1),
        "hasProperty": form(_has_property, 1),
        "hasTag": form(_has_tag, 1, MANY),
        "inFolder": form(_in_folder, 1),
    },
    "regexp": {"matches": form(lambda _, value, arguments: patterns.found(value, text(arguments[0])), 1)},
}
"""The functions of each type; those of `any` belong to all of them."""

_Field = Callable[[Scene, Value], Value]

FIELDS: Mapping[str, Mapping[str, _Field]] = {
    "string": {"length": lambda _, value: float(len(value))},
    "list": {"length": lambda _, value: float(len(value))},
    "date": {
        "year": _part("year"),
        "month": _part("month"),
        "day": _part("day"),
        "hour": _part("hour"),
        "minute": _part("minute"),
        "second": _part("second"),
        "millisecond": _part("microsecond", 1000),
    },
    "duration": {
        "years": _in_units(365.2425 * 8.64e7),
        "months": _in_units(365.2425 / 12 * 8.64e7),
        "weeks": _in_units(7 * 8.64e7),
        "days": _in_units(8.64e7),
        "hours": _in_units(3.6e6),
        "minutes": _in_units(6e4),
        "seconds": _in_units(1e3),
        "milliseconds": _in_units(1),
    },
    "file": {
        "file": lambda _, file: File(file.path),
        "name": lambda _, file: _name(file),
        "basename": _basename,
        "path": lambda _, file: file.path,
        "folder": lambda _, file: file.path.rpartition("/")[0],
        "ext": lambda _, file: _name(file).rpartition(".")[2] if "." in _name(file) else "",
        "size": lambda scene, file: float(scene.catalogue.size(file.path)),
        "ctime": lambda scene, file: _stated(scene.catalogue.created(file.path)),
        "mtime": lambda scene, file: _stated(scene.catalogue.modified(file.path)),
        "tags": lambda scene, file: tuple(map(Tag, scene.catalogue.tags(file.path))),
        "links": lambda scene, file: tuple(scene.catalogue.links(file.path)),
        "embeds": lambda scene, file: tuple(scene.catalogue.embeds(file.path)),
        "backlinks": _backlinks,
        "properties": lambda scene, file: properties_of(scene, file.path),
    },
}
"""The fields of each type."""
