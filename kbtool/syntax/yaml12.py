"""YAML 1.2's core schema over libyaml: `yes`, `12:30` and dates are strings, `0o17` is a number, keys are strings.

The tree of nodes is turned into values here and not by PyYAML's constructors, so that places are known, equal keys are
an error as in Obsidian, and a few lines of aliases or ten thousand brackets cannot exhaust memory or the stack.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml

try:
    from yaml import CSafeLoader as _BaseLoader
except ImportError:
    from yaml import SafeLoader as _BaseLoader  # type: ignore[assignment]

__all__ = ["InvalidYAMLError", "String", "Values", "load"]

_MOST_VALUES = 20_000
_DEEPEST = 60
_BRACKET = re.compile(r"[\[\]{}]")
_COMPACT_NESTING = re.compile(rf"(?:[-?:][ \t]+){{{_DEEPEST}}}")


def _nothing(_: str) -> None:
    return None


_CORE: tuple[tuple[str, Callable[[str], Any]], ...] = (
    (r"~|null|Null|NULL|", _nothing),
    (r"true|True|TRUE|false|False|FALSE", lambda text: text.lower() == "true"),
    (r"[-+]?[0-9]+", int),
    (r"0o[0-7]+", lambda text: int(text[2:], 8)),
    (r"0x[0-9a-fA-F]+", lambda text: int(text[2:], 16)),
    (r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", float),
    (r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", lambda text: float(text.replace(".", ""))),
)
"""Plain scalars: the first form that fits the whole text gives its value; the rest are strings."""

# One expression with a group for each form: most values fit none, and that is found out by one search.
_FORMS = re.compile("|".join(f"({form})" for form, _ in _CORE))


class InvalidYAMLError(Exception):
    """YAML that cannot be read: what is wrong, and the line and column where it shows (both from 0)."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


class String(NamedTuple):
    """A string value: its place in the data (`ver.0`) and the lines and column that it stands at (from 0)."""

    key: str
    text: str
    line: int
    column: int
    last_line: int


class Values(NamedTuple):
    """A mapping, the line of each of its keys (from 0), and all its strings, nested ones included."""

    mapping: dict[str, Any]
    lines: dict[str, int]
    strings: list[String]


class _Loader(_BaseLoader):
    """Resolves no plain scalar: what they mean is decided by `_CORE`."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 -- as PyYAML declares it


# What has no tag of its own is told apart from what says `!!str`.
setattr(_Loader, "DEFAULT_SCALAR_TAG", "untagged")  # noqa: B010 -- PyYAML's stubs call it final


def load(text: str) -> Values:
    """The mapping that `text` is; nothing at all is an empty one.

    >>> load("hora: 12:30\\nsí: yes\\nn: 0o17").mapping
    {'hora': '12:30', 'sí': 'yes', 'n': 15}
    """
    _refuse_depth(text)
    node = _compose(text)
    if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
        return Values({}, {}, [])
    if not isinstance(node, yaml.MappingNode):
        raise InvalidYAMLError("properties are `name: value` lines", node.start_mark.line, node.start_mark.column)
    reader = _Reader()
    mapping = reader.mapping(node, "", 0)
    return Values(mapping, {_key(key): key.start_mark.line for key, _ in node.value}, reader.strings)


def _refuse_depth(text: str) -> None:
    # libyaml composes by recursion in C and would crash the process.
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth = max(depth + (1 if bracket in "[{" else -1), 0)
        deepest = max(deepest, depth)
    if deepest > _DEEPEST * 10 or _COMPACT_NESTING.search(text):
        raise InvalidYAMLError("nested too deeply", 0, 0)


def _compose(text: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(part for part in (error.context, error.problem) if part)
        raise InvalidYAMLError(message, mark.line if mark else 0, mark.column if mark else 0) from None
    except yaml.reader.ReaderError as error:
        raise InvalidYAMLError(f"a character that YAML does not allow: {error.reason}", 0, 0) from None
    except (UnicodeEncodeError, RecursionError) as error:
        raise InvalidYAMLError(str(error), 0, 0) from None
    return node


class _Reader:
    def __init__(self) -> None:
        self.strings: list[String] = []
        self.count = 0

    def value(self, node: yaml.Node, key: str, depth: int) -> Any:
        self.count += 1
        if self.count > _MOST_VALUES or depth > _DEEPEST:
            raise InvalidYAMLError("too many or too deeply nested values", node.start_mark.line, node.start_mark.column)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, f"{key}.", depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, f"{key}.{index}", depth + 1) for index, item in enumerate(node.value)]
        value = _scalar(node)
        if isinstance(value, str):
            start = node.start_mark
            self.strings.append(String(key, value, start.line, start.column, node.end_mark.line))
        return value

    def mapping(self, node: yaml.MappingNode, prefix: str, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = _key(key_node)
            if key in values:
                raise InvalidYAMLError(
                    f"the key {key!r} stands twice", key_node.start_mark.line, key_node.start_mark.column
                )
            values[key] = self.value(value_node, f"{prefix}{key}", depth + 1)
        return values


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise InvalidYAMLError("a key must be text", node.start_mark.line, node.start_mark.column)
    return str(node.value)


def _scalar(node: Any) -> Any:
    text = str(node.value)
    if node.style or node.tag == "tag:yaml.org,2002:str":
        return text
    form = _FORMS.fullmatch(text)
    try:
        return _CORE[(form.lastindex or 0) - 1][1](text) if form else text
    except ValueError:
        # Python refuses integers of thousands of digits.
        return text
