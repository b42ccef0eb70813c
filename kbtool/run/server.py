"""The fork server: `python -m kbtool.run.server LIFE CONTROL MASTER FOLDER PACKAGE...`.

Started by exec, with an environment of its own.  It imports the packages once, and every chain of notes is a fork of
it.  It never uses CUDA, never runs a note, and has one thread.
"""

from __future__ import annotations

import signal
import socket
import sys
from dataclasses import asdict

from kbtool.run.child import live, say_ready
from kbtool.run.preload import preload
from kbtool.run.processes import guard, limit_resources

__all__ = ["main"]


def main(arguments: list[str]) -> None:
    """Never returns."""
    life, control, master = map(int, arguments[:3])
    folder, packages = arguments[3], arguments[4:]
    guard(life, master, folder)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    link = socket.socket(fileno=control)
    link.set_inheritable(False)
    limit_resources()
    say_ready(link, asdict(preload(packages)))
    live(link)


if __name__ == "__main__":
    main(sys.argv[1:])
