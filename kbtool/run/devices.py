"""Which devices there are, and which one a block gets."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["available", "choose", "kind"]

_AUTOMATIC = ("cuda", "mps", "cpu")


def available() -> tuple[str, ...]:
    """The devices of this machine, as torch sees them; called where torch is imported, without starting CUDA."""
    torch = sys.modules.get("torch")
    found = ["cpu"]
    if torch is None:
        return tuple(found)
    if torch.cuda.is_available():
        found += ["cuda", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        found.append("mps")
    return tuple(found)


def choose(wish: str, devices: Sequence[str]) -> str | None:
    """The device that a wish comes to, or None where this machine lacks it.

    >>> choose("auto", ["cpu", "mps"]), choose("cuda", ["cpu"]), choose("", ["cpu"])
    ('mps', None, 'cpu')
    """
    if wish == "auto":
        return next(name for name in _AUTOMATIC if name in devices)
    wish = wish or "cpu"
    return wish if wish in devices else None


def kind(device: str) -> str:
    """The kind of a device without its number.

    >>> kind("cuda:1")
    'cuda'
    """
    return device.partition(":")[0]
