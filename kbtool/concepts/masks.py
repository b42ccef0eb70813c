"""Masks: which keys a query may attend to. Boolean, True = may, as in torch's `scaled_dot_product_attention`.

    score(i, j) = q_i·k_j / √d  where i may attend to j,  -∞ elsewhere

They combine by `&`, and broadcast to the scores (..., T, S). Sources: A. Vaswani et al., "Attention Is All You Need"
(2017), section 3.2.3; I. Beltagy, M. Peters, A. Cohan, "Longformer: The Long-Document Transformer" (2020), section 3.1
(sliding window).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int


def causal_mask(T: int, S: int | None = None) -> Bool[Tensor, "T S"]:
    """(T, S) bool: query i, the (S-T+i)-th of S positions, may attend to keys up to itself: j <= S - T + i.

    S = T unless given. Where T > S the first T - S queries see nothing. O(T·S). Source: Vaswani et al. (2017), section
    3.2.3.

    >>> causal_mask(3).int()
    tensor([[1, 0, 0],
            [1, 1, 0],
            [1, 1, 1]], dtype=torch.int32)
    """
    S = T if S is None else S
    return torch.ones(T, S, dtype=torch.bool).tril(S - T)


def padding_mask(lengths: Int[Tensor, " B"], T: int) -> Bool[Tensor, "B 1 {T}"]:
    """(B, 1, T) bool for `lengths` (B,): sentence b has tokens at j < lengths[b], after them padding that no query
    may see.

    For scores with a head axis (B, H, T, S) add it: mask[:, None]. On the device of `lengths`. O(B·T). ValueError for
    a length outside 0..T. Source: Vaswani et al. (2017), section 3.2.3: masking out is setting scores to -∞.

    >>> padding_mask(torch.tensor([1, 3]), 3)[:, 0].int()
    tensor([[1, 0, 0],
            [1, 1, 1]], dtype=torch.int32)
    """
    if lengths.ndim != 1 or bool(((lengths < 0) | (lengths > T)).any()):
        raise ValueError(f"lengths must be (B,) with numbers from 0 to {T}, not {lengths.tolist()}")
    return (torch.arange(T, device=lengths.device) < lengths[:, None])[:, None]


def sliding_mask(T: int, width: int) -> Bool[Tensor, "{T} {T}"]:
    """(T, T) bool: causal, and only the last `width` tokens, oneself included: i - width < j <= i. O(T²).

    ValueError for a width below 1. Source: Beltagy et al. (2020), section 3.1, causal.

    >>> sliding_mask(4, 2).int()
    tensor([[1, 0, 0, 0],
            [1, 1, 0, 0],
            [0, 1, 1, 0],
            [0, 0, 1, 1]], dtype=torch.int32)
    """
    if width < 1:
        raise ValueError(f"width must be at least 1, not {width}")
    return causal_mask(T).triu(1 - width)


def read_mask(
    mask: Bool[Tensor, "*mask"] | Float[Tensor, "*mask"] | None, *, causal: bool, scores: tuple[int, ...]
) -> tuple[Bool[Tensor, "*allowed"] | None, Float[Tensor, "*bias"] | None]:
    """A mask taken apart for scores of the shape `scores` (..., T, S): what hides (bool), and what is added (float).

    softmax(score + bias) where allowed; `causal` is one more `&`. None where nothing hides or is added. O(T·S) if
    `causal`, else O(1). ValueError for a mask that does not broadcast to the scores or is neither bool nor floating.
    Source: Vaswani et al. (2017), section 3.2.3.

    >>> allowed, bias = read_mask(torch.tensor([True, False, True]), causal=True, scores=(2, 3))
    >>> allowed.int(), bias
    (tensor([[1, 0, 0],
            [1, 0, 1]], dtype=torch.int32), None)
    """
    allowed = bias = None
    if mask is not None:
        _check(mask, scores)
        allowed, bias = (mask, None) if mask.dtype == torch.bool else (None, mask)
    if causal:
        past = causal_mask(*scores[-2:])
        allowed = past if allowed is None else allowed & past.to(allowed.device)
    return allowed, bias


def _check(mask: Tensor, scores: tuple[int, ...]) -> None:
    if not (mask.dtype == torch.bool or mask.is_floating_point()):
        raise ValueError(f"a mask is bool (True = may attend) or floating (added to the scores), not {mask.dtype}")
    # (B, 1, S) would broadcast B onto the heads of (B, H, T, S), silently if B = H. Biases (H, T, S) are meant to.
    if mask.dtype == torch.bool and 2 < mask.ndim < len(scores):
        raise ValueError(f"mask {tuple(mask.shape)} for scores {scores}: which axis is missing? mask[:, None] adds one")
    try:
        fits = np.broadcast_shapes(mask.shape, scores) == scores
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"mask {tuple(mask.shape)} does not broadcast to scores {scores}")
