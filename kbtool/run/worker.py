"""A spawned worker: `python -m kbtool.run.worker LIFE CHANNEL CONTROL MASTER FOLDER MEMORY PACKAGE...`.

For systems without a safe fork: it imports the packages ahead of time, waits for one order, and ends after it.
"""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import asdict

from kbtool.run.child import go_on, say_ready, serve_order
from kbtool.run.preload import preload
from kbtool.run.processes import LINUX, guard, limit_memory, limit_resources

__all__ = ["main"]


def main(arguments: list[str]) -> None:
    """Never returns."""
    life, channel, control, master = map(int, arguments[:4])
    folder, memory, packages = arguments[4], int(arguments[5]), arguments[6:]
    if LINUX:
        guard(life, master, folder)
    link = socket.socket(fileno=control)
    link.set_inheritable(False)
    limit_resources()
    say_ready(link, asdict(preload(packages)))
    limit_memory(memory)
    go_on(lambda: serve_order(channel, os.dup(1), os.dup(2), link))


if __name__ == "__main__":
    main(sys.argv[1:])
