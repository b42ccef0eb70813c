"""What may change a note, because its owner asked: real outputs put in (`--write`), certain cures applied (`--fix`)."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kbtool import edit
from kbtool.config import Config
from kbtool.diagnostics import Diagnostic
from kbtool.edit import BlockOutput, NoteChangedError
from kbtool.links import Fix
from kbtool.note import CodeBlock, Note
from kbtool.outcome import Ran
from kbtool.project import UsageError
from kbtool.reading import Reading, read
from kbtool.render.figure import ROLES
from kbtool.run import printed
from kbtool.run.compare import compare
from kbtool.run.results import BlockResult, Output, Status
from kbtool.stale import stale_numbers
from kbtool.vault import SourceFile, decode, digest_bytes, repair

__all__ = ["Change", "Outputs", "fix", "write_outputs"]


@dataclass(frozen=True, slots=True)
class Change:
    """One changed note and the unified diff of the change."""

    path: str
    diff: str


# ---------------------------------------------------------------- outputs

# Statuses whose output is real and whole; `error` is here for blocks that are expected to raise.
_WRITABLE = frozenset({Status.VERIFIED, Status.RAN, Status.ROUNDING, Status.MISMATCH})

# In an editor a figure lies on a page of unknown colour: inks that can be read on white and on black.
_INKS: Mapping[str, str] = {
    "#010101": "#7d8590",
    "#020202": "#4a7fd6",
    "#030303": "#c9742b",
    "#040404": "#9aa1ab",
    "#050505": "#2f9e6e",
    "#060606": "#a35fc0",
    "#070707": "none",
}
assert set(_INKS) == set(ROLES), "every role of a drawing has an ink"


@dataclass(frozen=True, slots=True)
class Outputs:
    """What `--write` did: the change of the note, if any, and the diagnostics that hold no longer.

    `stale` are numbers in the prose, with their lines after the change, that an old output held and no new one does.
    """

    changes: tuple[Change, ...]
    settled: frozenset[Diagnostic]
    stale: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Figure:
    name: str
    data: bytes


def write_outputs(config: Config, ran: Ran) -> Outputs:
    """Puts the outputs of the note that was run into it, where they are missing or no longer true.

    Figures become files in the vault's attachment folder.  Raises UsageError when the note changed while it ran.
    """
    result = ran.results.get(ran.path)
    if result is None:
        return Outputs((), frozenset())
    note = ran.notes[ran.path]
    file = config.vault / ran.path
    before = file.read_bytes()
    figures = [_figures(block, code, note) for block, code in zip(result.blocks, note.code, strict=True)]
    outputs = [
        _output(block, code, drawn) for block, code, drawn in zip(result.blocks, note.code, figures, strict=True)
    ]
    after = edit.write_back(before, outputs, compare)
    new = [f for drawn, output in zip(figures, outputs, strict=True) if output is not None for f in drawn]
    _place(new, _attachment_folder(config.vault, file))
    if after == before:
        return Outputs((), frozenset())
    change = _applied(file, ran.path, before, after)
    replaced = [
        (code.documented.text, output.text)
        for code, output in zip(note.code, outputs, strict=True)
        if output is not None and code.documented is not None
    ]
    numbers = stale_numbers(decode(after, ran.path).text, replaced)
    return Outputs((change,), frozenset(_settled(ran, note, outputs)), numbers)


def _settled(ran: Ran, note: Note, outputs: Sequence[BlockOutput | None]) -> Iterator[Diagnostic]:
    """The differences that the note's new text has done away with."""
    written = {code.first_line: code for code, output in zip(note.code, outputs, strict=True) if output and code.closed}
    lines = {line for code in written.values() for line in range(code.first_line, _end(code) + 1)}
    for found in ran.diagnostics:
        if found.code == "output-mismatch" and found.path == ran.path and found.line in lines:
            yield found


def _end(code: CodeBlock) -> int:
    return code.documented.last_line if code.documented else code.last_line


def _output(block: BlockResult, code: CodeBlock, figures: Sequence[_Figure]) -> BlockOutput | None:
    """What the note shall say that the block gave; None = leave what it says."""
    if block.status not in _WRITABLE or not code.options.output or not code.options.eval:
        return None
    text = block.comparison.actual if block.comparison is not None else printed(block)
    return BlockOutput(text, tuple(figure.name for figure in figures))


def _figures(block: BlockResult, code: CodeBlock, note: Note) -> list[_Figure]:
    stem = f"{note.name}.{code.label or code.index + 1}"
    drawn = [output for output in block.outputs if output.kind == "figure"]
    return [_figure(output, f"{stem}.{number}") for number, output in enumerate(drawn, 1)]


def _figure(output: Output, stem: str) -> _Figure:
    if "image/svg+xml" in output.data:
        source = output.data["image/svg+xml"]
        for role, ink in _INKS.items():
            source = source.replace(role, ink)
        return _Figure(f"{stem}.svg", source.encode())
    return _Figure(f"{stem}.png", base64.b64decode(output.data["image/png"]))


def _attachment_folder(vault: Path, note: Path) -> Path:
    """Where Obsidian would put an attachment of this note."""
    try:
        wish = json.loads((vault / ".obsidian" / "app.json").read_text("utf-8")).get("attachmentFolderPath", "/")
    except (OSError, ValueError, AttributeError):
        wish = "/"
    if not isinstance(wish, str) or wish in ("", "/"):
        return vault
    if wish == "." or wish.startswith("./"):
        return note.parent / wish
    inside = (vault / wish).resolve()
    return inside if inside.is_relative_to(vault) else vault


def _place(figures: Sequence[_Figure], folder: Path) -> None:
    for figure in figures:
        path = folder / figure.name
        try:
            if not path.is_file() or path.read_bytes() != figure.data:
                edit.place(path, figure.data)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error


# ---------------------------------------------------------------- cures


def fix(config: Config) -> tuple[Change, ...]:
    """Applies the cures that are certain: garbled text first, then links that miss by case, accents or alias.

    Raises UsageError when a note cannot be written.
    """
    changed = _Changed()
    reading = read(config)
    for file in _open_notes(reading):
        changed.put(file, _repaired)
    if changed:
        # Only now its links can be read.
        reading = read(config)
    by_note: dict[str, list[Fix]] = defaultdict(list)
    for cure in reading.links.fixes:
        if cure.certain:
            by_note[cure.path].append(cure)
    for file in _open_notes(reading):
        cures = by_note.get(file.path)
        if cures:
            changed.put(file, partial(_mended, cures))
    return changed.changes()


def _open_notes(reading: Reading) -> Iterator[SourceFile]:
    """The notes of which faults are told: not the moulds, nor what the owner set aside in Obsidian."""
    aside = ("template", "excluded")
    return (file for file in reading.vault.notes if reading.plan.unpublished.get(file.path) not in aside)


class _Changed:
    """Notes as they were before the first change and after the last."""

    def __init__(self) -> None:
        self._notes: dict[str, tuple[bytes, bytes]] = {}

    def __bool__(self) -> bool:
        return bool(self._notes)

    def put(self, file: SourceFile, change: Callable[[bytes], bytes]) -> None:
        """The note as `change` makes it; one that cannot be read is told by the check, and left alone."""
        try:
            before = file.absolute.read_bytes()
        except OSError:
            return
        after = change(before)
        if after != before:
            _apply(file.absolute, before, after)
            first, _ = self._notes.get(file.path, (before, after))
            self._notes[file.path] = first, after

    def changes(self) -> tuple[Change, ...]:
        return tuple(Change(path, edit.diff(*both, path)) for path, both in sorted(self._notes.items()))


def _mended(fixes: Sequence[Fix], data: bytes) -> bytes:
    """The note with its links mended that still stand where they were read: two names may lead to one file."""
    lines = decode(data, "").text.split("\n")
    return edit.replace_spans(data, [f for f in fixes if lines[f.line - 1 : f.line] and f.stands_in(lines[f.line - 1])])


def _repaired(data: bytes) -> bytes:
    """The bytes of a note whose UTF-8 was once read in another encoding, as they were meant; others as they are."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    repaired = repair(text)
    return data if repaired is None else repaired.encode("utf-8")


def _applied(file: Path, path: str, before: bytes, after: bytes) -> Change:
    _apply(file, before, after)
    return Change(path, edit.diff(before, after, path))


def _apply(file: Path, before: bytes, after: bytes) -> None:
    try:
        edit.apply(file, after, digest_bytes(before))
    except NoteChangedError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror or error}") from error
