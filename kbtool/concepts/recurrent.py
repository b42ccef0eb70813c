"""A recurrent network, what Transformers replaced: one state, updated token by token.

    h_t = tanh(x_t W_x + h_{t-1} W_h + b)

T steps that must wait for each other, where attention is one product over all pairs; and whatever the end should know
of the beginning has to pass through every state between. Sources: J. Elman, "Finding Structure in Time" (1990); on
the vanishing gradient: Y. Bengio, P. Simard, P. Frasconi, "Learning Long-Term Dependencies with Gradient Descent is
Difficult" (1994).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float


def rnn(
    x: Float[Tensor, "B T C"],
    w_x: Float[Tensor, "C F"],
    w_h: Float[Tensor, "F F"],
    b: Float[Tensor, " F"],
    h: Float[Tensor, "B F"] | None = None,
) -> Float[Tensor, "B T F"]:
    """All states of an Elman network: x (B, T, C), w_x (C, F), w_h (F, F), b (F,), first state h (B, F), zeros unless
    given.

    Returns (B, T, F); the last one, [:, -1], is the state to go on from. Equal to `nn.RNN`. O(T·F·(C + F)) in T
    sequential steps. In x's dtype. ValueError states the shapes that do not fit. Source: Elman (1990), section
    "Networks with memory".

    >>> one = torch.ones(1, 1)
    >>> rnn(torch.tensor([[[1.0], [0.0], [0.0]]]), one, 0.5 * one, torch.zeros(1))[0, :, 0]
    tensor([0.7616, 0.3634, 0.1797])
    """
    C, F = (*w_x.shape, 0, 0)[:2]
    shapes = [tuple(t.shape) for t in (x, w_x, w_h, b)]
    if x.ndim != 3 or w_x.ndim != 2 or shapes[0][2] != C or shapes[2] != (F, F) or shapes[3] != (F,):
        raise ValueError(f"x, w_x, w_h, b are {shapes}: need (B, T, C), (C, F), (F, F), (F,)")
    state = x.new_zeros(len(x), F) if h is None else h
    if state.shape != (len(x), F):
        raise ValueError(f"h {tuple(state.shape)} must be {(len(x), F)}")
    inputs = x @ w_x + b  # (B, T, F): the part that does not wait
    states = []
    for t in range(x.shape[1]):
        state = torch.tanh(inputs[:, t] + state @ w_h)
        states.append(state)
    return torch.stack(states, dim=1) if states else inputs  # T = 0: no states, (B, 0, F)
