"""What there is outside of a note that it may depend on: files, folders, packages; each told by a short *token*.

Two equal tokens mean that a block would meet the same.  Nothing here imports what it tells of.
"""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import blake2b
from stat import S_ISDIR, S_ISREG
from typing import NamedTuple, Protocol

from kbtool.filestate import FileState
from kbtool.run.folders import FOLDER, UNREADABLE, walk
from kbtool.run.packages import distribution, modules_of, site_folders
from kbtool.run.source import digest

__all__ = ["ABSENT", "FOLDER", "SPECIAL", "UNREADABLE", "Dep", "Digests", "Outside"]

ABSENT, SPECIAL = "absent", "special"
"""Tokens of a path that is no file with bytes to digest; so are FOLDER and UNREADABLE."""

_CHUNK = 1 << 20


class Dep(NamedTuple):
    """Something that a block met, and what it was like then.

    | kind | subject | token |
    |---|---|---|
    | `file` | a path | digest of its bytes, or why there is none |
    | `listing` | a folder | digest of the names in it |
    | `tree` | a path that `data` declares | digest of the file, or of all below the folder |
    | `wrote` | a path that it wrote, made or removed | as `file`, when it had ended |
    | `text` | the note itself | digest of its text and lines, where a module looks at them |
    | `glob` | a pattern | digest of what fits it |
    | `lookup` | a folder and modules sought there | which entries of the folder could be one of them |
    | `package` | a distribution | its version, and what its installation says of its files |
    """

    kind: str
    subject: str
    token: str


class Digests(Protocol):
    """Remembers digests of files from one build to the next."""

    def get(self, path: str) -> tuple[FileState, str] | None: ...
    def put(self, path: str, state: FileState, digest: str) -> None: ...


class Outside:
    """The outside as it is now.  Each thing is looked at once, so that all who ask see the same."""

    def __init__(self, digests: Digests | None = None, texts: Mapping[str, str] | None = None) -> None:
        """`texts` stands for the texts of notes, which are not looked at as files."""
        self._digests, self._texts = digests, texts or {}
        self._seen: dict[tuple[str, str], str] = {}
        self.files: dict[str, FileState | None] = {}
        self.folders: dict[str, FileState | None] = {}

    def token(self, kind: str, subject: str) -> str:
        """What the thing is like now."""
        known = self._seen.get((kind, subject))
        if known is None:
            known = self._seen[kind, subject] = _KINDS[kind](self, subject)
        return known

    def holds(self, dep: Dep) -> bool:
        return self.token(dep.kind, dep.subject) == dep.token

    # --- files -----------------------------------------------------------------------------------------------------

    def _file(self, path: str) -> str:
        info, why = _stat(path)
        self.files[path] = info and FileState.from_stat(info, time.time_ns())
        if info is None:
            return why
        if not S_ISREG(info.st_mode):
            return FOLDER if S_ISDIR(info.st_mode) else SPECIAL  # reading from a pipe could wait for ever
        return self._digest(path, FileState.from_stat(info, time.time_ns()))

    def _digest(self, path: str, state: FileState) -> str:
        known = self._digests and self._digests.get(path)
        if known and known[0].vouches_for(state):
            return known[1]
        try:
            found = _digest_of(path)
        except OSError:
            return UNREADABLE
        if self._digests:
            self._digests.put(path, state, found)
        return found

    def _names(self, folder: str) -> tuple[str, ...] | None:
        """The sorted names in a folder; None where there is none."""
        info, _ = _stat(folder)
        self.folders[folder] = info and FileState.from_stat(info, time.time_ns())
        try:
            return tuple(sorted(os.listdir(folder)))
        except OSError:
            return None

    def _listing(self, folder: str) -> str:
        names = self._names(folder)
        return ABSENT if names is None else digest(*map(os.fsencode, names))

    def _tree(self, path: str) -> str:
        if self.token("file", path) != FOLDER:
            return self.token("file", path)
        parts: list[str | bytes] = []
        for name, below, names in walk(path):
            parts += [os.fsencode(name), below]
            for file in names:
                parts += [os.fsencode(file), self.token("file", os.path.join(path, name, file))]
        return digest(*parts)

    def _glob(self, pattern: str) -> str:
        return digest(*map(os.fsencode, sorted(glob.iglob(pattern, recursive=True, include_hidden=True))))

    # --- modules ---------------------------------------------------------------------------------------------------

    def _lookup(self, subject: str) -> str:
        """`folder|name name`: the entries of the folder that Python may take for one of these modules."""
        folder, _, names = subject.rpartition("|")
        wanted = set(names.split())
        found = (name for name in self._entries(folder) if name.partition(".")[0] in wanted)
        return " ".join(f"{name}/" if _is_package(os.path.join(folder, name)) else name for name in found)

    def _entries(self, folder: str) -> tuple[str, ...]:
        cache = self.__dict__.setdefault("_listed", {})
        if folder not in cache:
            cache[folder] = self._names(folder) or ()
        found: tuple[str, ...] = cache[folder]
        return found

    @cached_property
    def installed(self) -> Mapping[str, tuple[str, str]]:
        """Version and metadata folder of each distribution, by its normalised name; the first on the path counts."""
        found: dict[str, tuple[str, str]] = {}
        for folder in site_folders():
            for entry in self._entries(folder):
                name, version = distribution(entry)
                if name:
                    found.setdefault(name, (version, os.path.join(folder, entry)))
        return found

    @cached_property
    def providers(self) -> Mapping[str, tuple[str, ...]]:
        """Which distributions a module of the first level comes from."""
        found: dict[str, list[str]] = {}
        for name, (_, folder) in self.installed.items():
            for module in modules_of(folder):
                found.setdefault(module, []).append(name)
        return {module: tuple(names) for module, names in found.items()}

    def package_deps(self, entry: str) -> list[tuple[str, str]]:
        """What stands for a file or folder in a folder of packages: its distribution, else its own bytes."""
        entry_name = os.path.basename(entry)
        name, _ = distribution(entry_name)
        names = (name,) if name else self.providers.get(entry_name.partition(".")[0], ())
        return [("package", each) for each in names] or [("tree", entry)]

    def _text(self, path: str) -> str:
        return self._texts.get(path, ABSENT)

    def _package(self, name: str) -> str:
        """The version, and a digest of what the installer wrote: the same version may have been installed anew."""
        if name not in self.installed:
            return ABSENT
        version, folder = self.installed[name]
        for record in ("RECORD", "METADATA", "PKG-INFO"):
            token = self.token("file", os.path.join(folder, record))
            if token not in (ABSENT, FOLDER, UNREADABLE):
                return f"{version} {token}"
        return version


_KINDS: Mapping[str, Callable[[Outside, str], str]] = {
    "file": Outside._file,
    "listing": Outside._listing,
    "tree": Outside._tree,
    "wrote": Outside._file,
    "text": Outside._text,
    "glob": Outside._glob,
    "lookup": Outside._lookup,
    "package": Outside._package,
}


def _is_package(path: str) -> bool:
    """Whether a folder has an `__init__` of any kind: then no other folder of its name counts beside it."""
    try:
        return "." not in os.path.basename(path) and any(name.startswith("__init__.") for name in os.listdir(path))
    except OSError:
        return False


def _stat(path: str) -> tuple[os.stat_result | None, str]:
    try:
        return os.stat(path), ""
    except (FileNotFoundError, NotADirectoryError):
        return None, ABSENT
    except (OSError, ValueError):
        return None, UNREADABLE


def _digest_of(path: str) -> str:
    total = blake2b(digest_size=16)
    with open(path, "rb", buffering=0) as file:
        while data := file.read(_CHUNK):
            total.update(data)
    return total.hexdigest()
