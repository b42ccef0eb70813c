"""Windows of tokens and their successors."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kbtool.concepts import window

SIZES = st.tuples(st.integers(1, 8), st.integers(1, 10), st.integers(1, 60))


@given(SIZES)
def test_the_views_equal_the_slices(sizes: tuple[int, int, int]):
    length, stride, extra = sizes
    ids = torch.randint(100, (length + extra,)).tolist()
    fast, naive = window.windows(ids, length, stride), window.windows_naive(ids, length, stride)
    assert torch.equal(fast[0], naive[0])
    assert torch.equal(fast[1], naive[1])


@given(SIZES)
def test_each_target_is_the_successor_of_its_input(sizes: tuple[int, int, int]):
    length, stride, extra = sizes
    inputs, targets = window.windows(range(length + extra), length, stride)
    assert inputs[:, 0].tolist() == list(range(0, extra, stride))
    assert torch.equal(targets, inputs + 1)
    assert inputs.dtype == targets.dtype == torch.int64


def test_a_stride_of_the_length_makes_every_token_a_target_once():
    _, targets = window.windows(range(13), length=4, stride=4)
    assert targets.flatten().tolist() == list(range(1, 13))


def test_by_hand():
    inputs, targets = window.windows([40, 367, 2885, 1464, 1807, 3619], length=4, stride=1)
    assert inputs.tolist() == [[40, 367, 2885, 1464], [367, 2885, 1464, 1807]]
    assert targets.tolist() == [[367, 2885, 1464, 1807], [2885, 1464, 1807, 3619]]


@given(SIZES, st.integers(0, 4))
def test_targets_may_lie_further_ahead(sizes: tuple[int, int, int], shift: int):
    length, stride, extra = sizes
    ids = range(length + extra + shift)
    inputs, targets = window.windows(ids, length, stride, shift)
    assert torch.equal(targets, inputs + shift)
    naive = window.windows_naive(ids, length, stride, shift)
    assert torch.equal(inputs, naive[0])
    assert torch.equal(targets, naive[1])
    batches = list(window.loader(ids, length, stride, 3, shift=shift))
    assert torch.equal(torch.cat([batch for _, batch in batches]), targets)


def test_the_book_s_count():
    """5,145 tokens, windows of 4, stride 4: 1,286 windows."""
    assert len(window.windows(range(5145), 4, 4)[0]) == 1286


def test_a_tensor_of_ids_is_as_good_as_a_list():
    ids = torch.arange(9, dtype=torch.int32)
    assert torch.equal(window.windows(ids, 3, 2)[0], window.windows(list(range(9)), 3, 2)[0])


def test_the_loader_goes_in_order_and_gives_the_rest():
    batches = [(x.tolist(), y.tolist()) for x, y in window.loader(range(7), 2, 2, batch_size=2)]
    assert batches == [([[0, 1], [2, 3]], [[1, 2], [3, 4]]), ([[4, 5]], [[5, 6]])]


def test_a_generator_shuffles_and_the_same_seed_shuffles_alike():
    def starts(seed: int) -> list[int]:
        loader = window.loader(range(201), 2, 2, batch_size=7, generator=torch.Generator().manual_seed(seed))
        return [start for inputs, _ in loader for start in inputs[:, 0].tolist()]

    assert starts(1) == starts(1) != starts(2)
    assert starts(1) != sorted(starts(1)) == list(range(0, 200, 2))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (([1, 2, 3], 3, 1), "3 ids hold no window of 3 with its successor: 4 are needed"),
        (([1, 2, 3], 0, 1), "length 0 and stride 1"),
        (([1, 2, 3], 1, 0), "length 1 and stride 0"),
        ((torch.zeros(2, 3), 1, 1), r"one row \(T,\), not \(2, 3\)"),
    ],
)
def test_what_does_not_fit_is_said(arguments: tuple[window.Ids, int, int], says: str):
    for function in (window.windows, window.windows_naive):
        with pytest.raises(ValueError, match=says):
            function(*arguments)
