"""ALiBi: no position vectors; each head takes off the score a penalty that grows with distance, each at its own
slope.

    score(i, j) = q_i·k_j / √d - slope_h · |i - j|          slope_h = 2^(-8h/H),  h = 1..H

A penalty is defined for any distance, so a model may read texts longer than those it was trained on. Source: O.
Press, N. Smith, M. Lewis, "Train Short, Test Long: Attention with Linear Biases Enables Input Length Extrapolation"
(2021), section 3.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float


def alibi_slopes(heads: int) -> Float[Tensor, " {heads}"]:
    """The slopes of the heads, steepest first: (H,) float32. ValueError for no heads.

    For H a power of two, the geometric row 2^(-8/H), 2^(-16/H), ..., 2^-8. For another H, the authors' rule: the row
    of the power of two below, then every other slope of the row of twice as many. O(H). Source: Press et al. (2021),
    section 3; the rule for other H is in their published code.

    >>> alibi_slopes(4).tolist()
    [0.25, 0.0625, 0.015625, 0.00390625]
    """
    if heads < 1:
        raise ValueError(f"heads must be at least 1, not {heads}")
    power = 1 << (heads.bit_length() - 1)  # the largest power of two that is not above heads
    return torch.tensor(_row(power) + _row(2 * power)[0::2][: heads - power])


def alibi_bias(heads: int, T: int, S: int | None = None) -> Float[Tensor, "{heads} {T} S"]:
    """-slope_h · |i - j|: (H, T, S) float32, to be added to scores (B, H, T, S) before softmax, as the `mask` of
    `attention` (of `MultiHeadAttention`: [None]). O(H·T·S).

    S = T unless given; T queries are the last of S positions, as with a cache. It hides nothing: a decoder adds its
    causal mask. (Under that mask |i - j| is i - j, the paper's form.) ValueError for no heads. Source: Press et al.
    (2021), section 3.

    >>> alibi_bias(8, 3)[0]
    tensor([[-0.0000, -0.5000, -1.0000],
            [-0.5000, -0.0000, -0.5000],
            [-1.0000, -0.5000, -0.0000]])
    """
    S = T if S is None else S
    distance = (torch.arange(S - T, S)[:, None] - torch.arange(S)).abs()  # (T, S)
    return -alibi_slopes(heads)[:, None, None] * distance


def _row(n: int) -> list[float]:
    return [math.pow(2.0, -8.0 * h / n) for h in range(1, n + 1)]
