"""Backpropagation in a hundred lines: numbers that remember how they came about, and the chain rule walked backwards.

    dL/dx = Σ over the uses y of x:  dL/dy · dy/dx

Each operation knows its own local derivatives; `backward` visits the results from last to first and hands each one's
gradient to its parents. Cost: as many steps as the forward pass, whatever the number of inputs. Source: D. Rumelhart,
G. Hinton, R. Williams, "Learning representations by back-propagating errors" (1986).
"""

from __future__ import annotations

import math
from collections.abc import Iterator


class Value:
    """A number in a calculation. `data` is what it is, `grad` (after `backward` of a result) how that result follows
    it.

    + - * / and powers, exp, log, tanh, relu; float64 throughout, O(1) each. Source: Rumelhart et al. (1986), equations
    4 to 7.

    >>> x, y = Value(3.0), Value(2.0)
    >>> z = x * y + x
    >>> z.backward()
    >>> z.data, x.grad, y.grad
    (9.0, 3.0, 3.0)
    """

    __slots__ = ("_from", "data", "grad")

    def __init__(self, data: float, made_from: tuple[tuple[Value, float], ...] = ()) -> None:
        self.data = float(data)
        self.grad = 0.0
        self._from = made_from  # each parent with the local derivative: d self / d parent

    def __repr__(self) -> str:
        return f"Value({self.data:g}, grad={self.grad:g})"

    def __add__(self, other: Value | float) -> Value:
        other = _value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other: Value | float) -> Value:
        other = _value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def __pow__(self, exponent: float) -> Value:
        """To a constant power (not a Value)."""
        return Value(self.data**exponent, ((self, exponent * self.data ** (exponent - 1) if exponent else 0.0),))

    def exp(self) -> Value:
        """e to this power, its own derivative."""
        y = math.exp(self.data)
        return Value(y, ((self, y),))

    def log(self) -> Value:
        """The natural logarithm; ValueError for 0 and below."""
        return Value(math.log(self.data), ((self, 1 / self.data),))

    def tanh(self) -> Value:
        """Squashed into -1..1; the derivative is 1 - tanh²."""
        y = math.tanh(self.data)
        return Value(y, ((self, 1 - y * y),))

    def relu(self) -> Value:
        """max(0, x); at 0 the derivative is taken as 0, as torch does."""
        return Value(max(0.0, self.data), ((self, 1.0 if self.data > 0 else 0.0),))

    def backward(self) -> None:
        """Adds d self / d v to the `grad` of every value v that this one was made from. Set grads to 0 before a
        second call.

        Results are visited before their parents, so that each one's gradient is complete when it is handed on.
        """
        flowing = {id(self): 1.0}
        for value in reversed(list(self._history())):
            gradient = flowing.pop(id(value))
            value.grad += gradient
            for parent, slope in value._from:
                flowing[id(parent)] = flowing.get(id(parent), 0.0) + gradient * slope

    def _history(self) -> Iterator[Value]:
        """Every value behind this one, parents first, each once. By a stack: long chains would exhaust recursion."""
        seen = {id(self)}
        stack = [(self, iter(self._from))]
        while stack:
            value, parents = stack[-1]
            for parent, _ in parents:
                if id(parent) not in seen:
                    seen.add(id(parent))
                    stack.append((parent, iter(parent._from)))
                    break
            else:
                stack.pop()
                yield value

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Value | float) -> Value:
        return self + -_value(other)

    def __truediv__(self, other: Value | float) -> Value:
        return self * _value(other) ** -1.0

    def __radd__(self, other: float) -> Value:
        return self + other

    def __rmul__(self, other: float) -> Value:
        return self * other

    def __rsub__(self, other: float) -> Value:
        return -self + other

    def __rtruediv__(self, other: float) -> Value:
        return self**-1.0 * other


def _value(x: Value | float) -> Value:
    return x if isinstance(x, Value) else Value(x)
