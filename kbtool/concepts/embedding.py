"""Embeddings: each token id has a row of learnt numbers, and looking it up is a matrix product in disguise.

    lookup(ids, W)[t] = W[ids[t]] = one_hot(ids[t]) @ W        W: (V, C)

Sources: Y. Bengio et al., "A Neural Probabilistic Language Model" (2003), section 2; T. Mikolov et al., "Efficient
Estimation of Word Representations in Vector Space" (2013).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from collections.abc import Sequence

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from jaxtyping import Float, Integer, Shaped

INIT_STD = 0.02  # of GPT-2; torch's own nn.Embedding draws from N(0, 1), which is not "small"


def lookup(ids: Integer[Tensor, "*T"], weight: Float[Tensor, "V C"]) -> Float[Tensor, "*T C"]:
    """Rows of `weight` (V, C) for `ids` (...), an integer tensor -> (..., C) in weight's dtype. O(T·C), V does not
    matter.

    The gradient reaches only the rows that were used, summed over repeats. ValueError for a weight that is not (V, C) and for
    ids that are not integers; IndexError names an id outside 0..V-1. Source: Bengio et al. (2003), section 2.

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


def cosine(a: Float[Tensor, "*#N C"], b: Float[Tensor, "*#N C"]) -> Float[Tensor, "*#N"]:
    """Cosine of the angle between vectors along the last axis: a·b / (|a| |b|), of (..., C) and (..., C), broadcast
    -> (...).

    1 same direction, 0 perpendicular, -1 opposite; lengths do not matter. A zero vector has no direction: 0. Each
    vector is first brought to length 1, so that long ones do not overflow. In their dtype. ValueError if the shapes do
    not fit. O(C) a pair. Source: Mikolov et al. (2013), section 4.

    >>> cosine(torch.tensor([1.0, 0.0]), torch.tensor([[2.0, 0.0], [1.0, 1.0], [-3.0, 0.0]]))
    tensor([ 1.0000,  0.7071, -1.0000])
    """
    if a.shape[-1:] != b.shape[-1:] or not a.ndim:
        raise ValueError(f"vectors need the same last axis: {tuple(a.shape)} and {tuple(b.shape)}")
    _check_broadcast(a, b)
    return (_direction(a) * _direction(b)).sum(-1)


def neighbours(weight: Float[Tensor, "V C"], names: Sequence[str], name: str, k: int) -> list[tuple[str, float]]:
    """The `k` names whose rows of `weight` (V, C) point most nearly as that of `name`, with their cosines, best
    first. O(V·C).

    `name` itself is left out; equals come in the order of `names`. ValueError if names and rows differ in number, the
    name is unknown or there are not `k` others. Cosines as float. Source: Mikolov et al. (2013), section 4.

    >>> weight = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.8, 0.6]])
    >>> [(other, round(cosine, 3)) for other, cosine in neighbours(weight, ["sol", "mar", "luz"], "sol", 2)]
    [('luz', 0.8), ('mar', 0.0)]
    """
    _check_weight(weight)
    if len(names) != len(weight):
        raise ValueError(f"{len(names)} names for {len(weight)} rows of weight {tuple(weight.shape)}")
    if name not in names or not 0 <= k < len(names):
        raise ValueError(f"cannot give {k} neighbours of {name!r} among {len(names)} names")
    row = list(names).index(name)
    scores: list[float] = cosine(weight[row], weight).tolist()
    order = sorted((i for i in range(len(names)) if i != row), key=lambda i: -scores[i])
    return [(names[i], scores[i]) for i in order[:k]]


class Embedding(nn.Module):
    """A table (vocab_size, d_model) of learnt rows, drawn from N(0, `std`²) on the CPU by `generator`: ids (...) ->
    (..., C).

    O(T·C) a call; ValueError and IndexError as in `lookup`. Source: Bengio et al. (2003), section 2; `std` from GPT-2.

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


def _direction(x: Tensor) -> Tensor:
    """`x` scaled to length 1 along its last axis; zero stays zero."""
    largest = x.abs().amax(-1, keepdim=True)
    scaled = x / torch.where(largest > 0, largest, 1)  # keeps the squares below from over- and underflowing
    length = scaled.square().sum(-1, keepdim=True).sqrt()
    return scaled / torch.where(length > 0, length, 1)


def _check_broadcast(a: Tensor, b: Tensor) -> None:
    try:
        torch.broadcast_shapes(a.shape, b.shape)
    except RuntimeError:
        raise ValueError(f"vectors {tuple(a.shape)} and {tuple(b.shape)} do not broadcast") from None


def _check_ids(ids: Tensor, n: int) -> None:
    if ids.is_floating_point() or ids.dtype == torch.bool:
        raise ValueError(f"ids must be integers, not {ids.dtype}")
    if ids.numel() and not 0 <= (low := int(ids.min())) <= (high := int(ids.max())) < n:
        raise IndexError(f"id {low if low < 0 else high} is outside a vocabulary of {n}: ids go from 0 to {n - 1}")


def _check_weight(weight: Tensor) -> None:
    if weight.ndim != 2:
        raise ValueError(f"weight must be (V, C), not {tuple(weight.shape)}")
