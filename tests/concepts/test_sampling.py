"""Drawing the next token."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kbtool.concepts import sampling

LOGITS = torch.tensor([0.5, 0.25, 0.125, 0.0625, 0.0625], dtype=torch.float64).log()


def test_top_k_keeps_the_k_largest():
    kept = sampling.top_k(torch.tensor([[1.0, 5.0, 3.0], [9.0, 7.0, 8.0]]), 2)
    assert kept.tolist() == [[-math.inf, 5, 3], [9, -math.inf, 8]]
    assert sampling.top_k(torch.tensor([2.0, 2.0, 2.0]), 2).tolist() == [2, 2, -math.inf]
    assert sampling.top_k(LOGITS, 99).equal(LOGITS)


def test_top_p_keeps_the_fewest_that_reach_p():
    for p, n in ((0.01, 1), (0.49, 1), (0.51, 2), (0.74, 2), (0.76, 3), (0.95, 5), (1.0, 5)):
        assert sampling.top_p(LOGITS, p).isfinite().sum().item() == n
    assert sampling.top_p(LOGITS.flip(0), 0.6).isfinite().tolist() == [False, False, False, True, True]


@given(st.integers(1, 20), st.floats(0.01, 1.0))
def test_what_stays_keeps_its_proportions(n: int, p: float):
    logits = torch.randn(n, dtype=torch.float64)
    full, cut = logits.softmax(-1), sampling.distribution(logits, p=p)
    stays = cut > 0
    torch.testing.assert_close(cut[stays], full[stays] / full[stays].sum(), rtol=1e-9, atol=0)
    assert full[stays].sum() >= p - 1e-9
    assert full[stays].min() >= full[~stays].max() if (~stays).any() else True


def test_the_distribution_is_temperature_then_k_then_p():
    # Temperature 1/2 squares: 64, 16, 4, 1, 1; of the best three 64, 16, 4 of 84; 64 / 84 reaches 0.7.
    cut = sampling.distribution(LOGITS, temperature=0.5)
    assert cut.tolist() == pytest.approx([64 / 86, 16 / 86, 4 / 86, 1 / 86, 1 / 86])
    cut = sampling.distribution(LOGITS, temperature=0.5, k=3)
    assert cut.tolist() == pytest.approx([64 / 84, 16 / 84, 4 / 84, 0, 0])
    assert sampling.distribution(LOGITS, temperature=0.5, k=3, p=0.75).tolist() == [1, 0, 0, 0, 0]
    assert sampling.distribution(LOGITS, temperature=0).tolist() == [1, 0, 0, 0, 0]


def test_top_p_at_its_borders_and_among_equals():
    equals = torch.zeros(4)
    assert sampling.top_p(equals, 0.5).tolist() == [0, 0, -math.inf, -math.inf]  # two of four reach a half
    assert sampling.top_p(equals, 0.51).isfinite().sum() == 3
    assert sampling.top_p(LOGITS, 0.0).isfinite().tolist() == [True, False, False, False, False]
    far = torch.tensor([0.0, -80.0, -90.0])  # 1 is reached before the last ones
    assert torch.equal(sampling.top_p(far, 1.0), far)
    assert sampling.distribution(torch.tensor([1.0, 3.0, 3.0]), temperature=0).tolist() == [0, 1, 0]


def test_any_axes_in_front_of_the_vocabulary():
    logits = torch.randn(2, 3, 7)
    for options in ({"k": 2}, {"p": 0.5}, {"temperature": 0.0}):
        rows = [sampling.distribution(row, **options) for row in logits.flatten(0, 1)]
        assert torch.equal(sampling.distribution(logits, **options).flatten(0, 1), torch.stack(rows))
    greedy = sampling.sample(logits, temperature=0)
    assert torch.equal(greedy, logits.argmax(-1))
    assert sampling.sample(logits[0, 0], temperature=0).item() == logits[0, 0].argmax()
    drawn = [sampling.sample(logits, generator=torch.Generator().manual_seed(0)) for _ in range(2)]
    assert torch.equal(*drawn)
    for dtype in (torch.bfloat16, torch.float16, torch.float64):
        assert sampling.distribution(logits.to(dtype), p=0.9).dtype == dtype


def test_a_hundred_thousand_draws_follow_the_distribution():
    """Chi-squared with four degrees of freedom: above 18.5 once in a thousand times."""
    n, p = 100_000, LOGITS.exp()
    drawn = sampling.sample(LOGITS.expand(n, 5), generator=torch.Generator().manual_seed(0))
    counts = drawn.bincount(minlength=5).double()
    assert ((counts - n * p).square() / (n * p)).sum().item() < 18.5


def test_the_same_seed_draws_the_same():
    logits = torch.randn(50, 7)

    def draw(seed: int) -> list[int]:
        return sampling.sample(logits, generator=torch.Generator().manual_seed(seed)).tolist()

    assert draw(1) == draw(1) != draw(2)


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match="k must be at least 1"):
        sampling.top_k(LOGITS, 0)
    for p in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match=r"p must lie in 0\.\.1"):
            sampling.top_p(LOGITS, p)
    with pytest.raises(ValueError, match="must not be negative"):
        sampling.distribution(LOGITS, temperature=-1.0)
    with pytest.raises(ValueError, match="must not be negative"):
        sampling.distribution(LOGITS, temperature=math.nan)
