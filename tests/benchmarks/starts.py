"""Rows about start-up: how long a person waits for the shortest answer, and what a build imports before it works."""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections.abc import Sequence

from bench import KBTOOL, Bench
from builds import SETTLED, build, cold_build
from figures import Figure
from measure import cost, median

__all__ = ["by_package", "imports", "start"]

_LOOKS = 5
_SHOWN = 12  # packages that the table of imports names
_STANDARD = "the standard library"
_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)$", re.MULTILINE)


def start(bench: Bench) -> list[Figure]:
    """how long a person waits for the shortest answer"""

    def wall(*command: str) -> float:
        return median(lambda: cost(command, cwd=bench.scratch).wall, 10) * 1000

    return [
        Figure("kbtool --help, wall, median of 10", wall(*KBTOOL, "--help"), "ms", 150),
        Figure("for comparison: python -c pass", wall(sys.executable, "-c", "pass"), "ms"),
    ]


def imports(bench: Bench) -> list[Figure]:
    """what a build in which nothing changed imports, by Python's own count"""
    vault = bench.vault(min(bench.sizes))
    cold_build(bench, vault)
    time.sleep(SETTLED)
    spent = statistics.median(build(bench, vault).cpu for _ in range(bench.rounds))
    reports = [build(bench, vault, python=["-X", "importtime"]).stderr for _ in range(_LOOKS)]
    packages = by_package(reports)
    modules = [spent for times in packages.values() for spent in times]
    longest = sorted(packages, key=lambda name: -sum(packages[name]))[:_SHOWN]
    return [
        Figure("the build: CPU", spent * 1000, "ms", note=f"{min(bench.sizes)} notes"),
        Figure("modules imported", len(modules), ""),
        Figure("their imports", sum(modules) / 1000, "ms", note=f"of each module the least of {_LOOKS}"),
        *(figure for name in longest for figure in _of_package(name, packages[name])),
    ]


def _of_package(name: str, times: Sequence[int]) -> list[Figure]:
    return [Figure("imports", sum(times) / 1000, "ms", of=name), Figure("modules", len(times), "", of=name)]


def by_package(reports: Sequence[str]) -> dict[str, list[int]]:
    """Microseconds of each module, without what it imports, by package, from reports of `-X importtime`.

    They are of wall time, so of several reports the least counts. A module that forked workers import, counts once.

    >>> by_package(["import time:   120 |   900 |   json.decoder\\nimport time:    7 |     7 | nh3\\n"])
    {'the standard library': [120], 'nh3': [7]}
    """
    least: dict[str, int] = {}
    for spent, module in _LINE.findall("".join(reports)):
        least[module] = min(int(spent), least.get(module, int(spent)))
    packages: dict[str, list[int]] = {}
    for module, spent in least.items():
        top = module.partition(".")[0]
        packages.setdefault(_STANDARD if top in sys.stdlib_module_names else top, []).append(spent)
    return packages
