"""Evaluates expressions for one row, within limits: a base of a stranger must not stop a build."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from kbtool.bases.dates import Date, Duration, read_duration
from kbtool.bases.functions import FUNCTIONS
from kbtool.bases.members import FIELDS, METHODS, properties_of, property_of
from kbtool.bases.scene import Function
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
    Pattern,
    Unary,
)
from kbtool.bases.values import (
    LARGEST,
    Catalogue,
    EvaluationError,
    ExhaustedError,
    File,
    Regex,
    This,
    Value,
    equal,
    is_true,
    less,
    number_of,
    text_of,
    type_name,
)

__all__ = ["Budget", "Formula", "Row"]

Formula = Expression | str
"""A formula's tree, or why it has none."""


@dataclass(slots=True)
class Budget:
    """How many steps a base may still take, one for each node of a tree and each hundred characters or items made."""

    steps: int

    def spend(self, steps: int = 1) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise ExhaustedError("it takes too much work to evaluate")


_DEEPEST = 150


@dataclass(slots=True)
class Row:
    """A file of the vault as a row of a base; `this` is the file that shows the base.

    Each property is read and each formula evaluated once, whoever asks: the filter, the sorting, a cell.
    """

    path: str
    catalogue: Catalogue
    formulas: Mapping[str, Formula]
    this: str
    budget: Budget
    _own: dict[str, Value] = field(default_factory=dict)
    _known: dict[str, Value | EvaluationError] = field(default_factory=dict)
    _waiting: set[str] = field(default_factory=set)
    _names: Mapping[str, Value] = field(default_factory=dict)
    _depth: int = 0
    _chances: int = 0

    def value(self, identifier: str) -> Value:
        """The value of a property by its name in full.  Raises EvaluationError."""
        root, _, name = identifier.partition(".")
        if root == "formula":
            return self.formula(name)
        return self._field(File(self.path), name) if root == "file" else self._property(name)

    def _property(self, name: str) -> Value:
        if name not in self._own:
            self._own[name] = property_of(self, self.path, name)
        return self._own[name]

    def formula(self, name: str) -> Value:
        if name not in self._known:
            self._known[name] = self._worked_out(name)
        known = self._known[name]
        if isinstance(known, EvaluationError):
            raise known
        return known

    def _worked_out(self, name: str) -> Value | EvaluationError:
        formula = self.formulas.get(name)
        if formula is None:
            return EvaluationError(f"there is no formula '{name}'")
        if isinstance(formula, str):
            return EvaluationError(formula)
        if name in self._waiting:
            return EvaluationError(f"the formula '{name}' needs itself")
        outer, self._names = self._names, {}
        self._waiting.add(name)
        try:
            return self.evaluate(formula)
        except EvaluationError as error:
            return error
        finally:
            self._waiting.discard(name)
            self._names = outer

    def evaluate(self, expression: Expression, **names: Value) -> Value:
        """The value of an expression.  Raises EvaluationError, and ExhaustedError when the base has worked too long."""
        self.budget.spend()
        if self._depth >= _DEEPEST:
            raise EvaluationError("an expression nested too deeply")
        outer = self._names
        if names:
            self._names = {**outer, **names}
        self._depth += 1
        try:
            return _FORMS[type(expression)](self, expression)
        finally:
            self._depth -= 1
            self._names = outer

    def chance(self) -> float:
        self._chances += 1
        digest = blake2b(f"{self.path}\n{self._chances}".encode("utf-8", "surrogatepass"), digest_size=6).digest()
        return int.from_bytes(digest, "big") / 2**48

    # --- names and members

    def _name(self, expression: Name) -> Value:
        name = expression.name
        if name in self._names:
            return self._names[name]
        root = _ROOTS.get(name)
        return root(self) if root else self._property(name)

    def _member(self, expression: Member) -> Value:
        root = expression.of.name if isinstance(expression.of, Name) else ""
        if root in ("note", "formula") and root not in self._names:
            return self.value(f"{root}.{expression.name}")
        return self._field(self.evaluate(expression.of), expression.name)

    def _index(self, expression: Index) -> Value:
        at = self.evaluate(expression.at)
        root = expression.of.name if isinstance(expression.of, Name) else ""
        if root in ("note", "formula") and isinstance(at, str) and root not in self._names:
            return self.value(f"{root}.{at}")
        return self._item(self.evaluate(expression.of), at)

    def _item(self, value: Value, at: Value) -> Value:
        if isinstance(value, tuple | str) and isinstance(at, float):
            return value[int(at)] if at == at // 1 and 0 <= at < len(value) else None
        return self._field(value, text_of(at))

    def _field(self, value: Value, name: str) -> Value:
        if value is None:
            return None
        if isinstance(value, dict):
            return value.get(name)
        if isinstance(value, This) and name != "file":
            return property_of(self, value.path, name)
        for kind in _kinds(value):
            found = FIELDS.get(kind, {}).get(name)
            if found:
                return found(self, value if kind != "string" else text_of(value))
        raise EvaluationError(f"a {type_name(value)} has no '{name}'")

    # --- calls

    def _call(self, expression: Call) -> Value:
        if expression.of is None:
            function = FUNCTIONS.get(expression.name)
            if function is None:
                raise EvaluationError(f"there is no function '{expression.name}'")
            return self._apply(function, expression, None)
        value = self.evaluate(expression.of)
        for kind in (*_kinds(value), "any"):
            method = METHODS.get(kind, {}).get(expression.name)
            if method:
                return self._apply(method, expression, _seen_as(kind, value))
        raise EvaluationError(f"a {type_name(value)} has no function '{expression.name}'")

    def _apply(self, function: Function, call: Call, value: Value) -> Value:
        given: Sequence[Value] = call.arguments
        if not function.least <= len(given) <= function.most:
            raise EvaluationError(f"{call.name}() with {len(given)} arguments")
        if not function.lazy:
            given = [self.evaluate(argument) for argument in given]
        return self._sized(function.call(self, value, given))

    def _sized(self, value: Value) -> Value:
        if isinstance(value, str | tuple):
            if len(value) > LARGEST:
                raise EvaluationError("a text or list that is too large")
            self.budget.spend(len(value) // 100)
        return value

    # --- operators

    def _unary(self, expression: Unary) -> Value:
        value = self.evaluate(expression.operand)
        if expression.operator == "!":
            return not is_true(value)
        if expression.operator == "+" and number_of(value) is not None:
            return number_of(value)
        if isinstance(value, Duration):
            return value.times(-1)
        if value is None:
            return None
        number = number_of(value)
        if number is None:
            raise EvaluationError(f"a {type_name(value)} has no negative")
        return -number

    def _binary(self, expression: Binary) -> Value:
        left = self.evaluate(expression.left)
        if expression.operator in ("&&", "||"):
            decided = is_true(left) is (expression.operator == "||")
            return left if decided else self.evaluate(expression.right)
        right = self.evaluate(expression.right)
        if expression.operator in ("==", "!="):
            return equal(left, right, self.catalogue) is (expression.operator == "==")
        if expression.operator in _ORDERS:
            return _ORDERS[expression.operator](left, right)
        return self._sized(_arithmetic(expression.operator, left, right))

    def _array(self, expression: List) -> Value:
        return tuple(self.evaluate(item) for item in expression.items)

    def _object(self, expression: Object) -> Value:
        return {key: self.evaluate(item) for key, item in expression.items}


_FORMS: Mapping[type, Callable[[Row, Expression], Value]] = {
    Literal: lambda _, literal: literal.value,  # type: ignore[union-attr]
    Pattern: lambda _, pattern: Regex(pattern.source, pattern.flags),  # type: ignore[union-attr]
    Name: Row._name,  # type: ignore[dict-item]
    List: Row._array,  # type: ignore[dict-item]
    Object: Row._object,  # type: ignore[dict-item]
    Member: Row._member,  # type: ignore[dict-item]
    Index: Row._index,  # type: ignore[dict-item]
    Call: Row._call,  # type: ignore[dict-item]
    Unary: Row._unary,  # type: ignore[dict-item]
    Binary: Row._binary,  # type: ignore[dict-item]
}

_ROOTS: Mapping[str, Callable[[Row], Value]] = {
    "file": lambda row: File(row.path),
    "note": lambda row: properties_of(row, row.path),
    "this": lambda row: This(row.this),
    "formula": lambda row: {name: row.formula(name) for name in row.formulas},
}
"""What a name means that is not a property's."""


def _kinds(value: Value) -> Sequence[str]:
    """The types whose members a value has: a date read from a property is also its text, a duration also a number."""
    kind = type_name(value)
    return (kind, *_ALSO.get(kind, ()))


_ALSO: Mapping[str, tuple[str, ...]] = {"date": ("string",), "duration": ("number",)}


def _seen_as(kind: str, value: Value) -> Value:
    if kind == "number":
        return number_of(value)
    return text_of(value) if kind == "string" and not isinstance(value, str) else value


# ---------------------------------------------------------------- arithmetic and order


_ORDERS: Mapping[str, Callable[[Value, Value], bool]] = {
    "<": lambda left, right: less(left, right) is True,
    ">": lambda left, right: less(right, left) is True,
    "<=": lambda left, right: less(right, left) is False,
    ">=": lambda left, right: less(left, right) is False,
}
"""None, where values cannot be compared, is neither."""


def _arithmetic(operator: str, left: Value, right: Value) -> Value:
    if operator == "+" and isinstance(left, tuple) and isinstance(right, tuple):
        return left + right
    if operator in "+-" and (isinstance(left, Date) or isinstance(right, Date)):
        found = _with_date(operator, left, right)
        if found is not None:
            return found
    if operator == "+" and (isinstance(left, str) or isinstance(right, str)):
        return text_of(left) + text_of(right)
    if left is None or right is None:
        return None
    if isinstance(left, Duration) or isinstance(right, Duration):
        found = _with_duration(operator, left, right)
        if found is not None:
            return found
    one, other = number_of(left), number_of(right)
    if one is None or other is None:
        raise EvaluationError(f"'{operator}' does not take a {type_name(left)} and a {type_name(right)}")
    return _NUMERIC[operator](one, other)


def _with_date(operator: str, left: Value, right: Value) -> Value:
    """A date and a duration, or the time between two dates; None for anything else."""
    if operator == "-" and isinstance(left, Date) and isinstance(right, Date):
        return left.minus(right)
    if not isinstance(left, Date):
        left, right = (right, left) if operator == "+" and isinstance(left, Duration) else (None, None)
    duration = _as_duration(right)
    if left is None or duration is None:
        return None
    try:
        return left.plus(duration if operator == "+" else duration.times(-1))
    except (OverflowError, ValueError):
        raise EvaluationError("a date out of range") from None


def _as_duration(value: Value) -> Duration | None:
    if isinstance(value, str):
        return read_duration(value)
    if isinstance(value, float):
        return Duration(0, value)
    return value if isinstance(value, Duration) else None


def _with_duration(operator: str, left: Value, right: Value) -> Value:
    if operator == "*" and isinstance(left, Duration) and isinstance(right, float) and math.isfinite(right):
        return left.times(right)
    if operator in "+-" and isinstance(left, Duration) and isinstance(right, Duration):
        return left.plus(right if operator == "+" else right.times(-1))
    return None


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right and math.isfinite(left) else math.nan


def _times(left: float, right: float) -> float:
    return left * right


_NUMERIC: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": _times,
    "/": _divided,
    "%": _remainder,
}
