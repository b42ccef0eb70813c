"""A neural network with one hidden layer, its gradients by hand, and gradient descent: all of learning in miniature.

    z = x W₁ + b₁      h = tanh(z)      logits = h W₂ + b₂      loss = cross-entropy(logits, targets)

Without the tanh the two layers would be one matrix, W₁W₂, and no straight line separates XOR. Sources: D. Rumelhart,
G. Hinton, R. Williams (1986); that one hidden layer suffices in principle: G. Cybenko, "Approximation by
Superpositions of a Sigmoidal Function" (1989).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from .embedding import one_hot
from .softmax import softmax
from .training import cross_entropy

if TYPE_CHECKING:
    from jaxtyping import Float, Int


class MLP(NamedTuple):
    """The weights of the network (or their gradients, which have the same shapes)."""

    w1: Float[Tensor, "C F"]
    b1: Float[Tensor, " F"]
    w2: Float[Tensor, "F K"]
    b2: Float[Tensor, " K"]


def init_mlp(
    n_inputs: int, n_hidden: int, n_outputs: int, *, generator: torch.Generator, dtype: torch.dtype = torch.float32
) -> MLP:
    """Weights from N(0, 1/inputs), so that sums keep the variance of their terms, and zero biases: (C, F),
    (F,), (F, K), (K,).

    Drawn in float32 on the CPU, given in `dtype`. O(numbers). Source: Y. LeCun et al., "Efficient BackProp" (1998),
    section 4.6.

    >>> [tuple(t.shape) for t in init_mlp(2, 8, 3, generator=torch.Generator().manual_seed(0))]
    [(2, 8), (8,), (8, 3), (3,)]
    """
    w1 = torch.randn(n_inputs, n_hidden, generator=generator) / n_inputs**0.5
    w2 = torch.randn(n_hidden, n_outputs, generator=generator) / n_hidden**0.5
    return MLP(w1.to(dtype), torch.zeros(n_hidden, dtype=dtype), w2.to(dtype), torch.zeros(n_outputs, dtype=dtype))


def mlp_forward(
    x: Float[Tensor, "N C"],
    w1: Float[Tensor, "C F"],
    b1: Float[Tensor, " F"],
    w2: Float[Tensor, "F K"],
    b2: Float[Tensor, " K"],
) -> Float[Tensor, "N K"]:
    """tanh(x w1 + b1) w2 + b2: x (N, C), w1 (C, F), b1 (F,), w2 (F, K), b2 (K,) -> logits (N, K). O(N·F·(C + K)).

    In x's dtype. ValueError states the shapes that do not fit. Source: Rumelhart et al. (1986), equations 1 and 2.

    >>> w = torch.ones(1, 1)
    >>> mlp_forward(torch.tensor([[0.0], [0.5]]), w, torch.zeros(1), 2 * w, torch.zeros(1))
    tensor([[0.0000],
            [0.9242]])
    """
    return _hidden(x, w1, b1, w2, b2) @ w2 + b2


def mlp_gradients(x: Float[Tensor, "N C"], targets: Int[Tensor, " N"], weights: MLP) -> tuple[Float[Tensor, ""], MLP]:
    """The loss () and its gradient by each weight, worked out by hand: x (N, C), targets (N,) classes.

    Backwards through the formula: d/dlogits = (p - one_hot) / N, then each matrix gets (its input)ᵀ (what comes back),
    each bias the sum of what comes back, and the tanh multiplies by 1 - h². In the weights' dtype. O(N·F·(C + K)), the
    forward pass twice. ValueError as in `mlp_forward`, IndexError for a class outside 0..K-1. Source: Rumelhart et al.
    (1986), equations 4 to 7.

    >>> weights = init_mlp(2, 4, 2, generator=torch.Generator().manual_seed(0))
    >>> loss, gradients = mlp_gradients(torch.eye(2), torch.tensor([0, 1]), weights)
    >>> gradients.w1.shape
    torch.Size([2, 4])
    """
    h = _hidden(x, *weights)  # (N, F)
    logits = h @ weights.w2 + weights.b2  # (N, K)
    d_logits = (softmax(logits) - one_hot(targets, logits.shape[-1], logits.dtype)) / len(x)
    d_z = d_logits @ weights.w2.T * (1 - h.square())  # (N, F)
    return cross_entropy(logits, targets), MLP(x.T @ d_z, d_z.sum(0), h.T @ d_logits, d_logits.sum(0))


def train_mlp(
    x: Float[Tensor, "N C"], targets: Int[Tensor, " N"], weights: MLP, *, lr: float, steps: int
) -> tuple[MLP, list[float]]:
    """Gradient descent, w ← w - lr · dloss/dw, over all examples at once: the weights after `steps`, and the loss
    before each.

    x (N, C), targets (N,) int64, weights in their own dtype. O(steps·N·F·(C + K)). Errors (ValueError, IndexError) as
    in `mlp_gradients`. Source: Rumelhart et al. (1986), equation 8.

    >>> x, xor = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]]), torch.tensor([0, 1, 1, 0])
    >>> start = init_mlp(2, 8, 2, generator=torch.Generator().manual_seed(0))
    >>> learnt, losses = train_mlp(x, xor, start, lr=0.5, steps=300)
    >>> mlp_forward(x, *learnt).argmax(-1)
    tensor([0, 1, 1, 0])
    """
    losses: list[float] = []
    for _ in range(steps):
        loss, gradients = mlp_gradients(x, targets, weights)
        losses.append(loss.item())
        weights = MLP(*(w - lr * g for w, g in zip(weights, gradients, strict=True)))
    return weights, losses


def _hidden(x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
    """tanh(x w1 + b1): (N, F), after a check of all shapes."""
    shapes = [tuple(t.shape) for t in (x, w1, b1, w2, b2)]
    if not (x.ndim == w1.ndim == w2.ndim == 2 and shapes[0][1] == shapes[1][0] and shapes[1][1] == shapes[3][0]):
        raise ValueError(f"x, w1, b1, w2, b2 are {shapes}: need (N, C), (C, F), (F,), (F, K), (K,)")
    if shapes[2] != shapes[1][1:] or shapes[4] != shapes[3][1:]:
        raise ValueError(f"x, w1, b1, w2, b2 are {shapes}: need (N, C), (C, F), (F,), (F, K), (K,)")
    return torch.tanh(x @ w1 + b1)
