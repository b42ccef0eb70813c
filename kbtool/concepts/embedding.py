"""Embeddings: each token id has a row of learnt numbers, and looking it up is a matrix product in disguise.

    lookup(ids, W)[t] = W[ids[t]] = one_hot(ids[t]) @ W        W: (V, C)

Sources: Y. Bengio et al., "A Neural Probabilistic Language Model" (2003), section 2; T. Mikolov et al., "Efficient
Estimation of Word Representations in Vector Space" (2013). Which rows are alike: `similarity.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from .similarity import cosine, neighbours

if TYPE_CHECKING:
    from jaxtyping import Float, Integer, Shaped

__all__ = ["INIT_STD", "Embedding", "cosine", "lookup", "neighbours", "one_hot", "one_hot_lookup"]

INIT_STD = 0.02  # of GPT-2; torch's own nn.Embedding draws from N(0, 1), which is not "small"


def lookup(ids: Integer[Tensor, "*T"], weight: Float[Tensor, "V C"]) -> Float[Tensor, "*T C"]:
    """Rows of `weight` (V, C) for `ids` (...), an integer tensor -> (..., C) in weight's dtype. O(T·C), V does not
    matter.

    The gradient reaches only the rows that were used, summed over repeats. ValueError for a weight that is not (V, C)
    and for ids that are not integers; IndexError names an id outside 0..V-1. Source: Bengio et al. (2003), section 2.

    >>> weight = torch.tensor([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    >>> lookup(torch.tensor([2, 0]), weight)
    tensor([[0.5000, 0.6000],
            [0.1000, 0.2000]])
    """
    _check_weight(weight)
    _check_ids(ids, len(weight))
    return nn.functional.embedding(ids, weight)


def one_hot(ids: Integer[Tensor, "*T"], n: int, dtype: torch.dtype = torch.float32) -> Shaped[Tensor, "*T {n}"]:
    """`ids` (...) -> (..., n): 1 at each id, 0 elsewhere, in `dtype`. O(T·n).

    ValueError for ids that are not integers; IndexError names an id outside 0..n-1. Source: Bengio et al. (2003),
    section 2, where the table is a matrix that such vectors select from.

    >>> one_hot(torch.tensor([2, 0]), 3)
    tensor([[0., 0., 1.],
            [1., 0., 0.]])
    """
    _check_ids(ids, n)
    return (ids.unsqueeze(-1) == torch.arange(n, device=ids.device)).to(dtype)


def one_hot_lookup(ids: Integer[Tensor, "*T"], weight: Float[Tensor, "V C"]) -> Float[Tensor, "*T C"]:
    """`lookup` as the product it stands for: one_hot(ids) (..., V) @ weight (V, C) -> (..., C). O(T·V·C).

    Bit for bit the same for finite weights: each sum has one term w·1 and otherwise zeros. (A GPU that rounds factors
    to TF32 breaks this; torch does not by default.) Dtype and errors (ValueError, IndexError) as in `lookup`. Source:
    Bengio et al. (2003), section 2.

    >>> weight = torch.tensor([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    >>> torch.equal(one_hot_lookup(torch.tensor([2, 0]), weight), lookup(torch.tensor([2, 0]), weight))
    True
    """
    _check_weight(weight)
    return one_hot(ids, len(weight), weight.dtype) @ weight


class Embedding(nn.Module):
    """A table (vocab_size, d_model) of learnt rows, drawn from N(0, `std`²) on the CPU by `generator`: ids (...) ->
    (..., C).

    Weights are float32 until moved. O(T·C) a call; ValueError and IndexError as in `lookup`. Source: Bengio et al.
    (2003), section 2; `std` from GPT-2.

    >>> table = Embedding(6, 3, generator=torch.Generator().manual_seed(0))
    >>> table(torch.tensor([[2, 3]])).shape
    torch.Size([1, 2, 3])
    """

    def __init__(
        self, vocab_size: int, d_model: int, *, std: float = INIT_STD, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(vocab_size, d_model, generator=generator) * std)

    def forward(self, ids: Integer[Tensor, "*T"]) -> Float[Tensor, "*T C"]:
        return lookup(ids, self.weight)


def _check_ids(ids: Tensor, n: int) -> None:
    if ids.is_floating_point() or ids.dtype == torch.bool:
        raise ValueError(f"ids must be integers, not {ids.dtype}")
    if ids.numel() and not 0 <= (low := int(ids.min())) <= (high := int(ids.max())) < n:
        raise IndexError(f"id {low if low < 0 else high} is outside a vocabulary of {n}: ids go from 0 to {n - 1}")


def _check_weight(weight: Tensor) -> None:
    if weight.ndim != 2:
        raise ValueError(f"weight must be (V, C), not {tuple(weight.shape)}")
