"""Sampling: from scores to one token. Temperature reshapes the distribution, top-k and top-p cut off its tail.

    p_i = exp(x_i / τ) / Σ exp(x_j / τ)  over the tokens that stay,  0 for the others

Sources: A. Fan, M. Lewis, Y. Dauphin, "Hierarchical Neural Story Generation" (2018), section 5.4 (top-k); A. Holtzman
et al., "The Curious Case of Neural Text Degeneration" (2020), section 3.1 (top-p, or nucleus).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .softmax import softmax

if TYPE_CHECKING:
    from jaxtyping import Float, Int


def top_k(logits: Float[Tensor, "*B V"], k: int) -> Float[Tensor, "*B V"]:
    """`logits` (..., V) with all but the `k` largest at -inf. Of equals at the border the lower ids stay. O(V log V).

    Dtype stays. ValueError unless 1 <= k. Source: Fan et al. (2018), section 5.4.

    >>> top_k(torch.tensor([1.0, 3.0, 2.0]), 2)
    tensor([-inf, 3., 2.])
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    order = logits.argsort(dim=-1, descending=True, stable=True)
    return logits.scatter(-1, order[..., k:], -math.inf)


def top_p(logits: Float[Tensor, "*B V"], p: float) -> Float[Tensor, "*B V"]:
    """`logits` (..., V) with all at -inf but the nucleus: the fewest tokens whose probabilities reach `p`. O(V log
    V).

    A token stays if those likelier than it (of equals, those of lower id) have not reached p, and the likeliest always:
    p = 0 leaves it alone, p = 1 leaves all. Dtype stays; sums are float64 on the CPU. ValueError unless 0 <= p <= 1.
    Source: Holtzman et al. (2020), section 3.1.

    >>> top_p(torch.tensor([0.5, 0.3, 0.2]).log(), 0.6)
    tensor([-0.6931, -1.2040,    -inf])
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p must lie in 0..1, not {p}")
    if p == 1:
        return logits.clone()  # sums of float64 reach 1 before the last of many tokens
    exact = logits.detach().to("cpu", torch.float64)  # mps has no float64
    order = exact.argsort(dim=-1, descending=True, stable=True)
    sorted_p = softmax(exact).gather(-1, order)
    likelier = sorted_p.cumsum(-1) - sorted_p  # what those before have, without this one
    beyond = likelier >= p
    beyond[..., :1] = False  # the likeliest always stays
    cut = torch.zeros_like(beyond).scatter(-1, order, beyond)
    return logits.masked_fill(cut.to(logits.device), -math.inf)


def distribution(
    logits: Float[Tensor, "*B V"], *, temperature: float = 1.0, k: int | None = None, p: float | None = None
) -> Float[Tensor, "*B V"]:
    """The probabilities (..., V) one draws from: temperature first, then top-k, then top-p. Temperature 0: all on the
    largest, of equals the lowest id.

    softmax(top_p(top_k(logits / τ))), in logits' dtype. O(V log V). ValueError for a negative temperature, and as in
    `top_k` and `top_p`. Source: Holtzman et al. (2020), equation 4.

    >>> distribution(torch.tensor([1.0, 3.0, 2.0]), temperature=0)
    tensor([0., 1., 0.])
    """
    if not temperature >= 0:
        raise ValueError(f"temperature must not be negative: {temperature}")
    if temperature == 0:
        return torch.zeros_like(logits).scatter(-1, logits.argmax(-1, keepdim=True), 1.0)
    logits = logits / temperature
    logits = logits if k is None else top_k(logits, k)
    logits = logits if p is None else top_p(logits, p)
    return softmax(logits)


def sample(
    logits: Float[Tensor, "*B V"],
    *,
    generator: torch.Generator | None = None,
    temperature: float = 1.0,
    k: int | None = None,
    p: float | None = None,
) -> Int[Tensor, "*B"]:
    """One id for each row of `logits` (..., V) -> (...) int64, drawn on the CPU: a seed gives the same on every device.

    Id i with probability distribution(logits)_i. O(V log V) a row. ValueErrors as in `distribution`. Source: Holtzman
    et al. (2020), section 3.

    >>> sample(torch.tensor([[0.0, 9.0]]), temperature=0)
    tensor([1])
    """
    probabilities = distribution(logits, temperature=temperature, k=k, p=p)
    rows = probabilities.reshape(-1, probabilities.shape[-1])
    drawn = torch.multinomial(rows.float().cpu(), 1, generator=generator)
    return drawn.reshape(logits.shape[:-1]).to(logits.device)
