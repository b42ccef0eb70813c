"""GPT: a decoder that reads only itself. Token and position embeddings, blocks of causal attention, and the table
read backwards.

    h = E[ids] + P      h = block_l(h), l = 1..L      logits = norm(h) Eᵀ

The last product uses the embedding table again (weight tying): a token's score is how well the state matches its
vector. Sources: A. Radford et al. (GPT-2, 2019), section 2.3; O. Press, L. Wolf, "Using the Output Embedding to
Improve Language Models" (2017).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from .embedding import Embedding
from .gpt_sizes import GPT2_SIZES, GPTConfig
from .kv_cache import KVCache
from .layers import FeedForward, LayerNorm
from .multihead import MultiHeadAttention
from .positions import LearnedPositions
from .sampling import sample
from .training import cross_entropy

if TYPE_CHECKING:
    from jaxtyping import Float, Int


__all__ = ["GPT", "GPT2_SIZES", "Block", "GPTConfig"]


class Block(nn.Module):
    """x + attention(norm(x)), then x + feed_forward(norm(x)): (B, T, C) -> (B, T, C). O(T·C² + T²·C).

    Any float dtype. Source: Radford et al. (2019), section 2.3.

    >>> Block(4, heads=2)(torch.zeros(1, 3, 4)).shape
    torch.Size([1, 3, 4])
    """

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = LayerNorm(d_model), LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, heads)
        self.feed_forward = FeedForward(d_model, approximate="tanh")

    def forward(self, x: Float[Tensor, "B T C"], cache: KVCache | None = None) -> Float[Tensor, "B T C"]:
        x = x + self.attention(self.norm1(x), causal=True, cache=cache)
        y: Tensor = x + self.feed_forward(self.norm2(x))
        return y


class GPT(nn.Module):
    """ids (B, T) int64 -> logits (B, T, V) in the weights' dtype: what each position expects next. O(L·(T·C² + T²·C) +
    T·C·V).

    Weights are drawn by `generator` on the CPU as GPT-2's were: N(0, 0.02²), biases 0, and the two matrices of each
    block that write into the residual stream smaller by √(2L), so that the sum of 2L branches starts with the variance
    of one. ValueError for more tokens than `config.context`. Source: Radford et al. (2019), section 2.3; the tied
    table: Press, Wolf (2017), section 2.

    >>> model = GPT(GPTConfig(vocab_size=10, context=8, n_layers=1, n_heads=2, d_model=4))
    >>> model(torch.tensor([[1, 2, 3]])).shape
    torch.Size([1, 3, 10])
    """

    def __init__(self, config: GPTConfig, *, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.config = config
        self.embedding = Embedding(config.vocab_size, config.d_model, generator=generator)
        self.positions = LearnedPositions(config.context, config.d_model, generator=generator)
        self.blocks = nn.ModuleList(Block(config.d_model, config.n_heads) for _ in range(config.n_layers))
        self.norm = LayerNorm(config.d_model)
        for name, weight in self.blocks.named_parameters():
            if name.endswith(("output.weight", "contract.weight")):
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * config.n_layers), generator=generator)
            elif weight.ndim == 2:
                nn.init.normal_(weight, std=0.02, generator=generator)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)

    def forward(self, ids: Int[Tensor, "B T"], caches: Sequence[KVCache] | None = None) -> Float[Tensor, "B T V"]:
        """With `caches` (from `new_caches`) `ids` continue those of earlier calls, and only their logits come back."""
        if ids.ndim != 2:
            raise ValueError(f"ids must be (B, T), not {tuple(ids.shape)}")
        x = self.positions(self.embedding(ids), start=len(caches[0]) if caches else 0)  # (B, T, C)
        for i, block in enumerate(self.blocks):
            x = block(x, caches[i] if caches else None)
        return nn.functional.linear(self.norm(x), self.embedding.weight)  # (B, T, C) @ (C, V)

    def loss(self, ids: Int[Tensor, "B T"], targets: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats of `targets` (B, T), the ids one step on. ln V for a model that knows nothing."""
        return cross_entropy(self(ids), targets)

    @property
    def n_parameters(self) -> int:
        """Numbers to learn; the tied table counts once."""
        return sum(weight.numel() for weight in self.parameters())

    def new_caches(self) -> list[KVCache]:
        """A cache for each block, with room for the whole context."""
        return [KVCache(self.config.context) for _ in self.blocks]

    @torch.no_grad()
    def generate(
        self,
        ids: Int[Tensor, "B T"],
        n: int,
        *,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
        k: int | None = None,
        p: float | None = None,
    ) -> Int[Tensor, "B Tn"]:
        """`ids` (B, T) with `n` tokens more, (B, T + n), drawn one after the other as by `sampling.sample`.

        Keys and values are cached, so each step computes one token. ValueError when T + n exceeds the context, and for
        no token to begin with.

        >>> model = GPT(GPTConfig(vocab_size=10, context=8, n_layers=1, n_heads=2, d_model=4))
        >>> model.generate(torch.tensor([[1, 2]]), 3, generator=torch.Generator().manual_seed(0)).shape
        torch.Size([1, 5])
        """
        if ids.ndim != 2 or not ids.shape[1]:
            raise ValueError(f"ids must be (B, T) with at least one token, not {tuple(ids.shape)}")
        if ids.shape[-1] + n > self.config.context:
            raise ValueError(f"{ids.shape[-1]} + {n} tokens exceed the context of {self.config.context}")
        caches, new = self.new_caches(), ids
        for _ in range(n):
            logits = self(new, caches)[:, -1]  # (B, V)
            new = sample(logits, generator=generator, temperature=temperature, k=k, p=p)[:, None]
            ids = torch.cat((ids, new), dim=1)
        return ids
