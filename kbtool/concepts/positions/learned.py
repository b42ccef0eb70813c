"""Learned absolute positions: a second embedding table, indexed by position instead of token, added to the first.

    h_t = E[ids_t] + P[t]

Sources: J. Gehring et al., "Convolutional Sequence to Sequence Learning" (2017), section 3.1; used by GPT-1 to GPT-3
and BERT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from jaxtyping import Float


class LearnedPositions(nn.Module):
    """A table (max_length, d_model) from N(0, `std`²); adds its rows `start`, `start` + 1, ... to x (..., T, C).

    It knows no position beyond `max_length`: a longer text is a ValueError, not an extrapolation. Any float dtype.
    O(T·C). Source: Gehring et al. (2017), section 3.1; `std` from GPT-2.

    >>> positions = LearnedPositions(4, 2, generator=torch.Generator().manual_seed(0))
    >>> torch.equal(positions(torch.zeros(1, 3, 2))[0], positions.weight[:3])
    True
    """

    def __init__(
        self, max_length: int, d_model: int, *, std: float = 0.02, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(max_length, d_model, generator=generator) * std)

    def forward(self, x: Float[Tensor, "*B T C"], start: int = 0) -> Float[Tensor, "*B T C"]:
        max_length, d_model = self.weight.shape
        if x.ndim < 2 or x.shape[-1] != d_model:
            raise ValueError(f"x must be (..., T, {d_model}), not {tuple(x.shape)}")
        stop = start + x.shape[-2]
        if start < 0 or stop > max_length:
            raise ValueError(f"positions {start} to {stop - 1} do not fit a table of {max_length}")
        return x + self.weight[start:stop]
