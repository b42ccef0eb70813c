"""What stands beside attention in a block: the feed-forward network with its activation, and the residual connection.

Sources: D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units" (2016), section 2; N. Shazeer, "GLU Variants Improve
Transformer" (2020), equation 6; K. He et al., "Deep Residual Learning for Image Recognition" (2015), section 3.1.
Normalisation: `norms.py`.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from .norms import LayerNorm, RMSNorm, layer_norm, rms_norm

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


def gelu(x: Tensor) -> Tensor:
    """x · Φ(x), Φ the normal distribution function: a ReLU with a rounded corner. Any shape.

    >>> gelu(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.0000,  0.8413])
    """
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def gelu_tanh(x: Tensor) -> Tensor:
    """GELU by tanh, off by less than 5e-4: what GPT-2 was trained with. Any shape.

    >>> gelu_tanh(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1588,  0.0000,  0.8412])
    """
    return x * 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def silu(x: Tensor) -> Tensor:
    """x · sigmoid(x), the gate of SwiGLU (also called swish). Any shape.

    >>> silu(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.2689,  0.0000,  0.7311])
    """
    return x * torch.sigmoid(x)


def feed_forward(
    x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, activation: Callable[[Tensor], Tensor] = gelu
) -> Tensor:
    """activation(x W₁ + b₁) W₂ + b₂, the same for each token: x (..., C), w1 (C, F), b1 (F,), w2 (F, C), b2 (C,) ->
    (..., C).

    O(T·C·F); F is 4·C by habit, which makes it two thirds of a block's weights. ValueError states the shapes that do
    not fit.

    >>> one = torch.ones(1, 1)
    >>> feed_forward(torch.tensor([[1.0], [-9.0]]), one, one[0], 10 * one, one[0], activation=torch.relu)
    tensor([[21.],
            [ 1.]])
    """
    shapes = [tuple(t.shape) for t in (x, w1, b1, w2, b2)]
    if w1.ndim != 2 or w2.ndim != 2 or shapes[0][-1:] != shapes[1][:1] or shapes[2] != shapes[1][1:]:
        raise ValueError(f"x, w1, b1, w2, b2 are {shapes}: need (..., C), (C, F), (F,), (F, C), (C,)")
    if shapes[3][0] != shapes[1][1] or shapes[4] != shapes[3][1:]:
        raise ValueError(f"x, w1, b1, w2, b2 are {shapes}: need (..., C), (C, F), (F,), (F, C), (C,)")
    return activation(x @ w1 + b1) @ w2 + b2


class FeedForward(nn.Module):
    """`feed_forward` with learnt weights: (..., C) -> (..., C) through `d_hidden` channels, 4·C unless given.

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

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.contract(nn.functional.gelu(self.expand(x), approximate=self.approximate))
        return y


class SwiGLU(nn.Module):
    """(silu(x W_gate) ⊙ x W_up) W_down, the feed-forward of Llama: one product opens or closes the channels of the
    other.

    Three matrices instead of two: d_hidden = 8/3·C (the default, rounded up) keeps the number of weights. No biases.

    >>> SwiGLU(3)(torch.zeros(1, 3))
    tensor([[0., 0., 0.]], grad_fn=<MmBackward0>)
    """

    def __init__(self, d_model: int, d_hidden: int | None = None) -> None:
        super().__init__()
        d_hidden = -(-8 * d_model // 3) if d_hidden is None else d_hidden
        self.gate = nn.Linear(d_model, d_hidden, bias=False)
        self.up = nn.Linear(d_model, d_hidden, bias=False)
        self.down = nn.Linear(d_hidden, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.down(nn.functional.silu(self.gate(x)) * self.up(x))
        return y


def residual(x: Tensor, layer: Callable[[Tensor], Tensor]) -> Tensor:
    """x + layer(x): the layer learns a correction, and the gradient has a way past it: d/dx = 1 + layer'(x).

    ValueError if the layer changes the shape (broadcasting would hide it).

    >>> residual(torch.tensor([1.0, 2.0]), torch.neg)
    tensor([0., 0.])
    """
    y = layer(x)
    if y.shape != x.shape:
        raise ValueError(f"a residual layer must keep its shape: {tuple(x.shape)} became {tuple(y.shape)}")
    return x + y
