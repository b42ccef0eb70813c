"""The site on disk: writes what changed, removes what it once made and nothing makes any more, touches nothing else.

A manifest in the site's folder names every file that came from here.  It is the only ground on which anything is ever
removed: what it does not name belongs to someone else and stays.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, Protocol, TextIO

from kbtool.filestate import FileState
from kbtool.inert import inert
from kbtool.web import assets

__all__ = ["MANIFEST", "SiteError", "Standing", "Written", "digest", "examine", "locked", "standing", "write"]

MANIFEST = ".kbtool-manifest.json"
_SCHEMA = 1
_STAGING = ".kbtool-new"
_JOURNAL = "journal"
# What a repository keeps in an otherwise empty folder for a site.
_KEPT = frozenset({".gitignore", ".gitkeep", "README.md"})


class SiteError(Exception):
    """The site's folder cannot be used, or not be written; the text is the sentence to show."""


class _File(Protocol):
    @property
    def url(self) -> str: ...
    @property
    def data(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Written:
    """How many files the site has, how many were written and removed; `changed` are the URLs of the written ones.

    `unread` are attachments that could not be read, by URL, with the reason: the site is whole but for them.
    `tamed` are those that would have run something when opened, by URL, with what was taken out of the copy.
    `digests` tells the content of each file of the site by its URL.
    """

    total: int
    written: int
    removed: int
    changed: tuple[str, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    tamed: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict, repr=False)


# ---------------------------------------------------------------- may this folder be used?


def examine(out: Path, vault: Path, *, adopt: bool = False) -> None:
    """Raises SiteError where a site in `out` could harm something: the vault, or files that are not kbtool's."""
    site, notes = out.resolve(), vault.resolve()
    if site == notes or notes in site.parents:
        raise SiteError(f"the site cannot lie in the vault: {site} is inside {notes}; choose another folder with -o")
    if site in notes.parents:
        raise SiteError(f"the site's folder {site} contains the vault {notes}; choose another folder with -o")
    if site.exists() and not site.is_dir():
        raise SiteError(f"{site} is a file; the site needs a folder, choose another with -o")
    if not adopt and _foreign(site):
        raise SiteError(
            f"{site} holds files that kbtool did not make; empty it, choose another folder with -o, "
            "or say --adopt to write the site among them"
        )


def _foreign(site: Path) -> bool:
    """True for a folder with files in it that no manifest of ours explains."""
    if not site.is_dir() or (site / MANIFEST).exists():
        return False
    return any(entry.name not in _KEPT and entry.name != _STAGING for entry in site.iterdir())


# ---------------------------------------------------------------- one build at a time


@contextmanager
def locked(out: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Holds the site's folder, which is made if need be; while another build holds it, says so once and waits.

    The lock is on the folder itself and goes with the process, however that ends: nothing is left to clean up.
    """
    handle = _hold(out, on_wait)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _hold(out: Path, on_wait: Callable[[], None]) -> int | None:
    try:
        import fcntl
    except ImportError:  # Windows has no locks on folders; two builds at once are then the person's to avoid
        return None
    while True:
        with _told(out):
            out.mkdir(parents=True, exist_ok=True)
            handle = os.open(out, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:  # some network file systems lock nothing
            return handle
        if _is_still(out, handle):
            return handle
        os.close(handle)  # the other build exchanged the folder for a fresh one


def _is_still(out: Path, handle: int) -> bool:
    try:
        return os.path.samestat(out.stat(), os.fstat(handle))
    except OSError:
        return False


# ---------------------------------------------------------------- the manifest


def digest(data: bytes) -> str:
    """What tells one content of a file of the site from another."""
    return blake2b(data, digest_size=16).hexdigest()


class _Entry(NamedTuple):
    """A file we made: the digest of its bytes, its state when it was written, and that of its source if it has one.

    `removed` tells what the copy of an attachment lacks, because it would have run.
    """

    digest: str
    state: tuple[int, int]
    source: FileState | None = None
    removed: str = ""


_Manifest = dict[str, _Entry]
_ABSENT = (-1, -1)


@dataclass(frozen=True, slots=True)
class Standing:
    """The site as it stands before a build: URL -> digest of each file that is as the last build left it.

    `cut_off` tells that a build did not come to its end.
    """

    digests: Mapping[str, str]
    manifest: Mapping[str, _Entry] = field(repr=False)
    cut_off: bool = False


def standing(out: Path) -> Standing:
    """Looks at every file that the manifest names, and reads none of them."""
    manifest = _read_manifest(out)
    folder = str(out)
    with _told(out):
        digests = {url: entry.digest for url, entry in manifest.items() if _state(f"{folder}/{url}") == entry.state}
    return Standing(digests, manifest, (out / _STAGING).exists())


def _state(path: str) -> tuple[int, int]:
    """Size and time of a file; a link is not a file of ours, wherever it leads."""
    try:
        info = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return _ABSENT
    return (info.st_size, info.st_mtime_ns) if stat.S_ISREG(info.st_mode) else _ABSENT


def _read_manifest(out: Path) -> _Manifest:
    """What the last build made; a damaged manifest is as good as one that only names what can still be read of it."""
    try:
        raw = json.loads((out / MANIFEST).read_text("utf-8"))
        return {url: _entry(row) for url, row in raw["files"].items() if _is_inside(url)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return {}


def _entry(row: list[list[int] | str | None]) -> _Entry:
    digest, state, source, *removed = row
    assert isinstance(state, list)
    origin = FileState(*source) if isinstance(source, list) and len(source) == len(FileState._fields) else None
    return _Entry(str(digest), (state[0], state[1]), origin, str(removed[0]) if removed else "")


def _read_journal(out: Path) -> _Manifest:
    """What a build that was cut off had begun to write."""
    try:
        lines = (out / _STAGING / _JOURNAL).read_text("utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return {}
    # The last line may be cut off too.
    urls = (json.loads(line) for line in lines if line.startswith('"') and line.endswith('"'))
    return {url: _Entry("", _ABSENT) for url in urls if _is_inside(url)}


def _save_manifest(out: Path, manifest: _Manifest) -> None:
    rows = ((url, manifest[url]) for url in sorted(manifest))
    files = {url: _row(entry) for url, entry in rows}
    _replace(out, MANIFEST, json.dumps({"schema": _SCHEMA, "files": files}, separators=(",", ":")).encode())


def _row(entry: _Entry) -> list[object]:
    row: list[object] = [entry.digest, list(entry.state), list(entry.source) if entry.source else None]
    return [*row, entry.removed] if entry.removed else row


def _is_inside(url: str) -> bool:
    """False for a path that would leave the site's folder."""
    return bool(url) and url[0] != "/" and "\0" not in url and not (".." in url and ".." in url.split("/"))


# ---------------------------------------------------------------- writing


def write(
    pages: Iterable[_File],
    attachments: Callable[[], Mapping[str, Path]],
    out: Path,
    *,
    kept: Collection[str] = (),
    before: Standing | None = None,
    force: bool = False,
    swap: bool = False,
    adopt: bool = False,
) -> Written:
    """Makes `out` the site of these pages, the files of `attachments` (URL -> file; asked
    for once the last page has passed) and what all pages share.

    `kept` are the URLs of pages that stay as they stand in `before`; a swapped site is whole, and keeps none.

    A file is replaced by one that is already whole, and only where its bytes differ (`force`: always).  `swap` makes
    the whole site beside the old one and exchanges the two.  A build that was cut off is finished by the next: new
    files are noted down before they are written.  Raises SiteError.
    """
    if not adopt and _foreign(out):
        raise SiteError(f"{out} holds files that kbtool did not make; say --adopt to write the site among them")
    with _told(out):
        if not swap:
            return _Writer(out, force, before or standing(out)).write(pages, attachments, kept)
        fresh = out.with_name(f".{out.name}{_STAGING}")
        shutil.rmtree(fresh, ignore_errors=True)
        written = _Writer(fresh, force=True, standing=standing(fresh)).write(pages, attachments)
        return _exchange(fresh, out, written)


@contextmanager
def _told(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = error.filename if isinstance(error.filename, str) else out
        raise SiteError(f"the site cannot be written: {place}: {error.strerror or error}") from error


@dataclass(slots=True)
class _Writer:
    """One writing of the site into a folder."""

    out: Path
    force: bool
    standing: Standing
    _journal: _Journal = field(init=False)
    _before: _Manifest = field(default_factory=dict)
    _now: _Manifest = field(default_factory=dict)
    _changed: list[str] = field(default_factory=list)
    _folders: set[str] = field(default_factory=set)
    _removed: int = 0
    _unread: dict[str, str] = field(default_factory=dict)

    def write(
        self, pages: Iterable[_File], attachments: Callable[[], Mapping[str, Path]], kept: Collection[str] = ()
    ) -> Written:
        self.out.mkdir(parents=True, exist_ok=True)
        with closing(_Journal(self.out)) as self._journal:
            self._write(pages, attachments, kept)
        shutil.rmtree(self.out / _STAGING, ignore_errors=True)
        digests = {url: entry.digest for url, entry in self._now.items()}
        tamed = {url: entry.removed for url, entry in self._now.items() if entry.removed}
        changed = tuple(self._changed)
        return Written(len(self._now), len(changed), self._removed, changed, self._unread, tamed, digests)

    def _write(
        self, pages: Iterable[_File], attachments: Callable[[], Mapping[str, Path]], kept: Collection[str]
    ) -> None:
        self._before = {**self.standing.manifest, **_read_journal(self.out)}
        self._now = {url: self._before[url] for url in kept}
        if not (self.out / MANIFEST).exists():
            _save_manifest(self.out, {})
        for page in pages:
            self._bytes(page.url, page.data)
        for url, data in assets().items():
            self._bytes(url, data)
        for url, source in attachments().items():
            self._copy(url, source)
        self._remove({url for url in self._before if url not in self._now})
        if self._changed or self._removed or self._now != self._before:
            _save_manifest(self.out, self._now)

    def _bytes(self, url: str, data: bytes) -> None:
        made = digest(data)
        if not self._stands(url, made):
            self._put(url, data)
        self._now[url] = _Entry(made, self._state(url))

    def _copy(self, url: str, source: Path) -> None:
        """An attachment: left alone while neither its source nor its copy has been touched."""
        try:
            origin = FileState.from_stat(source.stat(), time.time_ns())
            before = self._before.get(url)
            if before is not None and not self.force and self._is_copy(before, url, origin):
                self._now[url] = before
                return
            data, removed = inert(url, source.read_bytes())
        except OSError as error:
            # It may not be ours to read, or be gone since the scan: one picture less is no reason for no site.
            self._unread[url] = error.strerror or str(error)
            return
        made = digest(data)
        if not self._stands(url, made):
            self._put(url, data)
        self._now[url] = _Entry(made, self._state(url), origin, ", ".join(removed))

    def _is_copy(self, before: _Entry, url: str, origin: FileState) -> bool:
        """Whether neither the file that was copied nor its copy has been touched."""
        return before.source is not None and before.source.vouches_for(origin) and self._state(url) == before.state

    def _stands(self, url: str, made: str) -> bool:
        """True where the file already has these bytes: by its state where that is as we left it, else by reading it."""
        if self.force:
            return False
        before, state = self._before.get(url), self._state(url)
        if state == _ABSENT:
            return False
        if before is not None and before.state == state:
            return before.digest == made
        return digest((self.out / url).read_bytes()) == made

    def _state(self, url: str) -> tuple[int, int]:
        return _state(f"{self.out}/{url}")

    def _put(self, url: str, data: bytes) -> None:
        if not _is_inside(url):
            raise SiteError(f"a page wants to be written outside of the site: {url}")
        if url not in self._before:
            self._journal.note(url)
        self._make_folder(url.rpartition("/")[0])
        self._clear(url)
        _replace(self.out, url, data)
        self._changed.append(url)

    def _clear(self, url: str) -> None:
        """Where a folder of ours stands in the place of a file, it goes; one that holds files of others stays."""
        if stat.S_ISDIR(self._mode(url)):
            self._remove({old for old in self._before if old.startswith(url + "/")})

    def _mode(self, url: str) -> int:
        try:
            return os.lstat(f"{self.out}/{url}").st_mode
        except (FileNotFoundError, NotADirectoryError):
            return 0

    def _make_folder(self, folder: str) -> None:
        """The folder of a file, made by ourselves all the way: no link may lead out of the site."""
        if folder in self._folders or not folder:
            return
        self._make_folder(folder.rpartition("/")[0])
        path = self.out / folder
        if (path.is_symlink() or path.is_file()) and folder in self._before:
            path.unlink()
        if path.is_symlink():
            raise SiteError(f"{path} is a link; the site would be written where it leads")
        path.mkdir(exist_ok=True)
        self._folders.add(folder)

    def _remove(self, urls: set[str]) -> None:
        """Takes away files of ours and the folders that this empties."""
        for url in sorted(urls):
            path = self.out / url
            if any(parent.is_symlink() for parent in path.parents if self.out in parent.parents):
                continue
            try:
                path.unlink()
                self._removed += 1
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                continue
            self._prune(path.parent)

    def _prune(self, folder: Path) -> None:
        while folder != self.out:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent


class _Journal:
    """Names new files before they exist: what a build leaves that was cut off, the next can explain."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._file: TextIO | None = None

    def note(self, url: str) -> None:
        if self._file is None:
            path = f"{_staging(self._out)}/{_JOURNAL}"
            self._file = open(path, "a", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115 - closed by `close`
        self._file.write(json.dumps(url) + "\n")
        self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _staging(out: Path) -> str:
    """The folder for what is not yet part of the site."""
    folder = f"{out}/{_STAGING}"
    with suppress(FileExistsError):
        os.mkdir(folder)
    return folder


def _replace(out: Path, url: str, data: bytes) -> None:
    """Puts a whole file in the place of another in one step: no reader ever sees half of it."""
    draft = f"{_staging(out)}/file"
    with open(draft, "wb") as file:
        file.write(data)
    os.replace(draft, f"{out}/{url}")


# ---------------------------------------------------------------- exchanging two whole sites


def _exchange(fresh: Path, out: Path, written: Written) -> Written:
    """Puts the fresh site in the place of the old one; files of others move over to it."""
    before = {**_read_manifest(out), **_read_journal(out)}
    after = _read_manifest(fresh)
    changed = tuple(url for url in written.changed if url not in before or before[url].digest != after[url].digest)
    if out.is_dir():
        _carry_over(out, fresh, {*before, MANIFEST})
        _swap_folders(fresh, out)
        shutil.rmtree(fresh, ignore_errors=True)
    else:
        os.replace(fresh, out)
    return replace(written, written=len(changed), removed=len(before.keys() - after.keys()), changed=changed)


def _carry_over(old: Path, new: Path, ours: set[str]) -> None:
    for folder, names, files in os.walk(old):
        inside = Path(folder).relative_to(old)
        names[:] = [name for name in names if name != _STAGING]
        for name in files:
            url = (inside / name).as_posix()
            if url not in ours and not (new / url).exists():
                (new / inside).mkdir(parents=True, exist_ok=True)
                shutil.copy2(Path(folder) / name, new / url, follow_symlinks=False)


_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def _swap_folders(a: Path, b: Path) -> None:
    """Exchanges two folders, in one step where the system can (Linux)."""
    if sys.platform == "linux":
        import ctypes  # hardly any build exchanges folders

        libc = ctypes.CDLL(None, use_errno=True)
        rename = getattr(libc, "renameat2", None)
        if rename is not None and rename(_AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), _RENAME_EXCHANGE) == 0:
            return
        if rename is not None and ctypes.get_errno() not in (errno.EINVAL, errno.ENOSYS):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(b))
    aside = b.with_name(f".{b.name}.kbtool-old")
    os.replace(b, aside)
    os.replace(a, b)
    os.replace(aside, a)
