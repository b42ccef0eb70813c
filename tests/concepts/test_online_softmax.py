"""Softmax in one pass: summaries merge in any order, and attention by blocks is attention."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from kbtool.concepts import attention, online_softmax

F64 = torch.float64


def close(a: Tensor, b: Tensor, atol: float = 1e-12) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=atol)


def blocks(n: int) -> list[tuple[Tensor, Tensor]]:
    return [(10 * torch.randn(3, 4, dtype=F64), torch.randn(4, 2, dtype=F64)) for _ in range(n)]


def test_merging_the_summaries_of_blocks_gives_the_softmax_of_the_whole():
    (s1, v1), (s2, v2), (s3, v3) = blocks(3)
    whole = torch.softmax(torch.cat((s1, s2, s3), -1), -1) @ torch.cat((v1, v2, v3))
    a, b, c = (online_softmax.summarise(s, v) for s, v in ((s1, v1), (s2, v2), (s3, v3)))
    merge = online_softmax.merge
    close(merge(merge(a, b), c).output, whole)
    close(merge(a, merge(b, c)).output, whole)
    close(merge(c, merge(b, a)).output, whole)


def test_a_block_in_which_nothing_may_be_seen_changes_nothing():
    (s, v) = blocks(1)[0]
    seen = online_softmax.summarise(s, v)
    unseen = online_softmax.summarise(torch.full_like(s, -math.inf), v)
    close(online_softmax.merge(seen, unseen).output, seen.output, atol=0)
    close(online_softmax.merge(unseen, seen).output, seen.output, atol=0)
    assert online_softmax.merge(unseen, unseen).output.abs().max() == 0


@given(st.integers(1, 6), st.integers(0, 6), st.integers(1, 14), st.booleans())
def test_attention_by_blocks_is_attention(length: int, memory: int, block: int, causal: bool):
    q, k, v = torch.randn(2, length, 4), torch.randn(2, length + memory, 4), torch.randn(2, length + memory, 3)
    expected = attention.attention(q, k, v, causal=causal)
    close(online_softmax.online_attention(q, k, v, causal=causal, block=block), expected, atol=1e-6)


def test_scores_far_apart_neither_overflow_nor_vanish():
    q = torch.ones(1, 1, dtype=F64)
    k = torch.tensor([[-2000.0], [2000.0], [1999.0]], dtype=F64)
    v = torch.tensor([[1.0], [2.0], [3.0]], dtype=F64)
    expected = (2 + 3 * math.exp(-1)) / (1 + math.exp(-1))
    for block in (1, 2, 3):
        close(online_softmax.online_attention(q, k, v, block=block), torch.tensor([[expected]], dtype=F64))


def test_gradients():
    inputs = [torch.randn(4, 3, dtype=F64, requires_grad=True) for _ in range(3)]
    assert torch.autograd.gradcheck(lambda *x: online_softmax.online_attention(*x, causal=True, block=2), inputs)


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match="block must be at least 1"):
        online_softmax.online_attention(torch.zeros(1, 2), torch.zeros(1, 2), torch.zeros(1, 2), block=0)
    with pytest.raises(ValueError, match=r"k \(3, 2\), v \(4, 2\): q and k must agree"):
        online_softmax.online_attention(torch.zeros(1, 2), torch.zeros(3, 2), torch.zeros(4, 2))
    with pytest.raises(ValueError, match=r"scores \(1, 3\), v \(4, 2\): need"):
        online_softmax.summarise(torch.zeros(1, 3), torch.zeros(4, 2))


def test_no_keys_give_zeros_as_in_attention():
    q, none = torch.randn(2, 3, 4), torch.zeros(2, 0, 4)
    assert online_softmax.online_attention(q, none, none).tolist() == torch.zeros(2, 3, 4).tolist()
    nothing = online_softmax.summarise(torch.zeros(3, 0), torch.zeros(0, 2))
    seen = online_softmax.summarise(torch.randn(3, 5), torch.randn(5, 2))
    assert torch.equal(online_softmax.merge(nothing, seen).output, seen.output)
