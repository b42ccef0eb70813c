"""ALiBi: no position vectors; each head takes off the score a penalty that grows with distance, each at its own
slope.

    score(i, j) = q_i·k_j / √d - slope_h · |i - j|          slope_h = 2^(-8h/H),  h = 1..H

A penalty is defined for any distance, so a model may read texts longer than those it was trained on. Source: O.
Press, N. Smith, M. Lewis, "Train Short, Test Long: Attention with Linear Biases Enables Input Length Extrapolation"
(2021), section 3.
"""

import math

import torch
from torch import Tensor


def alibi_slopes(heads: int) -> Tensor:
    """The slopes of the heads, steepest first: (H,) float32. ValueError for no heads.

    For H a power of two, the geometric row 2^(-8/H), 2^(-16/H), ..., 2^-8. For another H, the authors' rule: the row
    of the power of two below, then every other slope of the row of twice as many.

    >>> alibi_slopes(4).tolist()
    [0.25, 0.0625, 0.015625, 0.00390625]
    """
    if heads < 1:
        raise ValueError(f"heads must be at least 1, not {heads}")
    power = 1 << (heads.bit_length() - 1)  # the largest power of two that is not above heads
    return torch.tensor(_row(power) + _row(2 * power)[0::2][: heads - power])


def alibi_bias(heads: int, T: int) -> Tensor:
    """-slope_h · |i - j|: (H, T, T) float32, to be added to scores (B, H, T, T) before softmax, as attention's
    `mask`. O(H·T²).

    It hides nothing: a decoder adds its causal mask. (Under that mask |i - j| is i - j, the paper's form.)

    >>> alibi_bias(8, 3)[0]
    tensor([[-0.0000, -0.5000, -1.0000],
            [-0.5000, -0.0000, -0.5000],
            [-1.0000, -0.5000, -0.0000]])
    """
    position = torch.arange(T)
    distance = (position[:, None] - position).abs()  # (T, T)
    return -alibi_slopes(heads)[:, None, None] * distance


def _row(n: int) -> list[float]:
    return [math.pow(2.0, -8.0 * h / n) for h in range(1, n + 1)]
