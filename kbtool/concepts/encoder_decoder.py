"""The whole Transformer of 2017: a stack of encoder blocks reads, a stack of decoder blocks writes.

    memory = encoder(x)         y_t depends on y_0 ... y_t and on all of memory:  decoder(y, memory)

Every decoder block looks at the output of the **last** encoder block. A stack of "pre" blocks ends in one more norm,
for nothing has normalised their sum. Sources: A. Vaswani et al., "Attention Is All You Need" (2017), section 3.1 and
figure 1; R. Xiong et al., "On Layer Normalization in the Transformer Architecture" (2020), section 3.1. Only the
encoder is BERT's form, only the decoder without memory GPT's (`gpt.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor, nn

from .kv_cache import KVCache
from .layers import LayerNorm
from .transformer import DecoderBlock, EncoderBlock, Norm

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

    Mask = Bool[Tensor, "*#mask"] | Float[Tensor, "*#mask"]


class Encoder(nn.Module):
    """`n_layers` encoder blocks, each reading the one below: x (B, T, C) -> (B, T, C). Equal to `nn.TransformerEncoder`
    with GELU.

    `mask` as in `EncoderBlock`, the same for all. Any float dtype. O(n_layers·(T²·C + T·C·d_hidden)). Source: Vaswani
    et al. (2017), section 3.1.

    >>> import torch
    >>> Encoder(2, 4, heads=2)(torch.zeros(1, 3, 4)).shape
    torch.Size([1, 3, 4])
    """

    def __init__(
        self, n_layers: int, d_model: int, heads: int, d_hidden: int | None = None, *, norm: Norm = "pre"
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(EncoderBlock(d_model, heads, d_hidden, norm=norm) for _ in range(n_layers))
        self.norm = _last_norm(d_model, norm)

    def forward(self, x: Float[Tensor, "B T C"], *, mask: Mask | None = None) -> Float[Tensor, "B T C"]:
        for block in self.blocks:
            x = block(x, mask=mask)
        y: Tensor = self.norm(x)
        return y


class Decoder(nn.Module):
    """`n_layers` decoder blocks, all looking at one `memory` (B, S, C): x (B, T, C) -> (B, T, C). Equal to
    `nn.TransformerDecoder` with GELU and a causal mask.

    With `caches`, one for each block, x's tokens follow those of earlier calls. Any float dtype. O(n_layers·(T·(T +
    S)·C + T·C·d_hidden)). ValueError if caches and blocks differ in number. Source: Vaswani et al. (2017), section 3.1.

    >>> import torch
    >>> Decoder(2, 4, heads=2)(torch.zeros(1, 3, 4), torch.zeros(1, 5, 4)).shape
    torch.Size([1, 3, 4])
    """

    def __init__(
        self, n_layers: int, d_model: int, heads: int, d_hidden: int | None = None, *, norm: Norm = "pre"
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(DecoderBlock(d_model, heads, d_hidden, norm=norm) for _ in range(n_layers))
        self.norm = _last_norm(d_model, norm)

    def forward(
        self,
        x: Float[Tensor, "B T C"],
        memory: Float[Tensor, "B S C"],
        *,
        memory_mask: Mask | None = None,
        caches: Sequence[KVCache] | None = None,
    ) -> Float[Tensor, "B T C"]:
        if caches is not None and len(caches) != len(self.blocks):
            raise ValueError(f"{len(caches)} caches for {len(self.blocks)} blocks")
        for i, block in enumerate(self.blocks):
            x = block(x, memory, memory_mask=memory_mask, cache=caches[i] if caches else None)
        y: Tensor = self.norm(x)
        return y


class EncoderDecoder(nn.Module):
    """decoder(y, encoder(x)): x (B, S, C) is read, y (B, T, C) continued -> (B, T, C). Equal to `nn.Transformer` with
    GELU, a causal mask and "pre" norms.

    `mask` (B, 1, S) hides x's padding, from the encoder and from the decoder. Works on vectors: embeddings, positions
    and the product with the table stand around it. Any float dtype. O(n_layers·((S² + T·(S + T))·C + (S +
    T)·C·d_hidden)). Source: Vaswani et al. (2017), section 3.1 and figure 1.

    >>> import torch
    >>> EncoderDecoder(1, 4, heads=2)(torch.zeros(1, 5, 4), torch.zeros(1, 3, 4)).shape
    torch.Size([1, 3, 4])
    """

    def __init__(
        self, n_layers: int, d_model: int, heads: int, d_hidden: int | None = None, *, norm: Norm = "pre"
    ) -> None:
        super().__init__()
        self.encoder = Encoder(n_layers, d_model, heads, d_hidden, norm=norm)
        self.decoder = Decoder(n_layers, d_model, heads, d_hidden, norm=norm)

    def forward(
        self, x: Float[Tensor, "B S C"], y: Float[Tensor, "B T C"], *, mask: Mask | None = None
    ) -> Float[Tensor, "B T C"]:
        written: Tensor = self.decoder(y, self.encoder(x, mask=mask), memory_mask=mask)
        return written


def _last_norm(d_model: int, norm: Norm) -> nn.Module:
    return LayerNorm(d_model) if norm == "pre" else nn.Identity()
