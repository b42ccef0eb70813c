"""A toy model: from the ids of three tokens to the next one, small enough for pencil and paper.

    "el cielo es"  ->  three vectors of 2  ->  flattened x (6,)  ->  f1 = Σ x_i w_i  ->  f2 = f1 · W  ->  softmax  ->
    draw

Given: the tokens, their ids and vectors; the products x_i w_i = 0.3, -0.3, 1.2, -0.1, 0.05, -0.15 and so f1 = 1; the
five probabilities by plain division (0.4237 0.1186 0.3390 0.0339 0.0847) and by softmax (0.4982 0.0823 0.3021 0.0499
0.0674). Derived: `W_F1` = product / x, number by number; `W_F2` = the scores. Softmax fixes scores up to a constant
(log ratios: 1.8, 0.5, 2.3, 2.0 below the first), division up to a factor; only 2.5, 0.7, 2.0, 0.2, 0.5 satisfies both,
and f1 = 1 makes the weights equal to them. Everything is float64, so that the decimals are those of a pocket
calculator. The form (vectors of the last words end to end, a network, softmax) is a first language model's. Source: Y.
Bengio et al., "A Neural Probabilistic Language Model" (2003), section 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float, Int

Numbers = Tensor | Sequence[float]

# A person as one number, the income: the first vectors. Jorge has Valeria's threefold; Alicia - Valeria = Jorge.
INCOMES: Mapping[str, int] = MappingProxyType({"Valeria": 1000, "Jorge": 3000, "Alicia": 4000})

TOKENS: Mapping[str, int] = MappingProxyType({"azul": 227, "cielo": 350, "frio": 402, "el": 578, "es": 698})

VECTORS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"azul": (-0.2, 0.9), "cielo": (0.8, -0.1), "frio": (-0.4, 0.7), "el": (0.3, -0.6), "es": (0.1, -0.1)}
)

SENTENCE = ("el", "cielo", "es")
W_F1 = (1.0, 0.5, 1.5, 1.0, 0.5, 1.5)
W_F2 = (2.5, 0.7, 2.0, 0.2, 0.5)  # a score for each of TOKENS, in their order


def flatten(names: Sequence[str] = SENTENCE) -> Float[Tensor, " CT"]:
    """The vectors of `names`, one after the other: n tokens of 2 numbers -> (2n,) float64. O(n).

    ValueError names an unknown token. Source: Bengio et al. (2003), section 2: "the concatenation of the input word
    feature vectors".

    >>> flatten(["el", "cielo", "es"]).tolist()
    [0.3, -0.6, 0.8, -0.1, 0.1, -0.1]
    """
    unknown = [name for name in names if name not in VECTORS]
    if unknown:
        raise ValueError(f"no vector for {unknown}; the toy knows {list(VECTORS)}")
    return _numbers([number for name in names for number in VECTORS[name]])


def products(x: Numbers, w: Numbers) -> Float[Tensor, " n"]:
    """x_i · w_i, term by term: (n,) and (n,) -> (n,) float64. O(n). ValueError if they differ in length.

    Source: Bengio et al. (2003), equation 1, one weight at a time.

    >>> [round(p, 2) for p in products(flatten(), W_F1).tolist()]
    [0.3, -0.3, 1.2, -0.1, 0.05, -0.15]
    """
    x, w = _numbers(x), _numbers(w)
    if x.shape != w.shape or x.ndim != 1:
        raise ValueError(f"inputs {tuple(x.shape)} and weights {tuple(w.shape)} must be two rows of one length")
    return x * w


def neuron(x: Numbers, w: Numbers) -> Float[Tensor, ""]:
    """A neuron without bias or activation: Σ x_i w_i of (n,) and (n,) -> () float64. O(n).

    ValueError if they differ in length. Source: Bengio et al. (2003), equation 1.

    >>> f1 = neuron(flatten(), W_F1)
    >>> round(f1.item(), 6)
    1.0
    """
    return products(x, w).sum()


def scores(f1: Float[Tensor, ""] | float, w: Numbers = W_F2) -> Float[Tensor, " n"]:
    """f2: one number in, a score for each token out: f1 · w, () and (5,) -> (5,) float64. O(V).

    Source: Bengio et al. (2003), equation 1.

    >>> scores(1.0).tolist()
    [2.5, 0.7, 2.0, 0.2, 0.5]
    """
    return torch.as_tensor(f1, dtype=torch.float64) * _numbers(w)


def divide(scores: Numbers) -> Float[Tensor, " n"]:
    """Probabilities by plain division, s_i / Σ s: (n,) -> (n,) float64. O(n).

    Only for positive scores (ValueError): why softmax is needed. Source: what Bengio et al. (2003), section 2,
    replaces.

    >>> [round(p, 4) for p in divide(W_F2).tolist()]
    [0.4237, 0.1186, 0.339, 0.0339, 0.0847]
    """
    s = _numbers(scores)
    if not bool((s > 0).all()):
        raise ValueError(f"division needs positive scores, not {s.tolist()}")
    return s / s.sum()


def softmax(scores: Numbers) -> Float[Tensor, " n"]:
    """exp(s_i) / Σ exp(s_j): (n,) -> (n,) float64, any sign of score welcome. O(n).

    (`concepts.softmax` is the one for large scores.) Source: Bengio et al. (2003), section 2.

    >>> [round(p, 4) for p in softmax(W_F2).tolist()]
    [0.4982, 0.0823, 0.3021, 0.0499, 0.0674]
    """
    weights = _numbers(scores).exp()
    return weights / weights.sum()


def sample(probabilities: Numbers, n: int, generator: torch.Generator) -> Int[Tensor, " {n}"]:
    """`n` draws: positions 0..len-1, (n,) int64, each as often as its probability says. The same seed, the same
    draws. O(n log V).

    Source: Bengio et al. (2003), section 2: the softmax is the distribution of the next word.

    >>> draws = sample(softmax(W_F2), 1000, torch.Generator().manual_seed(123))
    >>> dict(zip(TOKENS, draws.bincount().tolist()))
    {'azul': 525, 'cielo': 74, 'frio': 269, 'el': 57, 'es': 75}
    """
    return torch.multinomial(_numbers(probabilities), n, replacement=True, generator=generator)


def _numbers(values: Numbers) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float64)
