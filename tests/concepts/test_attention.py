"""Attention: the naive path, the fast path, torch, a calculation by hand, and the properties it is used for."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from kbtool.concepts import attention, masks

F64 = torch.float64
sdpa = nn.functional.scaled_dot_product_attention


def draw(*shape: int, dtype: torch.dtype = F64) -> tuple[Tensor, Tensor, Tensor]:
    """q, k, v of one shape (..., T, d)."""
    q, k, v = torch.randn(3, *shape, dtype=dtype)
    return q, k, v


def close(a: Tensor, b: Tensor, atol: float = 1e-12) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=atol)


def test_by_hand():
    """d = 4, so scores are halved: 2 ln 3 becomes ln 3, and the weights are 3/4 and 1/4."""
    q = torch.tensor([[2 * math.log(3.0), 0, 0, 0]], dtype=F64)
    k = torch.tensor([[1.0, 0, 0, 0], [0, 1, 0, 0]], dtype=F64)
    v = torch.tensor([[4.0], [8.0]], dtype=F64)
    output, weights = attention.attention(q, k, v, return_weights=True)
    close(weights, torch.tensor([[0.75, 0.25]], dtype=F64))
    close(output, torch.tensor([[5.0]], dtype=F64))
    close(attention.fast_attention(q, k, v), output)


SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 7), st.integers(0, 7), st.integers(1, 5), st.integers(1, 5))


@given(SHAPES, st.booleans(), st.sampled_from([None, 0.3, 2.0]))
def test_naive_fast_and_torch_agree(shape: tuple[int, ...], causal: bool, scale: float | None):
    batch, queries, extra, d, e = shape
    keys = queries + extra
    q = torch.randn(batch, queries, d, dtype=F64)
    k, v = torch.randn(batch, keys, d, dtype=F64), torch.randn(batch, keys, e, dtype=F64)
    naive = attention.attention(q, k, v, causal=causal, scale=scale)
    expected = sdpa(q, k, v, attn_mask=attention.causal_mask(queries, keys) if causal else None, scale=scale)
    close(naive, expected, atol=1e-10)
    close(attention.fast_attention(q, k, v, causal=causal, scale=scale), naive, atol=1e-10)


def test_the_scale_given_holds_under_the_causal_mask_too():
    q, k, v = draw(2, 6, 4)
    expected = sdpa(3.0 * math.sqrt(4) * q, k, v, is_causal=True)
    close(attention.attention(q, k, v, causal=True, scale=3.0), expected)
    close(attention.fast_attention(q, k, v, causal=True, scale=3.0), expected)


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 2e-6), (torch.float16, 2e-3), (torch.bfloat16, 2e-2)])
def test_below_double_precision_the_naive_path_is_off_by_rounding_only(dtype: torch.dtype, bound: float):
    q, k, v = (x.to(dtype) for x in draw(2, 4, 40, 16))
    exact = attention.attention(q.double(), k.double(), v.double(), causal=True)
    naive = attention.attention(q, k, v, causal=True)
    assert naive.dtype == dtype
    assert (naive.double() - exact).abs().max() < bound
    assert (attention.fast_attention(q, k, v, causal=True).double() - exact).abs().max() < 2 * bound


def test_weights_add_up_to_one_and_make_the_output():
    q, k, v = draw(2, 5, 4)
    output, weights = attention.attention(q, k, v, return_weights=True)
    close(weights.sum(-1), torch.ones(2, 5, dtype=F64))
    assert (weights > 0).all()
    close(output, weights @ v)


@given(st.permutations(range(6)))
def test_without_a_mask_permuted_tokens_give_permuted_outputs(order: list[int]):
    """It sees a set: this is why positions must be told. With the causal mask it is no longer so."""
    q, k, v = draw(6, 4)
    plain = attention.attention(q, k, v)
    close(attention.attention(q[order], k[order], v[order]), plain[order])
    close(attention.attention(q, k[order], v[order]), plain)


def test_with_a_causal_mask_order_is_seen():
    q, k, v = draw(6, 4)
    order = [5, 4, 3, 2, 1, 0]
    causal = attention.attention(q, k, v, causal=True)
    assert (attention.attention(q[order], k[order], v[order], causal=True) - causal[order]).abs().max() > 0.1


@pytest.mark.parametrize("function", [attention.attention, attention.fast_attention])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_under_the_causal_mask_a_later_token_changes_no_bit_of_an_earlier_output(function, dtype: torch.dtype):
    q, k, v = draw(2, 9, 8, dtype=dtype)
    before = function(q, k, v, causal=True)
    for x in (q, k, v):
        x[:, 6:] = torch.randn(2, 3, 8).to(dtype) * 100
    after = function(q, k, v, causal=True)
    assert torch.equal(after[:, :6], before[:, :6])
    assert not torch.equal(after[:, 6:], before[:, 6:])


def test_under_the_causal_mask_no_gradient_flows_back_from_the_future():
    q, k, v = (x.requires_grad_() for x in draw(5, 4))
    attention.attention(q, k, v, causal=True)[2].sum().backward()
    assert k.grad is not None
    assert v.grad is not None
    assert k.grad[3:].abs().max() == 0
    assert v.grad[3:].abs().max() == 0
    assert v.grad[:3].abs().min() > 0


def test_fewer_queries_than_keys_are_the_last_ones():
    q, k, v = draw(7, 4)
    close(
        attention.attention(q[4:], k, v, causal=True),
        attention.attention(q, k, v, causal=True)[4:],
    )
    close(attention.fast_attention(q[4:], k, v, causal=True), attention.attention(q, k, v, causal=True)[4:])


def test_a_fully_masked_query_gets_zeros_and_zero_gradients():
    allowed = torch.tensor([[True, False], [False, False]])
    additive = torch.zeros(2, 2, dtype=F64).masked_fill(~allowed, -math.inf)
    for mask in (allowed, additive):
        q, k, v = (x.requires_grad_() for x in draw(2, 3))
        output, weights = attention.attention(q, k, v, mask=mask, return_weights=True)
        assert weights.tolist() == [[1, 0], [0, 0]]
        close(output, torch.stack([v[0], torch.zeros(3, dtype=F64)]))
        close(attention.fast_attention(q, k, v, mask=mask), output)
        output.sum().backward()
        for x in (q, k, v):
            assert x.grad is not None
            assert x.grad.isfinite().all()


def test_boolean_and_additive_masks_say_the_same_and_combine_with_causal():
    q, k, v = draw(2, 3, 6, 4)
    allowed = torch.rand(2, 1, 6, 6) < 0.6
    additive = torch.zeros(2, 1, 6, 6, dtype=F64).masked_fill(~allowed, -math.inf)
    close(attention.attention(q, k, v, mask=allowed), attention.attention(q, k, v, mask=additive))
    both = attention.attention(q, k, v, mask=allowed & attention.causal_mask(6))
    for mask in (allowed, additive):
        close(attention.attention(q, k, v, mask=mask, causal=True), both)
        close(attention.fast_attention(q, k, v, mask=mask, causal=True), both)


def test_an_additive_bias_moves_the_weights():
    """A bias of ln 2 doubles the odds."""
    q, k, v = torch.zeros(1, 2, dtype=F64), torch.zeros(2, 2, dtype=F64), torch.eye(2, dtype=F64)
    bias = torch.tensor([[math.log(2.0), 0.0]])
    close(attention.attention(q, k, v, mask=bias), torch.tensor([[2 / 3, 1 / 3]], dtype=F64), atol=1e-7)


def test_padding_is_as_if_it_were_not_there():
    q, k, v = draw(2, 5, 4)
    mask = attention.padding_mask(torch.tensor([3, 5]), 5)
    padded = attention.attention(q, k, v, mask=mask)
    close(padded[0], attention.attention(q[0], k[0, :3], v[0, :3]))
    close(padded[1], attention.attention(q[1], k[1], v[1]))


def test_the_masks_by_hand():
    assert attention.causal_mask(2, 4).int().tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert attention.padding_mask(torch.tensor([0, 2]), 3).int().tolist() == [[[0, 0, 0]], [[1, 1, 0]]]
    assert attention.sliding_mask(4, 2).int().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]
    assert torch.equal(attention.sliding_mask(5, 5), attention.causal_mask(5))
    assert torch.equal(attention.sliding_mask(5, 1), torch.eye(5, dtype=torch.bool))


def test_a_mask_is_taken_apart_into_what_hides_and_what_is_added():
    seen, bias = torch.tensor([True, False, True]), torch.randn(2, 3)
    assert masks.read_mask(None, causal=False, scores=(2, 3)) == (None, None)
    assert masks.read_mask(seen, causal=False, scores=(2, 3)) == (seen, None)
    assert masks.read_mask(bias, causal=False, scores=(2, 3)) == (None, bias)
    allowed, added = masks.read_mask(seen, causal=True, scores=(2, 3))
    assert added is None
    assert allowed is not None
    assert allowed.tolist() == [[True, False, False], [True, False, True]]
    allowed, added = masks.read_mask(bias, causal=True, scores=(5, 2, 3))
    assert added is bias
    assert allowed is not None
    assert torch.equal(allowed, attention.causal_mask(2, 3))
    with pytest.raises(ValueError, match=r"a mask is bool .* or floating .*, not torch\.int64"):
        masks.read_mask(seen.long(), causal=False, scores=(2, 3))


def test_a_bias_for_each_head_is_the_same_for_every_sentence():
    q, k, v = draw(2, 3, 5, 4)
    bias = torch.randn(3, 5, 5, dtype=F64)
    for path in (attention.attention, attention.fast_attention):
        whole = path(q, k, v, mask=bias)
        close(whole, torch.stack([sdpa(q[b], k[b], v[b], attn_mask=bias) for b in range(2)]))
        with pytest.raises(ValueError, match="which axis is missing"):
            path(q, k, v, mask=bias > 0)


def test_the_shape_of_scores_is_that_of_all_three_broadcast():
    shape = attention.scores_shape(torch.zeros(2, 1, 3, 8), torch.zeros(4, 5, 8), torch.zeros(6, 1, 1, 5, 7))
    assert shape == (6, 2, 4, 3, 5)


SIDES = st.integers(0, 5)
BATCHES = st.sampled_from([((), (), ()), ((2,), (2,), (2,)), ((2, 3), (3,), (1, 3)), ((2, 1, 2), (3, 1), (2,))])
DTYPES = {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 3e-2, torch.float16: 4e-3}


@given(
    BATCHES, SIDES, SIDES, st.sampled_from([1, 3, 8]), st.sampled_from([1, 5]), st.sampled_from(list(DTYPES)), st.data()
)
def test_every_shape_dtype_and_mask_has_the_same_values_and_gradients_on_both_paths(batch, t, s, d, e, dtype, data):
    """Odd channels, no tokens, rows that see nothing, other lengths of keys, broadcast batches, strided memory."""
    sizes = ((t, d), (s, d), (s, e))
    inputs = [torch.randn(*front, *size[::-1], dtype=dtype).mT for front, size in zip(batch, sizes, strict=True)]
    seen = torch.rand(t, s) > data.draw(st.sampled_from([0.0, 0.5, 1.0]))
    bias = torch.randn(t, s, dtype=dtype).masked_fill(~seen, -math.inf)
    options = {"mask": data.draw(st.sampled_from([None, seen, bias])), "causal": data.draw(st.booleans())}
    results = []
    for path in (attention.attention, attention.fast_attention):
        leaves = [x.clone().requires_grad_() for x in inputs]
        output = path(*leaves, **options)
        (output * torch.arange(e).to(dtype).sin()).sum().backward()
        results.append([output, *(leaf.grad for leaf in leaves)])
    for naive, fast in zip(*results, strict=True):
        torch.testing.assert_close(fast, naive, rtol=DTYPES[dtype], atol=DTYPES[dtype] * 4)


def test_the_scale_keeps_the_variance_of_scores_and_so_the_entropy_of_weights():
    def entropy(weights: Tensor) -> float:
        return -(weights * weights.clamp(min=1e-300).log()).sum(-1).mean().item()

    q, k, v = draw(256, 1024)
    _, scaled = attention.attention(q, k, v, return_weights=True)
    _, raw = attention.attention(q, k, v, scale=1.0, return_weights=True)
    assert entropy(scaled) == pytest.approx(5.05, abs=0.05)
    assert entropy(raw) < 0.3


@pytest.mark.parametrize("causal", [False, True])
def test_gradients(causal: bool):
    inputs = [x.requires_grad_() for x in draw(2, 4, 3)]
    assert torch.autograd.gradcheck(lambda q, k, v: attention.attention(q, k, v, causal=causal), inputs)


Z = torch.zeros


@pytest.mark.parametrize(
    ("q", "k", "v", "mask", "says"),
    [
        (Z(3, 4), Z(5, 6), Z(5, 4), None, r"q \(3, 4\), k \(5, 6\), v \(5, 4\): q and k must agree in their last axis"),
        (Z(3, 4), Z(5, 4), Z(6, 4), None, "k and v in the one before"),
        (Z(2, 3, 4), Z(3, 5, 4), Z(3, 5, 4), None, "the axes before the last two must be the same or 1"),
        (Z(4), Z(5, 4), Z(5, 4), None, r"need \(..., T, d\)"),
        (Z(3, 4), Z(5, 4), Z(5, 4), Z(3, 4), r"mask \(3, 4\) does not broadcast to scores \(3, 5\)"),
        (Z(3, 4), Z(5, 4), Z(5, 4), Z(2, 3, 5), r"mask \(2, 3, 5\) does not broadcast to scores \(3, 5\)"),
        (Z(2, 2, 3, 4), Z(2, 2, 3, 4), Z(2, 2, 3, 4), Z(2, 1, 3).bool(), r"which axis is missing\?"),
    ],
)
def test_what_does_not_fit_is_said(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, says: str):
    for function in (attention.attention, attention.fast_attention):
        with pytest.raises(ValueError, match=says):
            function(q, k, v, mask=mask)


def test_masks_say_what_does_not_fit():
    with pytest.raises(ValueError, match=r"numbers from 0 to 3, not \[4\]"):
        attention.padding_mask(torch.tensor([4]), 3)
    with pytest.raises(ValueError, match="width must be at least 1"):
        attention.sliding_mask(3, 0)
