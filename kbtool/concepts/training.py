"""Training: a number that says how wrong the model is, and a rule that makes it smaller.

Sources: C. Shannon, "A Mathematical Theory of Communication" (1948), section 6, for the entropy behind the loss; D.
Kingma, J. Ba, "Adam" (2015), algorithm 1; I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization" (AdamW,
2019), algorithm 2, and "SGDR" (2017), equation 5, for the cosine; R. Pascanu, T. Mikolov, Y. Bengio (2013), algorithm
1, for clipping.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .softmax import log_softmax

IGNORED = -100  # a target that does not count: padding


def cross_entropy_naive(logits: Tensor, targets: Tensor) -> Tensor:
    """-log p(target), averaged over the targets that count, by own softmax. Shapes as in `cross_entropy`.

    >>> cross_entropy_naive(torch.zeros(1, 4), torch.tensor([2]))  # knows nothing: ln 4
    tensor(1.3863)
    """
    rows, wanted = _rows(logits, targets)
    counted = wanted != IGNORED
    surprise = -log_softmax(rows)[counted].gather(-1, wanted[counted, None])
    return surprise.mean()


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean surprise in nats: logits (..., V), targets (...) int64 -> (). Targets of -100 do not count; none at all:
    nan.

    Its gradient by the logits is (softmax(logits) - one_hot(target)) / N. ln V before anything is learnt. O(N·V).
    ValueError if the shapes do not fit, IndexError for a target outside 0..V-1.

    >>> cross_entropy(torch.zeros(1, 4), torch.tensor([2]))
    tensor(1.3863)
    """
    rows, wanted = _rows(logits, targets)
    return nn.functional.cross_entropy(rows, wanted, ignore_index=IGNORED)


@dataclass(frozen=True)
class Moments:
    """What AdamW remembers of one tensor's gradients: their running mean and mean square, and the steps done."""

    mean: Tensor
    square: Tensor
    step: int = 0

    @classmethod
    def zeros(cls, like: Tensor) -> "Moments":
        """Before the first step."""
        return cls(torch.zeros_like(like), torch.zeros_like(like))


def adamw_step(
    weight: Tensor,
    gradient: Tensor,
    moments: Moments,
    *,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.01,
) -> tuple[Tensor, Moments]:
    """One step of AdamW, as a function: the new weight and moments, all of the shape of `weight`. Equal to
    `torch.optim.AdamW`.

        m = β₁ m + (1-β₁) g      v = β₂ v + (1-β₂) g²      w = w (1 - lr λ) - lr · (m / (1-β₁ᵗ)) / (√(v / (1-β₂ᵗ)) +
        ε)

    The first step is about lr whatever the size of the gradient. ValueError if the shapes differ. O(numbers).

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


def cosine_schedule(step: int, *, peak: float, warmup: int, total: int, floor: float = 0.0) -> float:
    """The learning rate of step 0, 1, ...: rising in a line to `peak` at `warmup`, falling in half a cosine to
    `floor` at `total`.

    ValueError unless 0 <= warmup < total.

    >>> [round(cosine_schedule(step, peak=1.0, warmup=2, total=6), 3) for step in (0, 1, 2, 4, 6, 9)]
    [0.5, 1.0, 1.0, 0.5, 0.0, 0.0]
    """
    if not 0 <= warmup < total:
        raise ValueError(f"warmup {warmup} must lie before total {total}")
    if step < warmup:
        return peak * (step + 1) / warmup
    done = min((step - warmup) / (total - warmup), 1.0)
    return floor + (peak - floor) * 0.5 * (1 + math.cos(math.pi * done))


def clip_norm(gradients: Sequence[Tensor], limit: float) -> tuple[list[Tensor], Tensor]:
    """The gradients scaled so that the length of all together is at most `limit`, and the length before. Directions
    stay.

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
        raise ValueError(
            f"logits {tuple(logits.shape)} do not fit targets {tuple(targets.shape)}: need (..., V), (...)"
        )
    return logits.reshape(-1, logits.shape[-1]), targets.reshape(-1)
