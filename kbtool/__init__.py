"""kbtool runs the Python in an Obsidian vault, checks what its notes claim, and publishes it as a site.

Nothing heavy is imported here: notes import this module for `device()` alone.
"""

from __future__ import annotations

import os

__all__ = ["__version__", "device"]

__version__ = "0.1.0"


def device() -> str:
    """The device that the running block is to use: "cpu", "cuda", "cuda:1" or "mps"; outside of a block "cpu".

    It stands in the environment, so that what a block starts (a data loader's workers, say) sees the same.
    """
    return os.environ.get("KBTOOL_DEVICE", "cpu")
