"""Multi-head attention: several attentions side by side, each in a subspace of its own, their outputs joined and
mixed.

    head_h = attention(x W_q^h, y W_k^h, y W_v^h)        output = [head_1 ... head_H] W_o

y = x is self-attention, another y cross-attention. With fewer heads of keys and values than of queries (`kv_heads`),
groups of queries share them: grouped-query attention, and with one, multi-query attention. Sources: A. Vaswani et al.
(2017), section 3.2.2; J. Ainslie et al., "GQA: Training Generalized Multi-Query Transformer Models" (2023), section
2.2; N. Shazeer (2019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from .attention import attention, fast_attention
from .heads import join_heads, split_heads
from .kv_cache import KVCache

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

    Mask = Bool[Tensor, "*#mask"] | Float[Tensor, "*#mask"]


__all__ = ["MultiHeadAttention", "join_heads", "split_heads"]


class MultiHeadAttention(nn.Module):
    """Attention of `heads` heads of d_model / heads channels each: x (B, T, C) -> (B, T, C). O(T·C² + T·S·C).

    Equal to `nn.MultiheadAttention(batch_first=True)` with the same weights (`from_torch`); masks are `attention`'s
    (True = may attend), of shape (T, S), (B, 1 or T, S) or (B, 1 or H, 1 or T, S). Any float dtype. ValueError if heads
    do not divide d_model, or kv_heads heads, or x is of another width. Source: Vaswani et al. (2017), section 3.2.2;
    with `kv_heads`: Ainslie et al. (2023), section 2.2.

    >>> layer = MultiHeadAttention(4, heads=2)
    >>> x = torch.randn(1, 3, 4)
    >>> torch.allclose(layer(x, causal=True)[:, :2], layer(x[:, :2], causal=True), atol=1e-6)
    True
    """

    def __init__(self, d_model: int, heads: int, *, kv_heads: int | None = None, bias: bool = True) -> None:
        super().__init__()
        kv_heads = heads if kv_heads is None else kv_heads
        if heads < 1 or d_model % heads:
            raise ValueError(f"{heads} heads do not divide d_model {d_model}")
        if kv_heads < 1 or heads % kv_heads:
            raise ValueError(f"{kv_heads} kv_heads do not divide {heads} heads")
        self.heads, self.kv_heads = heads, kv_heads
        d_kv = d_model // heads * kv_heads
        self.query = nn.Linear(d_model, d_model, bias=bias)
        self.key = nn.Linear(d_model, d_kv, bias=bias)
        self.value = nn.Linear(d_model, d_kv, bias=bias)
        self.output = nn.Linear(d_model, d_model, bias=bias)

    def forward(
        self,
        x: Float[Tensor, "B T C"],
        context: Float[Tensor, "B S C"] | None = None,
        *,
        mask: Mask | None = None,
        causal: bool = False,
        cache: KVCache | None = None,
    ) -> Float[Tensor, "B T C"]:
        """x (B, T, C) attends to itself, or to `context` (B, S, C). With `cache`, to all that the cache has seen and
        itself.

        With a cache `causal=True` means what it means without: x's tokens are the last ones.
        """
        q, k, v = self._project(x, context)
        if cache is not None:
            k, v = cache.append(k, v)
        heads = fast_attention(q, self._share(k), self._share(v), mask=_with_heads(mask), causal=causal)
        mixed: Tensor = self.output(join_heads(heads))
        return mixed

    def weights(
        self,
        x: Float[Tensor, "B T C"],
        context: Float[Tensor, "B S C"] | None = None,
        *,
        mask: Mask | None = None,
        causal: bool = False,
    ) -> Float[Tensor, "B {self.heads} T S"]:
        """Who looks at whom: the attention weights of each head (B, H, T, S), by the path that keeps them."""
        q, k, v = self._project(x, context)
        k, v = self._share(k), self._share(v)
        return attention(q, k, v, mask=_with_heads(mask), causal=causal, return_weights=True)[1]

    @classmethod
    def from_torch(cls, other: nn.MultiheadAttention) -> MultiHeadAttention:
        """A layer with a copy of the weights of torch's own, which keeps those of query, key and value in one matrix.

        ValueError for a torch layer with another width of keys or values.

        >>> other = nn.MultiheadAttention(4, 2, batch_first=True)
        >>> x = torch.randn(1, 3, 4)
        >>> torch.allclose(MultiHeadAttention.from_torch(other)(x), other(x, x, x)[0], atol=1e-6)
        True
        """
        if other.in_proj_weight is None:
            raise ValueError(f"keys of {other.kdim} and values of {other.vdim} channels: need {other.embed_dim}")
        layer = cls(other.embed_dim, other.num_heads, bias=other.in_proj_bias is not None)
        layer = layer.to(other.in_proj_weight.device, other.in_proj_weight.dtype)
        inputs = (layer.query, layer.key, layer.value)
        with torch.no_grad():
            for linear, weight in zip(inputs, other.in_proj_weight.chunk(3), strict=True):
                linear.weight.copy_(weight)
            layer.output.weight.copy_(other.out_proj.weight)
            if other.in_proj_bias is not None:
                for linear, bias in zip(inputs, other.in_proj_bias.chunk(3), strict=True):
                    linear.bias.copy_(bias)
                layer.output.bias.copy_(other.out_proj.bias)
        return layer

    def _project(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        source = x if context is None else context
        d_model = self.query.in_features
        if x.ndim != 3 or source.ndim != 3 or x.shape[-1] != d_model or source.shape[-1] != d_model:
            raise ValueError(f"x {tuple(x.shape)} and context {tuple(source.shape)} must be (B, T, {d_model})")
        return (
            split_heads(self.query(x), self.heads),  # (B, H, T, d)
            split_heads(self.key(source), self.kv_heads),  # (B, kv_heads, S, d)
            split_heads(self.value(source), self.kv_heads),
        )

    def _share(self, x: Tensor) -> Tensor:
        """(B, kv_heads, S, d) -> (B, H, S, d): each head of k or v serves H / kv_heads heads of queries."""
        return x if self.kv_heads == self.heads else x.repeat_interleave(self.heads // self.kv_heads, dim=1)


def _with_heads(mask: Tensor | None) -> Tensor | None:
    """(B, T, S) -> (B, 1, T, S): the same mask for every head."""
    return mask[:, None] if mask is not None and mask.ndim == 3 else mask
