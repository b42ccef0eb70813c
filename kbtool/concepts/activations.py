"""Activations: what bends between two matrices. Without it, two layers would be one matrix.

    gelu(x) = x Φ(x)         silu(x) = x σ(x)         Φ: the normal distribution function, σ: the sigmoid

Both are a ReLU with a rounded corner: a number is weighted by how large it is among others, instead of being cut off at
0. Sources: D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units" (2016), section 2; N. Shazeer, "GLU Variants Improve
Transformer" (2020), equation 3.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float


def gelu(x: Float[Tensor, "*T"]) -> Float[Tensor, "*T"]:
    """x · Φ(x), Φ the normal distribution function: a ReLU with a rounded corner. Shape (...) and dtype stay.
    O(numbers).

    Source: Hendrycks, Gimpel (2016), section 2.

    >>> gelu(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.0000,  0.8413])
    """
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def gelu_tanh(x: Float[Tensor, "*T"]) -> Float[Tensor, "*T"]:
    """x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))): GELU off by less than 5e-4, what GPT-2 was trained with.

    Shape (...) and dtype stay. O(numbers). Source: Hendrycks, Gimpel (2016), section 2.

    >>> gelu_tanh(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1588,  0.0000,  0.8412])
    """
    return x * 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def silu(x: Float[Tensor, "*T"]) -> Float[Tensor, "*T"]:
    """x · sigmoid(x), the gate of SwiGLU (also called swish). Shape (...) and dtype stay. O(numbers).

    Source: Hendrycks, Gimpel (2016), section 2; Shazeer (2020), equation 3.

    >>> silu(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.2689,  0.0000,  0.7311])
    """
    return x * torch.sigmoid(x)
