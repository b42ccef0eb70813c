"""Encoder and decoder blocks against torch's layers with the same weights."""

from typing import Literal

import pytest
import torch
from torch import Tensor, nn

from kbtool.concepts import attention, kv_cache, multihead, transformer

NORMS: tuple[Literal["pre", "post"], ...] = ("pre", "post")


def close(a: Tensor, b: Tensor, atol: float = 1e-6) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=atol)


def shake(module: nn.Module) -> None:
    """Weights other than the first ones, so that a forgotten bias or gain shows."""
    for weight in module.parameters():
        nn.init.normal_(weight, mean=0.1, std=0.2)


def copy(ours: nn.Module, theirs: nn.Module) -> None:
    """The weights of torch's layer in ours."""
    ours.attention = multihead.MultiHeadAttention.from_torch(theirs.self_attn)
    norms = ["norm1", "norm2"]
    if hasattr(theirs, "multihead_attn"):
        ours.cross_attention = multihead.MultiHeadAttention.from_torch(theirs.multihead_attn)
        norms.append("norm3")
    for name in norms:
        getattr(ours, name).load_state_dict(getattr(theirs, name).state_dict())
    ours.feed_forward.expand.load_state_dict(theirs.linear1.state_dict())
    ours.feed_forward.contract.load_state_dict(theirs.linear2.state_dict())


@pytest.mark.parametrize("norm", NORMS)
def test_the_encoder_block_equals_torch_s(norm: Literal["pre", "post"]):
    theirs = nn.TransformerEncoderLayer(
        8, 2, 12, dropout=0.0, activation="gelu", batch_first=True, norm_first=norm == "pre"
    )
    shake(theirs)
    ours = transformer.EncoderBlock(8, 2, 12, norm=norm)
    copy(ours, theirs)
    x, padding = torch.randn(2, 5, 8), attention.padding_mask(torch.tensor([3, 5]), 5)
    close(ours(x), theirs(x), atol=2e-6)
    real = padding[:, 0]
    close(ours(x, mask=padding)[real], theirs(x, src_key_padding_mask=~real)[real], atol=2e-6)


@pytest.mark.parametrize("norm", NORMS)
def test_the_decoder_block_equals_torch_s(norm: Literal["pre", "post"]):
    theirs = nn.TransformerDecoderLayer(
        8, 2, 12, dropout=0.0, activation="gelu", batch_first=True, norm_first=norm == "pre"
    )
    shake(theirs)
    ours = transformer.DecoderBlock(8, 2, 12, norm=norm)
    copy(ours, theirs)
    x, memory = torch.randn(2, 5, 8), torch.randn(2, 4, 8)
    causal = attention.causal_mask(5)
    close(ours(x, memory), theirs(x, memory, tgt_mask=~causal), atol=2e-6)
    padding = attention.padding_mask(torch.tensor([1, 4]), 4)
    expected = theirs(x, memory, tgt_mask=~causal, memory_key_padding_mask=~padding[:, 0])
    close(ours(x, memory, memory_mask=padding), expected, atol=2e-6)


def test_the_decoder_sees_all_of_the_memory_and_nothing_of_its_own_future():
    block = transformer.DecoderBlock(8, 2)
    x, memory = torch.randn(1, 5, 8), torch.randn(1, 4, 8)
    before = block(x, memory)
    later = x.clone()
    later[:, 3:] += 1
    assert torch.equal(block(later, memory)[:, :3], before[:, :3])
    other = memory.clone()
    other[:, -1] += 1
    assert (block(x, other) - before).abs().amax(-1).min() > 0


def test_the_encoder_reads_in_both_directions():
    block = transformer.EncoderBlock(8, 2)
    x = torch.randn(1, 5, 8)
    later = x.clone()
    later[:, 4] += torch.randn(8)
    assert (block(later) - block(x))[:, 0].abs().max() > 0


def test_decoding_step_by_step_equals_decoding_at_once():
    block = transformer.DecoderBlock(8, 2)
    x, memory = torch.randn(2, 5, 8), torch.randn(2, 4, 8)
    cache = kv_cache.KVCache(5)
    steps = [block(x[:, t : t + 1], memory, cache=cache) for t in range(5)]
    close(torch.cat(steps, dim=1), block(x, memory))
