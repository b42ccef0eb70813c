"""Softmax and its logarithm."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kbtool.concepts import softmax

ROWS = st.lists(st.floats(-50, 50), min_size=1, max_size=8).map(lambda row: torch.tensor(row, dtype=torch.float64))


def test_by_hand():
    assert softmax.softmax(torch.tensor([0.0, math.log(3.0)])).tolist() == pytest.approx([0.25, 0.75])


@given(ROWS)
def test_equal_to_the_formula_and_to_torch(x: torch.Tensor):
    torch.testing.assert_close(softmax.softmax(x), softmax.softmax_naive(x), rtol=1e-12, atol=0)
    torch.testing.assert_close(softmax.softmax(x), torch.softmax(x, -1), rtol=1e-12, atol=0)
    torch.testing.assert_close(softmax.log_softmax(x), torch.log_softmax(x, -1), rtol=1e-12, atol=1e-12)


@given(ROWS, st.floats(-1e3, 1e3))
def test_a_constant_changes_nothing(x: torch.Tensor, c: float):
    torch.testing.assert_close(softmax.softmax(x + c), softmax.softmax(x), rtol=1e-9, atol=1e-12)


@given(ROWS)
def test_the_order_stays_and_the_sum_is_one(x: torch.Tensor):
    p = softmax.softmax(x)
    assert p.sum().item() == pytest.approx(1.0, abs=1e-12)
    order = x.argsort()
    assert (p[order].diff() >= 0).all()


def test_large_scores_do_not_overflow():
    x = torch.tensor([1e4, 1e4 - 1, -1e4])
    assert softmax.softmax(x).tolist() == pytest.approx([0.7310586, 0.2689414, 0.0])
    assert softmax.softmax_naive(x).isnan().any()
    assert softmax.log_softmax(x)[2].item() == pytest.approx(-20000.3125, abs=0.01)


def test_temperature_sharpens_and_flattens():
    x = torch.tensor([2.0, 1.0, 0.0])
    torch.testing.assert_close(softmax.softmax(x, temperature=2.0), torch.softmax(x / 2, -1))
    torch.testing.assert_close(softmax.softmax(x, temperature=1e-3), torch.tensor([1.0, 0.0, 0.0]))
    torch.testing.assert_close(softmax.softmax(x, temperature=1e6), torch.full((3,), 1 / 3), rtol=1e-5, atol=0)
    torch.testing.assert_close(softmax.log_softmax(x, temperature=0.5), torch.log_softmax(2 * x, -1))


def test_any_axis():
    x = torch.randn(2, 3, 4)
    for dim in (0, 1, 2, -1):
        torch.testing.assert_close(softmax.softmax(x, dim), torch.softmax(x, dim))
        torch.testing.assert_close(softmax.log_softmax(x, dim), torch.log_softmax(x, dim))


def test_minus_infinity_gets_exactly_nothing():
    assert softmax.softmax(torch.tensor([0.0, -math.inf])).tolist() == [1.0, 0.0]
    assert softmax.softmax(torch.tensor([-math.inf, -math.inf])).isnan().all()


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float16, 2**-11), (torch.bfloat16, 2**-8)])
def test_half_precision_is_off_by_the_last_rounding_only(dtype: torch.dtype, bound: float):
    x = torch.randn(16, 64).to(dtype)
    p = softmax.softmax(x)
    assert p.dtype == dtype
    exact = torch.softmax(x.double(), -1)
    assert ((p.double() - exact).abs() <= bound * exact + 1e-7).all()


def test_gradients():
    x = torch.randn(3, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda y: softmax.softmax(y, temperature=0.7), x)
    assert torch.autograd.gradcheck(lambda y: softmax.log_softmax(y), x)


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan])
def test_a_temperature_must_be_positive(temperature: float):
    for function in (softmax.softmax, softmax.log_softmax):
        with pytest.raises(ValueError, match="temperature must be above 0"):
            function(torch.zeros(2), temperature=temperature)


def test_integers_are_no_scores():
    with pytest.raises(ValueError, match="scores must be floating"):
        softmax.softmax(torch.tensor([1, 2]))
