"""Training: a number that says how wrong the model is, and a rule that makes it smaller.

    loss = -Σ_v t_v log softmax(logits)_v, averaged over the tokens         w = w - lr · (m̂ / (√v̂ + ε) + λ w)

Sources: C. Shannon, "A Mathematical Theory of Communication" (1948), section 6, for the entropy behind the loss; C.
Szegedy et al., "Rethinking the Inception Architecture" (2016), section 7, for smoothed targets; D. Kingma, J. Ba,
"Adam" (2015), algorithm 1; I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization" (AdamW, 2019), algorithm
2; R. Pascanu, T. Mikolov, Y. Bengio, "On the Difficulty of Training Recurrent Neural Networks" (2013), algorithm 1, for
clipping. Learning rates over time: `schedules.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from .schedules import cosine_schedule, inverse_sqrt_schedule
from .softmax import log_softmax

if TYPE_CHECKING:
    from jaxtyping import Float, Int

__all__ = [
    "IGNORED",
    "Moments",
    "adamw_step",
    "clip_norm",
    "cosine_schedule",
    "cross_entropy",
    "cross_entropy_naive",
    "inverse_sqrt_schedule",
]

IGNORED = -100  # a target that does not count: padding


def cross_entropy_naive(
    logits: Float[Tensor, "*B V"], targets: Int[Tensor, "*B"], *, smoothing: float = 0.0
) -> Float[Tensor, ""]:
    """-Σ_v t_v log p_v, averaged over the targets that count, by own softmax. Shapes, dtypes, ValueErrors as in
    `cross_entropy`.

    t is 1 at the target; with `smoothing` ε it is 1 - ε there, and ε/V more everywhere. O(N·V). Source: Szegedy et al.
    (2016), section 7.

    >>> cross_entropy_naive(torch.zeros(1, 4), torch.tensor([2]))  # knows nothing: ln 4
    tensor(1.3863)
    """
    rows, wanted = _rows(logits, targets)
    counted = wanted != IGNORED
    surprises = -log_softmax(rows)[counted]  # (N, V)
    surprise = surprises.gather(-1, wanted[counted, None])[:, 0]
    return ((1 - smoothing) * surprise + smoothing * surprises.mean(-1)).mean()


def cross_entropy(
    logits: Float[Tensor, "*B V"], targets: Int[Tensor, "*B"], *, smoothing: float = 0.0
) -> Float[Tensor, ""]:
    """Mean surprise in nats: logits (..., V), targets (...) int64 -> (), in logits' dtype. Targets of -100 do not
    count; none at all: nan.

    Its gradient by the logits is (softmax(logits) - one_hot(target)) / N. ln V before anything is learnt. O(N·V).
    ValueError if the shapes do not fit, IndexError for a target outside 0..V-1. Source: Shannon (1948), section 6.

    >>> cross_entropy(torch.zeros(1, 4), torch.tensor([2]))
    tensor(1.3863)
    """
    rows, wanted = _rows(logits, targets)
    return nn.functional.cross_entropy(rows, wanted, ignore_index=IGNORED, label_smoothing=smoothing)


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


def clip_norm(
    gradients: Sequence[Float[Tensor, "*_"]], limit: float
) -> tuple[list[Float[Tensor, "*_"]], Float[Tensor, ""]]:
    """The gradients scaled so that the length of all together is at most `limit`, and the length before. Directions
    stay: g · min(1, limit / |g|).

    Shapes (...) and dtypes as they came. O(numbers). ValueError for a limit of 0 or below, and for no gradients.
    Source: Pascanu et al. (2013), algorithm 1.

    >>> clipped, length = clip_norm([torch.tensor([3.0]), torch.tensor([4.0])], 1.0)
    >>> clipped, length
    ([tensor([0.6000]), tensor([0.8000])], tensor(5.))
    """
    if limit <= 0 or not gradients:
        raise ValueError(f"need a limit above 0 (got {limit}) and at least one gradient (got {len(gradients)})")
    length = torch.stack([gradient.norm() for gradient in gradients]).norm()
    factor = (limit / length.clamp(min=1e-12)).clamp(max=1.0)
    return [gradient * factor for gradient in gradients], length


def _rows(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """(..., V) and (...) as (N, V) and (N,)."""
    if logits.shape[:-1] != targets.shape:
        need = "need (..., V), (...)"
        raise ValueError(f"logits {tuple(logits.shape)} do not fit targets {tuple(targets.shape)}: {need}")
    return logits.reshape(-1, logits.shape[-1]), targets.reshape(-1)
