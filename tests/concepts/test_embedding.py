"""Embeddings: lookup, one-hot, similarity."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from kbtool.concepts import embedding, toy

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


@pytest.mark.parametrize("dtype", DTYPES)
def test_lookup_and_one_hot_product_are_the_same_bits(dtype: torch.dtype):
    weight = torch.randn(50, 8).to(dtype)
    ids = torch.randint(50, (3, 7))
    looked_up = embedding.lookup(ids, weight)
    assert torch.equal(embedding.one_hot_lookup(ids, weight), looked_up)
    assert torch.equal(looked_up, torch.stack([torch.stack([weight[i] for i in row]) for row in ids]))
    assert looked_up.dtype == dtype


def test_the_table_of_seed_123():
    """Row 3 of `nn.Embedding(6, 3)` after manual_seed(123), as books print it."""
    weight = torch.randn(6, 3, generator=torch.Generator().manual_seed(123))
    expected = torch.tensor([[-0.40148801, 0.96657157, -1.14814401]])
    torch.testing.assert_close(embedding.lookup(torch.tensor([3]), weight), expected, rtol=0, atol=1e-6)


def test_the_gradient_reaches_only_used_rows_and_adds_up_for_repeats():
    for look in (embedding.lookup, embedding.one_hot_lookup):
        weight = torch.randn(5, 2, requires_grad=True)
        look(torch.tensor([1, 3, 1]), weight).sum().backward()
        assert weight.grad is not None
        assert weight.grad.tolist() == [[0, 0], [2, 2], [0, 0], [1, 1], [0, 0]]


def test_one_hot_by_hand():
    assert embedding.one_hot(torch.tensor([[2], [0]]), 3).tolist() == [[[0, 0, 1]], [[1, 0, 0]]]
    assert embedding.one_hot(torch.tensor([1]), 2, torch.bfloat16).dtype == torch.bfloat16


@pytest.mark.parametrize("bad", [6, -1])
def test_an_id_outside_the_table_is_named(bad: int):
    for look in (embedding.lookup, embedding.one_hot_lookup):
        with pytest.raises(IndexError, match=f"id {bad} is outside a vocabulary of 6: ids go from 0 to 5"):
            look(torch.tensor([0, bad]), torch.zeros(6, 3))


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match="ids must be integers"):
        embedding.lookup(torch.tensor([0.5]), torch.zeros(6, 3))
    with pytest.raises(ValueError, match=r"weight must be \(V, C\), not \(6,\)"):
        embedding.lookup(torch.tensor([0]), torch.zeros(6))
    with pytest.raises(ValueError, match=r"same last axis: \(2,\) and \(3,\)"):
        embedding.cosine(torch.zeros(2), torch.zeros(3))
    with pytest.raises(ValueError, match="2 names for 3 rows"):
        embedding.neighbours(torch.eye(3), ["a", "b"], "a", 1)
    for name, k in (("z", 1), ("a", 3), ("a", -1)):
        with pytest.raises(ValueError, match="among 3 names"):
            embedding.neighbours(torch.eye(3), ["a", "b", "c"], name, k)


def test_cosine_equals_torch_s_and_forgets_lengths():
    a, b = torch.randn(4, 1, 6, dtype=torch.float64), torch.randn(5, 6, dtype=torch.float64)
    expected = nn.functional.cosine_similarity(a.expand(4, 5, 6), b.expand(4, 5, 6), dim=-1)
    torch.testing.assert_close(embedding.cosine(a, b), expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(embedding.cosine(1e5 * a, 1e-5 * b), expected, rtol=0, atol=1e-12)


@given(st.lists(st.floats(-1e30, 1e30), min_size=2, max_size=6))
def test_cosine_of_anything_lies_between_minus_one_and_one(numbers: list[float]):
    a = torch.tensor(numbers, dtype=torch.float64)
    same = embedding.cosine(a, a).item()
    assert same == 0 or abs(same - 1) < 1e-5
    assert -1.00001 < embedding.cosine(a, a.flip(0)).item() < 1.00001


def test_a_zero_vector_has_no_direction():
    assert embedding.cosine(torch.zeros(3), torch.ones(3)).item() == 0


def test_the_neighbours_of_the_toy_vectors():
    names = list(toy.VECTORS)
    weight = torch.tensor([toy.VECTORS[name] for name in names], dtype=torch.float64)
    nearest = {name: embedding.neighbours(weight, names, name, 1)[0] for name in names}
    assert {name: other for name, (other, _) in nearest.items()} == {
        "azul": "frio",
        "frio": "azul",
        "el": "es",
        "es": "el",
        "cielo": "es",
    }
    assert round(nearest["azul"][1], 3) == 0.955
    assert round(nearest["cielo"][1], 3) == 0.789
    assert embedding.neighbours(weight, names, "frio", 4)[-1] == ("el", pytest.approx(-0.998, abs=5e-4))


def test_the_layer_is_torch_s_with_small_weights():
    ours = embedding.Embedding(40, 16, generator=torch.Generator().manual_seed(1))
    theirs = nn.Embedding(40, 16, _weight=ours.weight.detach().clone())
    ids = torch.randint(40, (2, 5))
    assert torch.equal(ours(ids), theirs(ids))
    assert 0.017 < ours.weight.std().item() < 0.023
    again = embedding.Embedding(40, 16, generator=torch.Generator().manual_seed(1))
    assert torch.equal(ours.weight, again.weight)
