"""Measures kbtool and prints what it measured beside what is to be reached.

make bench                                   every row
tests/benchmarks/run.py cold start           these rows
tests/benchmarks/run.py --list               what rows there are
tests/benchmarks/run.py --write              every row, into the table of docs/benchmarks.md
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import blocks
import builds
import lessons
from bench import Bench, SkippedError
from figures import Figure, as_json, as_text, replace_rows
from measure import REPOSITORY, FailedError

PAGE = REPOSITORY / "docs" / "benchmarks.md"

Row = Callable[[Bench], list[Figure]]

ROWS: Mapping[str, Row] = {
    "cold": builds.cold,
    "distinct": builds.distinct,
    "again": builds.again,
    "pages": builds.pages,
    "start": builds.start,
    "blocks": blocks.beside_kernels,
    "attention": lessons.attention,
    "gpt": lessons.gpt,
    "bpe-encode": lessons.bpe_encode,
    "bpe-train": lessons.bpe_train,
}


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    if given.list:
        print("\n".join(f"{name:<12} {_summary(row)}" for name, row in ROWS.items()))
        return 0
    machine = _machine()
    print(machine, flush=True)
    with tempfile.TemporaryDirectory(prefix="kbtool-bench-") as scratch:
        sizes = (100, 1000, 10_000) if given.large else (100, 1000)
        bench = Bench(Path(scratch), REPOSITORY / "build" / "benchmarks", sizes, given.rounds, given.kernels)
        measured = _measure(given.rows or list(ROWS), bench)
    if given.json:
        found = {"machine": machine, "rows": {row: as_json(figures) for row, figures in measured.items()}}
        given.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    if given.write:
        PAGE.write_text(replace_rows(PAGE.read_text("utf-8"), measured, list(ROWS), machine), "utf-8")
    return 0


def _measure(names: Sequence[str], bench: Bench) -> dict[str, list[Figure]]:
    """The figures of each row that could be measured, printed as they come: some rows take minutes."""
    measured = {}
    for name in names:
        try:
            measured[name] = ROWS[name](bench)
        except (FailedError, SkippedError) as reason:
            print(f"{name}\n  not measured: {reason}", flush=True)
        else:
            print(as_text(name, measured[name]), flush=True)
    return measured


def _summary(row: Row) -> str:
    return (row.__doc__ or "").partition("\n")[0]


def _machine() -> str:
    """What the figures depend on."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    packages = ", ".join(f"{name} {_version(name)}" for name in ("markdown-it-py", "torch", "tiktoken"))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    python = f"Python {platform.python_version()}"
    return f"{project} on {_processor()}, {cores} cores, {platform.system()}; {python}, {packages}."


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measures kbtool beside what is to be reached.")
    parser.add_argument("rows", nargs="*", choices=[[], *ROWS], metavar="ROW", help="rows to measure; default: all")
    parser.add_argument("--list", action="store_true", help="say what rows there are")
    parser.add_argument("--large", action="store_true", help="builds of 10,000 notes too: minutes each")
    parser.add_argument("--rounds", type=int, default=3, help="times a build is measured; the median counts")
    parser.add_argument("--kernels", type=int, default=10, help="of 50 notes, how many nbclient runs (they cost alike)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured as JSON")
    parser.add_argument("--write", action="store_true", help="put it into the table of docs/benchmarks.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
