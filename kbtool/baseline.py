"""A record of the diagnostics that a vault has today, so that only new ones count."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from kbtool.diagnostics import Diagnostic

__all__ = ["BadBaselineError", "against", "record"]

_SCHEMA = 1
_Key = tuple[str, str, str]


class BadBaselineError(Exception):
    """The baseline file is not one that kbtool wrote."""


def _key(diagnostic: Diagnostic) -> _Key:
    # Without the line: a paragraph added above a known fault does not make it a new one.
    return diagnostic.code, diagnostic.path, diagnostic.message


def record(diagnostics: Sequence[Diagnostic], path: Path) -> None:
    """Writes the diagnostics down as known."""
    known = [list(_key(d)) for d in diagnostics]
    path.write_text(json.dumps({"schema": _SCHEMA, "known": known}, ensure_ascii=False, indent=1) + "\n", "utf-8")


def against(diagnostics: Sequence[Diagnostic], path: Path) -> tuple[Diagnostic, ...]:
    """The diagnostics that the baseline in `path` does not know.

    A fault that stands twice now and once in the baseline counts once.  Raises BadBaselineError.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
        known = Counter(tuple(item) for item in data["known"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadBaselineError(f"{path} is not a baseline that kbtool wrote") from error
    new = []
    for diagnostic in diagnostics:
        if known[_key(diagnostic)] > 0:
            known[_key(diagnostic)] -= 1
        else:
            new.append(diagnostic)
    return tuple(new)
