"""The folder that Obsidian opens: which files it holds, what its settings say, how their bytes become text.

Knows no Markdown.  Whatever is wrong with a file or folder becomes a diagnostic; nothing here raises for a bad vault.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import re
import time
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from kbtool.diagnostics import Diagnostic, Severity, fault
from kbtool.mojibake import repair

__all__ = [
    "AUDIO",
    "IMAGES",
    "UNREAD",
    "VIDEO",
    "FileKind",
    "ObsidianSettings",
    "SourceFile",
    "Text",
    "Vault",
    "decode",
    "digest",
    "digest_bytes",
    "kind_of",
    "load_text",
    "read",
    "readable",
    "repair",
    "source_key",
]

IMAGES = frozenset({"avif", "bmp", "gif", "jpeg", "jpg", "png", "svg", "webp"})
AUDIO = frozenset({"flac", "m4a", "mp3", "ogg", "wav", "3gp"})
VIDEO = frozenset({"mkv", "mov", "mp4", "ogv", "webm"})


class FileKind(StrEnum):
    """What a file of the vault is to Obsidian."""

    NOTE = "note"
    CANVAS = "canvas"
    BASE = "base"
    ATTACHMENT = "attachment"


# Other extensions are not part of a vault unless its owner asks to see all files.
_KINDS: Mapping[str, FileKind] = {
    "md": FileKind.NOTE,
    "canvas": FileKind.CANVAS,
    "base": FileKind.BASE,
    "pdf": FileKind.ATTACHMENT,
} | dict.fromkeys(IMAGES | AUDIO | VIDEO, FileKind.ATTACHMENT)


class SourceFile(NamedTuple):
    """A file of the vault and its state at the scan: equal state means equal bytes, as far as a scan can tell.

    `path` is relative to the vault, with `/`, spelled as on disk (a name that is not UTF-8 is spelled as Windows would
    read it); `place` opens the file.
    """

    path: str
    place: str
    kind: FileKind
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def absolute(self) -> Path:
        return Path(self.place)


@dataclass(frozen=True, slots=True)
class ObsidianSettings:
    """The settings that change what a vault means; `templates` are folders whose notes are moulds, not notes."""

    strict_line_breaks: bool = False
    ignore_filters: tuple[str, ...] = ()
    show_unsupported: bool = False
    templates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vault:
    """A vault as it was when it was read: files sorted by path, settings, and the paths its owner excludes.

    `seen_ns` is the moment before the first file was looked at.
    """

    root: Path
    name: str
    files: tuple[SourceFile, ...]
    settings: ObsidianSettings = field(default_factory=ObsidianSettings)
    excluded: frozenset[str] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()
    seen_ns: int = 0

    @cached_property
    def by_path(self) -> Mapping[str, SourceFile]:
        return {file.path: file for file in self.files}

    def is_template(self, path: str) -> bool:
        """Whether a file lies in a folder of moulds for notes."""
        return bool(self._templates) and _comparable(path).startswith(self._templates)

    @cached_property
    def _templates(self) -> tuple[str, ...]:
        return tuple(_comparable(folder) + "/" for folder in self.settings.templates)

    @cached_property
    def notes(self) -> tuple[SourceFile, ...]:
        return tuple(file for file in self.files if file.kind is FileKind.NOTE)


@dataclass(frozen=True, slots=True)
class Text:
    """Decoded text: `\\n` line ends and no byte order mark, whatever the file has; that is told beside it."""

    text: str
    encoding: str = "utf-8"
    bom: bool = False
    newline: str = "\n"
    diagnostics: tuple[Diagnostic, ...] = ()


def read(root: Path, *, skip: Iterable[Path] = ()) -> Vault:
    """The vault in `root`; folders in `skip` (a site written inside the tree) are not part of it."""
    seen_ns = time.time_ns()
    root = Path(os.path.abspath(root))
    settings, faults = _settings(root)
    walk = _Walk(root, settings.show_unsupported, {os.path.realpath(folder) for folder in skip})
    files = tuple(sorted(walk.files(), key=lambda file: file.path))
    excludes, bad_filters = _matcher(settings.ignore_filters)
    excluded = frozenset(file.path for file in files if excludes(file.path))
    return Vault(root, readable(root.name), files, settings, excluded, (*faults, *bad_filters, *walk.faults), seen_ns)


class _Walk:
    """One walk over a vault's folder, collecting what could not be read."""

    def __init__(self, root: Path, everything: bool, skip: set[str]) -> None:
        self.root = root
        self.everything = everything
        self.skip = skip
        self.faults: list[Diagnostic] = []
        # Real paths of the vault and of every linked folder entered: what lies in one of them is not entered again, or
        # the same notes would be there twice, or without end.
        self.entered = [os.path.realpath(root)]
        # Inodes of the folders that a plain folder may turn out to be: most are none of them, which costs nothing.
        self.marked = {inode for folder in skip if (inode := _inode(folder))}
        self.seen: set[str] = set()

    def files(self) -> Iterator[SourceFile]:
        folders = deque([("", str(self.root))])
        while folders:
            prefix, folder = folders.popleft()
            for entry in self._entries(prefix, folder):
                path = prefix + self._spelled(entry.name, prefix)
                if _is_folder(entry):
                    if self._enters(entry):
                        folders.append((path + "/", entry.path))
                elif (file := self._file(path, entry)) is not None:
                    yield file

    def _entries(self, prefix: str, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: e.name)
        except OSError as error:
            self._unreadable(prefix.rstrip("/") or ".", error)
            return []

    def _spelled(self, name: str, prefix: str) -> str:
        spelled = readable(name)
        if spelled != name:
            hint = "rename it; until then it cannot be linked from everywhere"
            self.faults.append(fault("encoding", prefix + spelled, 0, 0, "the file's name is not UTF-8", hint))
        return spelled

    def _enters(self, entry: os.DirEntry[str]) -> bool:
        if not entry.is_symlink():
            if entry.inode() not in self.marked:
                return True
            real = os.path.realpath(entry.path)
            return real not in self.skip and real not in self.entered
        real = os.path.realpath(entry.path)
        around = _lies_in(self.entered[0], real)
        if around or real in self.skip or any(_lies_in(real, other) for other in self.entered):
            return False
        self.entered.append(real)
        self.marked.add(_inode(real))
        return True

    def _file(self, path: str, entry: os.DirEntry[str]) -> SourceFile | None:
        kind = kind_of(entry.name) or (FileKind.ATTACHMENT if self.everything else None)
        if kind is None:
            return None
        try:
            # A pipe or a socket is no file: opening it would wait for ever.
            state = entry.stat() if entry.is_file() or entry.is_symlink() else None
        except OSError as error:
            self._unreadable(path, error)
            return None
        if state is None or not entry.is_file():
            return None
        unlike = self._unlike_others(path)
        self.seen.add(unlike)
        return SourceFile(unlike, entry.path, kind, state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino)

    def _unlike_others(self, path: str) -> str:
        """The path; of a file whose name is not UTF-8 and reads as another's name, with a number."""
        stem, extension = os.path.splitext(path)
        numbered = (f"{stem} {number}{extension}" for number in count(2))
        return path if path not in self.seen else next(p for p in numbered if p not in self.seen)

    def _unreadable(self, path: str, error: OSError) -> None:
        self.faults.append(_unreadable(path, error))


def readable(name: str) -> str:
    """The name of a file or folder as text: one that is not UTF-8 as Windows would read it."""
    if name.isascii():
        return name
    try:
        name.encode()
    except UnicodeEncodeError:
        return _western(os.fsencode(name))
    return name


def kind_of(name: str) -> FileKind | None:
    """What a file of this name is to Obsidian; None for an extension that it does not know."""
    return _KINDS.get(_extension(name))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _lies_in(one: str, other: str) -> bool:
    """Whether a real path is, or lies in, another."""
    return os.path.join(one, "").startswith(os.path.join(other, ""))


def _inode(path: str) -> int:
    try:
        return os.stat(path).st_ino
    except OSError:
        return 0


def _unreadable(path: str, error: OSError) -> Diagnostic:
    return fault("unreadable", path, 0, 0, f"cannot be read: {error.strerror or error}", "check its permissions")


# ---------------------------------------------------------------- settings


def _settings(root: Path) -> tuple[ObsidianSettings, list[Diagnostic]]:
    faults: list[Diagnostic] = []
    folder = _config_folder(root)
    app = _json(root, f"{folder}/app.json", faults)
    core = _json(root, f"{folder}/templates.json", faults).get("folder")
    templater = _json(root, f"{folder}/plugins/templater-obsidian/data.json", faults).get("templates_folder")
    filters = app.get("userIgnoreFilters")
    moulds = (folder.strip("/ ") for folder in (core, templater) if isinstance(folder, str))
    settings = ObsidianSettings(
        strict_line_breaks=app.get("strictLineBreaks") is True,
        ignore_filters=tuple(f for f in filters if isinstance(f, str) and f) if isinstance(filters, list) else (),
        show_unsupported=app.get("showUnsupportedFiles") is True,
        templates=tuple(dict.fromkeys(mould for mould in moulds if mould)),
    )
    return settings, faults


def _config_folder(root: Path) -> str:
    """`.obsidian`, or the one that its owner renamed it to (always with a dot in front)."""
    if (root / ".obsidian").is_dir():
        return ".obsidian"
    try:
        return min((p.parent.name for p in root.glob(".*/app.json")), default=".obsidian")
    except OSError:
        return ".obsidian"


def _json(root: Path, path: str, faults: list[Diagnostic]) -> Mapping[str, Any]:
    try:
        value = json.loads((root / path).read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        faults.append(_unreadable(path, error))
        return {}
    except (ValueError, RecursionError) as error:
        # Obsidian itself falls back to its defaults, so this is no error of the vault.
        message = f"is not valid JSON: {error}; Obsidian's defaults are used"
        faults.append(Diagnostic("bad-config", Severity.WARNING, path, getattr(error, "lineno", 0), 0, message))
        return {}
    return value if isinstance(value, dict) else {}


def _matcher(filters: tuple[str, ...]) -> tuple[Callable[[str], bool], list[Diagnostic]]:
    """Obsidian's excluded files: `/.../` is a regular expression, else it is the start of a path; case is ignored."""
    prefixes: list[str] = []
    expressions: list[re.Pattern[str]] = []
    faults: list[Diagnostic] = []
    for wish in filters:
        if len(wish) < 3 or not (wish.startswith("/") and wish.endswith("/")):
            prefixes.append(_comparable(wish))
            continue
        try:
            # JavaScript writes named groups without the P.
            expressions.append(re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", wish[1:-1]), re.IGNORECASE))
        except re.error as error:
            message = f"the excluded-files filter {wish} is not a regular expression: {error}"
            faults.append(Diagnostic("bad-config", Severity.WARNING, ".obsidian/app.json", 0, 0, message))
    starts = tuple(prefixes)

    def excludes(path: str) -> bool:
        return _comparable(path).startswith(starts) or any(e.search(path) for e in expressions)

    return (excludes if starts or expressions else lambda _path: False), faults


def _comparable(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


# ---------------------------------------------------------------- bytes and text


def load_text(file: SourceFile) -> Text:
    """The text of a file; one that cannot be read any more is empty, and said to be so."""
    try:
        data = file.absolute.read_bytes()
    except OSError as error:
        return Text("", diagnostics=(_unreadable(file.path, error),))
    return decode(data, file.path)


def decode(data: bytes, path: str) -> Text:
    """Bytes as text: UTF-8, UTF-16 by its mark, else what Windows calls ANSI; damage is told, not repaired."""
    text, encoding, bom, faults = _decoded(data, path)
    newline = _newline(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        faults += _mojibake(text, path)
    return Text(text, encoding, bom, newline, tuple(faults))


def digest(file: SourceFile) -> str:
    """The digest of the file's bytes now; a file that cannot be read has the empty string."""
    try:
        return digest_bytes(file.absolute.read_bytes())
    except OSError:
        return ""


def digest_bytes(data: bytes) -> str:
    """What tells two contents apart everywhere in kbtool."""
    return hashlib.sha256(data).hexdigest()


UNREAD = ""
"""The key of a note that cannot be read: it tells nothing, and the note is asked for again."""


def source_key(path: str, data: bytes, strict_line_breaks: bool) -> str:
    """What tells a note's content from all others: two equal texts at two paths are two notes."""
    made_from = f"{int(strict_line_breaks)} {path}\0".encode("utf-8", "surrogateescape") + data
    return hashlib.blake2b(made_from, digest_size=16).hexdigest()


def _decoded(data: bytes, path: str) -> tuple[str, str, bool, list[Diagnostic]]:
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            return data[2:].decode(encoding, "replace"), encoding, True, [_not_utf8(path, "UTF-16", 1)]
    bom = data.startswith(codecs.BOM_UTF8)
    body = data[3:] if bom else data
    try:
        return body.decode(), "utf-8", bom, []
    except UnicodeDecodeError as error:
        line = len(body[: error.start + 1].splitlines())
        return _western(body), "cp1252", bom, [_not_utf8(path, "Windows-1252", line)]


def _not_utf8(path: str, name: str, line: int) -> Diagnostic:
    return fault("encoding", path, line, 1, f"the file is not UTF-8; it was read as {name}", "save it as UTF-8")


def _western(data: bytes) -> str:
    """Each byte that is not UTF-8 as Windows-1252: right for old files and for a stray byte in a new one alike."""
    return data.decode(errors=_FALLBACK)


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(_WINDOWS[byte] for byte in bad), error.end


# The five bytes that Windows-1252 leaves out are control characters, as browsers read them.
_WINDOWS = [bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256)]
_FALLBACK = "kbtool-windows"
codecs.register_error(_FALLBACK, _as_windows)


def _newline(text: str) -> str:
    """The line end that a file uses: of a mixed file, the one of its first line."""
    first = re.search(r"\r\n?|\n", text) if "\r" in text else None
    return first.group() if first else "\n"


def _mojibake(text: str, path: str) -> list[Diagnostic]:
    repaired = repair(text)
    if repaired is None:
        return []
    pairs = zip(text.split("\n"), repaired.split("\n"), strict=True)
    lines = [(number, good) for number, (bad, good) in enumerate(pairs, 1) if bad != good]
    first, good = lines[0]
    count = "1 line was" if len(lines) == 1 else f"{len(lines)} lines were"
    message = f"{count} decoded with the wrong encoding before being saved"
    return [fault("mojibake", path, first, 1, message, f"it should read: {good.strip()[:160]}")]
