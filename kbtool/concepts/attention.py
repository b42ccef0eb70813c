"""Attention: each query takes a mean of the values, weighted by how well it matches their keys.

    attention(Q, K, V) = softmax(Q Kᵀ / √d) V

The root keeps the variance of a score at 1 whatever d is; without it softmax saturates and its gradient vanishes.
Source: A. Vaswani et al., "Attention Is All You Need" (2017), section 3.2.1 and footnote 4.

Masks are boolean, True = may attend (torch's own `scaled_dot_product_attention` says it so, `nn.MultiheadAttention`
the opposite), or floating and added to the scores, which is how ALiBi's and T5's biases come in.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, overload

import numpy as np
import torch
from torch import Tensor, nn

from .masks import causal_mask, padding_mask, read_mask, sliding_mask

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

    Queries = Float[Tensor, "*#B T d"]
    Keys = Float[Tensor, "*#B S d"]
    Values = Float[Tensor, "*#B S e"]
    Mask = Bool[Tensor, "*#scores"] | Float[Tensor, "*#scores"]
    Output = Float[Tensor, "*#B T e"]
    Weights = Float[Tensor, "*#B T S"]

__all__ = ["attention", "causal_mask", "fast_attention", "padding_mask", "sliding_mask"]


@overload
def attention(
    q: Queries, k: Keys, v: Values, *, mask: Mask | None = ..., causal: bool = ..., scale: float | None = ...,
    return_weights: Literal[False] = ...,
) -> Output: ...  # fmt: skip
@overload
def attention(
    q: Queries, k: Keys, v: Values, *, mask: Mask | None = ..., causal: bool = ..., scale: float | None = ...,
    return_weights: Literal[True],
) -> tuple[Output, Weights]: ...  # fmt: skip
def attention(
    q: Queries,
    k: Keys,
    v: Values,
    *,
    mask: Mask | None = None,
    causal: bool = False,
    scale: float | None = None,
    return_weights: bool = False,
) -> Output | tuple[Output, Weights]:
    """softmax(q kᵀ · scale + mask) v: q (..., T, d), k (..., S, d), v (..., S, e) -> (..., T, e), in v's dtype.

    `scale` is 1/√d unless given. `mask` broadcasts to the scores (..., T, S). `causal` hides the keys after each
    query, the T queries being the last of the S positions. A query that may attend to nothing gets zeros, not nan.
    With `return_weights`, (output, weights (..., T, S)); each row of weights adds up to 1, or to 0 if fully masked.
    Scores and softmax are computed in float32 at least. O(T·S·d) time, O(T·S) memory: `fast_attention` spares the
    memory. ValueError states the shapes that do not fit. Source: Vaswani et al. (2017), equation 1.

    >>> q = torch.tensor([[1.0, 0.0]])
    >>> k = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> v = torch.tensor([[10.0], [20.0]])
    >>> output, weights = attention(q, k, v, return_weights=True)
    >>> weights, output
    (tensor([[0.6698, 0.3302]]), tensor([[13.3024]]))
    """
    allowed, bias = read_mask(mask, causal=causal, scores=scores_shape(q, k, v))
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    wide = torch.promote_types(q.dtype, torch.float32)
    scores = q.to(wide) @ k.to(wide).transpose(-2, -1) * scale  # (..., T, S)
    if bias is not None:
        scores = scores + bias.to(q.device, wide)
    if allowed is not None:
        scores = scores.masked_fill(~allowed.to(q.device), -math.inf)
    weights = _softmax_or_zeros(scores)
    output = (weights @ v.to(wide)).to(v.dtype)  # (..., T, S) @ (..., S, e)
    return (output, weights.to(v.dtype)) if return_weights else output


def fast_attention(
    q: Queries,
    k: Keys,
    v: Values,
    *,
    mask: Mask | None = None,
    causal: bool = False,
    scale: float | None = None,
) -> Output:
    """The same function by torch's fused kernel, which never keeps the (T, S) scores: O(T·S·d) time, O(T·d) memory.

    softmax(q kᵀ · scale + mask) v; shapes, masks, zeros of a fully masked query, ValueErrors and dtypes as in
    `attention`. Source: T. Dao et al., "FlashAttention" (2022), algorithm 1; `online_softmax` explains it.

    >>> q = k = v = torch.eye(3)
    >>> torch.allclose(fast_attention(q, k, v, causal=True), attention(q, k, v, causal=True))
    True
    """
    shape = scores_shape(q, k, v)
    if 0 in shape:  # the kernels do not agree about the shape of nothing
        return attention(q, k, v, mask=mask, causal=causal, scale=scale)
    if causal and mask is None and q.shape[-2] == k.shape[-2]:
        return nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scale)  # skips the hidden half
    allowed, bias = read_mask(mask, causal=causal, scores=shape)
    merged = None if allowed is None else allowed.to(q.device)
    if bias is not None:
        bias = bias.to(q.device, q.dtype)
        merged = bias if merged is None else bias.masked_fill(~merged, -math.inf)
    output = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=merged, scale=scale)
    if merged is None:
        return output
    # The kernels differ in what a fully masked row gives (zeros, nan or a mean): say it once for all.
    blocked = ~merged if merged.dtype == torch.bool else merged == -math.inf
    return output.masked_fill(blocked.all(-1, keepdim=True), 0.0)


def _softmax_or_zeros(scores: Tensor) -> Tensor:
    """Softmax of the last axis; a row of only -inf gives zeros, and zeros as gradient too."""
    empty = (scores == -math.inf).all(-1, keepdim=True)
    return scores.masked_fill(empty, 0.0).softmax(-1).masked_fill(empty, 0.0)


def scores_shape(q: Queries, k: Keys, v: Values) -> tuple[int, ...]:
    """(..., T, S) for q (..., T, d), k (..., S, d), v (..., S, e), batch axes broadcast. O(1).

    ValueError states the shapes that do not fit: that is what it is for. Any dtype. Source: Vaswani et al. (2017),
    section 3.2.1.

    >>> scores_shape(torch.zeros(2, 1, 3, 8), torch.zeros(4, 5, 8), torch.zeros(5, 6))
    (2, 4, 3, 5)
    """
    shapes = f"q {tuple(q.shape)}, k {tuple(k.shape)}, v {tuple(v.shape)}"
    if min(q.ndim, k.ndim, v.ndim) < 2:
        raise ValueError(f"{shapes}: need (..., T, d), (..., S, d), (..., S, e)")
    if q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        raise ValueError(f"{shapes}: q and k must agree in their last axis, k and v in the one before")
    try:
        batch = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    except ValueError:
        raise ValueError(f"{shapes}: the axes before the last two must be the same or 1") from None
    return (*batch, q.shape[-2], k.shape[-2])
