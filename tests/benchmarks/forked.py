"""The floor of running a note: fork a process that has imported everything, run the code, save the figure, end.

`forked.py FOLDER` prints the processor seconds of one note, the mean of all.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import resource
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NoReturn

import matplotlib as mpl
import torch

mpl.use("agg")
from matplotlib import pyplot as plt


def main(folder: Path) -> None:
    notes = [[path.read_text("utf-8") for path in sorted(note.glob("*.py"))] for note in sorted(folder.iterdir())]
    _warm(notes[0])
    for sources in notes:
        child = os.fork()
        if not child:
            _end_with(partial(_run, sources))
        _, status = os.waitpid(child, 0)
        assert status == 0, f"a note ended with {status}"
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print((usage.ru_utime + usage.ru_stime) / len(notes))


def _warm(sources: list[str]) -> None:
    """Runs a note before the first fork: what torch and matplotlib put off until it is used is not paid in each."""
    torch.set_num_threads(1)
    _run(sources)
    gc.collect()
    gc.freeze()


def _run(sources: list[str]) -> None:
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        for source in sources:
            exec(source, names)
    for number in plt.get_fignums():
        plt.figure(number).savefig(io.StringIO(), format="svg", bbox_inches="tight")
    plt.close("all")


def _end_with(work: Callable[[], None]) -> NoReturn:
    """Ends a forked process as the work ended, without what it inherited to do at exit."""
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
