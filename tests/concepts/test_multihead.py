"""Multi-head attention against torch's, with masks, another context, fewer key heads, and a cache."""

import pytest
import torch
from torch import Tensor, nn

from kbtool.concepts import attention, kv_cache, multihead


def pair(
    d_model: int = 16, heads: int = 4, bias: bool = True
) -> tuple[multihead.MultiHeadAttention, nn.MultiheadAttention]:
    theirs = nn.MultiheadAttention(d_model, heads, bias=bias, batch_first=True)
    for weight in theirs.parameters():
        nn.init.normal_(weight, std=0.3)  # torch starts biases at zero, which would hide a lost one
    return multihead.MultiHeadAttention.from_torch(theirs), theirs


def close(a: Tensor, b: Tensor, atol: float = 1e-6) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=atol)


@pytest.mark.parametrize("bias", [True, False])
def test_equal_to_torch_s(bias: bool):
    ours, theirs = pair(bias=bias)
    x = torch.randn(2, 7, 16)
    expected, weights = theirs(x, x, x, average_attn_weights=False)
    close(ours(x), expected)
    close(ours.weights(x), weights)


def test_equal_to_torch_s_under_masks():
    ours, theirs = pair()
    x = torch.randn(2, 7, 16)
    causal = attention.causal_mask(7)
    close(ours(x, causal=True), theirs(x, x, x, attn_mask=~causal, need_weights=False)[0])
    close(ours(x, mask=causal), ours(x, causal=True))
    padding = attention.padding_mask(torch.tensor([3, 7]), 7)  # (B, 1, T)
    close(ours(x, mask=padding), theirs(x, x, x, key_padding_mask=~padding[:, 0], need_weights=False)[0])
    both = theirs(x, x, x, attn_mask=~causal, key_padding_mask=~padding[:, 0])[0]
    close(ours(x, mask=padding, causal=True), both)
    _, weights = theirs(x, x, x, attn_mask=~causal, average_attn_weights=False)
    close(ours.weights(x, causal=True), weights)


def test_equal_to_torch_s_in_gradients():
    ours, theirs = pair()
    x, y = torch.randn(2, 2, 5, 16).unbind()
    ours(x, causal=True).mul(y).sum().backward()
    theirs(x, x, x, attn_mask=~attention.causal_mask(5))[0].mul(y).sum().backward()
    gradients = torch.cat([layer.weight.grad for layer in (ours.query, ours.key, ours.value)])
    close(gradients, theirs.in_proj_weight.grad, atol=1e-5)
    close(ours.output.bias.grad, theirs.out_proj.bias.grad, atol=1e-5)


def test_attention_to_another_text():
    ours, theirs = pair()
    x, context = torch.randn(2, 3, 16), torch.randn(2, 8, 16)
    close(ours(x, context), theirs(x, context, context)[0])
    mask = attention.padding_mask(torch.tensor([2, 8]), 8)
    close(ours(x, context, mask=mask), theirs(x, context, context, key_padding_mask=~mask[:, 0])[0])


def test_heads_are_split_and_joined_in_order():
    x = torch.randn(2, 3, 12)
    heads = multihead.split_heads(x, 4)
    for h in range(4):
        assert torch.equal(heads[:, h], x[..., 3 * h : 3 * h + 3])
    assert torch.equal(multihead.join_heads(heads), x)


@pytest.mark.parametrize("kv_heads", [1, 2])
def test_shared_key_heads_are_a_full_layer_with_repeated_weights(kv_heads: int):
    grouped = multihead.MultiHeadAttention(16, 4, kv_heads=kv_heads)
    full = multihead.MultiHeadAttention(16, 4)

    def repeated(weight: Tensor) -> Tensor:
        return weight.unflatten(0, (kv_heads, 4)).repeat_interleave(4 // kv_heads, dim=0).flatten(0, 1)

    with torch.no_grad():
        for name in ("query", "output"):
            full.get_submodule(name).load_state_dict(grouped.get_submodule(name).state_dict())
        for name in ("key", "value"):
            state = {key: repeated(value) for key, value in grouped.get_submodule(name).state_dict().items()}
            full.get_submodule(name).load_state_dict(state)
    x = torch.randn(2, 6, 16)
    close(grouped(x, causal=True), full(x, causal=True))
    close(grouped.weights(x), full.weights(x))
    assert grouped.key.weight.shape == (4 * kv_heads, 16)


@pytest.mark.parametrize("kv_heads", [4, 2, 1])
@pytest.mark.parametrize("steps", [(1, 1, 1, 1, 1, 1), (3, 1, 2), (6,)])
def test_with_a_cache_piece_by_piece_is_as_all_at_once(kv_heads: int, steps: tuple[int, ...]):
    layer = multihead.MultiHeadAttention(16, 4, kv_heads=kv_heads)
    x = torch.randn(2, 6, 16)
    full = layer(x, causal=True)
    cache = kv_cache.KVCache(6)
    outputs = [layer(part, causal=True, cache=cache) for part in x.split(list(steps), dim=1)]
    close(torch.cat(outputs, dim=1), full)
    assert len(cache) == 6


def test_groups_are_those_of_torch_s_grouped_attention():
    layer, x = multihead.MultiHeadAttention(12, 6, kv_heads=2), torch.randn(2, 9, 12)
    q, k, v = layer.query(x), layer.key(x), layer.value(x)
    heads = [part.unflatten(-1, (-1, 2)).transpose(1, 2) for part in (q, k, v)]
    expected = nn.functional.scaled_dot_product_attention(*heads, is_causal=True, enable_gqa=True)
    close(layer(x, causal=True), layer.output(expected.transpose(1, 2).flatten(-2)))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_a_mask_for_each_head_and_another_length(dtype: torch.dtype):
    """Against torch in the same dtype; nothing is fully masked, where torch gives nan."""
    theirs = nn.MultiheadAttention(12, 4, batch_first=True, dtype=dtype)
    ours = multihead.MultiHeadAttention.from_torch(theirs)
    x, context = torch.randn(2, 5, 12, dtype=dtype), torch.randn(2, 7, 12, dtype=dtype)
    mask = torch.rand(2, 4, 5, 7) > 0.4
    mask[..., 0] = True
    expected = theirs(x, context, context, attn_mask=~mask.flatten(0, 1))[0]
    close(ours(x, context, mask=mask), expected, atol=1e-6 if dtype.itemsize > 2 else 1e-2)
    assert ours(x[:, :0], context).tolist() == [[], []]


def test_bfloat16_is_off_by_rounding_only():
    layer = multihead.MultiHeadAttention(32, 4)
    x = torch.randn(2, 9, 32)
    exact = layer(x, causal=True)
    half = layer.to(torch.bfloat16)(x.to(torch.bfloat16), causal=True)
    assert half.dtype == torch.bfloat16
    assert (half.float() - exact).abs().max() < 2e-2


def test_a_cache_keeps_what_it_is_given_in_order():
    cache = kv_cache.KVCache(5)
    k, v = torch.randn(2, 1, 2, 5, 3)
    for start, stop in ((0, 2), (2, 3), (3, 5)):
        keys, values = cache.append(k[:, :, start:stop], v[:, :, start:stop])
        assert torch.equal(keys, k[:, :, :stop])
        assert torch.equal(values, v[:, :, :stop])


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match="3 heads do not divide d_model 16"):
        multihead.MultiHeadAttention(16, 3)
    with pytest.raises(ValueError, match="3 kv_heads do not divide 4 heads"):
        multihead.MultiHeadAttention(16, 4, kv_heads=3)
    layer = multihead.MultiHeadAttention(16, 4)
    with pytest.raises(ValueError, match=r"x \(2, 3, 8\) and context \(2, 3, 8\) must be \(B, T, 16\)"):
        layer(torch.zeros(2, 3, 8))
    with pytest.raises(ValueError, match="keys of 8 and values of 16 channels: need 16"):
        multihead.MultiHeadAttention.from_torch(nn.MultiheadAttention(16, 4, kdim=8))
    cache = kv_cache.KVCache(3)
    one = torch.zeros(1, 2, 1, 4)
    cache.append(one, one)
    with pytest.raises(ValueError, match="3 more positions do not fit: 1 of 3 are taken"):
        cache.append(torch.zeros(1, 2, 3, 4), torch.zeros(1, 2, 3, 4))
    with pytest.raises(ValueError, match=r"v \(1, 2, 1, 5\) does not continue a cache of \(1, 2, 3, 4\)"):
        cache.append(one, torch.zeros(1, 2, 1, 5))
