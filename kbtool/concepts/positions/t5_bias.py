"""T5's relative bias: distances fall into buckets, fine near by and coarse far off, and each head learns a number for
each bucket.

    score(i, j) = q_i·k_j + b_h[bucket(j - i)]         (T5 itself leaves out the 1/√d)

Source: C. Raffel et al., "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer" (2020),
section 2.1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from jaxtyping import Float, Int


def t5_bucket_naive(relative: int, *, bidirectional: bool = True, buckets: int = 32, max_distance: int = 128) -> int:
    """The bucket of one distance `relative` = key's position - query's position, in whole numbers and logarithms.

    Half of the buckets (in each direction) hold one distance each; the rest grow in logarithmic steps up to
    `max_distance`, and the last takes all beyond. Unidirectional: keys ahead (`relative` > 0) share bucket 0 with
    distance 0. An int, O(1). ValueError as in `t5_bucket`. Source: Raffel et al. (2020), section 2.1; the steps are in
    their published code.

    >>> [t5_bucket_naive(-d) for d in (0, 1, 7, 8, 12, 127, 1000)]
    [0, 1, 7, 8, 9, 15, 15]
    """
    side, exact = _sides(bidirectional, buckets, max_distance)
    distance = abs(relative) if bidirectional else max(-relative, 0)
    first = side if bidirectional and relative > 0 else 0
    if distance < exact:
        return first + distance
    step = math.log(distance / exact) / math.log(max_distance / exact) * (side - exact)
    return first + min(exact + int(step), side - 1)


def t5_bucket(
    relative: Int[Tensor, "*N"], *, bidirectional: bool = True, buckets: int = 32, max_distance: int = 128
) -> Int[Tensor, "*N"]:
    """`t5_bucket_naive` of each number of an integer tensor: same shape, int64, values 0..buckets-1. O(elements).

    ValueError unless there are at least 4 buckets (2 if unidirectional) and `max_distance` is beyond the exact ones.
    Source: Raffel et al. (2020), section 2.1.

    >>> t5_bucket(torch.tensor([-1000, -12, -1, 0, 1, 12, 1000]))
    tensor([15,  9,  1,  0, 17, 25, 31])
    """
    side, exact = _sides(bidirectional, buckets, max_distance)
    distance = relative.abs() if bidirectional else (-relative).clamp(min=0)
    # Float64, so that the logarithm falls on the same side of a whole number as in the naive path.
    ratio = distance.clamp(min=exact).to("cpu", torch.float64) / exact
    step = (ratio.log() / math.log(max_distance / exact) * (side - exact)).long().to(relative.device)
    bucket = torch.where(distance < exact, distance, (exact + step).clamp(max=side - 1))
    return bucket + side * (relative > 0) if bidirectional else bucket


class T5Bias(nn.Module):
    """The learnt number of each bucket and head: forward(T, S) -> (H, T, S), added to scores (B, H, T, S) as
    `mask` of `attention` (of `MultiHeadAttention`: [None]).

    The queries are the last T of S positions (T = S without a cache). One such table serves all layers. In the
    weights' dtype. O(H·T·S). Source: Raffel et al. (2020), section 2.1.

    >>> bias = T5Bias(2, generator=torch.Generator().manual_seed(0))
    >>> torch.equal(bias(3, 3)[:, 0, 0], bias(3, 3)[:, 2, 2])
    True
    """

    def __init__(
        self,
        heads: int,
        *,
        bidirectional: bool = True,
        buckets: int = 32,
        max_distance: int = 128,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.bidirectional, self.buckets, self.max_distance = bidirectional, buckets, max_distance
        self.weight = nn.Parameter(torch.randn(buckets, heads, generator=generator))

    def forward(self, T: int, S: int) -> Float[Tensor, "H {T} {S}"]:
        key = torch.arange(S, device=self.weight.device)
        query = torch.arange(S - T, S, device=self.weight.device)
        bucket = t5_bucket(
            key - query[:, None],  # (T, S)
            bidirectional=self.bidirectional,
            buckets=self.buckets,
            max_distance=self.max_distance,
        )
        return self.weight[bucket].permute(2, 0, 1)  # (T, S, H) -> (H, T, S)


def _sides(bidirectional: bool, buckets: int, max_distance: int) -> tuple[int, int]:
    """Buckets in one direction, and how many of them hold one distance each."""
    side = buckets // 2 if bidirectional else buckets
    if side < 2 or max_distance <= side // 2:
        raise ValueError(f"{buckets} buckets up to {max_distance}: too few buckets or too short a distance")
    return side, side // 2
