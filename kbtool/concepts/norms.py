"""Normalisation: each token's vector is brought to a standard size before a layer reads it, so that depth does not
blow it up.

    layer norm  (x - mean) / √(var + ε) · weight + bias         RMS norm  x / √(mean(x²) + ε) · weight

Unlike batch normalisation it looks at one vector only: nothing depends on the other tokens or sentences. Sources: J.
Ba, J. Kiros, G. Hinton, "Layer Normalization" (2016), equations 3 and 4; B. Zhang, R. Sennrich, "Root Mean Square Layer
Normalization" (2019), equation 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from jaxtyping import Float


def layer_norm(
    x: Float[Tensor, "*T C"],
    weight: Float[Tensor, " C"] | None = None,
    bias: Float[Tensor, " C"] | None = None,
    eps: float = 1e-5,
) -> Float[Tensor, "*T C"]:
    """(x - mean) / √(var + eps) · weight + bias over the last axis: x (..., C), weight and bias (C,) -> (..., C), x's
    dtype.

    The variance is the biased one (divided by C), and eps stands under the root. Computed in float32 at least. O(C) a
    vector. ValueError if weight or bias is not (C,). Source: Ba et al. (2016), equation 4.

    >>> layer_norm(torch.tensor([1.0, 3.0]))
    tensor([-1.0000,  1.0000])
    """
    wide = _widened(x)
    centred = wide - wide.mean(-1, keepdim=True)
    return _affine(centred * (centred.square().mean(-1, keepdim=True) + eps).rsqrt(), x, weight, bias)


def rms_norm(
    x: Float[Tensor, "*T C"], weight: Float[Tensor, " C"] | None = None, eps: float = 1e-6
) -> Float[Tensor, "*T C"]:
    """x / √(mean(x²) + eps) · weight over the last axis: x (..., C), weight (C,) -> (..., C). Only the length is
    normalised.

    As `layer_norm` without centring and bias, and so cheaper: O(C) a vector, in x's dtype, computed in float32 at
    least. ValueError if weight is not (C,). Source: Zhang, Sennrich (2019), equation 4.

    >>> rms_norm(torch.tensor([3.0, 4.0]))
    tensor([0.8485, 1.1314])
    """
    wide = _widened(x)
    return _affine(wide * (wide.square().mean(-1, keepdim=True) + eps).rsqrt(), x, weight, None)


class LayerNorm(nn.Module):
    """`layer_norm` with a learnt weight (ones at first) and, unless `bias=False`, bias (zeros), by torch's fused
    kernel.

    (..., C) -> (..., C) in x's dtype. O(C) a vector. Source: Ba et al. (2016), equation 4.

    >>> LayerNorm(2)(torch.tensor([1.0, 3.0])).tolist() == nn.LayerNorm(2)(torch.tensor([1.0, 3.0])).tolist()
    True
    """

    def __init__(self, d_model: int, *, eps: float = 1e-5, bias: bool = True) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model)) if bias else None

    def forward(self, x: Float[Tensor, "*T C"]) -> Float[Tensor, "*T C"]:
        return nn.functional.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


class RMSNorm(nn.Module):
    """`rms_norm` with a learnt weight (ones at first): (..., C) -> (..., C) in x's dtype. O(C) a vector.

    Source: Zhang, Sennrich (2019), equation 4.

    >>> RMSNorm(2)(torch.tensor([3.0, 4.0])).tolist() == rms_norm(torch.tensor([3.0, 4.0])).tolist()
    True
    """

    def __init__(self, d_model: int, *, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d_model))

    def forward(self, x: Float[Tensor, "*T C"]) -> Float[Tensor, "*T C"]:
        return rms_norm(x, self.weight, self.eps)


def _widened(x: Tensor) -> Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _affine(y: Tensor, x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    for name, factor in (("weight", weight), ("bias", bias)):
        if factor is not None and factor.shape != x.shape[-1:]:
            raise ValueError(f"{name} {tuple(factor.shape)} does not fit x {tuple(x.shape)}: need ({x.shape[-1]},)")
    y = y if weight is None else y * weight
    y = y if bias is None else y + bias
    return y.to(x.dtype)
