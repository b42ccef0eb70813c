"""What makes pages: this program and the libraries it uses, as one short text that changes whenever they do."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b

__all__ = ["code"]

# What the bytes of a page depend on besides kbtool.
_MAKERS = (
    "jinja2",
    "markdown_it_py",
    "math_core",
    "mdit_py_plugins",
    "mmdr",
    "nh3",
    "pygments",
    "pyyaml",
    "python_frontmatter",
)


# Folders of the package whose files make no pages.
_ASIDE = ("concepts", "__pycache__")


@cache
def code() -> str:
    """Stands for the program itself: kbtool's own files and the versions of the libraries that make pages."""
    versions = [name for folder in sys.path if os.path.isdir(folder) for name in _distributions(folder)]
    text = "\n".join([sys.version, *_touched(os.path.dirname(__file__)), *sorted(versions)])
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _touched(package: str) -> Iterator[str]:
    """Every file of the package with its size and the time of its last change."""
    for folder, inner, names in os.walk(package):
        inner[:] = sorted(name for name in inner if name not in _ASIDE)
        for name in sorted(names):
            info = os.stat(f"{folder}/{name}")
            yield f"{folder.removeprefix(package)}/{name} {info.st_size} {info.st_mtime_ns}"


def _distributions(folder: str) -> list[str]:
    """`Pygments-2.19.2.dist-info` and the like: names that hold the version, so nothing has to be read."""
    names = (name for name in os.listdir(folder) if name.endswith(".dist-info"))
    return [name for name in names if re.sub(r"[-.]", "_", name.lower()).startswith(_MAKERS)]
