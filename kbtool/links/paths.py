"""What the path of a link leads to: Obsidian's way of looking a name up in a vault.

A link names a file by its last segment; the segments before it must end the file's path.  So files are kept by their
name, and a link looks at its namesakes only, however large the vault is.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Paths", "comparable"]


def comparable(text: str) -> str:
    """A path as Obsidian compares it: composed, in lower case, a no-break space as a space."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", text).replace("\u00a0", " ").lower()


class _File(NamedTuple):
    path: str
    key: str


class Paths:
    """All files of a vault, to be asked for as links ask."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: dict[str, list[_File]] = defaultdict(list)
        for path in sorted(paths):
            file = _File(path, comparable(path))
            self._by_name[file.key.rpartition("/")[2]].append(file)
        # Answers that hold for every source; most links of a vault are asked for many times.
        self._known: dict[str, tuple[str, ...]] = {}
        self._from_folder: dict[tuple[str, str], tuple[str, ...]] = {}

    def resolve(self, target: str, source: str) -> tuple[str, ...]:
        """The files that `target` can mean in a link from the file `source`: none, one, or several equally good."""
        known = self._known.get(target)
        if known is not None:
            return known
        folder = source.rpartition("/")[0]
        nearby = self._from_folder.get((target, folder))
        if nearby is None:
            nearby = self._look_up(target, folder)
        return nearby

    def _look_up(self, target: str, folder: str) -> tuple[str, ...]:
        wanted = comparable(target)
        files, path = self._namesakes(wanted)
        if not files:
            found: tuple[str, ...] = ()
        elif path.startswith("/"):
            found = _exactly(path[1:], files)
        elif path.startswith(("./", "../")):
            found = _relative(path, comparable(folder), files)
            self._from_folder[target, folder] = found
            return found
        else:
            found = _exactly(path, files)
            if not found:
                fitting = [f for f in files if f.key == path or f.key.endswith("/" + path)]
                if len(fitting) > 1:
                    found = _nearest(fitting, comparable(folder))
                    self._from_folder[target, folder] = found
                    return found
                found = tuple(f.path for f in fitting)
        self._known[target] = found
        return found

    def _namesakes(self, wanted: str) -> tuple[list[_File], str]:
        """The files with the last segment of `wanted` as their name, and `wanted` spelled with that name in full.

        A name with a dot may have its extension already (`img.png`); if no file is called so, it is a note (`v1.2`).
        """
        name = wanted.rpartition("/")[2]
        if "." in name:
            files = self._by_name.get(name)
            if files:
                return files, wanted
        return self._by_name.get(f"{name}.md", []), f"{wanted}.md"

    def named(self, name: str) -> tuple[str, ...]:
        """Every file that has the last segment of `name` as its name, wherever it lies."""
        return tuple(f.path for f in self._namesakes(comparable(name))[0])

    def shortest(self, path: str, source: str) -> str:
        """The shortest text by which a link from `source` reaches `path`, without `.md` where that works."""
        segments = path.split("/")
        for n in range(len(segments)):
            end = "/".join(segments[len(segments) - 1 - n :])
            short = end[:-3] if end[-3:].lower() == ".md" else end
            for text in (short, end):
                if self.resolve(text, source) == (path,):
                    return text
        return "/" + path


def _exactly(path: str, files: list[_File]) -> tuple[str, ...]:
    return tuple(f.path for f in files if f.key == path)[:1]


def _relative(path: str, folder: str, files: list[_File]) -> tuple[str, ...]:
    """`./x` and `../x` are meant from the source's folder; what is not there may still be a path from the root."""
    above = folder.split("/") if folder else []
    rest = path
    while rest.startswith(("./", "../")):
        if rest.startswith("../"):
            above = above[:-1]
        rest = rest.partition("/")[2]
    return _exactly("/".join([*above, rest]), files) or _exactly(rest, files)


def _nearest(files: list[_File], folder: str) -> tuple[str, ...]:
    """Those in the source's own folder or below it go first; then the shortest path wins; equally short ones tie."""
    own = [f for f in files if f.key.startswith(folder + "/")] if folder else []
    among = own or files
    length = min(len(f.path) for f in among)
    return tuple(f.path for f in among if len(f.path) == length)
