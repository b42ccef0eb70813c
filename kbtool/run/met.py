"""From what a note's process says that it met to what is stored of it: things outside, with what they are like.

The process tells states only, as cheaply as it can.  Digests are made here, when the block has ended; what is not in
the state any more in which the block met it cannot be known, and then nothing is stored.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from kbtool.filestate import FileState
from kbtool.run.folders import below
from kbtool.run.keys import Unit
from kbtool.run.outside import FOLDER, SPECIAL, UNREADABLE, Dep, Outside
from kbtool.run.source import imports_packages, reads_source

__all__ = ["UnsettledError", "has_databases", "may_attach", "settled", "still", "written"]

_State = Sequence[Any] | None
"""Size, times, inode, and the digest where those may be the same after another change."""


class UnsettledError(Exception):
    """What a block met is not known for certain; the text says what."""


def settled(
    note: str,
    unit: Unit,
    seen: Iterable[Mapping[str, Any] | None],
    preloaded: Sequence[str],
    before: Outside,
    now: Outside,
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
    modules = _modules(found)
    if imports_packages(unit.source) or modules:
        found += _packages(preloaded, before)
    if any(reads_source(_text_of(dep.subject)) for dep in modules):  # those lines are the note's, as the note's own
        found.append(Dep("text", note, before.token("text", note)))
    return found


def written(seen: Mapping[str, Any] | None, now: Outside) -> list[Dep]:
    """What a unit has written, made or removed, as it left it; what somebody has changed since fits nothing."""
    found: list[Dep] = []
    for path, state in (seen or {}).get("wrote", ()):
        token = now.token("wrote", path)
        is_same = token in (FOLDER, SPECIAL, UNREADABLE) or _is_in(state, now.files.get(path), token)
        found.append(Dep("wrote", path, token if is_same else ""))
    return found


def still(path: str, state: _State) -> bool:
    """Whether a file or folder is still in the state in which a process met it."""
    now = Outside()
    token = now.token("listing" if os.path.isdir(path) else "file", path)
    return _is_in(state, now.files.get(path) or now.folders.get(path), token)


_ATTACH = re.compile(r"\battach\b", re.IGNORECASE)


def has_databases(seen: Iterable[Mapping[str, Any] | None]) -> bool:
    return any(met is not None and met["databases"] for met in seen)


def may_attach(sources: Iterable[str], found: Iterable[Dep]) -> bool:
    """Whether what runs may say `ATTACH` to a database; SQLite opens that file itself."""
    return any(map(_ATTACH.search, sources)) or any(_ATTACH.search(_text_of(dep.subject)) for dep in _modules(found))


def _modules(found: Iterable[Dep]) -> list[Dep]:
    return [dep for dep in found if dep.kind == "file" and dep.subject.endswith(".py")]


@cache
def _text_of(module: str) -> str:
    try:
        return Path(module).read_text("utf-8", "replace")
    except OSError:
        return ""


def _settled(met: Mapping[str, Any], now: Outside) -> Iterator[Dep]:
    if not met["whole"]:
        raise UnsettledError("a file changed while it ran")
    for path, state in met["files"]:
        yield _unchanged("file", path, state, now, now.files)
    for folder, state in met["folders"]:
        yield _unchanged("listing", folder, state, now, now.folders)
    for path, states in met["trees"]:
        if below(path) != states:
            raise UnsettledError(f"the folder {path} changed while it ran")
        yield Dep("tree", path, now.token("tree", path))
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
    if token not in (FOLDER, SPECIAL, UNREADABLE) and not _is_in(state, states.get(path), token):
        what = "file" if kind == "file" else "folder"
        raise UnsettledError(f"the {what} {path} changed while it ran")
    return Dep(kind, path, token)


def _is_in(then: _State, today: FileState | None, token: str) -> bool:
    """Whether what has the token today has not changed since."""
    if then is None or today is None:
        return then is None and today is None
    return token == then[4] if len(then) > 4 else today[:4] == tuple(then)
