"""Expressions of bases: text becomes a tree by a grammar, and nothing is ever handed to Python to evaluate.

The operators and their order are JavaScript's.  `x / y` and `/y/` are told apart by the parser: it knows whether an
operand or an operator is due.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark

__all__ = [
    "Binary",
    "Call",
    "Expression",
    "Index",
    "List",
    "Literal",
    "Member",
    "Name",
    "Object",
    "Pattern",
    "SyntaxFaultError",
    "Unary",
    "parse",
]


class SyntaxFaultError(Exception):
    """An expression that cannot be read: what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Literal:
    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, `/source/flags`."""

    source: str
    flags: str


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class List:
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Object:
    items: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Member:
    """`of.name`"""

    of: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """`of[at]`"""

    of: Expression
    at: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """`name(arguments)`, or `of.name(arguments)`."""

    of: Expression | None
    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Expression
    right: Expression


Expression = Literal | Pattern | Name | List | Object | Member | Index | Call | Unary | Binary

_LONGEST = 10_000
_GRAMMAR = r"""
?start: or_
?or_: and_ | or_ "||" and_             -> either
?and_: equal | and_ "&&" equal         -> both
?equal: compared | equal EQUALS compared -> binary
?compared: sum | compared ORDER sum    -> binary
?sum: product | sum SIGN product       -> binary
?product: prefixed | product (TIMES | DIVIDED | MODULO) prefixed -> binary
?prefixed: postfixed | (NOT | SIGN) prefixed -> unary
?postfixed: primary
    | postfixed "." NAME                       -> member
    | postfixed "." NAME "(" [arguments] ")"   -> method
    | postfixed "[" or_ "]"                    -> index
?primary: NUMBER                       -> number
    | TEXT                             -> text
    | PATTERN                          -> pattern
    | NAME                             -> name
    | NAME "(" [arguments] ")"         -> function
    | "[" [arguments] "]"              -> array
    | "{" [pair ("," pair)* [","]] "}" -> object
    | "(" or_ ")"
arguments: or_ ("," or_)* [","]
pair: (TEXT | NAME) ":" or_

EQUALS: "==" | "!="
ORDER.2: "<=" | ">=" | "<" | ">"
SIGN: "+" | "-"
TIMES: "*"
DIVIDED: "/"
MODULO: "%"
NOT: "!"
NUMBER: /(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?/
TEXT: /"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/s
PATTERN: /\/(?![*\/])(\\.|\[(\\.|[^\]\\\n])*\]|[^\/\\\n\[])+\/[a-z]*/
NAME: /[A-Za-z_$\x80-\U0010ffff](?<!\s)((?!\s)[\w$\x80-\U0010ffff])*/
WS: /\s+/
%ignore WS
"""
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


class _Tree:
    """Makes the nodes while the text is being read, so that no other tree is built first."""

    def number(self, parts: list[Any]) -> Literal:
        return Literal(float(parts[0]))

    def text(self, parts: list[Any]) -> Literal:
        return Literal(_unquoted(parts[0]))

    def pattern(self, parts: list[Any]) -> Pattern:
        source, _, flags = str(parts[0])[1:].rpartition("/")
        return Pattern(source, flags)

    def name(self, parts: list[Any]) -> Expression:
        name = str(parts[0])
        return Literal(_CONSTANTS[name]) if name in _CONSTANTS else Name(name)

    def arguments(self, parts: list[Any]) -> tuple[Expression, ...]:
        return tuple(part for part in parts if part is not None)

    def array(self, parts: list[Any]) -> List:
        return List(parts[0] or ())

    def pair(self, parts: list[Any]) -> tuple[str, Expression]:
        key = _unquoted(parts[0]) if parts[0].type == "TEXT" else str(parts[0])
        return key, parts[1]

    def object(self, parts: list[Any]) -> Object:
        return Object(tuple(part for part in parts if part is not None))

    def function(self, parts: list[Any]) -> Call:
        return Call(None, str(parts[0]), parts[1] or ())

    def member(self, parts: list[Any]) -> Member:
        return Member(parts[0], str(parts[1]))

    def method(self, parts: list[Any]) -> Call:
        return Call(parts[0], str(parts[1]), parts[2] or ())

    def index(self, parts: list[Any]) -> Index:
        return Index(parts[0], parts[1])

    def unary(self, parts: list[Any]) -> Unary:
        return Unary(str(parts[0]), parts[1])

    def binary(self, parts: list[Any]) -> Binary:
        return Binary(str(parts[1]), parts[0], parts[2])

    def either(self, parts: list[Any]) -> Binary:
        return Binary("||", parts[0], parts[1])

    def both(self, parts: list[Any]) -> Binary:
        return Binary("&&", parts[0], parts[1])


@cache
def _parser() -> Lark:
    # Imported and made where the first base is met: it takes a tenth of a second.
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", lexer="contextual", transformer=_Tree(), maybe_placeholders=True)


@lru_cache(maxsize=1024)
def parse(text: str) -> Expression:
    """The tree of an expression.  Raises SyntaxFaultError.

    >>> parse("nivel > 2")
    Binary(operator='>', left=Name(name='nivel'), right=Literal(value=2.0))
    """
    from lark.exceptions import UnexpectedInput

    if not text.strip():
        raise SyntaxFaultError("there is no expression")
    if len(text) > _LONGEST:
        raise SyntaxFaultError(f"an expression of more than {_LONGEST} characters")
    try:
        tree: Any = _parser().parse(text)
    except UnexpectedInput as problem:
        raise SyntaxFaultError(_described(problem, text)) from None
    return tree  # type: ignore[no-any-return]


def _described(problem: Any, text: str) -> str:
    token = str(getattr(problem, "token", "") or "")
    at = problem.pos_in_stream if problem.pos_in_stream is not None else len(text)
    if getattr(getattr(problem, "token", None), "type", "") == "$END":
        return "the expression ends too early"
    return f"unexpected '{token or text[at : at + 1]}' after '{_before(text, at)}'"


def _before(text: str, at: int) -> str:
    before = " ".join(text[:at].split())
    return before if len(before) <= 24 else f"…{before[-23:]}"


def _unquoted(token: Any) -> str:
    return _ESCAPE.sub(_unescaped, str(token)[1:-1])


def _unescaped(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) > 1:
        return chr(int(escape[1:], 16))
    return _CONTROL.get(escape, escape)
