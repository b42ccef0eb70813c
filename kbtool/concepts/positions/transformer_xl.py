"""Transformer-XL's relative scores: how far back a key lies has a vector of its own, and two learnt biases stand in
for the query.

    score(i, j) = (q_i + u)·k_j + (q_i + v)·r_{i-j}         r: a vector for each distance, u, v: learnt, one for each
    head

The second product is computed for all distances at once, (T, S); row i must then move so that distance i - j stands
in column j. Source: Z. Dai et al., "Transformer-XL: Attentive Language Models beyond a Fixed-Length Context" (2019),
section 3.3, appendix B.
"""

import torch
from torch import Tensor


def relative_shift_naive(scores: Tensor) -> Tensor:
    """`relative_shift` element by element, by its definition. O(T·S) look-ups in Python.

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


def relative_shift(scores: Tensor) -> Tensor:
    """From columns of falling distance to columns of keys: (..., T, S) -> (..., T, S), without a gather.

    In: scores[..., i, c] is query i against distance S-1-c (the last column is distance 0). Out: [..., i, j] is query
    i against key j, T queries being the last of S positions; 0 where the key lies ahead. The trick: a column of zeros
    in front makes each row one longer, reading the same memory in rows of the old length moves row i left by T-1-i.
    O(T·S), one copy. ValueError if T > S.

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


def transformer_xl_scores(q: Tensor, k: Tensor, r: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """Scores (..., T, S), not yet scaled or masked: q (..., T, d), k (..., S, d), r (S, d) for distances S-1..0, u
    and v (d,).

    O(T·S·d) instead of the O(T·S·d) memory that a vector for each pair would take. ValueError if the shapes do not
    fit.

    >>> one = torch.ones(2, 1)
    >>> transformer_xl_scores(one, one, torch.tensor([[10.], [0.]]), torch.zeros(1), torch.zeros(1))
    tensor([[ 1.,  1.],
            [11.,  1.]])
    """
    if r.shape != k.shape[-2:] or q.shape[-1] != k.shape[-1]:
        raise ValueError(f"q {tuple(q.shape)}, k {tuple(k.shape)}, r {tuple(r.shape)}: need (T, d), (S, d), (S, d)")
    content = (q + u) @ k.transpose(-2, -1)  # (..., T, S)
    position = relative_shift((q + v) @ r.transpose(-2, -1))  # (..., T, S)
    return content + position


def _sides(scores: Tensor) -> tuple[int, int]:
    if scores.ndim < 2 or scores.shape[-2] > scores.shape[-1]:
        raise ValueError(f"scores must be (..., T, S) with T <= S, not {tuple(scores.shape)}")
    return scores.shape[-2], scores.shape[-1]
