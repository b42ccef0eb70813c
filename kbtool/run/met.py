"""From what a note's process says that it met to what is stored of it: things outside, with what they are like.

The process tells states only, as cheaply as it can.  Digests are made here, when the block has ended; what is not in
the state any more in which the block met it cannot be known, and then nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kbtool.filestate import FileState
from kbtool.run.job import Settings
from kbtool.run.keys import Unit
from kbtool.run.outside import ABSENT, FOLDER, SPECIAL, UNREADABLE, Dep, Outside
from kbtool.run.source import imports_packages

__all__ = ["UnsettledError", "declared", "settled"]

_State = Sequence[int] | None


class UnsettledError(Exception):
    """What a block met is not known for certain; the text says what."""


def settled(
    unit: Unit, seen: Iterable[Mapping[str, Any] | None], preloaded: Sequence[str], before: Outside, now: Outside
) -> list[Dep]:
    """What a unit met: files as they are `now`, packages as they were `before` anything ran.

    A package that is exchanged meanwhile is then not what it is said to be, so nothing that used it is used again.
    `preloaded` are packages that were there before it began, so that nothing was announced when it imported them; they
    count where it may have used one.  Raises UnsettledError.
    """
    found: list[Dep] = []
    try:
        for met in seen:
            if met is not None:
                found += _settled(met, now)
                found += _packages(met["packages"], before)
    except (KeyError, TypeError, ValueError) as error:
        raise UnsettledError("what it reported could not be read") from error
    if imports_packages(unit.source) or any(dep.kind == "file" and dep.subject.endswith(".py") for dep in found):
        found += _packages(preloaded, before)
    return found


def declared(unit: Unit, settings: Settings, now: Outside) -> list[Dep]:
    """What the unit declares as `data`: paths relative to the project's folder, else to the vault."""
    found: list[Dep] = []
    for path in unit.data:
        for folder in dict.fromkeys((settings.root, settings.vault)):
            subject = str(folder.resolve() / Path(path).expanduser())
            found.append(Dep("tree", subject, now.token("tree", subject)))
            if found[-1].token != ABSENT:
                break
    return found


def _settled(met: Mapping[str, Any], now: Outside) -> Iterator[Dep]:
    if not met["whole"]:
        raise UnsettledError("a file changed while it ran")
    for path, state in met["files"]:
        yield _unchanged("file", path, state, now, now.files)
    for folder, state in met["folders"]:
        yield _unchanged("listing", folder, state, now, now.folders)
    for pattern in met["globs"]:
        yield Dep("glob", pattern, now.token("glob", pattern))
    for folder, names in met["lookups"]:
        subject = f"{folder}|{' '.join(names)}"
        yield Dep("lookup", subject, now.token("lookup", subject))


def _packages(entries: Iterable[str], before: Outside) -> Iterator[Dep]:
    for entry in entries:
        for kind, subject in before.package_deps(entry):
            yield Dep(kind, subject, before.token(kind, subject))


def _unchanged(kind: str, path: str, state: _State, now: Outside, states: Mapping[str, FileState | None]) -> Dep:
    """The thing as it is now, if that is what it was like when the block met it."""
    token = now.token(kind, path)
    today = states.get(path)
    then = None if state is None else tuple(state)
    if token not in (FOLDER, SPECIAL, UNREADABLE) and (today and today[:4]) != then:
        what = "file" if kind == "file" else "folder"
        raise UnsettledError(f"the {what} {path} changed while it ran")
    return Dep(kind, path, token)
