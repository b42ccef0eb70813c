"""Learning-rate schedules: small steps while the averages of the optimizer are still guesses, then large, then small.

    cosine        floor + (peak - floor) · ½ (1 + cos π·done)            done: 0 at the end of the warm-up, 1 at `total`
    inverse root  d^-½ · min(step^-½, step · warmup^-3/2)                step: 1, 2, ...

Sources: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017), equation 5; A. Vaswani
et al., "Attention Is All You Need" (2017), equation 3.
"""

from __future__ import annotations

import math


def cosine_schedule(step: int, *, peak: float, warmup: int, total: int, floor: float = 0.0) -> float:
    """The learning rate of step 0, 1, ...: rising in a line to `peak` at `warmup`, falling in half a cosine to
    `floor` at `total`.

    peak · (step + 1) / warmup before `warmup`, so that no step is lost to a rate of 0; `floor` after `total`. A float.
    O(1). ValueError unless 0 <= warmup < total and step >= 0. Source: Loshchilov, Hutter (2017), equation 5, without
    restarts.

    >>> [round(cosine_schedule(step, peak=1.0, warmup=2, total=6), 3) for step in (0, 1, 2, 4, 6, 9)]
    [0.5, 1.0, 1.0, 0.5, 0.0, 0.0]
    """
    _check(step, 0)
    if not 0 <= warmup < total:
        raise ValueError(f"warmup {warmup} must lie before total {total}")
    if step < warmup:
        return peak * (step + 1) / warmup
    done = min((step - warmup) / (total - warmup), 1.0)
    return floor + (peak - floor) * 0.5 * (1 + math.cos(math.pi * done))


def inverse_sqrt_schedule(step: int, *, d_model: int, warmup: int) -> float:
    """The learning rate of step 1, 2, ... of the first Transformer: d_model^-½ · min(step^-½, step · warmup^-3/2).

    Both terms are equal at `warmup`, the peak: 1 / √(d_model · warmup). A float. O(1). ValueError for a step, width or
    warm-up below 1. Source: Vaswani et al. (2017), equation 3 (there 512 channels, 4,000 steps of warm-up).

    >>> [round(inverse_sqrt_schedule(step, d_model=4, warmup=4), 4) for step in (1, 2, 4, 16)]
    [0.0625, 0.125, 0.25, 0.125]
    """
    _check(step, 1)
    if d_model < 1 or warmup < 1:
        raise ValueError(f"d_model {d_model} and warmup {warmup} must be at least 1")
    return 1 / math.sqrt(d_model) * min(1 / math.sqrt(step), step / math.sqrt(warmup) ** 3)


def _check(step: int, first: int) -> None:
    if step < first:
        raise ValueError(f"steps count from {first}, not {step}")
