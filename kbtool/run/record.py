"""What a block meets while it runs, as Python announces it: files opened, folders listed, modules sought.

Python tells of each such step through an *audit event* (PEP 578).  One hook listens; it costs a block nothing but
these events, changes nothing that the block could see, and hears what libraries and imported modules do as well: a
module is a file that is opened.  `builtins.__import__` stays Python's own: a frame of ours in it would show in
tracebacks and shift the places that warnings name.

Left out: what the note itself wrote, its temporary folder, Python's own files, and what is no file.  Of a package only
its name is told, for its version stands for its files.
"""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from kbtool.run.packages import entry_of, is_site
from kbtool.run.processes import lowest_free_above

__all__ = ["Recorder", "recorder"]

# Private names: a note may replace what `os` offers.
_stat, _getcwd, _getpid, _write, _pread = os.stat, os.getcwd, os.getpid, os.write, os.pread
_fsdecode, _join, _isabs, _normpath = os.fsdecode, os.path.join, os.path.isabs, os.path.normpath
_lexists, _realpath = os.path.lexists, os.path.realpath
_now, _dumps, _loads, _frame = time.time_ns, json.dumps, json.loads, sys._getframe

_ACCESS = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
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


State = tuple[int, int, int, int]


class Recorder:
    """Collects what this process meets until it is taken."""

    def __init__(self) -> None:
        self._skipped = tuple(f"{folder}/" for folder in dict.fromkeys(_python_folders()))
        self._written: set[str] = set()
        self._own: tuple[str, ...] = ()
        self._trail = -1
        self.start(())
        sys.addaudithook(_hook_of(self))

    def start(self, own: Iterable[str]) -> None:
        """In a process that begins to run notes; files below the folders `own` do not count."""
        self._own = (*self._own, *(f"{place}/" for folder in own for place in (folder, _realpath(folder))))
        self._owner, self._trail, self._read_up_to = _getpid(), _new_trail(), 0
        self._clear()

    def _clear(self) -> None:
        self._files: dict[str, State | None] = {}
        self._folders: dict[str, State | None] = {}
        self._globs: dict[str, None] = {}
        self._packages: dict[str, None] = {}
        self._modules: dict[str, None] = {}
        self._whole = True

    def take(self) -> dict[str, Any]:
        """All since the last time, for the supervisor; `whole` = nothing was missed."""
        try:
            self._gather()
            lookups = _lookups(self._modules, self._skipped)
        except Exception:
            self._whole, lookups = False, {}
        taken = {
            "files": list(self._files.items()),
            "folders": list(self._folders.items()),
            "globs": list(self._globs),
            "lookups": [[folder, sorted(names)] for folder, names in lookups.items()],
            "packages": sorted(self._packages),
            "whole": self._whole,
        }
        self._clear()
        return taken

    def missed(self) -> None:
        """Something was met and could not be noted."""
        self._whole = False

    # --- hearing ---------------------------------------------------------------------------------------------------

    def _opened(self, args: tuple[Any, ...]) -> None:
        path, _, flags = args
        name = _absolute(path)
        name = name and _COMPILED.sub(r"/\1.py", name)
        if name is not None and (name in self._written or name.startswith(self._own)):
            name = _realpath(name)  # a link that the note made may lead to what it did not make
        if name is None or self._is_skipped(name):
            return
        access = flags & _ACCESS
        if access and (flags & os.O_TRUNC or (flags & os.O_CREAT and _state(name) is None)):
            self._written.add(name)
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
        name, file = args[:2]
        if file is not None:
            self._opened((file, None, 0))
        elif self._owner == _getpid():
            self._modules[str(name)] = None

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
        name = _absolute(args[0])
        if name is not None and not _lexists(name):
            self._written.add(name)

    def _removed(self, args: tuple[Any, ...]) -> None:
        name = _absolute(args[0])
        if name is not None:
            self._written.add(name)

    def _moved(self, args: tuple[Any, ...]) -> None:
        source, target = _absolute(args[0]), _absolute(args[1])
        if target is not None and source in self._written:
            self._written.add(target)

    def _linked(self, args: tuple[Any, ...]) -> None:
        self._opened((args[0], None, os.O_RDONLY))  # through the new name it may be read
        self._made(args[1:])

    def _pointed(self, args: tuple[Any, ...]) -> None:
        self._made(args[1:])

    def _connected(self, args: tuple[Any, ...]) -> None:
        path = _fsdecode(args[0])
        path = path.removeprefix("file:").partition("?")[0] if path.startswith("file:") else path
        if path and path != ":memory:":
            self._opened((path, None, os.O_RDWR))

    # --- keeping ---------------------------------------------------------------------------------------------------

    def _is_skipped(self, path: str) -> bool:
        package = entry_of(path)
        if package:
            self._note("packages", package, None)
            return True
        return path.startswith(self._skipped) or path.startswith(self._own)

    def _seen(self, path: str) -> State | None:
        state = _state(path)
        if state is not None and max(state[1], state[2]) + _TICK_NS > _now():
            self._whole = False  # it may change again and look the same
        return state

    def _note(self, what: str, subject: str, state: State | None) -> None:
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
            getattr(self, f"_{what}").setdefault(subject, state and tuple(state))


_EVENTS: Mapping[str, Callable[[Recorder, tuple[Any, ...]], None]] = {
    "open": Recorder._opened,
    "import": Recorder._imported,
    "os.listdir": Recorder._listed,
    "os.scandir": Recorder._listed,
    "glob.glob": Recorder._globbed,
    "pathlib.Path.glob": Recorder._globbed_path,
    "pathlib.Path.rglob": Recorder._globbed_below,
    "sqlite3.connect": Recorder._connected,
    "os.mkdir": Recorder._made,
    "os.remove": Recorder._removed,
    "os.rmdir": Recorder._removed,
    "os.rename": Recorder._moved,
    "os.link": Recorder._linked,
    "os.symlink": Recorder._pointed,
}


def _hook_of(recorder: Recorder) -> Callable[[str, tuple[Any, ...]], None]:
    # A plain function: Python calls it at each `id()` too, and a method would cost four times as much.
    def hear(event: str, args: tuple[Any, ...]) -> None:
        if event in _EVENTS:
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


def _absolute(path: Any) -> str | None:
    """The path as it is meant now; None for a descriptor."""
    if isinstance(path, int) or path is None:
        return None
    name = _fsdecode(path)
    if not _isabs(name):
        name = _join(_getcwd(), name)
    return name if "/../" in name else _normpath(name)  # `..` after a link is not what it looks like


def _state(path: str) -> State | None:
    try:
        info = _stat(path)
    except OSError:
        return None
    return info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino


def _lookups(modules: Iterable[str], skipped: tuple[str, ...]) -> dict[str, set[str]]:
    """In which folders, packages' own aside, the modules were sought: another file there could take their place."""
    found: dict[str, set[str]] = {}
    for module in modules:
        package, _, name = module.rpartition(".")
        path = getattr(sys.modules.get(package), "__path__", ()) if package else sys.path
        missing = module not in sys.modules and name not in sys.stdlib_module_names
        for folder in path:
            if folder and (missing if is_site(folder) else not f"{folder}/".startswith(skipped)):
                found.setdefault(str(folder), set()).add(name)
    return found
