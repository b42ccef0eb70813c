"""One hidden layer: forward against torch, gradients by hand against autograd, and learning XOR."""

import math

import pytest
import torch
from torch import nn

from kbtool.concepts import network, training

X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = torch.tensor([0, 1, 1, 0])


def start(seed: int = 0, dtype: torch.dtype = torch.float32) -> network.MLP:
    return network.init_mlp(2, 8, 2, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def test_forward_equals_torch_s_linears():
    weights = network.MLP(torch.randn(3, 5), torch.randn(5), torch.randn(5, 2), torch.randn(2))
    x = torch.randn(7, 3)
    hidden = nn.functional.linear(x, weights.w1.T, weights.b1).tanh()
    expected = nn.functional.linear(hidden, weights.w2.T, weights.b2)
    torch.testing.assert_close(network.mlp_forward(x, *weights), expected, rtol=0, atol=1e-6)


def test_gradients_by_hand_equal_autograd_s():
    shapes = ((3, 5), (5,), (5, 4), (4,))
    weights = network.MLP(*(torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes))
    x, targets = torch.randn(6, 3, dtype=torch.float64), torch.randint(4, (6,))
    expected = training.cross_entropy(network.mlp_forward(x, *weights), targets)
    expected.backward()
    with torch.no_grad():
        loss, gradients = network.mlp_gradients(x, targets, weights)
    torch.testing.assert_close(loss, expected.detach(), rtol=0, atol=1e-12)
    for ours, weight in zip(gradients, weights, strict=True):
        torch.testing.assert_close(ours, weight.grad, rtol=0, atol=1e-12)


def test_it_learns_xor_and_the_loss_starts_near_ln_2():
    learnt, losses = network.train_mlp(X, XOR, start(), lr=0.5, steps=500)
    assert network.mlp_forward(X, *learnt).argmax(-1).tolist() == [0, 1, 1, 0]
    assert losses[0] == pytest.approx(math.log(2), abs=0.3)
    assert losses[-1] < 0.02
    assert len(losses) == 500


def test_without_the_hidden_layer_s_bend_xor_cannot_be_learnt():
    """The best line through XOR gets three of four: the loss of a linear model stays at ln 2."""
    weight, bias = torch.zeros(2, 2, requires_grad=True), torch.zeros(2, requires_grad=True)
    optimiser = torch.optim.SGD([weight, bias], lr=0.5)
    for _ in range(300):
        loss = training.cross_entropy(X @ weight + bias, XOR)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() == pytest.approx(math.log(2), abs=1e-3)


def test_one_step_is_the_weight_less_the_rate_times_the_gradient():
    weights = start()
    (moved, _), (_, gradients) = (
        network.train_mlp(X, XOR, weights, lr=0.1, steps=1),
        network.mlp_gradients(X, XOR, weights),
    )
    for new, old, gradient in zip(moved, weights, gradients, strict=True):
        torch.testing.assert_close(new, old - 0.1 * gradient, rtol=0, atol=1e-7)


def test_the_first_weights_follow_the_seed_and_the_number_of_inputs():
    assert all(torch.equal(a, b) for a, b in zip(start(1), start(1), strict=True))
    wide = network.init_mlp(400, 300, 10, generator=torch.Generator().manual_seed(0))
    assert wide.w1.std().item() == pytest.approx(1 / 20, rel=0.02)
    assert wide.w2.std().item() == pytest.approx(300**-0.5, rel=0.05)
    assert wide.b1.abs().max() == wide.b2.abs().max() == 0
    assert start(dtype=torch.float64).w1.dtype == torch.float64


def test_what_does_not_fit_is_said():
    z = torch.zeros
    for x, weights in (
        (z(4, 3), (z(2, 5), z(5), z(5, 2), z(2))),
        (z(3), (z(3, 5), z(5), z(5, 2), z(2))),
        (z(4, 3), (z(3, 5), z(1), z(5, 2), z(2))),
        (z(4, 3), (z(3, 5), z(5), z(4, 2), z(2))),
        (z(4, 3), (z(3, 5), z(5), z(5, 2), z(1))),
    ):
        with pytest.raises(ValueError, match=r"need \(N, C\), \(C, F\), \(F,\), \(F, K\), \(K,\)"):
            network.mlp_forward(x, *weights)
