"""Relative positions: each distance between query and key, up to a limit, has a learnt vector that is added to the key.

    score(i, j) = q_i·(k_j + a_{clip(j - i)}) / √d          clip(r) = max(-K, min(K, r)),  a: (2K + 1, d)

Beyond K only the direction counts. Sources: P. Shaw, J. Uszkoreit, A. Vaswani, "Self-Attention with Relative Position
Representations" (2018), section 3; its 2K + 1 vectors became Transformer-XL's sinusoids and T5's single numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float, Int


def clipped_distance(T: int, S: int, limit: int) -> Int[Tensor, "{T} {S}"]:
    """clip(j - i) + K, rows of the table of vectors: (T, S) int64 from 0 to 2·`limit`; the T queries are the last of S
    positions.

    O(T·S). ValueError for a limit below 0. Source: Shaw et al. (2018), section 3.2.

    >>> clipped_distance(3, 3, limit=1)
    tensor([[1, 2, 2],
            [0, 1, 2],
            [0, 0, 1]])
    """
    if limit < 0:
        raise ValueError(f"limit must not be negative: {limit}")
    return (torch.arange(S) - torch.arange(S - T, S)[:, None]).clamp(-limit, limit) + limit


def relative_scores_naive(q: Float[Tensor, "*B T d"], table: Float[Tensor, "R d"], S: int) -> Float[Tensor, "*B T {S}"]:
    """`relative_scores` as the formula reads: a vector for each pair of query and key. O(T·S·d) time **and** memory.

    Shapes, dtype and ValueErrors as there. Source: Shaw et al. (2018), equation 4.

    >>> relative_scores_naive(torch.tensor([[1.0], [10.0]]), torch.tensor([[-1.0], [0.0], [1.0]]), 2)
    tensor([[  0.,   1.],
            [-10.,   0.]])
    """
    vectors = table[clipped_distance(q.shape[-2], S, _limit(q, table)).to(table.device)]  # (T, S, d)
    return torch.einsum("...td,tsd->...ts", q, vectors)


def relative_scores(q: Float[Tensor, "*B T d"], table: Float[Tensor, "R d"], S: int) -> Float[Tensor, "*B T {S}"]:
    """q_i·a_{clip(j - i)} for all pairs: q (..., T, d), table (2K + 1, d) -> (..., T, S), in q's dtype; to be added to
    q kᵀ before scaling, so divided by √d as attention's `mask`.

    Each query meets the 2K + 1 vectors once, and the numbers are then laid out by distance: O(T·K·d + T·S) time, no
    vector for each pair in memory. ValueError for a table that is not (2K + 1, d). Source: Shaw et al. (2018), section
    3.3.

    >>> relative_scores(torch.tensor([[1.0], [10.0]]), torch.tensor([[-1.0], [0.0], [1.0]]), 2)
    tensor([[  0.,   1.],
            [-10.,   0.]])
    """
    row = clipped_distance(q.shape[-2], S, _limit(q, table)).to(q.device)  # (T, S)
    against_all = q @ table.transpose(0, 1)  # (..., T, 2K + 1)
    return against_all.gather(-1, row.expand(*q.shape[:-1], S))


def _limit(q: Tensor, table: Tensor) -> int:
    if q.ndim < 2 or table.ndim != 2 or table.shape[0] % 2 == 0 or table.shape[1] != q.shape[-1]:
        raise ValueError(f"q {tuple(q.shape)}, table {tuple(table.shape)}: need (..., T, d), (2K + 1, d)")
    return table.shape[0] // 2
