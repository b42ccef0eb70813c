"""What a block meets while it runs, as Python announces it: files opened, folders listed, modules sought.

Python tells of each such step through an *audit event* (PEP 578).  One hook listens; it costs a block nothing but
these events, changes nothing that the block could see, and hears what libraries and imported modules do as well: a
module is a file that is opened.  `builtins.__import__` stays Python's own: a frame of ours in it would show in
tracebacks and shift the places that warnings name.

What it writes, makes and removes is told too: that is what else it gives, beside its output.  What it wrote itself it
does not *meet* when it reads it again.

Left out: its temporary folder, Python's own files, and what is no file.  Of a package only its name is told, for its
version stands for its files.

Python announces no search for a module that is then not imported (`find_spec`).  So a finder stands before the others
that finds nothing and hears what is sought, and on which path.
"""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from stat import S_ISREG
from threading import get_ident
from typing import Any

from kbtool.run.folders import below
from kbtool.run.packages import entry_of, is_site
from kbtool.run.processes import lowest_free_above
from kbtool.run.source import digest

__all__ = ["Recorder", "recorder"]

# Private names: a note may replace what `os` offers.
_stat, _getcwd, _getpid, _write, _pread = os.stat, os.getcwd, os.getpid, os.write, os.pread
_fsdecode, _join, _isabs, _normpath = os.fsdecode, os.path.join, os.path.isabs, os.path.normpath
_lexists, _realpath, _dirname = os.path.lexists, os.path.realpath, os.path.dirname
_open, _read, _close, _listdir, _readlink = os.open, os.read, os.close, os.listdir, os.readlink
_now, _dumps, _loads, _frame = time.time_ns, json.dumps, json.loads, sys._getframe

_ACCESS = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
_CHUNK = 1 << 20
_TICK_NS = 20_000_000
"""Two changes of a file this close to each other may leave the same time on it."""

_IMPORT_SYSTEM = "<frozen importlib._bootstrap_external>"
_COMPILED = re.compile(r"/__pycache__/([^/]+?)\.[^/.]+(?:\.opt-\d)?\.pyc$")
_MAGIC = re.compile(r"[*?\[]")


_ZIP = f"python{sys.version_info[0]}{sys.version_info[1]}.zip"


def _python_folders() -> Iterator[str]:
    """The folders whose files the version of Python stands for, and those that hold no files."""
    yield from ("/proc", "/dev", "/sys")
    for kind in ("stdlib", "platstdlib"):
        path = sysconfig.get_path(kind)
        yield from (path, os.path.realpath(path), str(Path(path).parent / _ZIP))
    yield str(Path(__file__).resolve().parent)


State = tuple[int, int, int, int] | tuple[int, int, int, int, str]
"""Size, times and inode; and the digest of what is in it, where its times do not vouch for that."""


class Recorder:
    """Collects what this process meets until it is taken."""

    def __init__(self) -> None:
        self._skipped = tuple(f"{folder}/" for folder in dict.fromkeys(_python_folders()))
        self._written: set[str] = set()
        self._own: tuple[str, ...] = ()
        self._trail = -1
        self.deaf: set[int] = set()
        self.start(())
        sys.meta_path.insert(0, _Sought(self))
        sys.addaudithook(_hook_of(self))

    def start(self, own: Iterable[str]) -> None:
        """In a process that begins to run notes; files below the folders `own` do not count."""
        self._own = (*self._own, *(f"{place}/" for folder in own for place in (folder, _realpath(folder))))
        self._owner, self._trail, self._read_up_to = _getpid(), _new_trail(), 0
        self._clear()

    def begin(self) -> None:
        """Another note begins: what the one before it wrote is to this one a file like any other."""
        self._written.clear()
        self.take()

    def _clear(self) -> None:
        self._files: dict[str, State | None] = {}
        self._folders: dict[str, State | None] = {}
        self._trees: dict[str, str] = {}
        self._globs: dict[str, None] = {}
        self._packages: dict[str, None] = {}
        self._sought: dict[tuple[str, tuple[str, ...]], None] = {}
        self._wrote: dict[str, bool] = {}
        self._databases: dict[str, None] = {}
        self._whole = True

    def take(self) -> dict[str, Any]:
        """All since the last time, for the supervisor; `whole` = nothing was missed."""
        try:
            self._gather()
            lookups, wrote = _lookups(self._sought, self._skipped), dict(_wrote(self._wrote))
        except Exception:
            self._whole, lookups, wrote = False, {}, {}
        taken = {
            "files": list(self._files.items()),
            "folders": list(self._folders.items()),
            "trees": list(self._trees.items()),
            "wrote": list(wrote.items()),
            "globs": list(self._globs),
            "lookups": [[folder, sorted(names)] for folder, names in lookups.items()],
            "packages": sorted(self._packages),
            "databases": list(self._databases),
            "whole": self._whole,
        }
        self._clear()
        return taken

    def missed(self) -> None:
        """Something was met and could not be noted."""
        self._whole = False

    # --- hearing ---------------------------------------------------------------------------------------------------

    def _opened(self, args: tuple[Any, ...]) -> None:
        path, mode, flags = args
        for name in _meant(path, unsaid=mode is None):
            self._open(_COMPILED.sub(r"/\1.py", name), flags)

    def _open(self, name: str, flags: int) -> None:
        if name in self._written or name.startswith(self._own):
            name = _realpath(name)  # a link that the note made may lead to what it did not make
        if self._is_skipped(name):
            return
        access = flags & _ACCESS
        if access and (flags & (os.O_TRUNC | os.O_APPEND) or access == os.O_WRONLY or _is_new(name, flags)):
            self._writes(name, anew=bool(flags & os.O_TRUNC) or _state(name) is None)
        if access != os.O_WRONLY and name not in self._written:
            self._note("files", name, self._seen(name))

    def _listed(self, args: tuple[Any, ...]) -> None:
        # Whoever lists is two frames up, above the hook.
        if _frame(2).f_code.co_filename == _IMPORT_SYSTEM:
            return  # it looks for modules; those that it looks for are told by name
        name = _absolute("." if args[0] is None else args[0])
        if name is not None and not self._is_skipped(name + "/") and name not in self._written:
            self._note("folders", name, self._seen(name))

    def _imported(self, args: tuple[Any, ...]) -> None:
        if args[1] is not None:
            self._opened((args[1], "r", 0))

    def sought(self, module: str, path: Sequence[str] | None) -> None:
        """Python looks for a module in the folders of `path`."""
        folders = tuple(str(folder) or _getcwd() for folder in (sys.path if path is None else path))
        self._note("sought", (module, folders), None)

    def _declared(self, args: tuple[Any, ...]) -> None:
        """`kbtool.data` looks at a path: a file counts, and a folder with all that is in it."""
        (name,) = args
        if os.path.isdir(name):
            with self.deafened():
                self._note("trees", name, below(name))
        elif not self._is_skipped(name):
            self._note("files", name, self._seen(name))

    def _globbed(self, args: tuple[Any, ...]) -> None:
        pattern = _absolute(args[0])
        if pattern is not None and not self._is_skipped(pattern):
            self._note("globs" if _MAGIC.search(pattern) else "files", pattern, _state(pattern))

    def _globbed_path(self, args: tuple[Any, ...]) -> None:
        self._globbed((_join(str(args[0]), str(args[1])),))

    def _globbed_below(self, args: tuple[Any, ...]) -> None:
        self._globbed((_join(str(args[0]), "**", str(args[1])),))

    def _made(self, args: tuple[Any, ...]) -> None:
        """Told before it happens: where something is already, nothing will be made."""
        name = _absolute(args[0], args[-1])
        if name is not None and not _lexists(name):
            self._writes(name, anew=True)

    def _removed(self, args: tuple[Any, ...]) -> None:
        name = _absolute(*args)
        if name is not None and _lexists(name):
            self._writes(name, anew=True)

    def _cut(self, args: tuple[Any, ...]) -> None:
        name = _absolute(args[0])
        if name is not None:
            self._writes(name, anew=False)

    def _moved(self, args: tuple[Any, ...]) -> None:
        """What is moved is read where it was, unless the note made it, and written where it comes to."""
        source, target = _absolute(args[0], args[2]), _absolute(args[1], args[3])
        if source is None or target is None:
            self.missed()
            return
        if source not in self._written and not source.startswith(self._own):
            self._open(source, os.O_RDONLY)
        with self.deafened():
            moved = [_join(folder, name)[len(source) :] for folder, _, names in os.walk(source) for name in names]
        for end in ("", *moved):
            self._writes(source + end, anew=True)
            self._writes(target + end, anew=True)

    def _linked(self, args: tuple[Any, ...]) -> None:
        source = _absolute(args[0], args[2])
        if source is not None:
            self._open(source, os.O_RDONLY)  # through the new name it may be read
        self._made((args[1], args[3]))

    def _pointed(self, args: tuple[Any, ...]) -> None:
        self._made(args[1:])

    def _connected(self, args: tuple[Any, ...]) -> None:
        self._note("databases", "sqlite", None)
        path = _fsdecode(args[0])
        path = path.removeprefix("file:").partition("?")[0] if path.startswith("file:") else path
        if path and path != ":memory:":
            self._opened((path, "r+", os.O_RDWR | os.O_CREAT))

    # --- keeping ---------------------------------------------------------------------------------------------------

    def _writes(self, name: str, *, anew: bool) -> None:
        """`anew`: nothing of what was there before is left in it."""
        if name in self._written:
            anew = True
        if anew:
            self._written.add(name)
        if not self._is_skipped(name):
            self._note("wrote", name, _lexists(name))

    def _is_skipped(self, path: str) -> bool:
        package = entry_of(path)
        if package:
            self._note("packages", package, None)
            return True
        return path.startswith(self._skipped) or path.startswith(self._own)

    def _seen(self, path: str) -> State | None:
        state = _state(path)
        if state is None or max(state[1], state[2]) + _TICK_NS <= _now():
            return state
        with self.deafened():
            return (*state, _contents(path))  # it may change again and look the same

    @contextmanager
    def deafened(self) -> Iterator[None]:
        """For what this recorder does itself."""
        self.deaf.add(get_ident())
        try:
            yield
        finally:
            self.deaf.discard(get_ident())

    def _note(self, what: str, subject: Any, state: Any) -> None:
        if _getpid() == self._owner:
            getattr(self, f"_{what}").setdefault(subject, state)
        else:  # in a process that the note forked: its memory is not ours
            with suppress(OSError):
                _write(self._trail, (_dumps([what, subject, state]) + "\n").encode())

    def _gather(self) -> None:
        """What processes that the note forked have met."""
        if self._trail < 0:
            return
        size = _stat(self._trail).st_size
        lines = _pread(self._trail, size - self._read_up_to, self._read_up_to).decode().splitlines()
        self._read_up_to = size
        for line in lines:
            what, subject, state = _loads(line)
            if what == "sought":
                subject = subject[0], tuple(subject[1])
            getattr(self, f"_{what}").setdefault(subject, tuple(state) if isinstance(state, list) else state)


_EVENTS: Mapping[str, Callable[[Recorder, tuple[Any, ...]], None]] = {
    "open": Recorder._opened,
    "import": Recorder._imported,
    "os.listdir": Recorder._listed,
    "os.scandir": Recorder._listed,
    "glob.glob": Recorder._globbed,
    "pathlib.Path.glob": Recorder._globbed_path,
    "pathlib.Path.rglob": Recorder._globbed_below,
    "sqlite3.connect": Recorder._connected,
    "kbtool.data": Recorder._declared,
    "os.truncate": Recorder._cut,
    "os.mkdir": Recorder._made,
    "os.remove": Recorder._removed,
    "os.rmdir": Recorder._removed,
    "os.rename": Recorder._moved,
    "os.link": Recorder._linked,
    "os.symlink": Recorder._pointed,
}


def _hook_of(recorder: Recorder) -> Callable[[str, tuple[Any, ...]], None]:
    # A plain function: Python calls it at each `id()` too, and a method would cost four times as much.
    deaf = recorder.deaf

    def hear(event: str, args: tuple[Any, ...]) -> None:
        if event in _EVENTS and get_ident() not in deaf:
            try:
                _EVENTS[event](recorder, args)
            except Exception:  # whatever it is, the block must not see it
                recorder.missed()

    return hear


_recorders: list[Recorder] = []


def recorder() -> Recorder:
    """The recorder of this process; a hook, once there, cannot be taken away, and a forked process inherits it."""
    if not _recorders:
        _recorders.append(Recorder())
    return _recorders[0]


def _new_trail() -> int:
    """A file in memory to which forked processes add; -1 where there is no such thing."""
    if not hasattr(os, "memfd_create"):
        return -1
    import fcntl

    trail = lowest_free_above(os.memfd_create("met"))
    fcntl.fcntl(trail, fcntl.F_SETFL, os.O_APPEND)
    return trail


class _Sought:
    """Finds no module, and hears which ones are sought."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def find_spec(self, name: str, path: Sequence[str] | None = None, _target: object = None) -> None:
        try:
            self._recorder.sought(name, path)
        except Exception:  # as in the hook
            self._recorder.missed()


def _meant(path: Any, *, unsaid: bool) -> Iterator[str]:
    """What a path that is opened may mean.

    `unsaid`: it was opened by `os.open`, which does not announce whether it is relative to a folder that is open
    (`dir_fd`).  Then it may be in any such folder; that it is not in the others holds as well.
    """
    name = None if isinstance(path, int) else _absolute(path)  # a descriptor was opened before
    if name is None:
        return
    yield name
    if unsaid and not _isabs(_fsdecode(path)):
        for number in _listdir("/proc/self/fd") if _lexists("/proc/self/fd") else ():
            folder = _folder_of(int(number))
            if folder is not None:
                yield _normpath(_join(folder, _fsdecode(path)))


def _folder_of(descriptor: int) -> str | None:
    """The folder, or file, that a descriptor stands for; None where that cannot be told."""
    try:
        name = _readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return None
    return name if name.startswith("/") and not name.endswith(" (deleted)") else None


def _absolute(path: Any, folder: int = -1) -> str | None:
    """The path as it is meant now, relative to an open folder where there is one; None where that cannot be told."""
    if path is None:
        return None
    if isinstance(path, int):
        return _folder_of(path)
    name = _fsdecode(path)
    if not _isabs(name):
        start = _getcwd() if folder < 0 else _folder_of(folder)
        if start is None:
            return None
        name = _join(start, name)
    return name if "/../" in name else _normpath(name)  # `..` after a link is not what it looks like


def _state(path: str) -> State | None:
    try:
        info = _stat(path)
    except OSError:
        return None
    return info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino


def _is_new(path: str, flags: int) -> bool:
    return bool(flags & os.O_CREAT) and _state(path) is None


def _contents(path: str) -> str:
    """What `outside` would say of it; the empty string where there is nothing to read."""
    if not S_ISREG(_stat(path).st_mode):
        return digest(*map(os.fsencode, sorted(_listdir(path))))
    total, file = blake2b(digest_size=16), _open(path, os.O_RDONLY)
    try:
        while data := _read(file, _CHUNK):
            total.update(data)
    finally:
        _close(file)
    return total.hexdigest()


def _wrote(paths: Mapping[str, bool]) -> Iterator[tuple[str, State | None]]:
    """What was written, and is there or was before; a file that came and went leaves nothing."""
    for path, before in paths.items():
        state = _state(path)
        if before or state is not None:
            yield path, state


def _lookups(sought: Iterable[tuple[str, tuple[str, ...]]], skipped: tuple[str, ...]) -> dict[str, set[str]]:
    """In which folders, packages' own aside, the modules were sought: another file there could take their place."""
    found: dict[str, set[str]] = {}
    for module, folders in sought:
        name = module.rpartition(".")[2]
        elsewhere = _may_come_from_elsewhere(module, name)
        for folder in folders:
            if elsewhere if is_site(folder) else not f"{folder}/".startswith(skipped):
                found.setdefault(folder, set()).add(name)
    return found


def _may_come_from_elsewhere(module: str, name: str) -> bool:
    """Whether a package that is installed could bring it: it was not found, or is a mere folder."""
    if module not in sys.modules:
        return name not in sys.stdlib_module_names
    return getattr(sys.modules[module], "__file__", "") is None
