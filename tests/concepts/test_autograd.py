"""The scalar engine against torch's."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from kbtool.concepts import autograd

NUMBERS = st.floats(-3, 3).filter(lambda x: abs(x) > 1e-2)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_tangle_of_every_operation_has_torch_s_gradients(a: float, b: float, c: float):
    def tangle(a, b, c):
        d = a * b + c * 2 - 1.5
        e = d / (b * b + 1) + (1 - a) / 2 + 3 / (c * c + 0.5)
        f = e.tanh() * (a * 0.1).exp() + d.relu()
        return f * f + (f**2 + 1).log() - -f + d**3 * 0.01 + 2 * (c**2) ** 0.5

    ours = [autograd.Value(x) for x in (a, b, c)]
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (a, b, c)]
    result, expected = tangle(*ours), tangle(*theirs)
    result.backward()
    expected.backward()
    assert result.data == pytest.approx(expected.item(), rel=1e-9, abs=1e-9)
    for x, y in zip(ours, theirs, strict=True):
        assert isinstance(y.grad, Tensor)
        assert x.grad == pytest.approx(y.grad.item(), rel=1e-7, abs=1e-9)


def test_a_value_used_twice_gets_both_gradients():
    x = autograd.Value(3.0)
    y = x * x + x
    y.backward()
    assert (y.data, x.grad) == (12, 7)


def test_each_factor_s_gradient_is_the_other():
    x, y = autograd.Value(3.0), autograd.Value(2.0)
    (x * y).backward()
    assert (x.grad, y.grad) == (2, 3)


def test_a_diamond_hands_on_a_gradient_only_when_it_is_complete():
    x = autograd.Value(2.0)
    left, right = x * 3, x * x
    (left * right + right).backward()  # 3x³ + x²: 9x² + 2x
    assert x.grad == 40
    assert right.grad == 7


def test_gradients_of_several_results_add_up():
    x = autograd.Value(2.0)
    (x * 5).backward()
    (x * x).backward()
    assert x.grad == 9


def test_a_chain_of_twenty_thousand_steps():
    x = autograd.Value(1.0)
    y = x
    for _ in range(20_000):
        y = y + 1e-3
    y.backward()
    assert x.grad == 1.0
    assert y.data == pytest.approx(21.0)


def test_the_corner_of_relu_and_the_power_nought():
    x = autograd.Value(0.0)
    (x.relu() + x**0).backward()
    assert x.grad == 0
    assert repr(x) == "Value(0, grad=0)"


def test_it_learns_xor():
    """A network of three tanh neurons, trained by gradients of this engine alone."""
    generator = torch.Generator().manual_seed(4)
    weights = [autograd.Value(w) for w in torch.randn(13, generator=generator).tolist()]
    examples = [((-1, -1), -1), ((-1, 1), 1), ((1, -1), 1), ((1, 1), -1)]

    def predict(x: tuple[int, int]) -> autograd.Value:
        hidden = [(weights[3 * i] * x[0] + weights[3 * i + 1] * x[1] + weights[3 * i + 2]).tanh() for i in range(3)]
        return hidden[0] * weights[9] + hidden[1] * weights[10] + hidden[2] * weights[11] + weights[12]

    for _ in range(120):
        loss = sum(((predict(x) - y) ** 2 for x, y in examples), autograd.Value(0.0))
        for weight in weights:
            weight.grad = 0.0
        loss.backward()
        for weight in weights:
            weight.data -= 0.05 * weight.grad
    assert loss.data < 0.1
    assert all(math.copysign(1, predict(x).data) == y for x, y in examples)
