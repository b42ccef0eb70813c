"""Heads: the channels of a vector parted into H rows of d, each a subspace in which one attention works.

    (B, T, C)  ->  (B, T, H, d)  ->  (B, H, T, d)         C = H·d

The heads move in front of the tokens, so that one product over the last two axes serves all of them. Source: A. Vaswani
et al., "Attention Is All You Need" (2017), section 3.2.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float


def split_heads(x: Float[Tensor, "*B T HD"], heads: int) -> Float[Tensor, "*B {heads} T d"]:
    """(B, T, H·d) -> (B, H, T, d), a view: head h gets channels h·d to (h+1)·d - 1. Dtype stays. O(1).

    ValueError if the heads do not divide the channels. Source: Vaswani et al. (2017), section 3.2.2.

    >>> import torch
    >>> split_heads(torch.arange(4.0).view(1, 1, 4), 2).tolist()
    [[[[0.0, 1.0]], [[2.0, 3.0]]]]
    """
    if heads < 1 or x.shape[-1] % heads:
        raise ValueError(f"{heads} heads do not divide the channels of x {tuple(x.shape)}")
    return x.view(*x.shape[:-1], heads, x.shape[-1] // heads).transpose(-3, -2)


def join_heads(x: Float[Tensor, "*B H T d"]) -> Float[Tensor, "*B T HD"]:
    """(B, H, T, d) -> (B, T, H·d), the way back from `split_heads`. Dtype stays. O(T·H·d).

    Source: Vaswani et al. (2017), section 3.2.2.

    >>> import torch
    >>> join_heads(torch.tensor([[[[0.0, 1.0]], [[2.0, 3.0]]]]))
    tensor([[[0., 1., 2., 3.]]])
    """
    return x.transpose(-3, -2).flatten(-2)
