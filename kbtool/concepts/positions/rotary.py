"""RoPE: a query at position m and a key at position n are rotated by m and n, so that their product sees only m - n.

    <R(m) q, R(n) k> = <q, R(n - m) k>       R(p): pair i of channels turned by the angle p·ω_i,  ω_i = base^(-2i/d)

Why: R(m)ᵀ R(n) = R(n - m), for turns add up. Nothing is added to the embedding, no weight is learnt, lengths are
kept. Source: J. Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding" (2021), section 3.2 and
equation 34.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Tensor

from .sinusoids import frequencies

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped

Convention = Literal["interleaved", "half"]
CONVENTIONS = ("interleaved", "half")


def rope(
    x: Float[Tensor, "*B T d"],
    positions: Shaped[Tensor, "*positions"],
    *,
    base: float = 10000.0,
    convention: Convention = "interleaved",
) -> Float[Tensor, "*B T d"]:
    """Rotates each vector of `x` (..., T, d) by its position; `positions` (T,) or anything that fits x.shape[:-1].
    O(T·d).

    `convention` says which channels are a pair: "interleaved" (2i, 2i+1), as in the paper, GPT-J and Meta's Llama;
    "half" (i, i + d/2), as in GPT-NeoX and Hugging Face's Llama. Weights trained with one are nonsense with the
    other, which no shape reveals. The angles are float64, the turn is float32 or wider, the result has x's dtype.
    ValueError for an odd d, positions that do not fit, or another convention. Source: Su et al. (2021), equation 34.

    >>> rope(torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([0, 1]))
    tensor([[1.0000, 0.0000],
            [0.5403, 0.8415]])
    """
    cos, sin = _turns(x, positions, base)  # (T, d/2) each
    wide = x.to(cos.dtype)
    first, second = _pairs(wide, convention)  # (..., T, d/2) each
    turned = (first * cos - second * sin, first * sin + second * cos)
    joined = torch.stack(turned, dim=-1).flatten(-2) if convention == "interleaved" else torch.cat(turned, dim=-1)
    return joined.to(x.dtype)


def rope_matrix(
    position: float, dim: int, *, base: float = 10000.0, convention: Convention = "interleaved"
) -> Float[Tensor, "{dim} {dim}"]:
    """R(p) as a matrix (d, d), float64: rope(x, p) = R(p) @ x. To look at and to prove with; O(d²) where `rope` is
    O(d).

    ValueError for an odd `dim` or another convention. Source: Su et al. (2021), equation 15.

    >>> rope_matrix(1, 2)
    tensor([[ 0.5403, -0.8415],
            [ 0.8415,  0.5403]], dtype=torch.float64)
    """
    _check_convention(convention)
    angles = position * frequencies(dim, base)
    matrix = torch.zeros(dim, dim, dtype=torch.float64)
    for i, angle in enumerate(angles):
        a, b = (2 * i, 2 * i + 1) if convention == "interleaved" else (i, i + dim // 2)
        matrix[a, a] = matrix[b, b] = angle.cos()
        matrix[a, b], matrix[b, a] = -angle.sin(), angle.sin()
    return matrix


def rope_naive(
    x: Float[Tensor, "T d"],
    positions: Shaped[Tensor, " T"],
    *,
    base: float = 10000.0,
    convention: Convention = "interleaved",
) -> Float[Tensor, "T d"]:
    """`rope` of x (T, d) at positions (T,), a matrix product R(p) x for each position. O(T·d²).

    In x's dtype, computed in float64. ValueErrors as in `rope_matrix`. Source: Su et al. (2021), equation 14.

    >>> rope_naive(torch.tensor([[1.0, 0.0]]), torch.tensor([1]))
    tensor([[0.5403, 0.8415]])
    """
    dim = x.shape[-1]
    rows = [
        rope_matrix(p, dim, base=base, convention=convention) @ row.double()
        for p, row in zip(positions.tolist(), x, strict=True)
    ]
    return torch.stack(rows).to(x.dtype)


def _turns(x: Tensor, positions: Tensor, base: float) -> tuple[Tensor, Tensor]:
    """cos and sin of each angle p·ω: positions.shape + (d/2,), float32 or x's wider type, on x's device."""
    if x.ndim < 2:
        raise ValueError(f"x must be (..., T, d), not {tuple(x.shape)}")
    try:
        fits = np.broadcast_shapes(positions.shape, x.shape[:-1]) == x.shape[:-1]
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"positions {tuple(positions.shape)} do not fit x {tuple(x.shape)}: one for each vector")
    angles = positions.to("cpu", torch.float64)[..., None] * frequencies(x.shape[-1], base)  # mps has no float64
    wide = torch.promote_types(x.dtype, torch.float32)
    return angles.cos().to(x.device, wide), angles.sin().to(x.device, wide)


def _pairs(x: Tensor, convention: Convention) -> tuple[Tensor, Tensor]:
    _check_convention(convention)
    if convention == "interleaved":
        return x[..., 0::2], x[..., 1::2]
    half = x.shape[-1] // 2
    return x[..., :half], x[..., half:]


def _check_convention(convention: str) -> None:
    if convention not in CONVENTIONS:
        raise ValueError(f"convention must be one of {CONVENTIONS}, not {convention!r}")
