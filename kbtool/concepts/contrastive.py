"""Contrastive alignment: two encoders are trained until the vectors of a pair (an image and its caption) point the
same way.

    S = a bᵀ / τ, rows of a and b of length 1      loss = ½ (cross-entropy of S's rows + of its columns), target: the
    diagonal

Each row is a choice: of all the captions of the batch, which belongs to this image? Pairs of A-B and of A-C put B and
C, which were never seen together, into one space as well. Sources: A. van den Oord, Y. Li, O. Vinyals,
"Representation Learning with Contrastive Predictive Coding" (2018), equation 4; A. Radford et al., "Learning
Transferable Visual Models From Natural Language Supervision" (CLIP, 2021), figure 3; R. Girdhar et al., "ImageBind"
(2023), section 3.2.
"""

import torch
from torch import Tensor

from .embedding import cosine
from .training import cross_entropy


def similarities(a: Tensor, b: Tensor) -> Tensor:
    """Cosines of every row of `a` (N, C) with every row of `b` (M, C): (N, M). O(N·M·C).

    >>> similarities(torch.eye(2), torch.tensor([[0.0, 5.0]]))
    tensor([[0.],
            [1.]])
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"need (N, C) and (M, C), not {tuple(a.shape)} and {tuple(b.shape)}")
    return cosine(a[:, None], b)


def info_nce(a: Tensor, b: Tensor, temperature: float = 0.07) -> Tensor:
    """The loss () of N pairs (a[i], b[i]), both (N, C). ln N if nothing is aligned, near 0 if each finds its own.

    Symmetric in a and b; the lengths of the vectors do not matter. ValueError if the shapes differ or τ is not above
    0.

    >>> info_nce(torch.eye(2), torch.eye(2), temperature=1.0)
    tensor(0.3133)
    """
    if a.shape != b.shape:
        raise ValueError(f"pairs need one shape: {tuple(a.shape)} and {tuple(b.shape)}")
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, not {temperature}")
    logits = similarities(a, b) / temperature  # (N, N)
    own = torch.arange(len(a), device=a.device)
    return (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2


def retrieval_accuracy(a: Tensor, b: Tensor, labels_a: Tensor, labels_b: Tensor) -> float:
    """How often the row of `b` (M, C) nearest to a row of `a` (N, C) has the same label, 0..1. Chance: 1 / classes.

    >>> retrieval_accuracy(torch.eye(2), torch.eye(2), torch.tensor([0, 1]), torch.tensor([0, 0]))
    0.5
    """
    nearest = similarities(a, b).argmax(1)  # (N,)
    return (labels_b[nearest] == labels_a).double().mean().item()
