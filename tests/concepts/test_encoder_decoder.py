"""The stacks against torch's, with the same weights."""

from typing import Literal

import pytest
import torch
from torch import Tensor, nn

from kbtool.concepts import attention, encoder_decoder, kv_cache, multihead

Norm = Literal["pre", "post"]


def close(a: Tensor, b: Tensor, atol: float = 5e-6) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=atol)


def torch_s(norm: Norm) -> nn.Transformer:
    """Weights other than the first ones; no last norms with "post", where the blocks end in one."""
    options = {"dropout": 0.0, "activation": "gelu", "batch_first": True, "norm_first": norm == "pre"}
    encoder = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(8, 2, 12, **options),
        num_layers=2,
        norm=nn.LayerNorm(8) if norm == "pre" else None,
        enable_nested_tensor=False,
    )
    theirs = nn.Transformer(8, 2, 2, 2, 12, custom_encoder=encoder, **options)
    if norm == "post":
        theirs.decoder.norm = None
    for weight in theirs.parameters():
        nn.init.normal_(weight, mean=0.1, std=0.2)
    return theirs


def copied(theirs: nn.Transformer, norm: Norm) -> encoder_decoder.EncoderDecoder:
    ours = encoder_decoder.EncoderDecoder(2, 8, 2, 12, norm=norm)
    for stack, other in ((ours.encoder, theirs.encoder), (ours.decoder, theirs.decoder)):
        for block, layer in zip(stack.blocks, other.layers, strict=True):
            block.attention = multihead.MultiHeadAttention.from_torch(layer.self_attn)
            if stack is ours.decoder:
                block.cross_attention = multihead.MultiHeadAttention.from_torch(layer.multihead_attn)
                block.norm3.load_state_dict(layer.norm3.state_dict())
            block.norm1.load_state_dict(layer.norm1.state_dict())
            block.norm2.load_state_dict(layer.norm2.state_dict())
            block.feed_forward.expand.load_state_dict(layer.linear1.state_dict())
            block.feed_forward.contract.load_state_dict(layer.linear2.state_dict())
        if norm == "pre":
            stack.norm.load_state_dict(other.norm.state_dict())
    return ours


def compare(norm: Norm) -> None:
    theirs = torch_s(norm)
    ours = copied(theirs, norm)
    x, y = torch.randn(2, 6, 8), torch.randn(2, 4, 8)
    padded = ~attention.padding_mask(torch.tensor([6, 3]), 6)[:, 0]
    hidden = ~attention.causal_mask(4)
    close(ours.encoder(x), theirs.encoder(x))
    close(ours(x, y), theirs(x, y, tgt_mask=hidden))
    expected = theirs(x, y, tgt_mask=hidden, src_key_padding_mask=padded, memory_key_padding_mask=padded)
    close(ours(x, y, mask=~padded[:, None]), expected)


def test_equal_to_torch_s_with_the_norm_before():
    compare("pre")


def test_equal_to_torch_s_with_the_norm_after():
    compare("post")


def test_padding_of_the_text_that_is_read_is_as_if_it_were_not_there():
    model = encoder_decoder.EncoderDecoder(2, 8, 2)
    x, y = torch.randn(1, 6, 8), torch.randn(1, 4, 8)
    mask = attention.padding_mask(torch.tensor([3]), 6)
    close(model(x, y, mask=mask), model(x[:, :3], y))


def test_with_caches_piece_by_piece_is_as_all_at_once():
    model = encoder_decoder.Decoder(2, 8, 2)
    x, memory = torch.randn(2, 5, 8), torch.randn(2, 3, 8)
    caches = [kv_cache.KVCache(5) for _ in range(2)]
    pieces = [model(part, memory, caches=caches) for part in x.split([2, 1, 2], dim=1)]
    close(torch.cat(pieces, dim=1), model(x, memory))
    with pytest.raises(ValueError, match="1 caches for 2 blocks"):
        model(x, memory, caches=caches[:1])
