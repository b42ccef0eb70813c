"""What blocks declare as `data`: which files that is, and what is wrong with it."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kbtool.diagnostics import Diagnostic, fault
from kbtool.run.job import NoteJob, Settings
from kbtool.run.keys import Unit
from kbtool.run.outside import ABSENT, Dep, Outside

__all__ = ["declared", "faults"]

_OPTION = re.compile(r"[ \t]*#\|[ \t]*data[ \t]*:")


def declared(unit: Unit, settings: Settings, now: Outside) -> list[Dep]:
    """All that a unit declares: in the first folder that has it, and that the others do not have it."""
    return [dep for path in unit.data for dep in _path(path, settings.places, now)]


def _path(path: str, folders: Iterable[str], now: Outside) -> Iterator[Dep]:
    for folder in folders:
        subject = os.path.join(folder, os.path.expanduser(path))
        token = now.token("tree", subject)
        if token == ABSENT and glob.has_magic(path):
            found = sorted(glob.glob(subject, recursive=True, include_hidden=False))
            yield Dep("glob", subject, now.token("glob", subject))
            yield from (Dep("tree", file, now.token("tree", file)) for file in found)
        else:
            yield Dep("tree", subject, token)
            found = [] if token == ABSENT else [subject]
        if found:
            return


def faults(job: NoteJob, settings: Settings) -> Iterator[Diagnostic]:
    """The declarations that name nothing."""
    folders = settings.places
    for block in job.blocks:
        if not block.options.eval or job.skip:
            continue
        for path in block.options.data:
            if not any(_is_there(os.path.join(folder, os.path.expanduser(path))) for folder in folders):
                line = block.line + _option_line(block.source)
                yield fault("bad-option", job.path, line, 1, _nowhere(path, folders), _RELATIVE)


_RELATIVE = "paths are relative to the folder of kbtool.toml, and then to the vault"


def _nowhere(path: str, folders: Sequence[str]) -> str:
    what = "no file fits" if glob.has_magic(path) else "there is no file or folder"
    return f"`data`: {what} '{path}' in {' or in '.join(folders)}"


def _is_there(path: str) -> bool:
    return Path(path).exists() or next(glob.iglob(path, recursive=True), None) is not None


def _option_line(source: str) -> int:
    """The line of the block, from 0, on which the option stands."""
    lines = source.split("\n")
    return next((number for number, line in enumerate(lines) if _OPTION.match(line)), 0)
