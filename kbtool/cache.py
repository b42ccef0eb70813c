"""The one store: bytes by kind and key, in one SQLite file for each vault and outside the vault.

What is stored can always be made again, so the store never stands in the way: a damaged file is set aside and begun
anew, a file that cannot be used counts as empty, and either is said once, in `Store.diagnostics`.  A value that comes
back is, byte for byte, one that was put there: SQLite notices damage to its own structure only, so each row has a
checksum.

Whoever has a store open holds a shared lock on its folder, and only who is alone with it sets it aside or removes it:
SQLite forbids to rename a file that another process has open.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TypeVar

from kbtool.diagnostics import Diagnostic, fault

if sys.platform != "win32":
    import fcntl

__all__ = ["Store", "disk_size", "open_store", "remove_store", "store_path"]

_T = TypeVar("_T")

_VERSION = 1
_LAST_VERSION = 999  # a higher one is damage
_PATIENCE = 5.0  # seconds to wait for another process
_LARGEST = 500_000_000  # larger values are not kept: SQLite refuses those of 1 GB
_AT_ONCE = 500  # keys in one query
_SPARE = 1024  # free pages that stay for the next values
_CUT_AT_ONCE = 4096  # and how many of the others are cut off when the store is closed: a quarter of a second

# Before the first page is written, or never.  Pages of 16 kB: measured fastest for values of 5 kB and of 5 MB.
_FORM = ("PRAGMA page_size = 16384", "PRAGMA auto_vacuum = INCREMENTAL", "PRAGMA journal_mode = WAL")
# With rowids: large values in a table without them take ten times as long to delete.
_TABLE = """
CREATE TABLE entry (
    kind TEXT NOT NULL,
    key BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (kind, key)
)
"""
_SETTINGS = (
    # A power cut may then lose the last transactions, but never half of one.
    "PRAGMA synchronous = NORMAL",
    # The log of one huge transaction does not keep its size for ever.
    "PRAGMA journal_size_limit = 16777216",
    "PRAGMA cell_size_check = ON",
    "PRAGMA trusted_schema = OFF",
    # No mmap_size: it saves a millisecond, and a file cut short by others would end the process by SIGBUS.
)

# The statements here are right, so SQLITE_ERROR ("no such table") and the like mean that the file is not as it was.
_DAMAGE = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_CONSTRAINT,
}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_NOWHERE = "/dev/null"  # in which no folder can be made


class _UnfitError(Exception):
    """The file cannot be used as it is."""


class _DamagedError(_UnfitError):
    """The file is not what was written."""


class _OlderError(_UnfitError):
    """An earlier version of kbtool made the file."""


class _NewerError(_UnfitError):
    """A later version of kbtool made the file."""


# SQLite quotes names of a damaged schema, and Python's module then fails over what is no UTF-8.
_FAILURES = (sqlite3.Error, OSError, MemoryError, UnicodeDecodeError, _UnfitError)


class _FolderLock:
    """A lock on a folder, shared by all who use what is in it; where the system has none, everyone is alone."""

    def __init__(self, folder: Path, patience: float) -> None:
        """Waits for those who are alone with the folder.  Raises OSError."""
        self._descriptor: int | None = None
        if sys.platform == "win32":
            return
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        end = time.monotonic() + patience
        while not self._lock(fcntl.LOCK_SH):
            if time.monotonic() > end:
                self.close()
                raise TimeoutError("another kbtool has locked it")
            time.sleep(0.01)

    def _lock(self, operation: int) -> bool:
        if self._descriptor is None:
            return True
        try:
            fcntl.flock(self._descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            pass  # this file system knows no such locks
        return True

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody else uses the folder, which then stays so until the end of the `with`."""
        if sys.platform == "win32":
            yield True
            return
        try:
            yield self._lock(fcntl.LOCK_EX)
        finally:
            # Also where nobody was alone: the system has then taken the shared lock away.
            self._lock(fcntl.LOCK_SH)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class _Place:
    """The store as one process has it open."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.turn = threading.RLock()
        self.sqlite: sqlite3.Connection | None = None
        self.lock: _FolderLock | None = None
        self.identity: tuple[int, int] | None = None

    def close_file(self) -> None:
        if self.sqlite is not None:
            with suppress(sqlite3.Error):
                self.sqlite.close()
            self.sqlite = None

    def close(self) -> None:
        self.close_file()
        if self.lock is not None:
            self.lock.close()
            self.lock = None


# What a fork brought along: SQLite forbids to close it in the new process, so it is never collected.
_inherited: list[_Place] = []


class Store:
    """Bytes by kind and key.

    Use `open_store`.  Every method works, as if the store were empty and without keeping anything, where the file
    cannot be used.  A process that was forked from the one that opened the store may read it, not write.
    """

    def __init__(self, path: Path, patience: float = _PATIENCE) -> None:
        self.path = path
        self._patience = patience
        self._owner = os.getpid()
        self._said: dict[str, Diagnostic] = {}
        self._writable = True
        self._renewed = False
        self._in_transaction = False
        self._void = False  # the transaction has failed: what it has still to write is dropped
        self._place = _Place()
        self._open()

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What was wrong with the file so far, each thing once; a forked process tells nobody what it finds."""
        return tuple(self._said.values())

    def get(self, kind: str, key: str) -> bytes | None:
        return self.get_many(kind, [key]).get(key)

    def get_many(self, kind: str, keys: Iterable[str]) -> dict[str, bytes]:
        """The values of those keys that have one."""
        wanted = {_coded(key): key for key in keys}

        def read(sqlite: sqlite3.Connection) -> dict[str, bytes]:
            return {wanted[key]: value for key, value in _values(sqlite, kind, wanted)}

        return self._read(read, {})

    def keys(self, kind: str) -> tuple[str, ...]:
        """All keys of a kind, sorted."""

        def read(sqlite: sqlite3.Connection) -> tuple[str, ...]:
            rows = sqlite.execute("SELECT key FROM entry WHERE kind = ? ORDER BY key", (kind,))
            return tuple(_decoded(key) for (key,) in rows.fetchall())

        return self._read(read, ())

    def kinds(self) -> tuple[str, ...]:
        """All kinds that have a value, sorted."""

        def read(sqlite: sqlite3.Connection) -> tuple[str, ...]:
            return tuple(sorted(str(kind) for (kind,) in sqlite.execute("SELECT DISTINCT kind FROM entry").fetchall()))

        return self._read(read, ())

    def size(self) -> Mapping[str, tuple[int, int]]:
        """The number of values and of their bytes, by kind."""

        def read(sqlite: sqlite3.Connection) -> dict[str, tuple[int, int]]:
            rows = sqlite.execute("SELECT kind, count(*), sum(length(value)) FROM entry GROUP BY kind")
            return {str(kind): (count, int(size or 0)) for kind, count, size in rows.fetchall()}

        return self._read(read, {})

    def put(self, kind: str, key: str, value: bytes) -> None:
        self.put_many(kind, [(key, value)])

    def put_many(self, kind: str, items: Iterable[tuple[str, bytes]]) -> None:
        """Stores the values, all or none of them; they replace those of the same keys."""
        rows = [_row(kind, key, value) for key, value in items if len(value) <= _LARGEST]
        self._write(lambda sqlite: sqlite.executemany("REPLACE INTO entry VALUES (?, ?, ?, ?)", rows))

    def delete(self, kind: str, keys: Iterable[str]) -> None:
        """Forgets the values of the keys; a key that has none is no fault."""
        rows = [(kind, _coded(key)) for key in keys]
        self._write(lambda sqlite: sqlite.executemany("DELETE FROM entry WHERE kind = ? AND key = ?", rows))

    def clear(self, kinds: Iterable[str] | None = None) -> None:
        """Forgets everything, or all of the given kinds, and gives the space back."""
        if kinds is None:
            self._write(lambda sqlite: sqlite.execute("DELETE FROM entry"))
        else:
            rows = [(kind,) for kind in kinds]
            self._write(lambda sqlite: sqlite.executemany("DELETE FROM entry WHERE kind = ?", rows))
        self._shrink(spare=0)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is written inside is kept wholly or, after an exception, a kill or a fault of the file, not at all.

        What is read inside includes it.  Transactions do not nest.
        """
        here = self._mine()
        with here.turn:
            if self._in_transaction:
                raise RuntimeError("the store is in a transaction already")
            self._in_transaction = True
            try:
                self._write(lambda sqlite: sqlite.execute("BEGIN IMMEDIATE"))
                yield
                self._write(lambda sqlite: sqlite.execute("COMMIT"))
            finally:
                self._in_transaction = self._void = False
                self._roll_back()

    def close(self) -> None:
        """Gives the file back; a closed store works as an empty one that keeps nothing."""
        if self._place.pid == os.getpid():
            self._shrink(_SPARE, _CUT_AT_ONCE)
            self._place.close()
        else:
            _inherited.append(self._place)
            self._place = _Place()

    def _here(self) -> _Place:
        """The store as this process has it; a forked one opens it first."""
        inherited = self._place
        if inherited.pid != os.getpid():
            _inherited.append(inherited)
            self._place = _Place()
            if inherited.sqlite is not None:
                self._open()
        return self._place

    def _mine(self) -> _Place:
        if os.getpid() != self._owner:
            raise RuntimeError("a forked process may read the store that it came with, not write to it")
        return self._place

    def _read(self, work: Callable[[sqlite3.Connection], _T], nothing: _T) -> _T:
        here = self._here()
        with here.turn:
            if here.sqlite is None:
                return nothing
            try:
                return work(here.sqlite)
            except _FAILURES as error:
                self._failed(error, self._give_up)
                return nothing

    def _write(self, work: Callable[[sqlite3.Connection], object]) -> None:
        here = self._mine()
        with here.turn:
            if here.sqlite is None or self._void or not self._writable:
                return
            try:
                if _identity(self.path) != here.identity:
                    raise _UnfitError("it was moved or removed")
                if self._in_transaction:
                    work(here.sqlite)
                else:
                    _atomically(here.sqlite, work)
            except _FAILURES as error:
                self._failed(error, self._stop_writing)

    def _shrink(self, spare: int, at_most: int = sys.maxsize) -> None:
        """Cuts off free pages; where that fails the file is merely larger than it need be."""
        here = self._place
        with here.turn, suppress(sqlite3.Error):
            if here.sqlite is not None and not self._in_transaction:
                _cut(here.sqlite, spare, at_most)

    def _open(self) -> None:
        try:
            self._connect()
        except _FAILURES as error:
            self._failed(error, self._give_up)

    def _connect(self) -> None:
        here, owner = self._place, os.getpid() == self._owner
        if owner:
            _make_folder(self.path.parent)
        here.lock = here.lock or _FolderLock(self.path.parent, self._patience)
        here.sqlite = _connected(self.path, self._patience, "rwc" if owner else "ro")
        here.identity = _identity(self.path)

    def _failed(self, error: Exception, otherwise: Callable[[Exception], None]) -> None:
        """Does what the error asks for: begin anew, wait no more, or, for a fault of disk or rights, `otherwise`."""
        self._roll_back()
        self._void = self._in_transaction
        if _is_damage(error) or (_result_code(error) == sqlite3.SQLITE_READONLY and _may_write(self.path)):
            self._begin_anew(error)
        elif _result_code(error) in _BUSY:
            self._wait_no_more()
        else:
            otherwise(error)

    def _roll_back(self) -> None:
        sqlite = self._place.sqlite
        if sqlite is not None and self._place.pid == os.getpid() and sqlite.in_transaction:
            with suppress(sqlite3.Error):
                sqlite.execute("ROLLBACK")

    def _begin_anew(self, error: Exception) -> None:
        """Sets the file aside and opens a new one, where nobody else uses it, and once."""
        here = self._place
        here.close_file()
        if here.lock is None or self._renewed or os.getpid() != self._owner:
            self._give_up(error)
            return
        self._renewed = True
        with here.lock.alone() as alone:
            if alone:
                self._replace(error)
        if not alone:
            self._give_up(_DamagedError(f"{error}; it is set aside when no other process has it open"))

    def _replace(self, error: Exception) -> None:
        try:
            if isinstance(error, _OlderError):
                _remove(self.path)
            else:
                _set_aside(self.path)
                self._say(f"the store was damaged ({error}) and is begun anew", f"the old file is {_aside(self.path)}")
            self._connect()
        except _FAILURES as failure:
            self._give_up(failure)

    def _wait_no_more(self) -> None:
        self._say(f"another process has kept the store locked for {self._patience:g} s, so not everything is kept")
        if self._place.sqlite is None:
            self._place.close()
        else:
            with suppress(sqlite3.Error):
                self._place.sqlite.execute("PRAGMA busy_timeout = 0")

    def _stop_writing(self, error: Exception) -> None:
        self._writable = False
        self._say(f"the store cannot be written ({_reason(error)}), so nothing more is kept", _hint(self.path, error))

    def _give_up(self, error: Exception) -> None:
        self._place.close()
        self._say(f"the store cannot be used ({_reason(error)}), so everything is made anew", _hint(self.path, error))

    def _say(self, message: str, hint: str = "") -> None:
        self._said.setdefault(message, fault("store-unusable", ".", 0, 0, message, hint))


def open_store(path: Path, patience: float = _PATIENCE) -> Store:
    """The store in the file, which is made with its folder where missing.

    Never raises: `Store.diagnostics` tells what is wrong.  `patience` is how many seconds to wait for another process.
    """
    return Store(path, patience)


def remove_store(path: Path) -> int:
    """Removes a store and what was set aside of it; the number of bytes that this freed.

    While another process uses the store it is emptied instead.  Raises OSError.
    """
    before = disk_size(path)
    if not path.parent.is_dir():
        return 0
    with closing(_FolderLock(path.parent, _PATIENCE)) as lock, lock.alone() as alone:
        if alone:
            _remove(path)
            with suppress(OSError):  # something else is in it
                path.parent.rmdir()
    if not alone:
        with closing(open_store(path)) as store:
            store.clear()
    return max(0, before - disk_size(path))


def disk_size(path: Path) -> int:
    """The bytes that a store takes on the disk, with its log and what was set aside."""
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*") if file.is_file())


def store_path(vault: Path) -> Path:
    """Where the store of a vault is: in the user's cache folder, under the vault's name and a hash of its real path."""
    real = os.path.realpath(vault)
    digest = hashlib.sha256(os.fsencode(real)).hexdigest()[:12]
    return _cache_folder() / f"{os.path.basename(real)[:40]}-{digest}" / "store.sqlite"


def _cache_folder() -> Path:
    if own := os.environ.get("KBTOOL_CACHE"):
        return Path(os.path.abspath(os.path.expanduser(own)))
    shared = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(shared):  # relative ones do not count, says the specification
        shared = os.path.expanduser("~/.cache")
    # Without a home folder this is no absolute path, and no folder called `~` is to be made.
    return Path(shared if os.path.isabs(shared) else _NOWHERE) / "kbtool"


def _reason(error: Exception) -> str:
    # Without number and file name; the hint has the latter.
    return (isinstance(error, OSError) and error.strerror) or str(error) or "no memory"


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LITTLE = 1 << 20  # bytes left on a disk


def _hint(path: Path, error: Exception) -> str:
    """What to do: for a full disk and for one that cannot be written, clearing the store is of no use."""
    there = next((place for place in (path, *path.parents) if place.exists()), path)
    if not (os.access(there, os.W_OK) and os.access(path.parent if there == path else there, os.W_OK)):
        return f"make {there} writable, or name another place by KBTOOL_CACHE"
    no_room = getattr(error, "errno", None) in _NO_ROOM or _result_code(error) == sqlite3.SQLITE_FULL
    if no_room or _room(there) < _LITTLE:
        return f"make room on the disk of {there}, or name another place by KBTOOL_CACHE"
    return f"it is {path}; `kbtool cache clear` removes it, KBTOOL_CACHE names another place"


def _room(place: Path) -> int:
    """The bytes that are left on the disk; any number where nobody says."""
    try:
        disk = os.statvfs(place)
    except (OSError, AttributeError):
        return sys.maxsize
    return disk.f_bavail * disk.f_frsize


def _coded(key: str) -> bytes:
    # A key may be the name of a file, which may be anything.
    return key.encode("utf-8", "surrogatepass")


def _decoded(key: bytes) -> str:
    try:
        return key.decode("utf-8", "surrogatepass")
    except (UnicodeDecodeError, AttributeError) as error:
        raise _DamagedError("a key is no text") from error


def _checksum(kind: str, key: bytes, value: bytes) -> int:
    return zlib.crc32(value, zlib.crc32(kind.encode() + b"\0" + key))


def _row(kind: str, key: str, value: bytes) -> tuple[str, bytes, int, bytes]:
    coded = _coded(key)
    return kind, coded, _checksum(kind, coded, value), value


def _values(sqlite: sqlite3.Connection, kind: str, keys: Mapping[bytes, str]) -> Iterator[tuple[bytes, bytes]]:
    left = iter(keys)
    while some := tuple(islice(left, _AT_ONCE)):
        query = f"SELECT key, checksum, value FROM entry WHERE kind = ? AND key IN ({','.join('?' * len(some))})"
        for key, checksum, value in sqlite.execute(query, (kind, *some)).fetchall():
            if key not in keys or not isinstance(value, bytes) or _checksum(kind, key, value) != checksum:
                raise _DamagedError("a value is not the one that was stored")
            yield key, value


def _atomically(sqlite: sqlite3.Connection, work: Callable[[sqlite3.Connection], object]) -> None:
    try:
        sqlite.execute("BEGIN IMMEDIATE")
        work(sqlite)
        sqlite.execute("COMMIT")
    finally:
        if sqlite.in_transaction:
            sqlite.execute("ROLLBACK")


def _cut(sqlite: sqlite3.Connection, spare: int, at_most: int) -> None:
    (free,) = sqlite.execute("PRAGMA freelist_count").fetchone()
    if free > spare:
        # `execute` would stop after one page, for which SQLite gives an empty row.
        sqlite.executescript(f"PRAGMA incremental_vacuum({min(free - spare, at_most)})")
        sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _identity(path: Path) -> tuple[int, int]:
    """Which file this is, whatever its name.  Raises OSError."""
    state = path.stat()
    return state.st_dev, state.st_ino


def _connected(path: Path, patience: float, mode: str) -> sqlite3.Connection:
    if path.exists() and not path.is_file():
        raise _DamagedError("something that is no file is in its place")
    sqlite = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _prepare(sqlite, time.monotonic() + patience)
    except BaseException:
        sqlite.close()
        raise
    return sqlite


def _prepare(sqlite: sqlite3.Connection, deadline: float) -> None:
    (version,) = sqlite.execute("PRAGMA user_version").fetchone()
    if version > _LAST_VERSION:
        raise _DamagedError("there is no such version")
    if version > _VERSION:
        raise _NewerError("a newer kbtool made it")
    if version < _VERSION:
        _create(sqlite, deadline)
    for setting in _SETTINGS:
        sqlite.execute(setting)
    sqlite.execute("SELECT kind, key, checksum, value FROM entry LIMIT 0")


def _create(sqlite: sqlite3.Connection, deadline: float) -> None:
    """Makes the table, unless another process was faster.

    Two processes that begin one file at once disturb each other in ways for which SQLite does not wait by itself.
    """
    while True:
        try:
            for form in _FORM:
                sqlite.execute(form)
            _atomically(sqlite, _make_table)
        except sqlite3.OperationalError as error:
            if _result_code(error) not in _BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _make_table(sqlite: sqlite3.Connection) -> None:
    (version,) = sqlite.execute("PRAGMA user_version").fetchone()
    (tables,) = sqlite.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version == _VERSION:
        return
    if tables:
        raise _OlderError("an earlier kbtool made it")
    sqlite.execute(_TABLE)
    sqlite.execute(f"PRAGMA user_version = {_VERSION}")


def _result_code(error: Exception) -> int | None:
    """SQLite's primary result code, without what extends it."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _is_damage(error: Exception) -> bool:
    # Python's module gives no code where it cannot decode a text.
    undecodable = isinstance(error, sqlite3.OperationalError) and _result_code(error) is None
    unfit = isinstance(error, UnicodeDecodeError | _DamagedError | _OlderError)
    return undecodable or unfit or _result_code(error) in _DAMAGE


def _may_write(path: Path) -> bool:
    """Whether nothing but a damaged header can be the reason why SQLite takes the file for read-only."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _make_folder(folder: Path) -> None:
    """Makes a folder and those above it, for this user alone.  Raises OSError."""
    for missing in [f for f in (*reversed(folder.parents), folder) if not f.is_dir()]:
        missing.mkdir(0o700, exist_ok=True)


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.damaged")


def _set_aside(path: Path) -> None:
    _delete(_aside(path))
    path.replace(_aside(path))
    _delete_log(path)


def _remove(path: Path) -> None:
    for file in (path, _aside(path)):
        _delete(file)
    _delete_log(path)


def _delete_log(path: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal"):
        _delete(path.with_name(path.name + suffix))


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        import shutil

        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
