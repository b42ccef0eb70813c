"""Transformer-XL's relative scores: how far back a key lies has a vector of its own, and two learnt biases stand in
for the query.

    score(i, j) = (q_i + u)·k_j + (q_i + v)·r_{i-j}         r: a vector for each distance, u, v: learnt, one for each
    head

The second product is computed for all distances at once, (T, S); row i must then move so that distance i - j stands
in column j. Source: Z. Dai et al., "Transformer-XL: Attentive Language Models beyond a Fixed-Length Context" (2019),
section 3.3, appendix B.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float


def relative_shift_naive(scores: Float[Tensor, "*B T S"]) -> Float[Tensor, "*B T S"]:
    """`relative_shift` element by element, by its definition: out[i, j] = in[i, S-1-(i+S-T-j)]. O(T·S) in Python.

    (..., T, S) -> (..., T, S), dtype stays. ValueError if T > S. Source: Dai et al. (2019), appendix B.

    >>> relative_shift_naive(torch.tensor([[2., 1., 0.], [2., 1., 0.], [2., 1., 0.]]))
    tensor([[0., 0., 0.],
            [1., 0., 0.],
            [2., 1., 0.]])
    """
    T, S = _sides(scores)
    shifted = torch.zeros_like(scores)
    for i in range(T):
        for j in range(i + S - T + 1):
            distance = i + S - T - j
            shifted[..., i, j] = scores[..., i, S - 1 - distance]
    return shifted


def relative_shift(scores: Float[Tensor, "*B T S"]) -> Float[Tensor, "*B T S"]:
    """From columns of falling distance to columns of keys: (..., T, S) -> (..., T, S), without a gather.

    In: scores[..., i, c] is query i against distance S-1-c (the last column is distance 0). Out: [..., i, j] is query
    i against key j, T queries being the last of S positions; 0 where the key lies ahead. The trick: a column of zeros
    in front makes each row one longer, reading the same memory in rows of the old length moves row i left by T-1-i.
    O(T·S), one copy, dtype stays. ValueError if T > S. Source: Dai et al. (2019), appendix B.

    >>> relative_shift(torch.tensor([[2., 1., 0.], [2., 1., 0.], [2., 1., 0.]]))
    tensor([[0., 0., 0.],
            [1., 0., 0.],
            [2., 1., 0.]])
    """
    T, S = _sides(scores)
    zeros = scores.new_zeros(*scores.shape[:-1], 1)
    padded = torch.cat((zeros, scores), dim=-1)  # (..., T, S + 1)
    rows = padded.view(*scores.shape[:-2], S + 1, T)[..., 1:, :]  # the same numbers, the first T of them dropped
    return rows.reshape(scores.shape).tril(S - T)  # what lies ahead would be numbers of the next row


def transformer_xl_scores(
    q: Float[Tensor, "*B T d"],
    k: Float[Tensor, "*B S d"],
    r: Float[Tensor, "S d"],
    u: Float[Tensor, "*#H d"],
    v: Float[Tensor, "*#H d"],
) -> Float[Tensor, "*B T S"]:
    """(q_i + u)·k_j + (q_i + v)·r_{i-j}, not yet scaled or masked: q (..., T, d), k (..., S, d), r (S, d) for distances
    S-1..0, u and v (d,) or, one for each head, (H, 1, d) -> (..., T, S) in their dtype.

    O(T·S·d) time and O(T·S) memory, where a vector for each pair would take O(T·S·d). ValueError if the shapes do not
    fit. Source: Dai et al. (2019), section 3.3.

    >>> one = torch.ones(2, 1)
    >>> transformer_xl_scores(one, one, torch.tensor([[10.], [0.]]), torch.zeros(1), torch.zeros(1))
    tensor([[ 1.,  1.],
            [11.,  1.]])
    """
    if r.shape != k.shape[-2:] or q.shape[-1] != k.shape[-1] or {u.shape[-1:], v.shape[-1:]} != {q.shape[-1:]}:
        shapes = ", ".join(f"{name} {tuple(t.shape)}" for name, t in zip("qkruv", (q, k, r, u, v), strict=True))
        raise ValueError(f"{shapes}: need (T, d), (S, d), (S, d), (d,), (d,)")
    content = (q + u) @ k.transpose(-2, -1)  # (..., T, S)
    position = relative_shift((q + v) @ r.transpose(-2, -1))  # (..., T, S)
    return content + position


def _sides(scores: Tensor) -> tuple[int, int]:
    if scores.ndim < 2 or scores.shape[-2] > scores.shape[-1]:
        raise ValueError(f"scores must be (..., T, S) with T <= S, not {tuple(scores.shape)}")
    return scores.shape[-2], scores.shape[-1]
