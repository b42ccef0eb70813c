"""What a person sees in the terminal: progress, results as they come, diagnostics, a closing line.

Printed to stderr, but for what a command is asked to print.  rich draws the progress bar and is imported only where
one is shown.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from kbtool.diagnostics import Diagnostic, Severity, count, text_line, visible
from kbtool.run.results import BlockResult, How, NoteResult, Status
from kbtool.verdicts import WORDS

if TYPE_CHECKING:
    from pathlib import Path

    from kbtool.mend import Change
    from kbtool.outcome import Built, Checked, Ran
    from kbtool.run.explain import Explained

__all__ = ["Screen"]

_LINK_CODES = ("broken-link", "alias-link", "accent-link", "missing-attachment", "broken-embed")
_MOST_WANTED = 10

_COLOURS: Mapping[str, str] = {"error": "red", "warning": "yellow", "info": "blue"}

_STAGES: Mapping[str, str] = {
    "scan": "Looking at the vault",
    "read": "Reading notes",
    "link": "Resolving links",
    "run": "Running blocks",
    "render": "Rendering pages",
    "write": "Writing the site",
}


# What `cache info` calls the kinds of the store: one value, several.
_STORED: Mapping[str, tuple[str, str]] = {
    "run.chains": ("note with stored results", "notes with stored results"),
    "run.result": ("result of a block", "results of blocks"),
    "brief": ("note in brief", "notes in brief"),
    "note": ("note as parsed", "notes as parsed"),
    "draft": ("note as drafted for the site", "notes as drafted for the site"),
    "site": ("record of what a build knew", "records of what builds knew"),
}
_OTHER = ("other record", "other records")


class Screen:
    """The terminal as a `Listener` of the pipeline, and the printer of what commands end with."""

    def __init__(self, *, quiet: bool, verbose: bool, color: str) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._color = {"always": True, "never": False}.get(color, False if os.environ.get("NO_COLOR") else None)
        self._progress: Any = None
        self._task: Any = None
        self._streaming = False
        self._note = ""

    # ------------------------------------------------------------ progress

    def stage(self, name: str, total: int) -> None:
        if self._quiet or not sys.stderr.isatty():
            return
        if self._progress is None:
            self._progress = self._start_progress()
            self._task = self._progress.add_task("")
        self._progress.reset(self._task, total=total or None, description=_STAGES.get(name, name))

    def step(self) -> None:
        if self._progress is not None:
            self._progress.advance(self._task)

    def block(self, result: BlockResult) -> None:
        if self._streaming:
            self._show_block(result)
        self.step()

    def waits(self) -> None:
        self._say("another build is writing this site; waiting until it is done", always=True)

    def stream(self) -> None:
        """From now on each block is shown as it finishes."""
        self._streaming = True

    def close(self) -> None:
        """Takes the progress bar away; safe to call at any time."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _start_progress(self) -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        progress = Progress(*columns, console=Console(stderr=True), transient=True)
        progress.start()
        return progress

    # ------------------------------------------------------------ blocks

    def _show_block(self, result: BlockResult) -> None:
        """The block under the name of its note, which is said once; the progress bar makes way and comes back below."""
        if self._progress is not None:
            self._progress.stop()
        if result.note != self._note:
            self._note = result.note
            self._say(click.style(visible(result.note), underline=True))
        # Only now: it draws on what renders pages, which a build that has nothing to do never imports.
        from kbtool.transcript import transcript

        for line in transcript(result, whole=self._verbose):
            self._say(line)
        if self._progress is not None:
            self._progress.start()

    # ------------------------------------------------------------ diagnostics

    def diagnostics(
        self, found: Sequence[Diagnostic], prefix: str, *, summarise: bool, to_stdout: bool = False
    ) -> None:
        """One line each; in a stranger's vault the unresolved links are one summary (all of them with -v)."""
        self.close()
        shown = [d for d in found if d.severity is not Severity.INFO or self._verbose or d.code == "run-disabled"]
        missing: list[Diagnostic] = []
        if summarise and not self._verbose:
            missing = [d for d in shown if d.code in _LINK_CODES]
            shown = [d for d in shown if d.code not in _LINK_CODES]
        for diagnostic in shown:
            self._say(_coloured(diagnostic, prefix), always=True, to_stdout=to_stdout)
        if missing:
            self._say(_wanted(missing), always=True, to_stdout=to_stdout)

    # ------------------------------------------------------------ closing lines

    def built(self, built: Built) -> None:
        pages = f"{built.total} pages ({built.written} files written, {built.removed} removed)"
        parts = [pages, *_blocks(built.checked.results), *_counts(built.diagnostics), _seconds(built.checked.seconds)]
        self._say(" · ".join(parts))
        self._say(f"site: {built.site / 'index.html'}")
        if self._verbose:
            self._say("  ".join(f"{stage} {took:.2f} s" for stage, took in built.checked.seconds.items()))

    def checked(self, checked: Checked, found: Sequence[Diagnostic]) -> None:
        parts = [f"{checked.notes} notes", *_blocks(checked.results), *_counts(found), _seconds(checked.seconds)]
        self._say(" · ".join(parts))

    def ran(self, ran: Ran, *, written: bool) -> None:
        """`written`: what differed before is what the note says now."""
        if ran.path not in ran.results:
            self._say(f"{ran.path} has no Python blocks")
        counted = [line.replace("differs", "rewritten") if written else line for line in _blocks(ran.results)]
        self._say(" · ".join([*counted, f"{ran.seconds:.1f} s"]))

    def written(self, changes: Sequence[Change]) -> None:
        """The diff of each changed note."""
        self.close()
        for change in changes:
            for line in change.diff.splitlines():
                colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
                self._say(click.style(line, fg=colour))
        self._say(f"{len(changes)} {'note' if len(changes) == 1 else 'notes'} changed")

    def stale(self, note: str, numbers: Sequence[tuple[int, str]]) -> None:
        """Numbers of the prose to look at again, since the outputs that held them have changed."""
        for line, number in numbers:
            self._say(f"{note}:{line}: the prose may be stale: {number} was in an old output and is in no new one")

    # ------------------------------------------------------------ the store

    def store(self, path: Path, size: int, contents: Mapping[str, tuple[int, int]]) -> None:
        """Where it is, its bytes on the disk, and what is in it."""
        lines = [f"store: {visible(str(path))}", f"size:  {_bytes(size)} on the disk", *_contents(contents)]
        self._say("\n".join(lines), always=True, to_stdout=True)

    def no_store(self, path: Path) -> None:
        self._say(f"nothing is stored yet; the first build makes {visible(str(path))}", always=True, to_stdout=True)

    def remembered(self, path: str, units: Sequence[Explained]) -> None:
        """For each block of a note whether its result is stored, or why it would run again."""
        if not units:
            self._say(f"{visible(path)} has no Python blocks", always=True, to_stdout=True)
            return
        self._say(click.style(visible(path), underline=True), always=True, to_stdout=True)
        for unit in units:
            what = f"block {unit.index + 1}" if unit.mode == "exec" else f"inline value {unit.index + 1}"
            fate = {"remembered": f"remembered, from {unit.moment}", "runs": "would run", "skipped": "does not run"}
            words = ": ".join(filter(None, (f"  {what}, line {unit.line}", fate[unit.fate], unit.why)))
            self._say(visible(words), always=True, to_stdout=True)

    def cleared(self, path: Path, freed: int) -> None:
        self._say(f"{_bytes(freed)} freed: {visible(str(path))}" if freed else "nothing was stored")

    def forgotten(self, path: str, results: int) -> None:
        """Of a note."""
        results_of = f"{count(results, 'stored result')} of {visible(path)} forgotten"
        self._say(results_of if results else f"nothing was stored of {visible(path)}")

    def _say(self, text: str, *, always: bool = False, to_stdout: bool = False) -> None:
        if always or not self._quiet:
            click.echo(text, err=not to_stdout, color=self._color)


def _contents(contents: Mapping[str, tuple[int, int]]) -> list[str]:
    """A line for each kind that says something to people, and one for all the rest."""
    totals: dict[tuple[str, str], tuple[int, int]] = {}
    for kind, (values, size) in contents.items():
        # What depends on kbtool's code has a kind for each version of it: "note 3f2a".
        words = _STORED.get(re.split("[ :]", kind)[0], _OTHER)
        before = totals.get(words, (0, 0))
        totals[words] = (before[0] + values, before[1] + size)
    shown = [(words, *totals[words]) for words in (*_STORED.values(), _OTHER) if words in totals]
    return [f"{values:>7} {words[values != 1]:<30} {_bytes(size):>10}" for words, values, size in shown]


def _bytes(number: int) -> str:
    """A size that a person can take in.

    >>> _bytes(999), _bytes(12_345), _bytes(59_932_672), _bytes(3_000_000_000)
    ('999 bytes', '12 kB', '59.9 MB', '3000.0 MB')
    """
    if number < 1000:
        return count(number, "byte")
    return f"{number / 1000:.0f} kB" if number < 1_000_000 else f"{number / 1_000_000:.1f} MB"


def _coloured(diagnostic: Diagnostic, prefix: str) -> str:
    line = text_line(diagnostic, prefix)
    word = f" {diagnostic.severity} {diagnostic.code}:"
    return line.replace(word, click.style(word, fg=_COLOURS.get(diagnostic.severity), bold=True), 1)


def _wanted(missing: Sequence[Diagnostic]) -> str:
    """`312 links to 190 missing notes; the ten most wanted: ...`."""
    names = Counter(_quoted(d.message) for d in missing)
    links, targets = count(len(missing), "link"), count(len(names), "missing note or file", "missing notes or files")
    most = ", ".join(f"{name} ({n})" if n > 1 else name for name, n in names.most_common(_MOST_WANTED))
    return visible(f"{links} to {targets}; the most wanted: {most} (-v lists each)")


def _quoted(message: str) -> str:
    parts = message.split("'")
    return parts[1] if len(parts) > 2 else message


def _counts(found: Sequence[Diagnostic]) -> list[str]:
    by_severity = Counter(d.severity for d in found)
    return [count(by_severity[Severity.ERROR], "error"), count(by_severity[Severity.WARNING], "warning")]


def _blocks(results: Mapping[str, NoteResult]) -> list[str]:
    counted = Counter(block.status for note in results.values() for block in note.blocks)
    if not counted:
        return []
    words = ", ".join(f"{counted[status]} {WORDS[status][1]}" for status in Status if counted[status])
    return [f"{count(sum(counted.values()), 'block')}{_origins(results)}: {words}"]


def _origins(results: Mapping[str, NoteResult]) -> str:
    """` (12 cached, 3 ran)`, where anything came from the store."""
    blocks = (block for note in results.values() for block in note.blocks)
    counted = Counter(block.how for block in blocks if block.status is not Status.SKIPPED)
    origins = ", ".join(f"{counted[how]} {how}" for how in (How.CACHED, How.REPLAYED, How.RAN) if counted[how])
    return f" ({origins})" if counted.total() > counted[How.RAN] else ""


def _seconds(seconds: Mapping[str, float]) -> str:
    return f"{sum(seconds.values()):.1f} s"
