"""The recurrent network against torch's, and why it forgets."""

import pytest
import torch
from torch import nn

from kbtool.concepts import recurrent


def test_equal_to_torch_s():
    theirs = nn.RNN(3, 5, batch_first=True)
    x, h = torch.randn(2, 7, 3), torch.randn(2, 5)
    weights = (theirs.weight_ih_l0.T, theirs.weight_hh_l0.T, theirs.bias_ih_l0 + theirs.bias_hh_l0)
    torch.testing.assert_close(recurrent.rnn(x, *weights), theirs(x)[0], rtol=0, atol=1e-6)
    torch.testing.assert_close(recurrent.rnn(x, *weights, h), theirs(x, h[None])[0], rtol=0, atol=1e-6)


def test_one_can_go_on_from_the_last_state():
    x, w_x, w_h, b = torch.randn(1, 6, 2), torch.randn(2, 3), torch.randn(3, 3), torch.randn(3)
    whole = recurrent.rnn(x, w_x, w_h, b)
    first = recurrent.rnn(x[:, :4], w_x, w_h, b)
    second = recurrent.rnn(x[:, 4:], w_x, w_h, b, first[:, -1])
    torch.testing.assert_close(torch.cat((first, second), dim=1), whole, rtol=0, atol=1e-6)


def test_the_gradient_of_the_first_token_vanishes_with_distance():
    w_x, w_h, b = torch.randn(2, 3), 0.3 * torch.eye(3), torch.zeros(3)
    reach = []
    for length in (2, 12):
        x = torch.zeros(1, length, 2, requires_grad=True)
        recurrent.rnn(x, w_x, w_h, b)[:, -1].sum().backward()
        assert x.grad is not None
        reach.append(x.grad[0, 0].abs().max().item())
    assert reach[1] == pytest.approx(reach[0] * 0.3**10, rel=1e-4)


def test_what_does_not_fit_is_said():
    z = torch.zeros
    for x, w_x, w_h, b in (
        (z(2, 3), z(3, 5), z(5, 5), z(5)),
        (z(1, 2, 4), z(3, 5), z(5, 5), z(5)),
        (z(1, 2, 3), z(3, 5), z(5, 4), z(5)),
        (z(1, 2, 3), z(3, 5), z(5, 5), z(1)),
        (z(1, 2, 3), z(3), z(5, 5), z(5)),
    ):
        with pytest.raises(ValueError, match=r"need \(B, T, C\), \(C, F\), \(F, F\), \(F,\)"):
            recurrent.rnn(x, w_x, w_h, b)
    with pytest.raises(ValueError, match=r"h \(1, 5\) must be \(2, 5\)"):
        recurrent.rnn(z(2, 2, 3), z(3, 5), z(5, 5), z(5), z(1, 5))
