"""The row about math: what a formula costs that was never seen before."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator

from bench import Bench
from figures import Figure

__all__ = ["distinct", "math"]

_COUNT = 5000
_FORMS = (
    r"\operatorname{softmax}\!\left(\frac{Q_{%(a)d}K_{%(b)d}^\top}{\sqrt{d_{%(a)d}}}\right)V_{%(b)d}",
    r"\sum_{i=1}^{%(a)d} \alpha_{i,%(b)d}\, v_i = %(b)d",
    r"x_{%(a)d} \in \mathbb{R}^{%(b)d \times d_{\text{modelo}}}",
    r"\begin{aligned}\mathcal{L}_{%(a)d}(\theta) &= -\sum_t \log p_\theta(x_t \mid x_{<t})\\&= %(b)d\end{aligned}",
    r"M_{%(a)d} = \begin{cases}0 & \text{si } i \ge %(b)d\\ -\infty & \text{en otro caso}\end{cases}",
    r"\begin{pmatrix}\cos %(a)d\theta & -\sin %(b)d\theta\\ \sin %(a)d\theta & \cos %(b)d\theta\end{pmatrix}",
    r"\underbrace{x_{%(a)d} + F(x_{%(b)d})}_{\text{conexión residual}}",
    r"\hat{m}_{%(a)d} = \frac{m_{%(a)d}}{1 - \beta_1^{%(b)d}}",
    # One in ten or so is rewritten first.
    r"\sum_{\substack{i < %(a)d\\ j \le %(b)d}} q_i \cdot k_j",
)


def distinct(count: int, seed: int = 0) -> Iterator[str]:
    """Formulas of the Transformer literature, none twice."""
    draw = random.Random(seed)
    for number in range(count):
        yield draw.choice(_FORMS) % {"a": number, "b": draw.randrange(10_000)}


def math(bench: Bench) -> list[Figure]:
    """5,000 formulas that differ from each other, as MathML"""
    from kbtool.render.math import typeset  # Here, so that the rows can be listed where kbtool is not installed.

    formulas, spent = list(distinct(_COUNT)), []
    for _ in range(bench.rounds):
        typeset.cache_clear()
        begun = time.process_time()
        made = [typeset(tex, True) for tex in formulas]
        spent.append((time.process_time() - begun) * 1000 / _COUNT)
    size = statistics.mean(len(formula.mathml.encode()) for formula in made)
    return [
        Figure("one formula, CPU", statistics.median(spent), "ms", 0.1),
        Figure("one formula, MathML", size, "bytes"),
        Figure("refused", sum(not formula.mathml for formula in made), "", 0),
    ]
