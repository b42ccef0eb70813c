"""Relative positions: the layout by distance against a vector for each pair."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kbtool.concepts import attention, positions

F64 = torch.float64


def test_distances_by_hand():
    assert positions.clipped_distance(2, 4, 1).tolist() == [[0, 0, 1, 2], [0, 0, 0, 1]]
    assert positions.clipped_distance(3, 3, 5).tolist() == [[5, 6, 7], [4, 5, 6], [3, 4, 5]]
    assert positions.clipped_distance(2, 2, 0).tolist() == [[0, 0], [0, 0]]


@given(st.integers(0, 6), st.integers(0, 5), st.integers(0, 4))
def test_scores_equal_the_sum_over_pairs(length: int, more: int, limit: int):
    q, table = torch.randn(2, 3, length, 4, dtype=F64), torch.randn(2 * limit + 1, 4, dtype=F64)
    fast, naive = (f(q, table, length + more) for f in (positions.relative_scores, positions.relative_scores_naive))
    torch.testing.assert_close(fast, naive, rtol=0, atol=1e-12)
    for i in range(length):
        for j in range(length + more):
            distance = max(-limit, min(limit, j - (i + more)))
            torch.testing.assert_close(naive[..., i, j], q[..., i, :] @ table[limit + distance], rtol=0, atol=1e-12)


def test_as_a_mask_they_are_attention_to_shifted_keys():
    """(q_i·k_j + q_i·a) / √d by attention's `mask` is what attention to the keys k_j + a gives, query by query."""
    q, k, v = torch.randn(3, 5, 4, dtype=F64)
    table = torch.randn(5, 4, dtype=F64)
    whole = attention.attention(q, k, v, mask=positions.relative_scores(q, table, 5) / 2)
    for i in range(5):
        keys = k + table[positions.clipped_distance(5, 5, 2)[i]]
        torch.testing.assert_close(attention.attention(q[i : i + 1], keys, v)[0], whole[i], rtol=0, atol=1e-12)


def test_gradients():
    q, table = torch.randn(3, 2, dtype=F64, requires_grad=True), torch.randn(3, 2, dtype=F64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda a, b: positions.relative_scores(a, b, 4), (q, table))


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match="limit must not be negative: -1"):
        positions.clipped_distance(2, 2, -1)
    with pytest.raises(ValueError, match=r"q \(2, 3\), table \(4, 3\): need \(..., T, d\), \(2K \+ 1, d\)"):
        positions.relative_scores(torch.zeros(2, 3), torch.zeros(4, 3), 2)
