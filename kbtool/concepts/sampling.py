"""Sampling: from scores to one token. Temperature reshapes the distribution, top-k and top-p cut off its tail.

Sources: A. Fan, M. Lewis, Y. Dauphin, "Hierarchical Neural Story Generation" (2018), section 5.4 (top-k); A. Holtzman
et al., "The Curious Case of Neural Text Degeneration" (2020), section 3.1 (top-p, or nucleus).
"""

import math

import torch
from torch import Tensor

from .softmax import softmax


def top_k(logits: Tensor, k: int) -> Tensor:
    """`logits` (..., V) with all but the `k` largest at -inf. Of equals at the border the lower ids stay. O(V log V).

    ValueError unless 1 <= k.

    >>> top_k(torch.tensor([1.0, 3.0, 2.0]), 2)
    tensor([-inf, 3., 2.])
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    order = logits.argsort(dim=-1, descending=True, stable=True)
    return logits.scatter(-1, order[..., k:], -math.inf)


def top_p(logits: Tensor, p: float) -> Tensor:
    """`logits` (..., V) with all at -inf but the nucleus: the fewest tokens whose probabilities reach `p`. O(V log
    V).

    A token stays if those likelier than it have not reached p; so the likeliest always stays. ValueError unless 0 < p
    <= 1.

    >>> top_p(torch.tensor([0.5, 0.3, 0.2]).log(), 0.6)
    tensor([-0.6931, -1.2040,    -inf])
    """
    if not 0 < p <= 1:
        raise ValueError(f"p must be above 0 and at most 1, not {p}")
    order = logits.argsort(dim=-1, descending=True, stable=True)
    sorted_p = softmax(logits.double()).gather(-1, order)
    likelier = sorted_p.cumsum(-1) - sorted_p  # what those before have, without this one
    cut = torch.zeros_like(logits, dtype=torch.bool).scatter(-1, order, likelier >= p)
    return logits.masked_fill(cut, -math.inf)


def distribution(logits: Tensor, *, temperature: float = 1.0, k: int | None = None, p: float | None = None) -> Tensor:
    """The probabilities (..., V) one draws from: temperature first, then top-k, then top-p. Temperature 0: all on the
    largest.

    >>> distribution(torch.tensor([1.0, 3.0, 2.0]), temperature=0)
    tensor([0., 1., 0.])
    """
    if temperature == 0:
        return torch.zeros_like(logits).scatter(-1, logits.argmax(-1, keepdim=True), 1.0)
    if temperature < 0:
        raise ValueError(f"temperature must not be negative: {temperature}")
    logits = logits / temperature
    logits = logits if k is None else top_k(logits, k)
    logits = logits if p is None else top_p(logits, p)
    return softmax(logits)


def sample(
    logits: Tensor,
    *,
    generator: torch.Generator | None = None,
    temperature: float = 1.0,
    k: int | None = None,
    p: float | None = None,
) -> Tensor:
    """One id for each row of `logits` (B, V) -> (B,) int64, drawn on the CPU: a seed gives the same on every device.

    >>> sample(torch.tensor([[0.0, 9.0]]), temperature=0)
    tensor([1])
    """
    probabilities = distribution(logits, temperature=temperature, k=k, p=p)
    drawn = torch.multinomial(probabilities.float().cpu(), 1, generator=generator)
    return drawn[:, 0].to(logits.device)
