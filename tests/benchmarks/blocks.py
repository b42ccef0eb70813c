"""The row that runs blocks: notes of torch, beside a notebook client with a kernel a note, and beside fork alone."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import KBTOOL, Bench, SkippedError
from builds import SETTLED
from environments import environment
from figures import Figure
from measure import Cost, FailedError, cost

__all__ = ["beside_kernels"]

_HERE = Path(__file__).parent
_NOTES, _FEW = 50, 10
_ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # as kbtool runs notes; for the others too

# What a note of a course does: define, check, train a little, draw. `{n}` makes each note's code its own.
_BLOCKS = (
    "import torch\n\ntorch.manual_seed({n})\nq, k, v = torch.randn(3, 2, 16, 32)\nprint(q.shape)\n",
    "def attention(q, k, v):\n    weights = torch.softmax(q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5, -1)\n"
    "    return weights @ v, weights\n\nout, weights = attention(q, k, v)\n"
    "print(torch.allclose(out, torch.nn.functional.scaled_dot_product_attention(q, k, v), atol=1e-5))\n",
    "net = torch.nn.Sequential(torch.nn.Linear(32, 64), torch.nn.GELU(), torch.nn.Linear(64, 32))\n"
    "step = torch.optim.SGD(net.parameters(), lr=0.1)\nlosses = []\nfor _ in range(20):\n"
    "    loss = (net(q) - v).square().mean()\n    step.zero_grad()\n    loss.backward()\n    step.step()\n"
    "    losses.append(loss.item())\nprint(losses[-1] < losses[0])\n",
    "import matplotlib.pyplot as plt\n\nfig, (left, right) = plt.subplots(1, 2, figsize=(7, 3))\n"
    "fig.colorbar(left.imshow(weights[0]))\nright.plot(losses, label='pérdida {n}')\nright.legend()\nplt.show()\n",
)


def beside_kernels(bench: Bench) -> list[Figure]:
    """50 notes of 4 torch blocks with a figure, site built; nbclient; fork and the same code"""
    few, all_notes = _cold_build(bench, _FEW), _cold_build(bench, _NOTES)
    marginal = (all_notes.cpu - few.cpu) / (_NOTES - _FEW)
    floor = _forked(bench)
    return [
        Figure(f"{_NOTES} notes, cold: CPU", all_notes.cpu, "s"),
        Figure(f"{_NOTES} notes, cold: wall", all_notes.wall, "s"),
        Figure("one note more: CPU", marginal, "s"),
        Figure("fork + the same code: CPU", floor, "s"),
        Figure("one note more / fork + the same code", marginal / floor, "x", 1.3),
        *_again(bench),
        *_beside_nbclient(bench, all_notes),
    ]


def _again(bench: Bench) -> list[Figure]:
    """What is run anew, and how long it takes, when nothing, the prose, a block of one note has changed."""
    note = _project(bench, _NOTES) / "vault" / "Nota 7.md"
    last = _BLOCKS[-1].replace("{n}", "7").splitlines()[-1]
    return [
        *_after(bench, "nothing changed", lambda: None, 0.5),
        *_after(bench, "a sentence edited", lambda: _replace(note, "# Nota 7\n", "# Nota 7\n\nUna frase más.\n")),
        *_after(bench, "a note's last block edited", lambda: _replace(note, last, f"{last}  # otra vez")),
    ]


def _after(bench: Bench, what: str, edit: Callable[[], object], limit: float | None = None) -> list[Figure]:
    project = _project(bench, _NOTES)
    edit()
    time.sleep(SETTLED)
    again, report = _build(project), json.loads((project / "report.json").read_text("utf-8"))
    ran = sum(block["how"] == "ran" for block in report["blocks"])
    return [
        Figure(f"{_NOTES} notes, {what}: wall", again.wall, "s", limit),
        Figure(f"{_NOTES} notes, {what}: blocks run", ran, "", note=f"of {len(report['blocks'])}"),
    ]


def _replace(file: Path, old: str, new: str) -> None:
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")


def _beside_nbclient(bench: Bench, ours: Cost) -> list[Figure]:
    try:
        python = environment(bench.kept / "nbclient", "nbclient", "ipykernel", with_ours=True) / "bin" / "python"
        count = min(bench.kernels, _NOTES)
        command = [python, _HERE / "kernels.py", _sources(bench, _NOTES), count]
        theirs = cost(command, cwd=bench.scratch, env=_ONE_THREAD)
    except (FailedError, SkippedError) as reason:
        return [Figure("CPU, nbclient / kbtool", None, "x", 12, at_least=True, note=str(reason))]
    scale = _NOTES / count
    note = "all notes run" if count == _NOTES else f"{count} notes run, scaled to {_NOTES}"
    return [
        Figure(f"nbclient, a kernel a note, {_NOTES} notes: CPU", theirs.cpu * scale, "s", note=note),
        Figure("CPU, nbclient / kbtool", theirs.cpu * scale / ours.cpu, "x", 12, at_least=True),
        Figure("wall, nbclient one note at a time / kbtool", theirs.wall * scale / ours.wall, "x"),
    ]


def _project(bench: Bench, count: int) -> Path:
    return bench.scratch / f"blocks-{count}"


def _cold_build(bench: Bench, count: int) -> Cost:
    project = _project(bench, count)
    (project / "vault").mkdir(parents=True)
    (project / "kbtool.toml").write_text("[run]\nenabled = true\n")
    for number in range(count):
        fences = "\n".join(f"```python\n{source}```\n" for source in _sources_of(number))
        (project / "vault" / f"Nota {number}.md").write_text(f"# Nota {number}\n\n{fences}", "utf-8")
    return _build(project)


def _build(project: Path) -> Cost:
    command = [*KBTOOL, "build", "-C", project, "-q", "--report", "report.json"]
    return cost(command, cwd=project, env={"KBTOOL_CACHE": str(project / "store")})


def _sources_of(number: int) -> list[str]:
    return [source.replace("{n}", str(number)) for source in _BLOCKS]


def _sources(bench: Bench, count: int) -> Path:
    """A folder a note with a file a block: what the two programs beside kbtool read."""
    folder = bench.scratch / "sources"
    for number in range(count):
        note = folder / f"{number:03}"
        note.mkdir(parents=True, exist_ok=True)
        for position, source in enumerate(_sources_of(number)):
            (note / f"{position}.py").write_text(source, "utf-8")
    return folder


def _forked(bench: Bench) -> float:
    """Processor seconds of a note in a fork of a process that has imported everything."""
    command = [sys.executable, _HERE / "forked.py", _sources(bench, _NOTES)]
    return float(cost(command, cwd=bench.scratch, env=_ONE_THREAD).stdout)
