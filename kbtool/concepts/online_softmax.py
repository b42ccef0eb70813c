"""Online softmax: the normalised sum over a row that is seen block by block, in one pass and without keeping it.

What has been seen of a row is summed up by three numbers: the largest score m, l = Σ exp(s - m), and o = Σ exp(s - m)
v. Two such summaries merge, in any order and grouping:

    m = max(m₁, m₂)      l = l₁ e^(m₁-m) + l₂ e^(m₂-m)      o = o₁ e^(m₁-m) + o₂ e^(m₂-m)      output = o / l

This is the idea of FlashAttention: scores exist only one block at a time, so memory grows as T, not T². Sources: M.
Milakov, N. Gimelshein, "Online normalizer calculation for softmax" (2018), algorithm 3; T. Dao et al.,
"FlashAttention" (2022), section 3.1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from .attention import scores_shape
from .masks import causal_mask

if TYPE_CHECKING:
    from jaxtyping import Float


class Summary(NamedTuple):
    """What a softmax-weighted sum needs to know of the scores seen so far."""

    largest: Float[Tensor, "*B T 1"]  # m, -inf before anything is seen
    total: Float[Tensor, "*B T 1"]  # l
    weighted: Float[Tensor, "*B T e"]  # o

    @property
    def output(self) -> Float[Tensor, "*B T e"]:
        """o / l: (..., T, e); zeros where nothing was seen."""
        return self.weighted / torch.where(self.total > 0, self.total, 1)


def summarise(scores: Float[Tensor, "*#B T S"], v: Float[Tensor, "*#B S e"]) -> Summary:
    """The summary of a block: scores (..., T, S), values (..., S, e), of one dtype. Its `output` is
    softmax(scores) @ v. O(T·S·e). ValueError if the shapes do not fit.

    A block of no keys has seen nothing. Source: Milakov, Gimelshein (2018), algorithm 3.

    >>> summarise(torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0], [3.0]])).output
    tensor([[2.]])
    """
    if scores.ndim < 2 or v.ndim < 2 or scores.shape[-1] != v.shape[-2]:
        raise ValueError(f"scores {tuple(scores.shape)}, v {tuple(v.shape)}: need (..., T, S), (..., S, e)")
    nothing = scores.new_full((*scores.shape[:-1], 1), -math.inf)
    largest = torch.cat((nothing, scores), dim=-1).amax(-1, keepdim=True)
    weights = (scores - _finite(largest)).exp()
    return Summary(largest, weights.sum(-1, keepdim=True), weights @ v)


def merge(a: Summary, b: Summary) -> Summary:
    """The summary of two blocks from the summaries of each. Associative and commutative; a block of -inf changes
    nothing.

    m = max(m₁, m₂), and l and o of each side weigh e^(m₁-m) and e^(m₂-m): (..., T, 1), (..., T, e), dtype stays.
    O(T·e). Source: Milakov, Gimelshein (2018), section 3.1, equation 4.

    >>> blocks = [(torch.tensor([[0.0, 1.0]]), torch.eye(4)[:2]), (torch.tensor([[5.0, -1.0]]), torch.eye(4)[2:])]
    >>> merged = merge(summarise(*blocks[0]), summarise(*blocks[1]))
    >>> torch.allclose(merged.output, torch.tensor([0.0, 1.0, 5.0, -1.0]).softmax(-1))
    True
    """
    largest = torch.maximum(a.largest, b.largest)
    scale_a, scale_b = (a.largest - _finite(largest)).exp(), (b.largest - _finite(largest)).exp()
    return Summary(
        largest,
        a.total * scale_a + b.total * scale_b,
        a.weighted * scale_a + b.weighted * scale_b,
    )


def online_attention(
    q: Float[Tensor, "*#B T d"],
    k: Float[Tensor, "*#B S d"],
    v: Float[Tensor, "*#B S e"],
    *,
    causal: bool = False,
    block: int = 128,
) -> Float[Tensor, "*#B T e"]:
    """`attention` by blocks of `block` keys: q (..., T, d), k (..., S, d), v (..., S, e) -> (..., T, e) in v's dtype.

    O(T·S·d) time as ever, O(T·(block + e)) memory. (A GPU gains because a block stays in its fast memory.) Computes
    in float32 at least. ValueError for a block below 1 and, as in `attention`, for shapes that do not fit. Source: Dao
    et al. (2022), algorithm 1.

    >>> q, k, v = torch.randn(3, 5, 4)
    >>> torch.allclose(online_attention(q, k, v, block=2), (q @ k.T / 2).softmax(-1) @ v, atol=1e-6)
    True
    """
    if block < 1:
        raise ValueError(f"block must be at least 1, not {block}")
    *_, T, S = scores_shape(q, k, v)
    wide = torch.promote_types(q.dtype, torch.float32)
    queries = q.to(wide) / math.sqrt(q.shape[-1])
    past = causal_mask(T, S).to(q.device) if causal else None
    seen = summarise(queries @ k[..., :0, :].to(wide).transpose(-2, -1), v[..., :0, :].to(wide))  # nothing yet
    for start in range(0, S, block):
        keys, values = k[..., start : start + block, :].to(wide), v[..., start : start + block, :].to(wide)
        scores = queries @ keys.transpose(-2, -1)  # (..., T, block)
        if past is not None:
            scores = scores.masked_fill(~past[:, start : start + block], -math.inf)
        seen = merge(seen, summarise(scores, values))
    return seen.output.to(v.dtype)


def _finite(largest: Tensor) -> Tensor:
    """-inf (nothing seen yet) as 0, for -inf - -inf is nan and -inf - 0 is what is meant."""
    return largest.masked_fill(largest == -math.inf, 0.0)
