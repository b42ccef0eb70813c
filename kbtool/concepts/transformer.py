"""The blocks of the Transformer: an encoder block reads, a decoder block writes while it looks at what was read.

    encoder   x + attention(x);                           x + feed_forward(x)
    decoder   x + attention(x), causal;   x + attention(x, memory);   x + feed_forward(x)

The 2017 paper normalises after each sum ("post"); since GPT-2 one normalises what enters each layer ("pre"), which
trains without a warm-up. Stacks of them: `encoder_decoder.py`; a decoder that reads only itself: `gpt.py`. Sources: A.
Vaswani et al., "Attention Is All You Need" (2017), section 3.1; R. Xiong et al., "On Layer Normalization in the
Transformer Architecture" (2020), figure 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from torch import Tensor, nn

from .gpt import GPT, GPTConfig
from .kv_cache import KVCache
from .layers import FeedForward, LayerNorm
from .multihead import MultiHeadAttention

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

    Mask = Bool[Tensor, "*#mask"] | Float[Tensor, "*#mask"]

__all__ = ["GPT", "DecoderBlock", "EncoderBlock", "GPTConfig", "Norm"]

Norm = Literal["pre", "post"]


def _around(x: Tensor, norm: nn.Module, layer: Callable[[Tensor], Tensor], placed: Norm) -> Tensor:
    """A residual layer with its normalisation inside the branch ("pre") or after the sum ("post")."""
    y: Tensor = x + layer(norm(x)) if placed == "pre" else norm(x + layer(x))
    return y


class EncoderBlock(nn.Module):
    """Self-attention, then the feed-forward network: x (B, T, C) -> (B, T, C). Equal to `nn.TransformerEncoderLayer`
    with GELU.

    `mask` as in `MultiHeadAttention`; a padding mask, most often. Any float dtype. O(T²·C + T·C·d_hidden). Source:
    Vaswani et al. (2017), section 3.1.

    >>> import torch
    >>> EncoderBlock(4, heads=2)(torch.zeros(1, 3, 4)).shape
    torch.Size([1, 3, 4])
    """

    def __init__(self, d_model: int, heads: int, d_hidden: int | None = None, *, norm: Norm = "pre") -> None:
        super().__init__()
        self.placed: Norm = norm
        self.attention = MultiHeadAttention(d_model, heads)
        self.feed_forward = FeedForward(d_model, d_hidden)
        self.norm1, self.norm2 = LayerNorm(d_model), LayerNorm(d_model)

    def forward(self, x: Float[Tensor, "B T C"], *, mask: Mask | None = None) -> Float[Tensor, "B T C"]:
        x = _around(x, self.norm1, lambda y: self.attention(y, mask=mask), self.placed)
        return _around(x, self.norm2, self.feed_forward, self.placed)


class DecoderBlock(nn.Module):
    """Causal self-attention, attention to `memory` (B, S, C), feed-forward: x (B, T, C) -> (B, T, C).

    Equal to `nn.TransformerDecoderLayer` with GELU and a causal mask. `memory` is the output of the **last** encoder
    block, the same for every decoder block; `memory_mask` hides its padding. With `cache`, x's tokens follow those of
    earlier calls. Any float dtype. O(T·(T + S)·C + T·C·d_hidden). Source: Vaswani et al. (2017), section 3.1.

    >>> import torch
    >>> DecoderBlock(4, heads=2)(torch.zeros(1, 3, 4), torch.zeros(1, 5, 4)).shape
    torch.Size([1, 3, 4])
    """

    def __init__(self, d_model: int, heads: int, d_hidden: int | None = None, *, norm: Norm = "pre") -> None:
        super().__init__()
        self.placed: Norm = norm
        self.attention = MultiHeadAttention(d_model, heads)
        self.cross_attention = MultiHeadAttention(d_model, heads)
        self.feed_forward = FeedForward(d_model, d_hidden)
        self.norm1, self.norm2, self.norm3 = LayerNorm(d_model), LayerNorm(d_model), LayerNorm(d_model)

    def forward(
        self,
        x: Float[Tensor, "B T C"],
        memory: Float[Tensor, "B S C"],
        *,
        memory_mask: Mask | None = None,
        cache: KVCache | None = None,
    ) -> Float[Tensor, "B T C"]:
        x = _around(x, self.norm1, lambda y: self.attention(y, causal=True, cache=cache), self.placed)
        x = _around(x, self.norm2, lambda y: self.cross_attention(y, memory, mask=memory_mask), self.placed)
        return _around(x, self.norm3, self.feed_forward, self.placed)
