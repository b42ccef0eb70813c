"""Training examples for a language model: windows over a long row of token ids, each with the ids that follow.

    ids      t0 t1 t2 t3 t4 ...
    inputs   t0 t1 t2 t3            window of length T = 4
    targets     t1 t2 t3 t4         the same, one step on: each position learns to tell the next token

Source: A. Radford et al., "Improving Language Understanding by Generative Pre-Training" (2018), equation 1.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

Ids = Sequence[int] | Tensor
Batch = tuple[Tensor, ...]


def windows_naive(ids: Ids, length: int, stride: int) -> tuple[Tensor, Tensor]:
    """`windows` as one tells it: cut a slice, cut its successor one step on, move on by `stride`.

    >>> windows_naive([10, 11, 12, 13], 2, 1)[1].tolist()
    [[11, 12], [12, 13]]
    """
    row = _row(ids, length, stride)
    starts = range(0, len(row) - length, stride)
    inputs = [row[start : start + length] for start in starts]
    targets = [row[start + 1 : start + length + 1] for start in starts]
    return torch.stack(inputs), torch.stack(targets)


def windows(ids: Ids, length: int, stride: int) -> tuple[Tensor, Tensor]:
    """`(inputs, targets)`, each (N, T) int64 with T = `length` and targets[n, t] = inputs' successor: ids[n * stride
    + t + 1].

    `stride == length` makes every token a target exactly once (but the first, and a rest too short for a window); a
    smaller stride gives overlapping windows, a larger one leaves tokens out. N = (len(ids) - 1 - T) // stride + 1.
    Both are views of one copy of the ids: O(len(ids)) memory whatever the overlap. ValueError if no window fits.

    >>> inputs, targets = windows([10, 11, 12, 13, 14], length=2, stride=2)
    >>> inputs.tolist(), targets.tolist()
    ([[10, 11], [12, 13]], [[11, 12], [13, 14]])
    """
    row = _row(ids, length, stride)
    return row[:-1].unfold(0, length, stride), row[1:].unfold(0, length, stride)  # (N, T) each


def loader(
    ids: Ids, length: int, stride: int, batch_size: int, *, generator: torch.Generator | None = None
) -> DataLoader[Batch]:
    """A torch DataLoader of `(inputs, targets)` batches (B, T); the last batch may be smaller.

    In order without `generator`; with one, shuffled by it anew each time through: the same seed gives the same order.
    ValueError as in `windows`.

    >>> [batch.tolist() for batch, _ in loader(range(7), length=2, stride=2, batch_size=2)]
    [[[0, 1], [2, 3]], [[4, 5]]]
    """
    dataset: TensorDataset = TensorDataset(*windows(ids, length, stride))
    return DataLoader(dataset, batch_size=batch_size, shuffle=generator is not None, generator=generator)


def _row(ids: Ids, length: int, stride: int) -> Tensor:
    row = torch.as_tensor(ids if isinstance(ids, Tensor) else list(ids), dtype=torch.int64)
    if row.ndim != 1:
        raise ValueError(f"ids must be one row (T,), not {tuple(row.shape)}")
    if length < 1 or stride < 1:
        raise ValueError(f"length {length} and stride {stride} must be at least 1")
    if len(row) <= length:
        raise ValueError(f"{len(row)} ids hold no window of {length} with its successor: {length + 1} are needed")
    return row
