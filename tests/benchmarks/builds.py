"""Rows that build generated vaults without running their blocks.

Every build is the command line from a fresh process, with a store of its own beside the vault's site.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench import KBTOOL, Bench
from edits import EDITS, Edit
from figures import Figure
from measure import Cost, FailedError, cost
from sites import differing, size, state, weigh, written

__all__ = ["SETTLED", "again", "build", "cold", "cold_build", "distinct", "note_pages", "pages", "site_of"]

_HERE = Path(__file__).parent
_MB = 1_000_000
SETTLED = 2.1  # seconds after which a file's time may be trusted: a build may not skip a younger one by its time


def site_of(bench: Bench, vault: Path) -> Path:
    return bench.scratch / f"site-of-{vault.name}"


def build(bench: Bench, vault: Path, *more: object, site: Path | None = None, python: Sequence[str] = ()) -> Cost:
    """A build on top of what the last one left; `python` are options of the interpreter."""
    site = site or site_of(bench, vault)
    command = [KBTOOL[0], *python, *KBTOOL[1:], "build", vault, "-o", site, "--no-run", "-q", *more]
    return cost(command, cwd=bench.scratch, env={"KBTOOL_CACHE": str(_store_of(site))})


def cold_build(bench: Bench, vault: Path, site: Path | None = None) -> Cost:
    """A build from nothing: no site, no store."""
    site = site or site_of(bench, vault)
    shutil.rmtree(site, ignore_errors=True)
    shutil.rmtree(_store_of(site), ignore_errors=True)
    return build(bench, vault, site=site)


def _store_of(site: Path) -> Path:
    return site.with_name(f"store-of-{site.name}")


# ---------------------------------------------------------------- cold


def cold(bench: Bench) -> list[Figure]:
    """a site from nothing"""
    limits = {1000: (2.0, 150), 10_000: (2.0, 500)}
    return [f for count in bench.sizes for f in _cold(bench, count, False, *limits.get(count, (None, None)))]


def distinct(bench: Bench) -> list[Figure]:
    """a site from nothing, of notes that do not repeat each other"""
    limits = {1000: 3.5, 10_000: 3.5}
    return [f for count in bench.sizes for f in _cold(bench, count, True, limits.get(count), None)]


def _cold(bench: Bench, count: int, distinct: bool, ratio: float | None, memory: float | None) -> list[Figure]:
    vault, of = bench.vault(count, distinct=distinct), f"{count:,} notes"
    rounds = [(_bare(bench, vault), cold_build(bench, vault)) for _ in range(bench.rounds_of(count))]
    costs = [built for _, built in rounds]
    ratios = [built.cpu / bare for bare, built in rounds]
    return [
        Figure("CPU / bare markdown-it-py", statistics.median(ratios), "x", ratio, note=_spread(ratios), of=of),
        Figure("CPU", statistics.median(c.cpu for c in costs), "s", of=of),
        Figure("wall", statistics.median(c.wall for c in costs), "s", of=of),
        Figure("memory, shared pages once", max(c.shared_once for c in costs) / _MB, "MB", memory, of=of),
        Figure("memory, RSS added up", max(c.resident for c in costs) / _MB, "MB", of=of),
        Figure("site", size(site_of(bench, vault)) / _MB, "MB", of=of),
        Figure("store", size(_store_of(site_of(bench, vault))) / _MB, "MB", of=of),
    ]


def _bare(bench: Bench, vault: Path) -> float:
    return float(cost([sys.executable, _HERE / "bare_markdown.py", vault], cwd=bench.scratch).stdout)


def _spread(values: list[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}" if len(values) > 1 else "once"


# ---------------------------------------------------------------- again


def again(bench: Bench) -> list[Figure]:
    """builds on top of the last one, each in a process of its own"""
    limits = {1000: (0.35, 0.5), 10_000: (1.0, 1.5)}
    return [f for count in bench.sizes for f in _again(bench, count, *limits.get(count, (None, None)))]


def _again(bench: Bench, count: int, unchanged: float | None, edited: float | None) -> list[Figure]:
    vault = bench.scratch / f"edited-{count}"
    shutil.copytree(bench.vault(count), vault)
    cold_build(bench, vault)
    limits = {"nothing changed": unchanged, "a note's text edited": edited}
    figures = [f for name, edit in EDITS.items() for f in _after(bench, vault, count, name, edit, limits.get(name))]
    _must_equal_a_clean_build(bench, vault)
    return figures


def _after(bench: Bench, vault: Path, count: int, name: str, edit: Edit, limit: float | None) -> list[Figure]:
    """What a build costs after such an edit, and, in one more that is not timed, what it did."""
    costs, of = [], f"{count:,} notes, {name}"
    for number in range(rounds := bench.rounds_of(count)):
        edit(vault, number)
        time.sleep(SETTLED)
        costs.append(build(bench, vault))
    rendered, files, length = _done_after(bench, vault, edit, rounds)
    return [
        Figure("wall", statistics.median(c.wall for c in costs), "s", limit, of=of),
        Figure("CPU", statistics.median(c.cpu for c in costs), "s", of=of),
        Figure("memory, shared pages once", max(c.shared_once for c in costs) / _MB, "MB", of=of),
        Figure("pages rendered", rendered, "", of=of),
        Figure("files written", files, "", of=of),
        Figure("written", length / _MB, "MB", of=of),
    ]


def _done_after(bench: Bench, vault: Path, edit: Edit, number: int) -> tuple[int, int, int]:
    """Pages rendered, by the build's own report; files and bytes written, by what lies in the site's folder."""
    site, report = site_of(bench, vault), bench.scratch / "report.json"
    edit(vault, number)
    time.sleep(SETTLED)
    before = state(site)
    build(bench, vault, "--report", report)
    rendered = json.loads(report.read_text("utf-8"))["pages"]["rendered"]
    return rendered, *written(before, state(site))


def _must_equal_a_clean_build(bench: Bench, vault: Path) -> None:
    """Quick and wrong would be worth nothing."""
    clean = bench.scratch / f"clean-{vault.name}"
    cold_build(bench, vault, clean)
    if differs := differing(site_of(bench, vault), clean):
        raise FailedError(f"{len(differs)} files are not those of a clean build, as {', '.join(differs[:3])}")
    shutil.rmtree(clean)


# ---------------------------------------------------------------- pages


def pages(bench: Bench) -> list[Figure]:
    """what a reader downloads, and what a note takes on the disk"""
    vault = bench.vault(1000 if 1000 in bench.sizes else min(bench.sizes))
    site = site_of(bench, vault)
    if not site.exists():
        cold_build(bench, vault)
    notes = note_pages(site)
    weights = weigh(notes)
    return [
        Figure("a note's page with its CSS and JS, gzip", (weights.page + weights.assets) / 1000, "kB", 20),
        Figure("of these, the page itself", weights.page / 1000, "kB"),
        Figure("of these, CSS and JS", weights.assets / 1000, "kB", note=", ".join(weights.names)),
        Figure("the page, not packed", weights.unpacked / 1000, "kB"),
        Figure("the whole site, a note", size(site) / len(notes) / 1000, "kB"),
    ]


def note_pages(site: Path) -> list[Path]:
    """The pages of notes, which lie in folders: not the lists of folders and tags."""
    no_note = ("index.html", "tags.html")
    return sorted(page for page in site.glob("*/*.html") if page.name not in no_note and page.parent.name != "tags")
