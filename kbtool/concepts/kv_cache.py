"""The KV cache: while a model writes, the keys and values of the tokens behind it do not change, so they are kept.

Without it, writing token t runs all t tokens through the layer again: O(T²) tokens for a text of T. With it one token
a step: O(T), for 2·T·kv_heads·d numbers of memory a layer. Causality is what allows it: a later token changes no
earlier output. Source: N. Shazeer, "Fast Transformer Decoding: One Write-Head is All You Need" (2019), section 2.4.

    keys = [keys of all tokens before | k]        attention(q, keys, values) = the last rows of the whole attention
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from jaxtyping import Float


class KVCache:
    """Room for `capacity` positions of keys and values (B, kv_heads, S, d), allocated at the first `append`. O(1) a
    token.

    For inference: `append` writes in place, which autograd would not forgive. Dtype and device are those of the first
    `append`. Source: Shazeer (2019), section 2.4.1.

    >>> import torch
    >>> cache = KVCache(capacity=4)
    >>> k = v = torch.ones(1, 1, 3, 2)
    >>> keys, values = cache.append(k, v)
    >>> keys, values = cache.append(2 * k[:, :, :1], v[:, :, :1])
    >>> len(cache), keys[0, 0, :, 0].tolist()
    (4, [1.0, 1.0, 1.0, 2.0])
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._keys: Tensor | None = None
        self._values: Tensor | None = None
        self._length = 0

    def __len__(self) -> int:
        """Positions held so far."""
        return self._length

    def append(
        self, k: Float[Tensor, "*BH T d"], v: Float[Tensor, "*BH T e"]
    ) -> tuple[Float[Tensor, "*BH S d"], Float[Tensor, "*BH S e"]]:
        """Adds the positions of `k` and `v` (B, kv_heads, T, d); all keys and values so far (B, kv_heads, S, d), as
        views.

        ValueError if they do not fit into what is left, or differ in shape from what is there.
        """
        stop = self._length + k.shape[-2]
        if stop > self.capacity:
            raise ValueError(f"{k.shape[-2]} more positions do not fit: {self._length} of {self.capacity} are taken")
        if self._keys is None or self._values is None:
            self._keys, self._values = self._room(k), self._room(v)
        for name, held, new in (("k", self._keys, k), ("v", self._values, v)):
            if (held.shape[:-2], held.shape[-1]) != (new.shape[:-2], new.shape[-1]) or new.shape[-2] != k.shape[-2]:
                raise ValueError(f"{name} {tuple(new.shape)} does not continue a cache of {tuple(held.shape)}")
            held[..., self._length : stop, :] = new.detach()
        self._length = stop
        return self._keys[..., :stop, :], self._values[..., :stop, :]

    def _room(self, x: Tensor) -> Tensor:
        return x.new_empty(*x.shape[:-2], self.capacity, x.shape[-1])
