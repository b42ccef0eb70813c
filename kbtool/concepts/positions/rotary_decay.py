"""xPos: RoPE whose pairs also shrink with distance, so that the score decays smoothly far away.

    q'_m = R(m) q · ζ^(m/s)      k'_n = R(n) k · ζ^(-n/s)      <q'_m, k'_n> = ζ^((m-n)/s) <R(m) q, R(n) k>

    ζ_i = (2i/d + γ) / (1 + γ) <= 1,  γ = 0.4,  s = 512 (`scale_base`)

Only for causal attention: a key ahead of its query (n > m) would be amplified. Source: Y. Sun et al., "A
Length-Extrapolatable Transformer" (2022), section 3.2 and algorithm 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .rotary import rope

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped

GAMMA = 0.4


def xpos(
    q: Float[Tensor, "*B T d"],
    k: Float[Tensor, "*A T d"],
    positions: Shaped[Tensor, "*positions"],
    *,
    base: float = 10000.0,
    scale_base: float = 512.0,
) -> tuple[Float[Tensor, "*B T d"], Float[Tensor, "*A T d"]]:
    """Rotated and scaled q and k, each (..., T, d) at `positions` (T,) or broadcast; pairs interleaved. O(T·d).

    The product of a query at m and a key at n depends on m - n alone. In their dtypes. ValueError as in `rope`. Source:
    Sun et al. (2022), algorithm 1.

    >>> q = k = torch.ones(2, 2)
    >>> rotated_q, rotated_k = xpos(q, k, torch.tensor([0, 512]))
    >>> round((rotated_q[1] @ rotated_k[1]).item(), 4), round((rotated_q[0] @ rotated_k[0]).item(), 4)
    (2.0, 2.0)
    """
    return (
        rope(q, positions, base=base) * _scale(q, positions, scale_base),
        rope(k, positions, base=base) * _scale(k, -positions, scale_base),
    )


def _scale(x: Tensor, positions: Tensor, scale_base: float) -> Tensor:
    """ζ_i^(p/s), each number twice for its pair: positions.shape + (d,) in x's dtype."""
    dim = x.shape[-1]
    zeta = (torch.arange(0, dim, 2, dtype=torch.float64) / dim + GAMMA) / (1 + GAMMA)  # (d/2,)
    powers = zeta ** (positions.to("cpu", torch.float64)[..., None] / scale_base)
    return powers.repeat_interleave(2, dim=-1).to(x.device, x.dtype)
