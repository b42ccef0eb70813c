"""The side of the notes: what a process does between its fork and its end.

A *point* is a process that waits to be forked: the server with everything imported, the first process of a chain, a
note that has finished and on which others build.  All speak alike: a request comes over the control socket with the
descriptors that the new process is to have, and the end of each child is told back.

A chain has one first process.  It is the place where limits are set (and where a chain would be confined: once, for all
notes of the chain), it adopts what the notes leave behind, and ends it when the chain ends.  A note is run in a process
of its own below it.
"""

from __future__ import annotations

import gc
import io
import os
import select
import signal
import socket
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from kbtool.run.preload import cuda_untouched
from kbtool.run.processes import (
    adopt_orphans,
    die_with_parent,
    end_children,
    handle_of_self,
    limit_memory,
    lowest_free_above,
    release_openmp,
)
from kbtool.run.record import Recorder, recorder
from kbtool.run.session import Session
from kbtool.run.streams import Outlet
from kbtool.run.wire import CRASHED, Frames, NoteWork, Order, receive, send

__all__ = ["Request", "go_on", "live", "say_ready", "serve_order"]

# Private names: a note may replace what `os` offers.
_read, _fork, _exit, _waitpid, _close, _getpid = os.read, os.fork, os._exit, os.waitpid, os.close, os.getpid
_poll, _pidfd_open = select.poll, getattr(os, "pidfd_open", None)


@dataclass(frozen=True, slots=True)
class Request:
    """What a new process is to be, with the descriptors that came along."""

    message: Mapping[str, Any]
    descriptors: list[int]
    parent: int


def live(control: socket.socket) -> NoReturn:
    """A point's life: wait, fork, be the child.  Every process below the server passes through here.

    The child of a fork returns into this loop, so a chain of forks does not deepen the stack.
    """
    go_on(lambda: _serve(control))


def go_on(step: Callable[[], Request | None]) -> NoReturn:
    """Does the step and whatever it turns this process into, then ends it.

    It never returns, nor goes on as its parent would, nor ends as programs do: Python would wait for a note's threads.
    """
    status = CRASHED
    try:
        request = step()
        while request is not None:
            request = _ROLES[request.message["fork"]](request)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        _exit(status)


# --- points --------------------------------------------------------------------------------------------------------


def _serve(control: socket.socket) -> Request | None:
    """Forks on request until the other end closes.  Returns the request in a new process, None at the end."""
    living: dict[int, tuple[int, int]] = {}
    waiting = _poll()
    waiting.register(control.fileno(), select.POLLIN)
    while True:
        for fd, _ in waiting.poll():
            if fd in living:
                waiting.unregister(fd)
                _tell_end(control, *living.pop(fd))
                _close(fd)
                continue
            message, descriptors = receive(control)
            if message is None:
                return None
            parent = _getpid()
            pid = _try_fork(control, message["id"])
            if pid == 0:
                _forget(control, living)
                return Request(message, descriptors, parent)
            for descriptor in descriptors:
                _close(descriptor)
            if pid > 0:
                child = _pidfd_open(pid)  # type: ignore[misc]
                living[child] = pid, message["id"]
                waiting.register(child, select.POLLIN)


def _try_fork(control: socket.socket, number: int) -> int:
    """Forks; -1 and a message where that is not possible."""
    if not cuda_untouched():
        send(control, {"failed": number, "error": "CUDA is in use in the process that would be forked"})
        return -1
    try:
        return _fork()
    except OSError as error:
        send(control, {"failed": number, "error": f"no further process could be made: {error}"})
        return -1


def _tell_end(control: socket.socket, pid: int, number: int) -> None:
    status = os.waitstatus_to_exitcode(_waitpid(pid, 0)[1])
    with suppress(OSError):  # nobody listens any more
        send(control, {"ended": number, "status": status})


def _forget(control: socket.socket, living: Mapping[int, object]) -> None:
    """In a new process: lets go of what belongs to the parent."""
    control.close()
    for fd in living:
        _close(fd)


# --- roles ---------------------------------------------------------------------------------------------------------


def _chain(request: Request) -> Request | None:
    """The first process of a chain: sets the limits once, waits, and takes everything along at the end."""
    die_with_parent(request.parent)
    adopt_orphans()
    control = socket.socket(fileno=request.descriptors[0])
    limit_memory(request.message["memory"])
    following = _serve(control)
    if following is None:
        end_children()
    return following


def _note(request: Request) -> Request | None:
    """A process that runs notes, and may then be forked itself."""
    die_with_parent(request.parent)
    channel, stdout, stderr, control = request.descriptors
    link = socket.socket(fileno=control)
    say_ready(link, {})
    return serve_order(channel, stdout, stderr, link)


_ROLES: Mapping[str, Callable[[Request], Request | None]] = {"chain": _chain, "note": _note}


def say_ready(control: socket.socket, message: dict[str, Any]) -> None:
    """The first message of a process: how to kill it, and what else its supervisor needs to know."""
    handle = handle_of_self()
    send(control, {"pid": _getpid(), **message}, [handle] if handle >= 0 else [])
    if handle >= 0:
        _close(handle)


def serve_order(channel: int, stdout: int, stderr: int, control: socket.socket) -> Request | None:
    """Runs the notes that the channel orders; then waits to be forked, or for the end."""
    with suppress(PermissionError):  # it leads a session already
        os.setsid()
    channel, stdout, stderr = (_keep_apart(fd) for fd in (channel, stdout, stderr))
    control = socket.socket(fileno=_keep_apart(control.detach()))
    _take_standard_streams(stdout, stderr)
    order = _read_order(channel)
    outlet = Outlet(channel, stdout, stderr, order.marker)
    _run_notes(order, outlet)
    outlet.send({"done": True, "unforkable": _why_unforkable() if order.keep else ""})
    if order.keep:
        gc.freeze()
    return _serve(control)


def _keep_apart(fd: int) -> int:
    os.set_inheritable(fd, False)
    return lowest_free_above(fd)


def _take_standard_streams(stdout: int, stderr: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    _close(nothing)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)


def _read_order(channel: int) -> Order:
    frames = Frames()
    while data := _read(channel, 1 << 16):
        for message in frames.feed(data):
            return Order.unpack(message)
    return _exit(0)  # nobody wants anything any more


# --- running -------------------------------------------------------------------------------------------------------

# The state of this process: the session of the notes that ran in it or in those that it was forked from.
_state: list[Session] = []


def _run_notes(order: Order, outlet: Outlet) -> None:
    session = _session(order, outlet)
    os.environ["KBTOOL_DATA"] = os.pathsep.join(order.places)
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    os.register_at_fork(before=outlet.flush)  # else a copy would print what was waiting a second time
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _set_threads(order.threads)
    met = recorder()
    met.start(_own_folders(order))
    for note in order.notes:
        sys.stdout, sys.stderr = outlet.stdout, outlet.stderr  # whatever the note before put there
        _enter(note)
        session.begin(note, order.seed)
        met.begin()
        _run_note(note, session, outlet, met)


def _own_folders(order: Order) -> set[str]:
    """Where what notes leave is temporary; the server and the workers wait in the folder that is theirs."""
    own = {note.folder for note in order.notes}
    with suppress(OSError):  # a note that this process was forked from may have removed its own
        own.add(os.getcwd())
    return own


def _session(order: Order, outlet: Outlet) -> Session:
    if not _state:
        _state.append(Session(order.root, outlet.emit))
    session = _state[0]
    session.emit = outlet.emit
    session.install()
    return session


def _set_threads(threads: int) -> None:
    os.environ["OMP_NUM_THREADS"] = str(threads)
    torch = sys.modules.get("torch")
    if torch is not None and threads > 1:
        torch.set_num_threads(threads)


def _enter(note: NoteWork) -> None:
    """Each note has a folder of its own to work in, and a clean place for temporary files."""
    folder = Path(note.folder)
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    os.environ["TMPDIR"] = note.folder
    tempfile.tempdir = None


def _run_note(note: NoteWork, session: Session, outlet: Outlet, met: Recorder) -> None:
    for block in note.blocks:
        outlet.send({"start": block.index, "note": note.path})
        ended = session.run(block)
        outlet.end_block()
        error, seen = asdict(ended.error) if ended.error else None, met.take()
        outlet.send({"end": block.index, "seconds": ended.seconds, "value": ended.value, "error": error, "seen": seen})
    for inline in note.inline:
        outlet.send({"start": -1, "note": note.path})
        text, failed = session.evaluate(inline)
        outlet.end_block()
        error, seen = asdict(failed) if failed else None, met.take()
        outlet.send({"inline": inline.index, "text": text, "error": error, "seen": seen})


def _why_unforkable() -> str:
    """Why this state cannot be forked safely; "" if it can."""
    if not cuda_untouched():
        return "CUDA is in use"
    if threading.active_count() > 1:
        return "threads are running"
    if not release_openmp():
        return "OpenMP threads are running"
    return ""
