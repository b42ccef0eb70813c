"""What makes pages: this program and the libraries it uses, as one short text that changes whenever they do."""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from hashlib import blake2b
from pathlib import Path

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


@cache
def code() -> str:
    """Stands for the program itself: kbtool's own files and the versions of the libraries that make pages."""
    package = Path(__file__).parent
    files = sorted(path for path in package.rglob("*") if path.suffix != ".pyc" and path.is_file())
    told = [f"{path.relative_to(package)} {_touched(path)}" for path in files if path.parts[-2] != "concepts"]
    versions = [name for folder in sys.path if os.path.isdir(folder) for name in _distributions(folder)]
    text = "\n".join([sys.version, *told, *sorted(versions)])
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _touched(path: Path) -> str:
    info = path.stat()
    return f"{info.st_size} {info.st_mtime_ns}"


def _distributions(folder: str) -> list[str]:
    """`Pygments-2.19.2.dist-info` and the like: names that hold the version, so nothing has to be read."""
    names = (name for name in os.listdir(folder) if name.endswith(".dist-info"))
    return [name for name in names if re.sub(r"[-.]", "_", name.lower()).startswith(_MAKERS)]
