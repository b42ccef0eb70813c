"""Holding processes together: nothing that a note starts outlives it, and nothing outlives the build.

Three means, all of Linux: a process that dies takes its children along (`die_with_parent`); orphans come back to their
nearest *subreaper* ancestor (`adopt_orphans`), which ends them (`end_children`); and a small guard process stands
between the build and everything it starts, so that even a killed build leaves nothing (`guard`).  Elsewhere the first
two do nothing.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import select
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "Handle",
    "adopt_orphans",
    "die_with_parent",
    "end_children",
    "guard",
    "handle_of_self",
    "limit_memory",
    "limit_resources",
    "lowest_free_above",
    "made_folder",
    "release_openmp",
    "remove_folder",
]

LINUX = sys.platform == "linux"

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_OMP_PAUSE_HARD = 2
_FILE_LIMIT = 1 << 30
_MORE_PROCESSES = 1024
_LOST = 70
_PATIENCE_MS = 200

_prctl = ctypes.CDLL(None, use_errno=True).prctl if LINUX else None


@dataclass(frozen=True, slots=True)
class Handle:
    """A process that can be killed without risk of hitting another that got its number: `fd` is a pidfd, or -1."""

    pid: int
    fd: int = -1

    def kill(self) -> None:
        """Ends the process and its process group, at once and unasked."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.fd >= 0:
                signal.pidfd_send_signal(self.fd, signal.SIGKILL)
            else:
                os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)


def handle_of_self() -> int:
    """A pidfd of this process, for another to hold; -1 where there is no such thing."""
    return os.pidfd_open(os.getpid()) if hasattr(os, "pidfd_open") else -1


def die_with_parent(parent: int) -> None:
    """From now on this process is killed when the thread that made it ends; at once, if `parent` is gone already."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(_LOST)


def adopt_orphans() -> None:
    """From now on orphans below this process become its children, daemons among them."""
    if _prctl is not None:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children() -> list[int]:
    me = os.getpid()
    listing = Path(f"/proc/self/task/{me}/children")
    if listing.exists():
        return [int(pid) for pid in listing.read_text().split()]
    return [pid for pid in _all_processes() if _parent(pid) == me]


def _all_processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def end_children(but: int = 0) -> None:
    """Kills all descendants of this process, which must adopt orphans; those below the child `but` are spared.

    Whoever loses its parent on the way comes back as a child, so the loop ends exactly when nobody is left.
    """
    while True:
        others = [pid for pid in _children() if pid != but]
        if not others and (but or not _has_children()):
            return
        for pid in others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in others:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _has_children() -> bool:
    # The kernel's list may miss a child while another one ends; this does not.
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def guard(life: int, master: int, folder: str) -> None:
    """Forks; returns in the child, which does the work.  The parent stays behind and never returns.

    It waits until the child ends, until the other end of `life` is closed or until the process `master` dies, then
    kills every process below it, removes `folder` and ends as the child did.
    """
    adopt_orphans()
    me, child = os.getpid(), os.fork()
    if child == 0:
        os.close(life)
        die_with_parent(me)
        return
    _close_all_but(life)
    status = _watch(life, master, child)
    end_children()
    remove_folder(folder)
    os._exit(status)


def _close_all_but(kept: int) -> None:
    # Above all the control socket: whoever holds it keeps the other end from noticing that the child died.
    for fd in [int(name) for name in os.listdir("/proc/self/fd")]:
        if fd > 2 and fd != kept:
            with contextlib.suppress(OSError):  # the descriptor of the listing itself
                os.close(fd)


def _watch(life: int, master: int, child: int) -> int:
    """Waits as `guard` says; the exit status to end with.

    A byte over `life` asks to end those who have lost their parent.
    """
    watched = select.poll()
    watched.register(life, select.POLLIN)
    patience = None
    try:
        for pid in (child, master):
            watched.register(os.pidfd_open(pid), select.POLLIN)
    except (AttributeError, OSError):
        patience = _PATIENCE_MS  # nothing would wake us, so we look now and then
    while True:
        ready = {fd for fd, _ in watched.poll(patience)}
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return _end_as(status)
        if (life in ready and not os.read(life, 1)) or os.getppid() != master:
            return _LOST
        if life in ready:
            end_children(but=child)


def _end_as(status: int) -> int:
    """The exit status by which shells tell how a process ended: 128 and more for signals."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def made_folder() -> Iterator[Path]:
    """A new temporary folder of ours, which is gone again where what follows fails: no guard knows of it yet."""
    folder = Path(tempfile.gettempdir(), f"kbtool-run-{secrets.token_hex(6)}")
    try:
        folder.mkdir(0o700)
        yield folder
    except BaseException:
        remove_folder(str(folder))
        raise


def remove_folder(folder: str) -> None:
    """Removes a folder of ours with all that notes left in it, unreadable subfolders included."""
    for _ in range(2):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        for current, names, _ in os.walk(folder):
            for name in names:
                with contextlib.suppress(OSError):
                    Path(current, name).chmod(0o700)


def limit_resources() -> None:
    """Limits for this process and all below it: the size of files, the number of processes, no core dumps."""
    import resource  # not on Windows, where the rest of this module is still imported

    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, _FILE_LIMIT)
    if LINUX:
        # This limit counts all processes of the user, so it can only be set above what there is.
        _lower(resource.RLIMIT_NPROC, _threads_of_user() + _MORE_PROCESSES)


def limit_memory(memory: int) -> None:
    """From now on this process and all below it may hold `memory` bytes more, each; 0 = no limit."""
    if memory and LINUX:
        import resource

        # Data, not address space: CUDA reserves far more addresses than memory.
        _lower(resource.RLIMIT_DATA, _data_size() + memory)


def _lower(kind: int, value: int) -> None:
    import resource

    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _data_size() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def _threads_of_user() -> int:
    count, me = 0, os.getuid()
    for pid in _all_processes():
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}").stat().st_uid == me:
                count += len(os.listdir(f"/proc/{pid}/task"))
    return count


def lowest_free_above(fd: int) -> int:
    """Moves a descriptor out of the way of `os.closerange(3, 256)`, which programs do before they start others."""
    import fcntl
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    try:
        moved: int = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, min(512, limit - 32))
    except OSError:
        return fd
    os.close(fd)
    return moved


def release_openmp() -> bool:
    """Ends OpenMP's pool of threads, which a forked child would wait for in vain; False where that cannot be done."""
    torch = sys.modules.get("torch")
    if torch is None or torch.get_num_threads() == 1:
        return True
    libraries = Path(torch.__file__ or "").parent / "lib"
    for library in libraries.glob("libgomp*.so*"):
        with contextlib.suppress(OSError, AttributeError):
            return bool(ctypes.CDLL(str(library)).omp_pause_resource_all(_OMP_PAUSE_HARD) == 0)
    return False
