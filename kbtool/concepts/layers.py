"""What stands beside attention in a block: the feed-forward network with its activation, and the residual connection.

    x + W₂ gelu(W₁ x)                 x + W_down (silu(W_gate x) ⊙ W_up x)

Sources: A. Vaswani et al., "Attention Is All You Need" (2017), section 3.3; N. Shazeer, "GLU Variants Improve
Transformer" (2020), equation 6; K. He et al., "Deep Residual Learning for Image Recognition" (2015), section 3.1.
Activations: `activations.py`; normalisation: `norms.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from torch import Tensor, nn

from .activations import gelu, gelu_tanh, silu
from .norms import LayerNorm, RMSNorm, layer_norm, rms_norm

if TYPE_CHECKING:
    from jaxtyping import Float

__all__ = [
    "FeedForward",
    "LayerNorm",
    "RMSNorm",
    "SwiGLU",
    "feed_forward",
    "gelu",
    "gelu_tanh",
    "layer_norm",
    "residual",
    "rms_norm",
    "silu",
]


def feed_forward(
    x: Float[Tensor, "*T C"],
    w1: Float[Tensor, "C F"],
    b1: Float[Tensor, " F"],
    w2: Float[Tensor, "F C"],
    b2: Float[Tensor, " C"],
    activation: Callable[[Tensor], Tensor] = gelu,
) -> Float[Tensor, "*T C"]:
    """activation(x W₁ + b₁) W₂ + b₂, the same for each token: x (..., C), w1 (C, F), b1 (F,), w2 (F, C), b2 (C,) ->
    (..., C).

    O(T·C·F); F is 4·C by habit, which makes it two thirds of a block's weights. In x's dtype. ValueError states the
    shapes that do not fit. Source: A. Vaswani et al. (2017), equation 2, there with ReLU.

    >>> import torch
    >>> one = torch.ones(1, 1)
    >>> feed_forward(torch.tensor([[1.0], [-9.0]]), one, one[0], 10 * one, one[0], activation=torch.relu)
    tensor([[21.],
            [ 1.]])
    """
    shapes = [tuple(t.shape) for t in (x, w1, b1, w2, b2)]
    C, F = (*w1.shape, 0, 0)[:2]
    if shapes[0][-1:] != (C,) or shapes[1:] != [(C, F), (F,), (F, C), (C,)]:
        raise ValueError(f"x, w1, b1, w2, b2 are {shapes}: need (..., C), (C, F), (F,), (F, C), (C,)")
    return activation(x @ w1 + b1) @ w2 + b2


class FeedForward(nn.Module):
    """`feed_forward` with learnt weights: (..., C) -> (..., C) through `d_hidden` channels, 4·C unless given.

    Any float dtype. O(T·C·d_hidden). Source: Vaswani et al. (2017), section 3.3, with GELU.

    >>> import torch
    >>> FeedForward(2)(torch.zeros(1, 3, 2)).shape
    torch.Size([1, 3, 2])
    """

    def __init__(
        self, d_model: int, d_hidden: int | None = None, *, bias: bool = True, approximate: str = "none"
    ) -> None:
        super().__init__()
        d_hidden = 4 * d_model if d_hidden is None else d_hidden
        self.expand = nn.Linear(d_model, d_hidden, bias=bias)
        self.contract = nn.Linear(d_hidden, d_model, bias=bias)
        self.approximate = approximate  # "tanh" is gelu_tanh

    def forward(self, x: Float[Tensor, "*T C"]) -> Float[Tensor, "*T C"]:
        y: Tensor = self.contract(nn.functional.gelu(self.expand(x), approximate=self.approximate))
        return y


class SwiGLU(nn.Module):
    """(silu(x W_gate) ⊙ x W_up) W_down, the feed-forward of Llama: one product opens or closes the channels of the
    other.

    Three matrices instead of two: d_hidden = 8/3·C (the default, rounded up) keeps the number of weights. No biases.
    (..., C) -> (..., C), any float dtype. O(T·C·d_hidden). Source: Shazeer (2020), equation 6.

    >>> import torch
    >>> SwiGLU(3)(torch.zeros(1, 3))
    tensor([[0., 0., 0.]], grad_fn=<MmBackward0>)
    """

    def __init__(self, d_model: int, d_hidden: int | None = None) -> None:
        super().__init__()
        d_hidden = -(-8 * d_model // 3) if d_hidden is None else d_hidden
        self.gate = nn.Linear(d_model, d_hidden, bias=False)
        self.up = nn.Linear(d_model, d_hidden, bias=False)
        self.down = nn.Linear(d_hidden, d_model, bias=False)

    def forward(self, x: Float[Tensor, "*T C"]) -> Float[Tensor, "*T C"]:
        y: Tensor = self.down(nn.functional.silu(self.gate(x)) * self.up(x))
        return y


def residual(x: Float[Tensor, "*T"], layer: Callable[[Tensor], Tensor]) -> Float[Tensor, "*T"]:
    """x + layer(x): the layer learns a correction, and the gradient has a way past it: d/dx = 1 + layer'(x).

    Shape (...) and dtype stay; O(numbers) and the layer. ValueError if the layer changes the shape (broadcasting would
    hide it). Source: He et al. (2015), equation 1.

    >>> import torch
    >>> residual(torch.tensor([1.0, 2.0]), torch.neg)
    tensor([0., 0.])
    """
    y = layer(x)
    if y.shape != x.shape:
        raise ValueError(f"a residual layer must keep its shape: {tuple(x.shape)} became {tuple(y.shape)}")
    return x + y
