"""Masks: which keys a query may attend to. Boolean, True = may, as in torch's `scaled_dot_product_attention`.

They combine by `&`, and broadcast to the scores (..., T, S). Sources: A. Vaswani et al. (2017), section 3.2.3; I.
Beltagy, M. Peters, A. Cohan, "Longformer: The Long-Document Transformer" (2020), section 3.1 (sliding window).
"""

import torch
from torch import Tensor


def causal_mask(T: int, S: int | None = None) -> Tensor:
    """(T, S) bool: query i, the (S-T+i)-th of S positions, may attend to keys up to itself. S = T unless given.
    O(T·S).

    >>> causal_mask(3).int()
    tensor([[1, 0, 0],
            [1, 1, 0],
            [1, 1, 1]], dtype=torch.int32)
    """
    S = T if S is None else S
    return torch.ones(T, S, dtype=torch.bool).tril(S - T)


def padding_mask(lengths: Tensor, T: int) -> Tensor:
    """(B, 1, T) bool for `lengths` (B,): sentence b has tokens at 0..lengths[b]-1, after them padding that no query
    may see.

    For scores with a head axis (B, H, T, S) add it: mask[:, None]. ValueError for a length outside 0..T.

    >>> padding_mask(torch.tensor([1, 3]), 3)[:, 0].int()
    tensor([[1, 0, 0],
            [1, 1, 1]], dtype=torch.int32)
    """
    if lengths.ndim != 1 or bool(((lengths < 0) | (lengths > T)).any()):
        raise ValueError(f"lengths must be (B,) with numbers from 0 to {T}, not {lengths.tolist()}")
    return (torch.arange(T, device=lengths.device) < lengths[:, None])[:, None]


def sliding_mask(T: int, width: int) -> Tensor:
    """(T, T) bool: causal, and only the last `width` tokens, oneself included. ValueError for a width below 1. O(T²).

    >>> sliding_mask(4, 2).int()
    tensor([[1, 0, 0, 0],
            [1, 1, 0, 0],
            [0, 1, 1, 0],
            [0, 0, 1, 1]], dtype=torch.int32)
    """
    if width < 1:
        raise ValueError(f"width must be at least 1, not {width}")
    return causal_mask(T).triu(1 - width)
