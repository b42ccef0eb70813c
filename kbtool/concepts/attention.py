"""Attention: each query takes a mean of the values, weighted by how well it matches their keys.

    attention(Q, K, V) = softmax(Q Kᵀ / √d) V

The root keeps the variance of a score at 1 whatever d is; without it softmax saturates and its gradient vanishes.
Source: A. Vaswani et al., "Attention Is All You Need" (2017), section 3.2.1 and footnote 4.

Masks are boolean, True = may attend (torch's own `scaled_dot_product_attention` says it so, `nn.MultiheadAttention`
the opposite), or floating and added to the scores, which is how ALiBi's and T5's biases come in.
"""

import math
from typing import Literal, overload

import numpy as np
import torch
from torch import Tensor, nn

from .masks import causal_mask, padding_mask, sliding_mask

__all__ = ["attention", "causal_mask", "fast_attention", "padding_mask", "sliding_mask"]

Weighted = tuple[Tensor, Tensor]


@overload
def attention(
    q: Tensor, k: Tensor, v: Tensor, *, mask: Tensor | None = ..., causal: bool = ..., scale: float | None = ...,
    return_weights: Literal[False] = ...,
) -> Tensor: ...  # fmt: skip
@overload
def attention(
    q: Tensor, k: Tensor, v: Tensor, *, mask: Tensor | None = ..., causal: bool = ..., scale: float | None = ...,
    return_weights: Literal[True],
) -> Weighted: ...  # fmt: skip
def attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    mask: Tensor | None = None,
    causal: bool = False,
    scale: float | None = None,
    return_weights: bool = False,
) -> Tensor | Weighted:
    """softmax(q kᵀ · scale + mask) v: q (..., T, d), k (..., S, d), v (..., S, e) -> (..., T, e), in v's dtype.

    `scale` is 1/√d unless given. `mask` broadcasts to the scores (..., T, S). `causal` hides the keys after each
    query, the T queries being the last of the S positions. A query that may attend to nothing gets zeros, not nan.
    With `return_weights`, (output, weights (..., T, S)); each row of weights adds up to 1, or to 0 if fully masked.
    Scores and softmax are computed in float32 at least. O(T·S·d) time, O(T·S) memory: `fast_attention` spares the
    memory. ValueError states the shapes that do not fit.

    >>> q = torch.tensor([[1.0, 0.0]])
    >>> k = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> v = torch.tensor([[10.0], [20.0]])
    >>> output, weights = attention(q, k, v, return_weights=True)
    >>> weights, output
    (tensor([[0.6698, 0.3302]]), tensor([[13.3024]]))
    """
    allowed, bias = _masking(q, k, v, mask, causal)
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    wide = torch.promote_types(q.dtype, torch.float32)
    scores = q.to(wide) @ k.to(wide).transpose(-2, -1) * scale  # (..., T, S)
    if bias is not None:
        scores = scores + bias.to(wide)
    if allowed is not None:
        scores = scores.masked_fill(~allowed, -math.inf)
    weights = _softmax_or_zeros(scores)
    output = (weights @ v.to(wide)).to(v.dtype)  # (..., T, S) @ (..., S, e)
    return (output, weights.to(v.dtype)) if return_weights else output


def fast_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    mask: Tensor | None = None,
    causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """The same function by torch's fused kernel, which never keeps the (T, S) scores: O(T·d) memory. Shapes as in
    `attention`.

    >>> q = k = v = torch.eye(3)
    >>> torch.allclose(fast_attention(q, k, v, causal=True), attention(q, k, v, causal=True))
    True
    """
    if causal and mask is None and q.shape[-2] == k.shape[-2]:
        _check(q, k, v)
        return nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scale)  # skips the hidden half
    allowed, bias = _masking(q, k, v, mask, causal)
    merged = allowed
    if bias is not None:
        merged = bias.to(q.dtype) if allowed is None else bias.to(q.dtype).masked_fill(~allowed, -math.inf)
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


def _masking(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, causal: bool) -> tuple[Tensor | None, Tensor | None]:
    """What hides (bool, True = may attend) and what is added to the scores, after a check of all shapes."""
    _check(q, k, v)
    T, S = q.shape[-2], k.shape[-2]
    if mask is not None:
        _check_mask(mask, (*np.broadcast_shapes(q.shape[:-2], k.shape[:-2]), T, S))
    allowed = mask if mask is not None and mask.dtype == torch.bool else None
    bias = mask if mask is not None and mask.dtype != torch.bool else None
    if causal:
        past = causal_mask(T, S).to(q.device)
        allowed = past if allowed is None else allowed & past
    return allowed, bias


def _check(q: Tensor, k: Tensor, v: Tensor) -> None:
    shapes = f"q {tuple(q.shape)}, k {tuple(k.shape)}, v {tuple(v.shape)}"
    if min(q.ndim, k.ndim, v.ndim) < 2:
        raise ValueError(f"{shapes}: need (..., T, d), (..., S, d), (..., S, e)")
    if q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        raise ValueError(f"{shapes}: q and k must agree in their last axis, k and v in the one before")
    try:
        np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    except ValueError:
        raise ValueError(f"{shapes}: the axes before the last two must be the same or 1") from None


def _check_mask(mask: Tensor, scores: tuple[int, ...]) -> None:
    if 2 < mask.ndim < len(scores):  # (B, 1, S) would broadcast B onto the heads of (B, H, T, S), silently if B = H
        raise ValueError(f"mask {tuple(mask.shape)} for scores {scores}: which axis is missing? mask[:, None] adds one")
    try:
        fits = np.broadcast_shapes(mask.shape, scores) == scores
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"mask {tuple(mask.shape)} does not broadcast to scores {scores}")
