"""kbtool runs the Python in an Obsidian vault, checks what its notes claim, and publishes it as a site.

Nothing heavy is imported here: notes import this module for `device()` and `data()` alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["__version__", "data", "device"]

__version__ = "0.1.0"


def device() -> str:
    """The device that the running block is to use: "cpu", "cuda", "cuda:1" or "mps"; outside of a block "cpu".

    It stands in the environment, so that what a block starts (a data loader's workers, say) sees the same.
    """
    return os.environ.get("KBTOOL_DEVICE", "cpu")


def data(name: str | os.PathLike[str]) -> Path:
    """The absolute path of a file or folder of the project, else of the vault.

        np.load(kbtool.data("embeddings.npy"))

    The block that asks depends on it from then on, whatever reads it: it runs again when the file has changed, and when
    anything in the folder has.  Outside of a block it is looked for in the current folder.

    Raises FileNotFoundError, which says where it was looked for.
    """
    places = os.environ.get("KBTOOL_DATA", "").split(os.pathsep)
    paths = [Path(place or Path.cwd(), name) for place in places]
    for path in paths:
        sys.audit("kbtool.data", str(path))
        if path.exists():
            return path
    where = " nor ".join(str(path) for path in paths)
    raise FileNotFoundError(f"there is no '{name}': neither {where}" if len(paths) > 1 else f"there is no {where}")
