"""Training: a number that says how wrong the model is, and a bound on how far one step may go to make it smaller.

    loss = -Σ_v t_v log softmax(logits)_v, averaged over the tokens         g = g · min(1, limit / |g|)

Sources: C. Shannon, "A Mathematical Theory of Communication" (1948), section 6, for the entropy behind the loss; C.
Szegedy et al., "Rethinking the Inception Architecture" (2016), section 7, for smoothed targets; R. Pascanu, T. Mikolov,
Y. Bengio, "On the Difficulty of Training Recurrent Neural Networks" (2013), algorithm 1, for clipping. The step itself:
`adamw.py`; its length over time: `schedules.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from .adamw import Moments, adamw_step
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
    """-Σ_v t_v log p_v, averaged over the targets that count, by own softmax. Shapes, dtypes, ValueError and
    IndexError as in `cross_entropy`.

    t is 1 at the target; with `smoothing` ε it is 1 - ε there, and ε/V more everywhere. O(N·V). Source: Szegedy et al.
    (2016), section 7.

    >>> cross_entropy_naive(torch.zeros(1, 4), torch.tensor([2]))  # knows nothing: ln 4
    tensor(1.3863)
    """
    rows, wanted = _rows(logits, targets)
    counted = wanted != IGNORED
    outside = wanted[counted & ((wanted < 0) | (wanted >= rows.shape[-1]))]
    if len(outside):
        raise IndexError(f"target {int(outside[0])} is outside a vocabulary of {rows.shape[-1]}")
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
