"""What to do about a module that an import did not find."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from kbtool.diagnostics import did_you_mean
from kbtool.run.results import Failure

__all__ = ["import_cure"]

_MISSING = re.compile(r"No module named '([^']+)'")


def import_cure(error: Failure, root: Path | None) -> str:
    """One sentence, or the empty string; `root` is the project's folder, whose modules may have been meant.

    >>> import_cure(Failure("ModuleNotFoundError", "No module named 'torch'", 3, ""), None)
    "the package 'torch' is not installed here; `pip install torch`, if that is its name"
    """
    match = _MISSING.match(error.message) if error.type == "ModuleNotFoundError" else None
    if match is None:
        return ""
    first, *others = match[1].split(".")
    if root is not None and first in _modules(root):
        return _within(root, [first, *others])
    if first in sys.stdlib_module_names:
        return ""
    near = did_you_mean(first, _modules(root)) if root is not None else None
    meant = f"did you mean '{near}', which lies in {root}? Else " if near else ""
    return f"{meant}the package '{first}' is not installed here; `pip install {first}`, if that is its name"


def _within(folder: Path, names: list[str]) -> str:
    """Which part of a dotted name its package does not have."""
    package, *rest = names
    folder /= package
    if not rest:
        return ""
    if rest[0] in _modules(folder):
        return _within(folder, rest)
    near = did_you_mean(rest[0], _modules(folder))
    return f"'{package}' has no module '{rest[0]}'" + (f"; did you mean '{near}'?" if near else f" in {folder}")


def _modules(folder: Path) -> list[str]:
    """What could be imported from a folder."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    return [path.stem for path in entries if path.stem.isidentifier() and (path.suffix == ".py" or path.is_dir())]
