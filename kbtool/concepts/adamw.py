"""AdamW: each weight takes steps of about one length, in the direction that its gradients agree on.

    m = β₁ m + (1-β₁) g      v = β₂ v + (1-β₂) g²      w = w (1 - lr λ) - lr · (m / (1-β₁ᵗ)) / (√(v / (1-β₂ᵗ)) + ε)

m and v start at 0, and the divisions by 1 - βᵗ take that back. The decay λ shrinks the weights themselves; as a part of
the gradient it would be divided by √v too, which is what Adam with L2 did. Sources: D. Kingma, J. Ba, "Adam" (2015),
algorithm 1; I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization" (AdamW, 2019), algorithm 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class Moments:
    """What AdamW remembers of one tensor's gradients: their running mean and mean square, and the steps done."""

    mean: Float[Tensor, "*W"]
    square: Float[Tensor, "*W"]
    step: int = 0

    @classmethod
    def zeros(cls, like: Float[Tensor, "*W"]) -> Moments:
        """Before the first step."""
        return cls(torch.zeros_like(like), torch.zeros_like(like))


def adamw_step(
    weight: Float[Tensor, "*W"],
    gradient: Float[Tensor, "*W"],
    moments: Moments,
    *,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.01,
) -> tuple[Float[Tensor, "*W"], Moments]:
    """One step of AdamW, as a function: the new weight and moments, all of the shape and dtype of `weight`. Equal to
    `torch.optim.AdamW`.

        m = β₁ m + (1-β₁) g      v = β₂ v + (1-β₂) g²
        w = w (1 - lr λ) - lr · (m / (1-β₁ᵗ)) / (√(v / (1-β₂ᵗ)) + ε)

    The first step is about lr whatever the size of the gradient. ValueError if the shapes differ. O(numbers). Source:
    Loshchilov, Hutter (2019), algorithm 2.

    >>> start = torch.tensor([1.0])
    >>> w, _ = adamw_step(start, torch.tensor([500.0]), Moments.zeros(start), lr=0.1, weight_decay=0)
    >>> w
    tensor([0.9000])
    """
    if not weight.shape == gradient.shape == moments.mean.shape:
        shapes = [tuple(t.shape) for t in (weight, gradient, moments.mean)]
        raise ValueError(f"weight, gradient and moments must have one shape, not {shapes}")
    (b1, b2), step = betas, moments.step + 1
    mean = b1 * moments.mean + (1 - b1) * gradient
    square = b2 * moments.square + (1 - b2) * gradient.square()
    direction = (mean / (1 - b1**step)) / ((square / (1 - b2**step)).sqrt() + eps)
    return weight * (1 - lr * weight_decay) - lr * direction, Moments(mean, square, step)
