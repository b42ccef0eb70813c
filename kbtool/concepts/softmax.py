"""Softmax: any row of scores becomes probabilities that keep their order and add up to one.

    softmax(x)_i = exp(x_i / τ) / Σ_j exp(x_j / τ)         τ: the temperature

Sources: J. Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs" (1990); temperature
as in G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural Network" (2015), equation 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float


def softmax_naive(x: Float[Tensor, "*N"], dim: int = -1, temperature: float = 1.0) -> Float[Tensor, "*N"]:
    """The formula as it stands. exp(89) is infinite in float32, and inf / inf is nan: this one fails on large scores.

    Shape (...) and dtype stay. O(numbers). Source: Bridle (1990), equation 3.

    >>> softmax_naive(torch.tensor([0.0, 100.0]))
    tensor([0., nan])
    """
    weights = (x / temperature).exp()
    return weights / weights.sum(dim, keepdim=True)


def softmax(x: Float[Tensor, "*N"], dim: int = -1, temperature: float = 1.0) -> Float[Tensor, "*N"]:
    """Probabilities exp(x_i/τ) / Σ exp(x_j/τ) along `dim`, same shape as `x` (...), same float dtype. O(number of
    elements).

    Stable: the largest score is taken off first, which changes nothing (softmax(x + c) = softmax(x)) and leaves exp
    nothing above exp(0) = 1. Below float32 it computes in float32. τ -> 0 puts all on the largest score, τ -> ∞
    spreads evenly; -inf gets exactly 0, a row of only -inf is nan (nothing to choose from). ValueError unless τ > 0
    and `x` is floating. Source: Hinton et al. (2015), equation 1.

    >>> softmax(torch.tensor([2.5, 0.7, 2.0, 0.2, 0.5]))
    tensor([0.4982, 0.0823, 0.3021, 0.0499, 0.0674])
    >>> softmax(torch.tensor([0.0, 100.0]))
    tensor([3.7835e-44, 1.0000e+00])
    """
    scores = _scaled(x, temperature)
    if not scores.numel():
        return x.clone()  # nothing has no largest
    weights = (scores - scores.amax(dim, keepdim=True)).exp()
    return (weights / weights.sum(dim, keepdim=True)).to(x.dtype)


def log_softmax(x: Float[Tensor, "*N"], dim: int = -1, temperature: float = 1.0) -> Float[Tensor, "*N"]:
    """log softmax(x) without the detour by probabilities that have rounded to 0: x - max - log Σ exp(x - max).

    Shape (...), dtype and ValueErrors as in `softmax`. O(numbers). Source: Hinton et al. (2015), equation 1, in logs.

    >>> log_softmax(torch.tensor([0.0, 200.0]))
    tensor([-200.,    0.])
    """
    scores = _scaled(x, temperature)
    if not scores.numel():
        return x.clone()
    shifted = scores - scores.amax(dim, keepdim=True)
    return (shifted - shifted.exp().sum(dim, keepdim=True).log()).to(x.dtype)


def _scaled(x: Tensor, temperature: float) -> Tensor:
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, not {temperature}")
    if not x.is_floating_point():
        raise ValueError(f"scores must be floating, not {x.dtype}")
    wide = x.float() if torch.finfo(x.dtype).bits < 32 else x
    return wide / temperature
