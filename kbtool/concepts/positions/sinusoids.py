"""Sinusoidal positions: each position is a set of clock hands, each pair of channels turning at its own speed.

    PE(p, 2i) = sin(p ω_i)      PE(p, 2i+1) = cos(p ω_i)      ω_i = base^(-2i/C)

Source: A. Vaswani et al., "Attention Is All You Need" (2017), section 3.5.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float


def frequencies(dim: int, base: float = 10000.0) -> Float[Tensor, " half"]:
    """ω_i = base^(-2i/dim) for i = 0..dim/2-1: (dim/2,) float64 on the CPU. ValueError for an odd `dim` or a base of
    0 or less.

    Float64 because p·ω loses its fraction in float32 when p is large, and in bfloat16 at once. O(dim). Source: Vaswani
    et al. (2017), section 3.5.

    >>> frequencies(4)
    tensor([1.0000, 0.0100], dtype=torch.float64)
    """
    _check(dim, base)
    return base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)


def sinusoidal_naive(length: int, dim: int, base: float = 10000.0) -> Float[Tensor, "{length} {dim}"]:
    """`sinusoidal` number by number, as the formula reads: (T, C) float32. O(T·C) in Python.

    ValueError for an odd or empty `dim`. Source: Vaswani et al. (2017), section 3.5.

    >>> sinusoidal_naive(2, 2)
    tensor([[0.0000, 1.0000],
            [0.8415, 0.5403]])
    """
    _check(dim, base)
    rows = [
        [f(p / base ** (2 * i / dim)) for i in range(dim // 2) for f in (math.sin, math.cos)] for p in range(length)
    ]
    return torch.tensor(rows, dtype=torch.float32).reshape(length, dim)


def sinusoidal(
    length: int,
    dim: int,
    base: float = 10000.0,
    *,
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
) -> Float[Tensor, "{length} {dim}"]:
    """The vectors of positions 0..T-1: (T, C), T = `length`, C = `dim`, sines and cosines interleaved. O(T·C).

    PE(p)·PE(p+k) depends on k alone, and PE(p+k) = M(k) PE(p) with M = `rotation`. Angles are float64, the result
    `dtype`. ValueError for an odd or empty `dim`. Source: Vaswani et al. (2017), section 3.5.

    >>> sinusoidal(2, 4)
    tensor([[0.0000, 1.0000, 0.0000, 1.0000],
            [0.8415, 0.5403, 0.0100, 0.9999]])
    """
    angles = torch.arange(length, dtype=torch.float64)[:, None] * frequencies(dim, base)  # (T, C/2)
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2).to(device, dtype)  # (T, C/2, 2) -> (T, C)


def rotation(k: float, dim: int, base: float = 10000.0) -> Float[Tensor, "{dim} {dim}"]:
    """M(k) with PE(p + k) = M(k) @ PE(p) for every p: (dim, dim) float64, a block ((c, s), (-s, c)) for each pair.

    It is orthogonal, M(-k) is its transpose and M(j) M(k) = M(j + k): moving by k is the same turn everywhere.
    O(dim²). ValueError for an odd `dim`. Source: Vaswani et al. (2017), section 3.5: "a linear function of PE_pos".

    >>> pe = sinusoidal(8, 4, dtype=torch.float64)
    >>> torch.allclose(rotation(3, 4) @ pe[2], pe[5])
    True
    """
    angles = k * frequencies(dim, base)  # (dim/2,)
    matrix = torch.zeros(dim, dim, dtype=torch.float64)
    sine = torch.arange(0, dim, 2)  # channels that hold sines; their cosines follow
    matrix[sine, sine] = matrix[sine + 1, sine + 1] = angles.cos()
    matrix[sine, sine + 1], matrix[sine + 1, sine] = angles.sin(), -angles.sin()
    return matrix


def _check(dim: int, base: float) -> None:
    if dim < 2 or dim % 2:
        raise ValueError(f"channels come in pairs: dim must be even and positive, not {dim}")
    if not base > 0:
        raise ValueError(f"base must be above 0, not {base}")
