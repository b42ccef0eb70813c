"""Measures kbtool and prints what it measured beside what is to be reached.

make bench                                   every row, into docs/benchmarks.md
tests/benchmarks/run.py cold start           these rows
tests/benchmarks/run.py builds --quick       a group of rows, with 100 notes, once
tests/benchmarks/run.py --list               what rows and groups there are
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import blocks
import builds
import formulas
import lessons
import peers
import starts
from bench import Bench, SkippedError
from figures import Figure, Section, as_json, as_text, replace_sections
from measure import REPOSITORY, FailedError, OtherWork

PAGE = REPOSITORY / "docs" / "benchmarks.md"

Row = Callable[[Bench], list[Figure]]

ROWS: Mapping[str, Row] = {
    "cold": builds.cold,
    "distinct": builds.distinct,
    "again": builds.again,
    "pages": builds.pages,
    "math": formulas.math,
    "start": starts.start,
    "imports": starts.imports,
    "peers": peers.beside_peers,
    "blocks": blocks.beside_kernels,
    "attention": lessons.attention,
    "gpt": lessons.gpt,
    "bpe-encode": lessons.bpe_encode,
    "bpe-train": lessons.bpe_train,
}


GROUPS: Mapping[str, Sequence[str]] = {
    "builds": ["cold", "distinct", "again", "pages", "math", "start", "imports"],
    "lessons": ["attention", "gpt", "bpe-encode", "bpe-train"],
    "all": list(ROWS),
}


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    if given.list:
        print(_listing())
        return 0
    machine, measured = _machine(), dict[str, Section]()
    print(machine, flush=True)
    with tempfile.TemporaryDirectory(prefix="kbtool-bench-") as scratch:
        for row, section in _measure(_rows(given.rows), _bench(given, Path(scratch))):
            measured[row] = section
            print(as_text(row, section), flush=True)
            if given.write:  # at once: some rows take minutes, and a later one may be interrupted
                page = PAGE.read_text("utf-8")
                PAGE.write_text(replace_sections(page, {row: section}, list(ROWS), machine), "utf-8")
    if given.json:
        found = {"machine": machine, "rows": {row: as_json(section) for row, section in measured.items()}}
        given.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0 if all(section.figures for section in measured.values()) else 1


def _bench(given: argparse.Namespace, scratch: Path) -> Bench:
    kept = REPOSITORY / "build" / "benchmarks"
    if given.quick:
        return Bench(scratch, kept, sizes=(100,), rounds=1, kernels=2)
    return Bench(scratch, kept, tuple(given.sizes), given.rounds, given.kernels)


def _rows(names: Sequence[str]) -> list[str]:
    """The rows of these names and groups, each once, in the order of the table."""
    wanted = {row for name in names or ["all"] for row in GROUPS.get(name, [name])}
    return [row for row in ROWS if row in wanted]


def _measure(names: Sequence[str], bench: Bench) -> Iterator[tuple[str, Section]]:
    """The rows as they are done. One that could not be measured has no figures and says why."""
    for name in names:
        title, others = _summary(ROWS[name]), OtherWork()
        try:
            figures = ROWS[name](bench)
        except (FailedError, SkippedError) as reason:
            print(reason, file=sys.stderr, flush=True)
            yield name, Section(title, [], f"Not measured: {str(reason).splitlines()[-1]}")
        else:
            yield name, Section(title, figures, _meanwhile(others))


def _meanwhile(others: OtherWork) -> str:
    used = others.cores()
    return "" if used is None else f"Meanwhile other work used {used:.1f} of the {_cores()} cores."


def _listing() -> str:
    rows = [f"{name:<12} {_summary(row)}" for name, row in ROWS.items()]
    groups = [f"{name:<12} {' '.join(members)}" for name, members in GROUPS.items() if name != "all"]
    return "\n".join([*rows, "", *groups])


def _summary(row: Row) -> str:
    return (row.__doc__ or "").partition("\n")[0]


def _machine() -> str:
    """What the figures depend on."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    packages = ", ".join(f"{name} {_version(name)}" for name in ("markdown-it-py", "torch", "tiktoken"))
    python = f"Python {platform.python_version()}"
    return f"{project} on {_processor()}, {_cores()} cores, {platform.system()}; {python}, {packages}."


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
    parser.add_argument(
        "rows", nargs="*", choices=[[], *ROWS, *GROUPS], metavar="ROW", help="rows or groups to measure; default: all"
    )
    parser.add_argument("--list", action="store_true", help="say what rows and groups there are")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000], metavar="N", help="notes to build")
    parser.add_argument("--rounds", type=int, default=3, help="times a build is measured; the median counts")
    parser.add_argument("--kernels", type=int, default=10, help="of 50 notes, how many nbclient runs (they cost alike)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured as JSON")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--quick", action="store_true", help="100 notes, each build once: to see that a row works")
    kind.add_argument("--write", action="store_true", help="put it into docs/benchmarks.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
