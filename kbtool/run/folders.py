"""All that is in a folder and below it, links followed; for the processes of notes and for those that follow them."""

from __future__ import annotations

import os
from collections.abc import Iterator

from kbtool.run.source import digest

__all__ = ["FOLDER", "UNREADABLE", "below", "walk"]

FOLDER, UNREADABLE = "folder", "unreadable"


def below(path: str) -> str:
    """Stands for the states of all files below a folder: cheap, and another one where any of them changed."""
    parts: list[bytes] = []
    for name, below, names in walk(path):
        parts += [os.fsencode(name), below.encode()]
        for file in names:
            parts += [os.fsencode(file), _state(os.path.join(path, name, file)).encode()]
    return digest(*parts)


def walk(top: str) -> Iterator[tuple[str, str, list[str]]]:
    """Each folder below, by its path from there, what it is, and the names in it that are no folders, in order.

    Links to folders are followed.  A folder that was met before, as in a circle, is not entered again, and is then
    what it was called at first.
    """
    met: dict[tuple[int, int], str] = {}
    waiting = [""]
    while waiting:
        name = waiting.pop()
        folder = os.path.join(top, name)
        try:
            info = os.stat(folder)
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            yield name, UNREADABLE, []
            continue
        first = met.setdefault((info.st_dev, info.st_ino), name)
        if first != name:
            yield name, f"{FOLDER} {first}", []
            continue
        folders = [entry.name for entry in entries if entry.name != "__pycache__" and _is_folder(entry)]
        yield name, FOLDER, [entry.name for entry in entries if not _is_folder(entry)]
        waiting += [os.path.join(name, each) for each in reversed(folders)]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _state(path: str) -> str:
    try:
        info = os.stat(path)
    except OSError:
        return UNREADABLE
    return f"{info.st_size} {info.st_mtime_ns} {info.st_ctime_ns} {info.st_ino}"
