"""The values of expressions, and what JavaScript says of them: what is true, equal, smaller, and how they are written.

Texts are `str`, numbers `float` (JavaScript has no other), checkboxes `bool`, nothing is None, lists are tuples and
objects dicts; the rest are the classes here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from kbtool.bases.dates import Date, Duration, read_date
from kbtool.slug import fold

__all__ = [
    "Catalogue",
    "EvaluationError",
    "ExhaustedError",
    "File",
    "Html",
    "Icon",
    "Image",
    "Link",
    "Regex",
    "Tag",
    "This",
    "Value",
    "equal",
    "file_text",
    "from_property",
    "is_empty",
    "is_true",
    "less",
    "measured",
    "number_of",
    "number_text",
    "reached",
    "sort_key",
    "text_of",
    "type_name",
]

Value = Any
"""A value of an expression."""


class EvaluationError(Exception):
    """An expression that has no value here: why not."""


class ExhaustedError(Exception):
    """A base that would take more work than is allowed."""


class Tag(str):
    """A tag without its `#`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A link; `source` is the file that it stands in, from where it is resolved."""

    target: str
    display: str = ""
    source: str = ""

    @property
    def is_external(self) -> bool:
        return self.target.startswith(("https://", "http://", "mailto:"))


@dataclass(frozen=True, slots=True)
class File:
    path: str


@dataclass(frozen=True, slots=True)
class This(File):
    """The file that the base is shown in: its members are that file's properties, and `file`."""


@dataclass(frozen=True, slots=True)
class Regex:
    source: str
    flags: str


@dataclass(frozen=True, slots=True)
class Html:
    source: str


@dataclass(frozen=True, slots=True)
class Image:
    of: Value


@dataclass(frozen=True, slots=True)
class Icon:
    name: str


class Catalogue(Protocol):
    """What expressions may ask of the files of a vault.  Paths are those of files that may be known of."""

    def files(self) -> Sequence[str]:
        """All files that can be rows, by path."""

    def stated(self, path: str, name: str) -> Any:
        """A property's value as YAML has it, its name in any case; None where there is none."""

    def properties(self, path: str) -> Mapping[str, Any]: ...
    def tags(self, path: str) -> Sequence[str]:
        """The tags of text and properties, without `#`."""

    def links(self, path: str) -> Sequence[Link]:
        """All links, embeds and those of properties among them."""

    def embeds(self, path: str) -> Sequence[Link]: ...
    def leads_to(self, path: str, target: str) -> bool:
        """Whether any link of the file `path` leads to the file `target`."""

    def backlinks(self, path: str) -> Sequence[str]: ...
    def size(self, path: str) -> int: ...
    def created(self, path: str) -> Any: ...
    def modified(self, path: str) -> Any:
        """When the file was changed as far as the vault itself says, as a property has it."""

    def resolve(self, target: str, source: str) -> str | None: ...
    def today(self) -> date: ...

    @property
    def language(self) -> str: ...


_LINK = re.compile(r"!?\[\[([^\]|]*)(?:\|([^\]]*))?\]\]")


def from_property(value: Any, source: str, *, tags: bool = False) -> Value:
    """The value of a property as YAML has it; texts that are links or dates are just that.

    >>> from_property("[[Mikolov|T. Mikolov]]", "A.md")
    Link(target='Mikolov', display='T. Mikolov', source='A.md')
    """
    if isinstance(value, str):
        return Tag(value.lstrip("#")) if tags else _from_text(value, source)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return _float(value)
    if isinstance(value, list | tuple):
        return tuple(from_property(item, source, tags=tags) for item in value)
    if isinstance(value, Mapping):
        return {str(key): from_property(item, source) for key, item in value.items()}
    return text_of(value)


def _from_text(text: str, source: str) -> Value:
    if text[4:5] == "-" and text[:4].isdigit():
        found = read_date(text)
        return text if found is None else found
    match = _LINK.fullmatch(text.strip()) if "[[" in text else None
    return Link(match[1].strip(), (match[2] or "").strip(), source) if match else text


def _float(number: int | float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


# ---------------------------------------------------------------- what a value is

_TYPES: Sequence[tuple[type | tuple[type, ...], str]] = (
    (bool, "boolean"),
    (float, "number"),
    (str, "string"),
    (tuple, "list"),
    (dict, "object"),
    (Date, "date"),
    (Duration, "duration"),
    (Link, "link"),
    (File, "file"),
    (Regex, "regexp"),
    (Html, "html"),
    (Image, "image"),
    (Icon, "icon"),
)


def type_name(value: Value) -> str:
    """`string`, `number`, `boolean`, `list`, `object`, `date`, `link`, `file`...; `null` for nothing."""
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")


def is_true(value: Value) -> bool:
    """As JavaScript has it, but that empty lists and objects are false as well."""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value) if isinstance(value, str | tuple | dict | bool) else value is not None


def is_empty(value: Value) -> bool:
    """Whether there is nothing: no value, no text, an empty list or object."""
    return value is None or (isinstance(value, str | tuple | dict) and not value)


LARGEST = 1_000_000
"""More characters, or values in a list and the lists in it, than any base needs."""


def measured(value: Value) -> Value:
    """The value, if it is not too large: a list of itself twice, thirty times over, is small until it is written."""
    left, waiting = LARGEST, [value]
    while waiting:
        here = waiting.pop()
        left -= len(here) if isinstance(here, str) else 1
        if left < 0:
            raise EvaluationError("a text or list that is too large")
        if isinstance(here, tuple):
            waiting += here
        elif isinstance(here, dict):
            waiting += here.values()
    return value


def number_of(value: Value) -> float | None:
    """What a value counts as in arithmetic; None for what does not."""
    if isinstance(value, bool | float):
        return float(value)
    return value.milliseconds if isinstance(value, Duration) else None


# ---------------------------------------------------------------- comparing


def equal(left: Value, right: Value, catalogue: Catalogue) -> bool:
    """`==`: values of different kinds are unequal, but for dates and links, which texts and files can mean too."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Date):
            moment = other if isinstance(other, Date) else read_date(other) if isinstance(other, str) else None
            return moment is not None and one.same(moment)
        if isinstance(one, Link | File):
            return isinstance(other, Link | File) and _same_target(one, other, catalogue)
    if isinstance(left, tuple | dict):
        measured(left)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(equal(a, b, catalogue) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key], catalogue) for key in left)
    if isinstance(left, Duration) or isinstance(right, Duration):
        return number_of(left) == number_of(right)
    return type_name(left) == type_name(right) and bool(left == right)


def _same_target(left: Link | File, right: Link | File, catalogue: Catalogue) -> bool:
    one, other = (reached(value, catalogue) for value in (left, right))
    if one is None and other is None:
        return isinstance(left, Link) and isinstance(right, Link) and left.target == right.target
    return one == other


def reached(value: Link | File, catalogue: Catalogue) -> str | None:
    """The path of the file that a link leads to, or that a file is."""
    if isinstance(value, File):
        return value.path
    if value.is_external:
        return None
    return catalogue.resolve(value.target, value.source)


def less(left: Value, right: Value) -> bool | None:
    """`<`; None where neither order nor equality holds: nothing, or values that cannot be compared."""
    if isinstance(left, Date) or isinstance(right, Date):
        dates = [read_date(value) if isinstance(value, str) else value for value in (left, right)]
        one, other = dates
        return one.before(other) if isinstance(one, Date) and isinstance(other, Date) else None
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    numbers = number_of(left), number_of(right)
    if numbers[0] is None or numbers[1] is None or any(math.isnan(n) for n in numbers if n is not None):
        return None
    return numbers[0] < numbers[1]


def sort_key(value: Value) -> tuple[Any, ...]:
    """A key that orders any values: checkboxes, numbers, dates, then texts without regard to case and accents."""
    number = number_of(value)
    if isinstance(value, bool):
        return 0, value
    if number is not None:
        return 1, number
    if isinstance(value, Date):
        return 2, value.moment
    text = text_of(value)
    return 3, fold(text), text


# ---------------------------------------------------------------- writing


def number_text(number: float) -> str:
    """A number as JavaScript prints it, but for `∞`.

    >>> number_text(7.0), number_text(0.5), number_text(1e-7), number_text(float("inf"))
    ('7', '0.5', '1e-7', '∞')
    """
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "∞" if number > 0 else "-∞"
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    if 1e-6 <= abs(number) < 1e-4 or 1e15 <= abs(number) < 1e21:
        return format(Decimal(repr(number)), "f").removesuffix(".0")
    return re.sub(r"e([+-])0", r"e\1", repr(number))


def text_of(value: Value) -> str:
    """A value as text: links by what they show, lists element by element, nothing as nothing."""
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, tuple | dict):
        measured(value)
    writer = _WRITERS.get(type_name(value))
    return writer(value) if writer else str(value)


def _link_text(link: Link) -> str:
    return link.display or link.target


def file_text(file: File) -> str:
    """A file's name as readers see it."""
    name = file.path.rpartition("/")[2]
    return name[:-3] if name.endswith(".md") else name


_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "boolean": lambda value: "true" if value else "false",
    "number": number_text,
    "list": lambda value: ", ".join(text_of(item) for item in value),
    "object": lambda value: "{" + ", ".join(f"{key}: {text_of(item)}" for key, item in value.items()) + "}",
    "date": lambda value: value.iso(),
    "duration": lambda value: number_text(value.milliseconds),
    "link": _link_text,
    "file": file_text,
    "regexp": lambda value: f"/{value.source}/{value.flags}",
    "html": lambda value: value.source,
    "image": lambda value: text_of(value.of),
    "icon": lambda value: value.name,
    "null": lambda value: value.isoformat() if isinstance(value, date | datetime) else "",
}
"""How each type of value is written."""
