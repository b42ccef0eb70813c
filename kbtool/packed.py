"""Small plain values as bytes, for what is kept of every note and seldom looked at.

As bytes it takes a fraction of the memory, costs nothing to hand to another process, and is compared at once: equal
values are equal bytes.  Values are texts, numbers, None, and lists, tuples and dicts of them.
"""

from __future__ import annotations

import marshal
from typing import Any

__all__ = ["pack", "unpack"]

# The last form without references from one value to another, which would tell where values came from.
_FORM = 2


def pack(value: Any) -> bytes:
    return marshal.dumps(value, _FORM)


def unpack(packed: bytes) -> Any:
    """The value, as the Python that packed it gives it back."""
    return marshal.loads(packed)
