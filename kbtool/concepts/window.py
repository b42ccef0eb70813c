"""Training examples for a language model: windows over a long row of token ids, each with the ids that follow.

    ids      t0 t1 t2 t3 t4 ...
    inputs   t0 t1 t2 t3            window of length T = 4
    targets     t1 t2 t3 t4         the same, one step on: each position learns to tell the next token

Source: A. Radford et al., "Improving Language Understanding by Generative Pre-Training" (2018), equation 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

if TYPE_CHECKING:
    from jaxtyping import Int

Ids = Sequence[int] | Tensor
Batch = tuple[Tensor, ...]


def windows_naive(
    ids: Ids, length: int, stride: int, shift: int = 1
) -> tuple[Int[Tensor, "N {length}"], Int[Tensor, "N {length}"]]:
    """`windows` as one tells it: cut a slice, cut the one `shift` steps on, move on by `stride`.

    Shapes (N, T), int64, ValueErrors as there. O(N·T) time and memory. Source: Radford et al. (2018), equation 1.

    >>> windows_naive([10, 11, 12, 13], 2, 1)[1].tolist()
    [[11, 12], [12, 13]]
    """
    row = _row(ids, length, stride, shift)
    starts = range(0, len(row) - length - shift + 1, stride)
    inputs = [row[start : start + length] for start in starts]
    targets = [row[start + shift : start + length + shift] for start in starts]
    return torch.stack(inputs), torch.stack(targets)


def windows(
    ids: Ids, length: int, stride: int, shift: int = 1
) -> tuple[Int[Tensor, "N {length}"], Int[Tensor, "N {length}"]]:
    """`(inputs, targets)`, each (N, T) int64 with T = `length` and targets[n, t] = inputs' successor: ids[n * stride
    + t + shift].

    `stride == length` makes every token a target exactly once (but the first, and a rest too short for a window); a
    smaller stride gives overlapping windows, a larger one leaves tokens out. N = (len(ids) - shift - T) // stride +
    1. Both are views of one copy of the ids: O(len(ids)) memory whatever the overlap. ValueError if no window fits.
    Source: Radford et al. (2018), equation 1.

    >>> inputs, targets = windows([10, 11, 12, 13, 14], length=2, stride=2)
    >>> inputs.tolist(), targets.tolist()
    ([[10, 11], [12, 13]], [[11, 12], [13, 14]])
    """
    row = _row(ids, length, stride, shift)
    inputs, targets = row[: len(row) - shift], row[shift:]
    return inputs.unfold(0, length, stride), targets.unfold(0, length, stride)  # (N, T) each


def loader(
    ids: Ids,
    length: int,
    stride: int,
    batch_size: int,
    *,
    shift: int = 1,
    generator: torch.Generator | None = None,
) -> DataLoader[Batch]:
    """A torch DataLoader of `(inputs, targets)` batches (B, T); the last batch may be smaller.

    In order without `generator`; with one, shuffled by it anew each time through: the same seed gives the same order.
    Int64; O(B·T) a batch. ValueError as in `windows`, and for a batch size below 1. Source: Radford et al. (2018),
    section 4.1: batches of random contiguous sequences.

    >>> [batch.tolist() for batch, _ in loader(range(7), length=2, stride=2, batch_size=2)]
    [[[0, 1], [2, 3]], [[4, 5]]]
    """
    dataset: TensorDataset = TensorDataset(*windows(ids, length, stride, shift))
    return DataLoader(dataset, batch_size=batch_size, shuffle=generator is not None, generator=generator)


def _row(ids: Ids, length: int, stride: int, shift: int) -> Tensor:
    row = torch.as_tensor(ids if isinstance(ids, Tensor) else list(ids), dtype=torch.int64)
    if row.ndim != 1:
        raise ValueError(f"ids must be one row (T,), not {tuple(row.shape)}")
    if length < 1 or stride < 1 or shift < 0:
        raise ValueError(f"length {length} and stride {stride} must be at least 1, shift {shift} at least 0")
    if len(row) < length + shift:
        raise ValueError(f"{len(row)} ids hold no window of {length} with its successor: {length + shift} are needed")
    return row
