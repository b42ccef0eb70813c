"""The floor of running a note: fork a process that has imported everything, run the code, save the figure, end.

`forked.py FOLDER` prints the processor seconds of one note, the mean of all.
"""

from __future__ import annotations

import gc
import io
import os
import resource
import sys
from pathlib import Path

import matplotlib as mpl
import torch

mpl.use("agg")
from matplotlib import pyplot as plt


def main(folder: Path) -> None:
    notes = [[path.read_text("utf-8") for path in sorted(note.glob("*.py"))] for note in sorted(folder.iterdir())]
    _warm()
    for sources in notes:
        child = os.fork()
        if not child:
            _run(sources)
        _, status = os.waitpid(child, 0)
        assert status == 0, f"a note ended with {status}"
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print((usage.ru_utime + usage.ru_stime) / len(notes))


def _warm() -> None:
    """What is done once before the first fork need not be done in each."""
    torch.set_num_threads(1)
    torch.ones(2, requires_grad=True).sum().backward()  # type: ignore[no-untyped-call]
    figure, axes = plt.subplots()
    figure.colorbar(axes.imshow([[0, 1]]))
    axes.plot([0, 1], label="x")
    axes.legend()
    figure.savefig(io.StringIO(), format="svg")
    plt.close("all")
    gc.collect()
    gc.freeze()


def _run(sources: list[str]) -> None:
    names: dict[str, object] = {}
    sys.stdout = io.StringIO()
    status = 1
    try:
        for source in sources:
            exec(source, names)
        for number in plt.get_fignums():
            plt.figure(number).savefig(io.StringIO(), format="svg", bbox_inches="tight")
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
