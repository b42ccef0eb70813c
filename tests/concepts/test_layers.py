"""Normalisation, feed-forward, residual: against torch and by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from kbtool.concepts import layers

F64 = torch.float64


def close(a: Tensor, b: Tensor, atol: float = 1e-6) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=atol)


def test_layer_norm_by_hand():
    """Mean 2, biased variance 2/3 and eps under the root: (x - 2) / √(2/3 + 1/3)."""
    x = torch.tensor([1.0, 2.0, 3.0], dtype=F64)
    close(layers.layer_norm(x, eps=1 / 3), torch.tensor([-1.0, 0.0, 1.0], dtype=F64), atol=1e-12)


def test_rms_norm_by_hand():
    x = torch.tensor([3.0, 4.0], dtype=F64)  # mean square 12.5
    close(layers.rms_norm(x, eps=0.0), x / 12.5**0.5, atol=1e-12)
    close(layers.rms_norm(x, eps=12.5), x / 5, atol=1e-12)


def test_norms_equal_torch_s():
    x, weight, bias = torch.randn(2, 3, 8), torch.randn(8), torch.randn(8)
    close(layers.layer_norm(x, weight, bias), nn.functional.layer_norm(x, (8,), weight, bias))
    close(layers.layer_norm(x, eps=0.1), nn.functional.layer_norm(x, (8,), eps=0.1))
    close(layers.rms_norm(x, weight, eps=0.1), nn.functional.rms_norm(x, (8,), weight, eps=0.1))
    ours, theirs = layers.LayerNorm(8), nn.LayerNorm(8)
    ours_rms, theirs_rms = layers.RMSNorm(8), nn.RMSNorm(8, eps=1e-6)
    with torch.no_grad():
        for layer in (ours, theirs, ours_rms, theirs_rms):
            layer.weight.copy_(weight)
        for layer in (ours, theirs):
            layer.bias.copy_(bias)
    close(ours(x), theirs(x))
    close(ours_rms(x), theirs_rms(x))


@given(st.floats(-100, 100), st.floats(0.1, 100))
def test_layer_norm_forgets_where_and_how_large_rms_norm_only_how_large(shift: float, scale: float):
    x = torch.randn(3, 8, dtype=F64)
    close(layers.layer_norm(scale * x + shift, eps=0.0), layers.layer_norm(x, eps=0.0), atol=1e-9)
    close(layers.rms_norm(scale * x, eps=0.0), layers.rms_norm(x, eps=0.0), atol=1e-9)
    if abs(shift) > 1:
        assert (layers.rms_norm(x + shift, eps=0.0) - layers.rms_norm(x, eps=0.0)).abs().max() > 1e-3


@pytest.mark.parametrize("norm", [layers.layer_norm, layers.rms_norm])
def test_in_bfloat16_a_norm_is_off_by_the_last_rounding_only(norm):
    x = torch.randn(4, 64).to(torch.bfloat16)
    y = norm(x)
    assert y.dtype == torch.bfloat16
    exact = norm(x.double())
    assert ((y.double() - exact).abs() <= 2**-8 * exact.abs() + 1e-6).all()


def test_activations_equal_torch_s():
    x = torch.linspace(-6, 6, 101, dtype=F64)
    close(layers.gelu(x), nn.functional.gelu(x), atol=1e-12)
    close(layers.gelu_tanh(x), nn.functional.gelu(x, approximate="tanh"), atol=1e-12)
    close(layers.silu(x), nn.functional.silu(x), atol=1e-12)
    assert 1e-4 < (layers.gelu(x) - layers.gelu_tanh(x)).abs().max() < 5e-4


def test_feed_forward_equals_torch_s_linears():
    module = layers.FeedForward(4, 6)
    x = torch.randn(2, 3, 4)
    expected = nn.Sequential(module.expand, nn.GELU(), module.contract)(x)
    close(module(x), expected, atol=0)
    weights = (module.expand.weight.T, module.expand.bias, module.contract.weight.T, module.contract.bias)
    close(layers.feed_forward(x, *weights), expected)
    close(layers.feed_forward(x, *weights, activation=torch.relu), module.contract(module.expand(x).relu()))
    module.approximate = "tanh"
    close(module(x), layers.feed_forward(x, *weights, activation=layers.gelu_tanh))


def test_feed_forward_treats_each_token_alone():
    module = layers.FeedForward(4)
    x = torch.randn(2, 5, 4)
    close(module(x)[:, 2], module(x[:, 2]))
    assert module.expand.weight.shape == (16, 4)


def test_swiglu_by_its_formula():
    module = layers.SwiGLU(6)
    assert module.gate.weight.shape == (16, 6)  # 8/3 · 6
    x = torch.randn(2, 3, 6)
    gate, up = x @ module.gate.weight.T, x @ module.up.weight.T
    close(module(x), (gate * torch.sigmoid(gate) * up) @ module.down.weight.T)


def test_residual_adds_and_lets_the_gradient_pass():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = layers.residual(x, lambda z: 3 * z)
    assert y.tolist() == [4, 8]
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [4, 4]


def test_gradients():
    x = torch.randn(2, 5, dtype=F64, requires_grad=True)
    for function in (layers.layer_norm, layers.rms_norm, layers.gelu, layers.gelu_tanh, layers.silu):
        assert torch.autograd.gradcheck(function, x)


def test_what_does_not_fit_is_said():
    x = torch.zeros(2, 3)
    with pytest.raises(ValueError, match=r"weight \(2,\) does not fit x \(2, 3\): need \(3,\)"):
        layers.layer_norm(x, torch.zeros(2))
    with pytest.raises(ValueError, match=r"bias \(1,\) does not fit x \(2, 3\)"):
        layers.layer_norm(x, None, torch.zeros(1))
    with pytest.raises(ValueError, match=r"weight \(2,\) does not fit"):
        layers.rms_norm(x, torch.zeros(2))
    z = torch.zeros
    for weights in (
        (z(4, 5), z(5), z(5, 3), z(3)),
        (z(3, 5), z(1), z(5, 3), z(3)),
        (z(3, 5), z(5), z(4, 3), z(3)),
        (z(3, 5), z(5), z(5, 3), z(1)),
    ):
        with pytest.raises(ValueError, match=r"need \(..., C\), \(C, F\), \(F,\), \(F, C\), \(C,\)"):
            layers.feed_forward(x, *weights)
    with pytest.raises(ValueError, match=r"must keep its shape: \(2, 3\) became \(2, 1\)"):
        layers.residual(x, lambda y: y[:, :1])
