"""Similarity: vectors that point the same way mean similar things, however long they are.

    cos(a, b) = a·b / (|a| |b|)         1: same direction, 0: perpendicular, -1: opposite

Source: T. Mikolov, K. Chen, G. Corrado, J. Dean, "Efficient Estimation of Word Representations in Vector Space" (2013),
section 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float


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
    if weight.ndim != 2:
        raise ValueError(f"weight must be (V, C), not {tuple(weight.shape)}")
    if len(names) != len(weight):
        raise ValueError(f"{len(names)} names for {len(weight)} rows of weight {tuple(weight.shape)}")
    if name not in names or not 0 <= k < len(names):
        raise ValueError(f"cannot give {k} neighbours of {name!r} among {len(names)} names")
    row = list(names).index(name)
    scores: list[float] = cosine(weight[row], weight).tolist()
    order = sorted((i for i in range(len(names)) if i != row), key=lambda i: -scores[i])
    return [(names[i], scores[i]) for i in order[:k]]


def _check_broadcast(a: Tensor, b: Tensor) -> None:
    try:
        np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        raise ValueError(f"vectors {tuple(a.shape)} and {tuple(b.shape)} do not broadcast") from None


def _direction(x: Tensor) -> Tensor:
    """`x` scaled to length 1 along its last axis; zero stays zero."""
    largest = x.abs().amax(-1, keepdim=True)
    scaled = x / torch.where(largest > 0, largest, 1)  # keeps the squares below from over- and underflowing
    length = scaled.square().sum(-1, keepdim=True).sqrt()
    return scaled / torch.where(length > 0, length, 1)
