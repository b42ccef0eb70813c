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

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .embedding import cosine
from .training import cross_entropy

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped


def similarities(a: Float[Tensor, "N C"], b: Float[Tensor, "M C"]) -> Float[Tensor, "N M"]:
    """Cosines of every row of `a` (N, C) with every row of `b` (M, C): a_i·b_j / (|a_i| |b_j|), (N, M) in
    their dtype.

    O(N·M·C). ValueError if the shapes do not fit. Source: Radford et al. (2021), figure 3.

    >>> similarities(torch.eye(2), torch.tensor([[0.0, 5.0]]))
    tensor([[0.],
            [1.]])
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"need (N, C) and (M, C), not {tuple(a.shape)} and {tuple(b.shape)}")
    return cosine(a[:, None], b)


def info_nce(a: Float[Tensor, "N C"], b: Float[Tensor, "N C"], temperature: float = 0.07) -> Float[Tensor, ""]:
    """The loss () of N pairs (a[i], b[i]), both (N, C), in their dtype. ln N if nothing is aligned, near 0 if each
    finds its own.

    Symmetric in a and b; the lengths of the vectors do not matter. O(N²·C). ValueError if the shapes differ or τ is not
    above 0. Source: van den Oord et al. (2018), equation 4, in both directions as Radford et al. (2021), figure 3.

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


def anchored_loss(
    anchor: Float[Tensor, "N C"], others: Mapping[str, Float[Tensor, "N C"]], temperature: float = 0.07
) -> Float[Tensor, ""]:
    """The mean of `info_nce(anchor, other)` over the modalities in `others`, each (N, C), row i belonging to row i: ()
    in their dtype.

    Images with texts, images with sounds: texts and sounds come together without one pair of them. O(M·N²·C) for M
    modalities. ValueError as in `info_nce`, and for none. Source: Girdhar et al. (2023), section 3.2, equation 1.

    >>> anchored_loss(torch.eye(2), {"text": torch.eye(2), "sound": torch.eye(2)}, temperature=1.0)
    tensor(0.3133)
    """
    if not others:
        raise ValueError("an anchor needs at least one other modality")
    return torch.stack([info_nce(anchor, other, temperature) for other in others.values()]).mean()


def retrieval_accuracy(
    a: Float[Tensor, "N C"],
    b: Float[Tensor, "M C"],
    labels_a: Shaped[Tensor, " N"],
    labels_b: Shaped[Tensor, " M"],
) -> float:
    """How often the row of `b` (M, C) nearest to a row of `a` (N, C) has the same label, a float in 0..1.

    Chance: 1 / classes. Labels (N,) and (M,) of any dtype. O(N·M·C). ValueError if the shapes do not fit. Source:
    Radford et al. (2021), section 3.1: the class of the nearest text.

    >>> retrieval_accuracy(torch.eye(2), torch.eye(2), torch.tensor([0, 1]), torch.tensor([0, 0]))
    0.5
    """
    if labels_a.shape != a.shape[:1] or labels_b.shape != b.shape[:1]:
        shapes = [tuple(t.shape) for t in (a, b, labels_a, labels_b)]
        raise ValueError(f"a, b, labels_a, labels_b are {shapes}: need (N, C), (M, C), (N,), (M,)")
    nearest = similarities(a, b).argmax(1)  # (N,)
    return (labels_b[nearest] == labels_a).double().mean().item()
