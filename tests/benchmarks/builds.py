"""Rows that build generated vaults without running their blocks."""

from __future__ import annotations

import gzip
import re
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import KBTOOL, Bench
from figures import Figure
from measure import Cost, cost, median

__all__ = ["again", "cold", "distinct", "pages", "start"]

_HERE = Path(__file__).parent
_MB = 1_000_000
_SETTLED = 2.1  # seconds after which a file's time may be trusted: a build may not skip a younger one by its time


def _build(bench: Bench, vault: Path) -> Cost:
    return cost([*KBTOOL, "build", vault, "-o", _site(bench, vault), "--no-run", "-q"], cwd=bench.scratch)


def _cold_build(bench: Bench, vault: Path) -> Cost:
    shutil.rmtree(_site(bench, vault), ignore_errors=True)
    return _build(bench, vault)


def _site(bench: Bench, vault: Path) -> Path:
    return bench.scratch / f"site-of-{vault.name}"


def _bare(bench: Bench, vault: Path) -> float:
    return float(cost([sys.executable, _HERE / "bare_markdown.py", vault], cwd=bench.scratch).stdout)


# ---------------------------------------------------------------- cold


def cold(bench: Bench) -> list[Figure]:
    """A site from nothing."""
    limits = {1000: (2.0, 150), 10_000: (2.0, 500)}
    return [f for count in bench.sizes for f in _cold(bench, count, False, *limits.get(count, (None, None)))]


def distinct(bench: Bench) -> list[Figure]:
    """The same, of notes that do not repeat each other."""
    limits = {1000: 3.5, 10_000: 3.5}
    return [f for count in bench.sizes for f in _cold(bench, count, True, limits.get(count), None)]


def _cold(bench: Bench, count: int, distinct: bool, ratio: float | None, memory: float | None) -> list[Figure]:
    vault = bench.vault(count, distinct=distinct)
    rounds = [(_bare(bench, vault), _cold_build(bench, vault)) for _ in range(bench.rounds_of(count))]
    costs = [built for _, built in rounds]
    ratios = [built.cpu / bare for bare, built in rounds]
    name = f"{count:,} notes"
    return [
        Figure(f"{name}: CPU / bare markdown-it-py", statistics.median(ratios), "x", ratio, note=_spread(ratios)),
        Figure(f"{name}: CPU", statistics.median(c.cpu for c in costs), "s"),
        Figure(f"{name}: wall", statistics.median(c.wall for c in costs), "s"),
        Figure(f"{name}: memory, shared pages once", max(c.shared_once for c in costs) / _MB, "MB", memory),
        Figure(f"{name}: memory, RSS added up", max(c.resident for c in costs) / _MB, "MB"),
        Figure(f"{name}: written", _size(_site(bench, vault)) / _MB, "MB"),
    ]


def _spread(values: list[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}" if len(values) > 1 else "measured once"


# ---------------------------------------------------------------- again


def again(bench: Bench) -> list[Figure]:
    """A build where nothing changed, and one where a note did, each in a process of its own."""
    limits = {1000: (0.35, 0.5), 10_000: (1.0, 1.5)}
    return [f for count in bench.sizes for f in _again(bench, count, *limits.get(count, (None, None)))]


def _again(bench: Bench, count: int, unchanged: float | None, edited: float | None) -> list[Figure]:
    source = bench.vault(count)
    vault = bench.scratch / f"edited-{count}"
    shutil.copytree(source, vault, dirs_exist_ok=True)
    note = min(path for path in vault.rglob("*.md") if path.name != "index.md")
    _cold_build(bench, vault)
    figures = []
    for what, limit, before in (
        ("nothing changed", unchanged, lambda: None),
        ("one note edited", edited, lambda: _edit(note)),
    ):
        costs = [_prepared(bench, vault, before) for _ in range(bench.rounds_of(count))]
        name = f"{count:,} notes, {what}"
        figures.append(Figure(f"{name}: wall", statistics.median(c.wall for c in costs), "s", limit))
        figures.append(Figure(f"{name}: CPU", statistics.median(c.cpu for c in costs), "s"))
    return figures


def _prepared(bench: Bench, vault: Path, before: Callable[[], object]) -> Cost:
    before()
    time.sleep(_SETTLED)
    return _build(bench, vault)


def _edit(note: Path) -> None:
    with note.open("a", encoding="utf-8") as file:
        file.write("\nUna frase más.\n")


# ---------------------------------------------------------------- pages


def pages(bench: Bench) -> list[Figure]:
    """What a reader downloads, and what a note takes on the disk."""
    vault = bench.vault(1000)
    site = _site(bench, vault)
    if not site.exists():
        _cold_build(bench, vault)
    notes = sorted(page for page in site.glob("*/*.html") if page.stem != "index" and page.parent.name != "tags")
    weights = [_packed(page) for page in notes[:: max(1, len(notes) // 100)]]
    assets = {file for page in notes[:1] for file in _assets(page)}
    all_assets = sum(map(_packed, assets))
    return [
        Figure("a note's page with its CSS and JS, gzip", (statistics.median(weights) + all_assets) / 1000, "kB", 20),
        Figure("of these, the page itself", statistics.median(weights) / 1000, "kB"),
        Figure("of these, CSS and JS", all_assets / 1000, "kB", note=", ".join(sorted(f.name for f in assets))),
        Figure("the page, not packed", statistics.median(page.stat().st_size for page in notes) / 1000, "kB"),
        Figure("the whole site, a note", _size(site) / len(notes) / 1000, "kB"),
    ]


def _packed(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 6, mtime=0))


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _assets(page: Path) -> list[Path]:
    named = re.findall(r'<(?:script|link)\b[^>]*?\b(?:src|href)="([^"#?]+\.(?:css|js))', page.read_text("utf-8"))
    return [(page.parent / name).resolve() for name in named]


# ---------------------------------------------------------------- start-up


def start(bench: Bench) -> list[Figure]:
    """How long a person waits for the shortest answer."""

    def wall(*command: str) -> float:
        return median(lambda: cost(command, cwd=bench.scratch).wall, 10) * 1000

    return [
        Figure("kbtool --help, wall, median of 10", wall(*KBTOOL, "--help"), "ms", 150),
        Figure("for comparison: python -c pass", wall(sys.executable, "-c", "pass"), "ms"),
    ]
