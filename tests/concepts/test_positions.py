"""Position schemes: each against its naive path, its source's numbers, and the law it was invented for."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kbtool.concepts import positions

F64 = torch.float64


def close(a: Tensor, b: Tensor, atol: float = 1e-12) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=atol)


# Sinusoidal


def test_sinusoids_by_hand():
    expected = [[0, 1, 0, 1], [0.84147098, 0.54030231, 0.00999983, 0.99995000]]
    close(positions.sinusoidal(2, 4, dtype=F64), torch.tensor(expected, dtype=F64), atol=5e-9)


@given(st.integers(0, 40), st.integers(1, 8), st.floats(2, 1e5))
def test_sinusoids_equal_the_formula(length: int, pairs: int, base: float):
    fast, naive = positions.sinusoidal(length, 2 * pairs, base), positions.sinusoidal_naive(length, 2 * pairs, base)
    close(fast, naive.view(length, 2 * pairs), atol=1e-6)


def test_the_product_of_two_positions_depends_on_their_distance_alone():
    pe = positions.sinusoidal(60, 16, dtype=F64)
    for k in (0, 1, 7):
        products = (pe[: 60 - k] * pe[k:]).sum(-1)
        close(products, products[0].expand_as(products))
    assert (pe[0] @ pe[1]) > (pe[0] @ pe[7])


@given(st.integers(-20, 20), st.integers(1, 8))
def test_moving_by_k_is_one_rotation_wherever_one_stands(k: int, pairs: int):
    pe = positions.sinusoidal(60, 2 * pairs, dtype=F64)
    turn = positions.rotation(k, 2 * pairs)
    close(pe[20:40] @ turn.T, pe[20 + k : 40 + k])
    close(turn @ turn.T, torch.eye(2 * pairs, dtype=F64))
    close(positions.rotation(-k, 2 * pairs), turn.T)


def test_far_positions_keep_their_digits():
    """In float32 the angle of position 1,000,000 would be off by up to 0.03."""
    far = positions.sinusoidal(1_000_001, 2)[-1]
    close(far, torch.tensor([-0.34999350, 0.93675213]), atol=1e-6)


def test_channels_come_in_pairs():
    for call in (lambda: positions.sinusoidal(3, 5), lambda: positions.rotation(1, 0)):
        with pytest.raises(ValueError, match="dim must be even and positive"):
            call()
    with pytest.raises(ValueError, match="base must be above 0"):
        positions.sinusoidal(3, 4, base=0.0)


# Learned


def test_learned_positions_are_added_from_where_the_text_starts():
    layer = positions.LearnedPositions(5, 4)
    x = torch.randn(2, 3, 4)
    close(layer(x), x + layer.weight[:3], atol=0)
    close(layer(x, start=2), x + layer.weight[2:5], atol=0)


def test_learned_positions_know_no_further():
    layer = positions.LearnedPositions(5, 4)
    with pytest.raises(ValueError, match="positions 3 to 5 do not fit a table of 5"):
        layer(torch.zeros(1, 3, 4), start=3)
    with pytest.raises(ValueError, match=r"x must be \(..., T, 4\), not \(1, 3, 2\)"):
        layer(torch.zeros(1, 3, 2))


# RoPE and xPos

CONVENTIONS = ("interleaved", "half")
SHIFTS = st.integers(-1000, 1000)


def test_rope_by_hand():
    """Position 2, two pairs: the first turns by 2 radians, the second by 2 / 100."""
    x = torch.tensor([[1.0, 0.0, 0.0, 1.0]], dtype=F64)
    at = torch.tensor([2])
    interleaved = torch.tensor([[-0.41614684, 0.90929743, -0.01999867, 0.99980001]], dtype=F64)
    close(positions.rope(x, at), interleaved, atol=5e-9)
    # "half" pairs channel 0 with 2 and 1 with 3: the same pairs stand elsewhere.
    close(positions.rope(x[:, [0, 2, 1, 3]], at, convention="half"), interleaved[:, [0, 2, 1, 3]], atol=5e-9)


def test_rope_equals_the_matrix():
    x, at = torch.randn(6, 8, dtype=F64), torch.tensor([0, 1, 2, 5, 100, -3])
    for convention in CONVENTIONS:
        close(positions.rope(x, at, convention=convention), positions.rope_naive(x, at, convention=convention))


def test_the_two_conventions_differ_by_the_order_of_the_channels():
    x, at = torch.randn(5, 8, dtype=F64), torch.arange(5)
    order = [0, 2, 4, 6, 1, 3, 5, 7]
    half = positions.rope(x[:, order], at, convention="half")
    close(half, positions.rope(x, at)[:, order])
    assert (positions.rope(x, at, convention="half") - positions.rope(x, at)).abs().max() > 0.1


@given(st.integers(0, 500), st.integers(0, 500), SHIFTS)
def test_the_score_of_two_tokens_depends_on_their_distance_alone(m: int, n: int, shift: int):
    q, k = torch.randn(2, 1, 8, dtype=F64)
    for convention in CONVENTIONS:

        def score(at_q: int, at_k: int, convention: str = convention) -> Tensor:
            turned_q = positions.rope(q, torch.tensor([at_q]), convention=convention)
            turned_k = positions.rope(k, torch.tensor([at_k]), convention=convention)
            return turned_q @ turned_k.T

        close(score(m + shift, n + shift), score(m, n), atol=1e-10)
        turn = positions.rope_matrix(n - m, 8, convention=convention)
        close(score(m, n), q @ turn @ k.T, atol=1e-10)


def test_the_score_of_two_tokens_depends_on_their_distance_alone_in_bfloat16_too():
    """Position 10,001 would be 9,984 if the angle were computed in bfloat16."""
    q, k = torch.randn(2, 1, 8, dtype=torch.bfloat16)
    scores = [
        positions.rope(q.float(), torch.tensor([m])) @ positions.rope(k, torch.tensor([m - 1])).float().T
        for m in (1, 10_001)
    ]
    close(scores[0], scores[1], atol=0.05)


def test_rope_keeps_lengths_and_leaves_position_0_alone():
    x = torch.randn(2, 3, 7, 8, dtype=F64)
    turned = positions.rope(x, torch.arange(7))
    close(turned.norm(dim=-1), x.norm(dim=-1))
    close(turned[..., 0, :], x[..., 0, :], atol=0)
    assert (turned[..., 1, :] - x[..., 1, :]).abs().max() > 0.1


def test_each_sentence_may_have_positions_of_its_own():
    x, at = torch.randn(2, 3, 4, dtype=F64), torch.tensor([[0, 1, 2], [5, 6, 7]])
    together = positions.rope(x, at)
    for b in range(2):
        close(together[b], positions.rope(x[b], at[b]), atol=0)


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-6), (torch.bfloat16, 2**-7)])
def test_rope_below_double_precision_is_off_by_rounding_only(dtype: torch.dtype, bound: float):
    x, at = torch.randn(50, 16), torch.arange(50) * 1000
    turned = positions.rope(x.to(dtype), at)
    assert turned.dtype == dtype
    exact = positions.rope(x.to(dtype).double(), at)
    assert (turned.double() - exact).abs().max() < bound * x.norm(dim=-1).max()


def test_rope_has_gradients():
    x = torch.randn(3, 4, dtype=F64, requires_grad=True)
    for convention in CONVENTIONS:
        assert torch.autograd.gradcheck(lambda y: positions.rope(y, torch.arange(3), convention=convention), x)  # noqa: B023


def test_rope_says_what_does_not_fit():
    for x, at, says in (
        (torch.zeros(2, 4, 6), torch.arange(3), r"positions \(3,\) do not fit x \(2, 4, 6\)"),
        (torch.zeros(4, 6), torch.zeros(2, 4), r"positions \(2, 4\) do not fit x \(4, 6\)"),
        (torch.zeros(4, 5), torch.arange(4), "dim must be even and positive, not 5"),
        (torch.zeros(4), torch.arange(1), r"x must be \(..., T, d\), not \(4,\)"),
    ):
        with pytest.raises(ValueError, match=says):
            positions.rope(x, at)
    with pytest.raises(ValueError, match="convention must be one of"):
        positions.rope(torch.zeros(1, 2), torch.arange(1), convention="other")


@given(st.integers(0, 300), st.integers(0, 300), SHIFTS)
def test_xpos_scores_depend_on_the_distance_alone(m: int, n: int, shift: int):
    q, k = torch.randn(2, 1, 8, dtype=F64)

    def score(at_q: int, at_k: int) -> Tensor:
        turned_q, _ = positions.xpos(q, k, torch.tensor([at_q]))
        _, turned_k = positions.xpos(q, k, torch.tensor([at_k]))
        return turned_q @ turned_k.T

    close(score(m + shift, n + shift), score(m, n), atol=1e-9)


def test_xpos_decays_with_distance_by_the_formula():
    """q = k = one pair of channels (1, 0): the score is ζ^(m/512) cos(m), ζ_0 = 0.4 / 1.4."""
    x = torch.tensor([[1.0, 0.0]], dtype=F64)
    turned_q, _ = positions.xpos(x, x, torch.tensor([10]))
    _, turned_k = positions.xpos(x, x, torch.tensor([0]))
    expected = (0.4 / 1.4) ** (10 / 512) * torch.tensor(10.0, dtype=F64).cos()
    close((turned_q @ turned_k.T)[0, 0], expected)


# ALiBi


def test_the_slopes_of_the_paper():
    assert positions.alibi_slopes(8).tolist() == [2.0**-i for i in range(1, 9)]
    sixteen = positions.alibi_slopes(16)
    close(sixteen, torch.tensor([2 ** (-i / 2) for i in range(1, 17)]), atol=1e-7)
    # 12 heads, from the authors' code: the eight of 8, then every other one of 16.
    close(positions.alibi_slopes(12), torch.cat((positions.alibi_slopes(8), sixteen[0:8:2])), atol=0)
    assert [len(positions.alibi_slopes(h)) for h in range(1, 20)] == list(range(1, 20))
    with pytest.raises(ValueError, match="heads must be at least 1"):
        positions.alibi_slopes(0)


def test_the_penalty_grows_with_distance_at_the_head_s_slope():
    bias, slopes = positions.alibi_bias(4, 6), positions.alibi_slopes(4)
    for h in range(4):
        for i in range(6):
            for j in range(6):
                assert bias[h, i, j].item() == -slopes[h].item() * abs(i - j)


# T5


def test_the_buckets_of_t5_by_hand():
    """16 buckets a side: one each for 0..7, then steps by factors of 16^(1/8), the last from 91 on."""
    distances = [0, 1, 7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 45, 46, 63, 64, 90, 91, 127, 128, 10_000]
    buckets = [0, 1, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15, 15, 15]
    assert positions.t5_bucket(-torch.tensor(distances)).tolist() == buckets
    assert positions.t5_bucket(torch.tensor(distances[1:])).tolist() == [16 + b for b in buckets[1:]]
    one_way = positions.t5_bucket(torch.tensor([5, 0, -15, -16, -17, -127, -1000]), bidirectional=False)
    assert one_way.tolist() == [0, 0, 15, 16, 16, 31, 31]


@settings(max_examples=30)
@given(st.booleans(), st.integers(2, 20).map(lambda n: 2 * n), st.integers(50, 1000))
def test_buckets_equal_the_naive_path(bidirectional: bool, buckets: int, max_distance: int):
    relative = torch.arange(-1200, 1201, 7)
    options = {"bidirectional": bidirectional, "buckets": buckets, "max_distance": max_distance}
    naive = [positions.t5_bucket_naive(r, **options) for r in relative.tolist()]
    assert positions.t5_bucket(relative, **options).tolist() == naive


def test_the_buckets_are_those_of_the_published_recipe():
    """In float32, as published: no distance up to two thousand falls on the other side of a border."""

    def published(relative: Tensor, bidirectional: bool, buckets: int, max_distance: int) -> Tensor:
        first = torch.zeros_like(relative)
        if bidirectional:
            buckets //= 2
            first = (relative > 0).long() * buckets
            distance = relative.abs()
        else:
            distance = -torch.minimum(relative, first)
        exact = buckets // 2
        scale = (buckets - exact) / math.log(max_distance / exact)
        large = exact + (torch.log(distance.float() / exact) * scale + 1e-6).long()
        return first + torch.where(distance < exact, distance, large.clamp(max=buckets - 1))

    relative = torch.arange(-2000, 2001)
    for options in itertools.product((True, False), (32, 16, 33), (128, 1000)):
        bidirectional, buckets, max_distance = options
        ours = positions.t5_bucket(relative, bidirectional=bidirectional, buckets=buckets, max_distance=max_distance)
        assert torch.equal(ours, published(relative, *options)), options


def test_alibi_s_slopes_for_any_number_of_heads_follow_the_published_recipe():
    def published(heads: int) -> list[float]:
        if heads & (heads - 1) == 0:
            start = 2 ** -(2 ** -(math.log2(heads) - 3))
            return [start * start**i for i in range(heads)]
        below = 2 ** math.floor(math.log2(heads))
        return published(below) + published(2 * below)[0::2][: heads - below]

    for heads in range(1, 50):
        close(positions.alibi_slopes(heads), torch.tensor(published(heads)), atol=1e-7)
    close(positions.alibi_bias(6, 2, 5), positions.alibi_bias(6, 5)[:, 3:], atol=0)


def test_t5_s_bias_is_a_number_for_each_bucket_and_head():
    layer = positions.T5Bias(3)
    bias = layer(4, 6)  # four queries, the last of six positions
    for h in range(3):
        for i in range(4):
            for j in range(6):
                assert bias[h, i, j] == layer.weight[positions.t5_bucket_naive(j - (i + 2)), h]
    close(layer(6, 6)[:, 2:], bias, atol=0)


def test_t5_needs_room_for_its_buckets():
    with pytest.raises(ValueError, match="too few buckets or too short a distance"):
        positions.t5_bucket(torch.tensor([1]), buckets=2)
    with pytest.raises(ValueError, match="too few buckets or too short a distance"):
        positions.t5_bucket(torch.tensor([1]), max_distance=8)


# Transformer-XL


@given(st.integers(1, 6), st.integers(0, 5))
def test_the_shift_equals_the_gather(length: int, memory: int):
    scores = torch.randn(2, 3, length, length + memory)
    close(positions.relative_shift(scores), positions.relative_shift_naive(scores), atol=0)


def test_the_shift_by_hand():
    """Column c of the input is distance 3 - c; after the shift (i, j) tells the distance of key j from query i."""
    distances = torch.tensor([3.0, 2.0, 1.0, 0.0]).expand(2, 4)
    assert positions.relative_shift(distances).tolist() == [[2, 1, 0, 0], [3, 2, 1, 0]]


def test_transformer_xl_s_scores_equal_the_sum_over_pairs():
    q, k, r = torch.randn(3, 4, dtype=F64), torch.randn(5, 4, dtype=F64), torch.randn(5, 4, dtype=F64)
    u, v = torch.randn(2, 4, dtype=F64)
    scores = positions.transformer_xl_scores(q, k, r, u, v)
    for i in range(3):
        for j in range(i + 3):  # query i stands at position i + 2 of 5
            distance = i + 2 - j
            close(scores[i, j], (q[i] + u) @ k[j] + (q[i] + v) @ r[4 - distance])


def test_transformer_xl_says_what_does_not_fit():
    with pytest.raises(ValueError, match=r"T <= S, not \(3, 2\)"):
        positions.relative_shift(torch.zeros(3, 2))
    with pytest.raises(ValueError, match=r"r \(4, 2\), u \(2,\), v \(2,\): need"):
        positions.transformer_xl_scores(
            torch.zeros(3, 2), torch.zeros(5, 2), torch.zeros(4, 2), torch.zeros(2), torch.zeros(2)
        )
