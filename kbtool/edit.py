"""The only writer into a vault: puts outputs under their blocks, replaces spans, and swaps a file safely.

Everything here works on bytes and changes nothing that it was not asked to change: line ends, the byte order mark, the
final newline (or its absence), and bytes that are not even text stay as they are.
"""

from __future__ import annotations

import codecs
import contextlib
import difflib
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kbtool import note as note_module
from kbtool.note import CodeBlock, DocumentedOutput
from kbtool.vault import decode, digest_bytes

__all__ = [
    "BlockOutput",
    "Compare",
    "NoteChangedError",
    "Span",
    "apply",
    "diff",
    "place",
    "replace_spans",
    "write_back",
]


class NoteChangedError(Exception):
    """The file is not the one that the change was made for: somebody else wrote it meanwhile."""


@dataclass(frozen=True, slots=True)
class BlockOutput:
    """What a block gave: its text, and the names of its figures' files, which are embedded after it."""

    text: str
    figures: tuple[str, ...] = ()


class _Judged(Protocol):
    @property
    def verdict(self) -> str: ...


class Compare(Protocol):
    """How documented and real output are compared; the verdict `mismatch` is the one that counts here."""

    def __call__(self, documented: str, actual: str, rtol: float = ..., atol: float = ...) -> _Judged: ...


# ---------------------------------------------------------------- outputs into a note


def write_back(note: bytes, outputs: Sequence[BlockOutput | None], compare: Compare) -> bytes:
    """The note with the outputs of its blocks, in order, where they are missing or no longer true.

    None leaves a block as it is: it did not run, or failed, or its author wants no output.  A block or an output that
    is never closed is left alone too (where it ends is anybody's guess), and so is a file that is not Unicode.
    """
    source = _Source(note)
    if not source.is_unicode:
        return note
    document, _ = note_module.parse("", decode(note, "").text)
    changes = [
        change
        for block, output in zip(document.note.code, outputs, strict=False)
        if output is not None and block.closed
        for change in _Block(source, block, compare).changes(output)
    ]
    return source.changed(changes)


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines `first` to `last` (from 1, both included; last < first = insert before `first`) become `lines`.

    `newline` is the line end of the new lines.
    """

    first: int
    last: int
    lines: tuple[str, ...]
    newline: str


_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class _Source:
    """A file as lines with their line ends, in a decoding that gives back every byte."""

    def __init__(self, data: bytes) -> None:
        self._encoding = _UTF16.get(data[:2], "utf-8")
        width = 2 if data[:2] in _UTF16 else 3 if data.startswith(codecs.BOM_UTF8) else 0
        self._mark = data[:width]
        self._errors = "surrogateescape" if self._encoding == "utf-8" else "surrogatepass"
        self.text = data[width:].decode(self._encoding, self._errors)
        self.lines = _LINE.findall(self.text)

    @property
    def is_unicode(self) -> bool:
        """Whether new text can be put in without mixing two encodings."""
        return not any("\ud800" <= c <= "\udfff" for c in self.text)

    def line(self, number: int) -> str:
        """A line without its end; beyond the last one, the empty string."""
        return self.lines[number - 1].rstrip("\r\n") if 0 < number <= len(self.lines) else ""

    def newline(self, number: int) -> str:
        """The line end of a line; of one that ends the file without any, that of the rest of the file."""
        line = self.lines[number - 1]
        return line[len(line.rstrip("\r\n")) :] or ("\r\n" if "\r\n" in self.text else "\n")

    def changed(self, changes: Iterable[_Change]) -> bytes:
        lines = list(self.lines)
        for change in sorted(changes, key=lambda c: (c.first, c.last), reverse=True):
            new = [line + change.newline for line in change.lines]
            lines[change.first - 1 : change.last] = new
            self._settle_ends(lines, change, len(new))
        return self.encoded("".join(lines))

    def _settle_ends(self, lines: list[str], change: _Change, added: int) -> None:
        """Where the change is the end of the file: it had a final newline and keeps it, or had none and gets none."""
        end = change.first - 1 + added
        if end < len(lines) or not lines:
            return
        if added and change.first > 1 and lines[change.first - 2] == lines[change.first - 2].rstrip("\r\n"):
            lines[change.first - 2] += change.newline
        if self.text and self.text[-1] not in "\r\n":
            lines[-1] = lines[-1].rstrip("\r\n")

    def encoded(self, text: str) -> bytes:
        return self._mark + text.encode(self._encoding, self._errors)


class _Block:
    """One block of a note with what stands under it."""

    def __init__(self, source: _Source, block: CodeBlock, compare: Compare) -> None:
        self.source = source
        self.block = block
        self.compare = compare
        self.newline = source.newline(block.last_line)
        self.prefix, self.sign = _opening(source.line(block.first_line))

    def changes(self, output: BlockOutput) -> list[_Change]:
        documented = self.block.documented
        text = _clean(output.text)
        if documented is None:
            lines = self._fence(text) if text else ()
            return self._after(self.block.last_line, lines, output.figures)
        if not self._closed(documented):
            return []
        return [*self._update(documented, text), *self._after(documented.last_line, (), output.figures)]

    def _update(self, documented: DocumentedOutput, text: str) -> list[_Change]:
        if not text:
            return [self._without(documented)] if documented.text.strip() else []
        options = self.block.options
        rtol = 1e-4 if options.rtol is None else options.rtol
        if self.compare(documented.text, text, rtol, options.atol or 0.0).verdict != "mismatch":
            return []
        return [self._replaced(documented, text)]

    def _fence(self, text: str) -> tuple[str, ...]:
        fence = self.sign[0] * max(3, _longest_run(text, self.sign[0]) + 1)
        return self._marked(self.prefix, [f"{fence}output", *text.split("\n"), fence])

    def _replaced(self, documented: DocumentedOutput, text: str) -> _Change:
        """The old fence with new text between; its two lines change only where the text would close it."""
        first, last = documented.first_line, documented.last_line
        opening, closing = self.source.line(first), self.source.line(last)
        prefix, sign = _opening(opening)
        body = self._marked(prefix, text.split("\n"))
        if not re.search(rf"^ {{0,3}}{re.escape(sign)}{re.escape(sign[0])}*[ \t]*$", text, re.MULTILINE):
            return _Change(first + 1, last - 1, body, self.newline)
        grown = sign[0] * (_longest_run(text, sign[0]) + 1)
        wider = (_with_fence(opening, grown), *body, _with_fence(closing, grown))
        return _Change(first, last, wider, self.newline)

    def _without(self, documented: DocumentedOutput) -> _Change:
        first = documented.first_line
        while first - 1 > self.block.last_line and self._blank(first - 1):
            first -= 1
        return _Change(first, documented.last_line, (), self.newline)

    def _after(self, line: int, lines: tuple[str, ...], figures: Sequence[str]) -> list[_Change]:
        """New lines after `line`, with the figures that are not embedded there yet."""
        embedded, last = self._embedded(line)
        missing = [name for name in figures if not any(_shows(target, name) for target in embedded)]
        embeds = self._marked(self.prefix, [f"![[{name}]]" for name in missing])
        gap = (self.prefix.rstrip(),) if missing and self._text_follows(last) else ()
        if last == line or not missing:
            return _inserted(line, (*lines, *embeds, *gap), self.newline)
        return [*_inserted(line, lines, self.newline), *_inserted(last, (*embeds, *gap), self.newline)]

    def _embedded(self, line: int) -> tuple[list[str], int]:
        """The targets of the embeds that follow `line` and nothing else, and the line of the last (`line` if none)."""
        targets: list[str] = []
        last = number = line
        while number < len(self.source.lines):
            number += 1
            embed = _EMBED.fullmatch(self._inside(number) or "")
            if embed:
                targets.append(embed[1].strip())
                last = number
            elif not self._blank(number):
                break
        return targets, last

    def _inside(self, number: int) -> str | None:
        """What a line holds within the block's container; None for a line outside it."""
        line = self.source.line(number)
        bare = self.prefix.rstrip()
        if line.startswith(self.prefix):
            return line[len(self.prefix) :]
        if not bare:
            # An empty line lies in a list as well; that of a quote has its mark.
            return None if line.strip() else ""
        return line[len(bare) :] if line.startswith(bare) else None

    def _blank(self, number: int) -> bool:
        inside = self._inside(number)
        return inside is not None and not inside.strip()

    def _text_follows(self, line: int) -> bool:
        """Whether the next line would run on from a figure's line; the next item of a list would not."""
        following = self.source.line(line + 1)
        if not following.strip() or self._blank(line + 1):
            return False
        return self._inside(line + 1) is not None or _ITEM.match(following) is None

    def _closed(self, documented: DocumentedOutput) -> bool:
        _, sign = _opening(self.source.line(documented.first_line))
        closing = self.source.line(documented.last_line).lstrip(" \t>").rstrip()
        closes = len(closing) >= len(sign) and set(closing) == set(sign)
        return closes and documented.last_line > documented.first_line

    def _marked(self, prefix: str, lines: Iterable[str]) -> tuple[str, ...]:
        return tuple(prefix + line if line else prefix.rstrip() for line in lines)


_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_FENCE = re.compile(r"(`{3,}|~{3,})")
_EMBED = re.compile(r"!\[\[([^\]|]+)(?:\|[^\]]*)?\]\][ \t]*")
_ITEM = re.compile(r"[ \t>]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)")


def _opening(line: str) -> tuple[str, str]:
    """The container marks before a fence and its sign; a list's marker becomes the spaces that stand under it."""
    fence = _FENCE.search(line)
    if fence is None:
        return "", "```"
    return re.sub(r"[^\s>]", " ", line[: fence.start()]), fence[1]


def _with_fence(line: str, fence: str) -> str:
    return _FENCE.sub(lambda _match: fence, line, count=1)


def _clean(text: str) -> str:
    """Output as it is written: no colour codes, `\\n` line ends, none at the end; empty when nothing was printed."""
    plain = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    return plain.encode("utf-8", "replace").decode() if plain.strip() else ""


def _longest_run(text: str, sign: str) -> int:
    return max((len(run) for run in re.findall(re.escape(sign) + "+", text)), default=0)


def _shows(target: str, name: str) -> bool:
    return target == name or target.endswith("/" + name)


def _inserted(line: int, lines: tuple[str, ...], newline: str) -> list[_Change]:
    return [_Change(line + 1, line, lines, newline)] if lines else []


# ---------------------------------------------------------------- spans


class Span(Protocol):
    """A replacement for the columns `start` to `end` (from 0) of a line (from 1), counted in characters."""

    @property
    def line(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def new_text(self) -> str: ...


_BAR = re.compile(r"(?<!\\)\|")
_LINKS = re.compile(r"\[\[.*?\]\]")


def replace_spans(data: bytes, edits: Iterable[Span]) -> bytes:
    """The file with each span replaced; of two that overlap one stays.  In a table, bars in new text are escaped."""
    source = _Source(data)
    if not source.is_unicode:
        return data
    lines = list(source.lines)
    free: dict[int, int] = {}
    for edit in sorted(edits, key=lambda e: (e.line, -e.start)):
        # From right to left, so that the columns of the spans still to come stay true.
        limit = free.get(edit.line, len(source.line(edit.line)))
        if not (0 < edit.line <= len(lines) and 0 <= edit.start <= edit.end <= limit):
            continue
        line = lines[edit.line - 1]
        new = _BAR.sub(r"\\|", edit.new_text) if _in_table(source.line(edit.line)) else edit.new_text
        lines[edit.line - 1] = line[: edit.start] + new + line[edit.end :]
        free[edit.line] = edit.start
    return source.encoded("".join(lines))


def _in_table(line: str) -> bool:
    """Whether a line looks like a row: it has a bar outside its links that nothing escapes."""
    return _BAR.search(_LINKS.sub("", line)) is not None


# ---------------------------------------------------------------- files


_DRAFT = ".kbtool-{}.tmp"
_ABANDONED_AFTER = 60.0


def apply(path: Path, new: bytes, expected_digest: str) -> None:
    """Puts `new` in the place of a file's bytes, all at once.  Raises NoteChangedError, OSError.

    A link is followed and stays a link; the file keeps its mode and owner.  The digest is taken again right before the
    exchange, so that what somebody saves in the meantime is not lost.
    """
    real = Path(os.path.realpath(path))
    _expect(real, expected_digest)

    def ready(draft: Path) -> None:
        _dress(draft, real.stat())
        _expect(real, expected_digest)

    _exchange(real, new, ready)


def place(path: Path, data: bytes) -> None:
    """Makes a file, or replaces one, all at once; its folder is made if need be.  Raises OSError."""
    real = Path(os.path.realpath(path))
    real.parent.mkdir(parents=True, exist_ok=True)
    umask = os.umask(0)
    os.umask(umask)
    _exchange(real, data, lambda draft: draft.chmod(0o666 & ~umask))


def _exchange(real: Path, data: bytes, ready: Callable[[Path], None]) -> None:
    """Writes a draft beside the file, has it made ready, and gives it the file's name.

    A draft's name begins with a dot: Obsidian does not show what a killed process leaves, and the next change in the
    same folder takes it away.
    """
    _sweep(real.parent)
    draft = real.parent / _DRAFT.format(secrets.token_hex(6))
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        ready(draft)
        draft.replace(real)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(real.parent)


def _sweep(folder: Path) -> None:
    """Removes drafts that nobody can still be writing."""
    for draft in folder.glob(_DRAFT.format("*")):
        with contextlib.suppress(OSError):
            if time.time() - draft.stat().st_mtime > _ABANDONED_AFTER:
                draft.unlink()


def _expect(path: Path, digest: str) -> None:
    if digest_bytes(path.read_bytes()) != digest:
        raise NoteChangedError(f"{path} changed meanwhile; nothing was written")


def _dress(path: Path, like: os.stat_result) -> None:
    # Only root may give files away; everyone else's file is their own already.
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(path, like.st_uid, like.st_gid)
    path.chmod(stat.S_IMODE(like.st_mode))


def _sync_folder(folder: Path) -> None:
    """Makes the exchange last through a power cut, where folders can be synced at all."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def diff(old: bytes, new: bytes, path: str) -> str:
    """The change of a file as a unified diff, for people to read."""
    before, after = (_LINE.findall(_Source(data).text.encode("utf-8", "replace").decode()) for data in (old, new))
    lines: list[str] = []
    for line in difflib.unified_diff(before, after, f"a/{path}", f"b/{path}"):
        body = line.rstrip("\r\n")
        lines.append(body + "\n")
        if body == line and not line.startswith(("---", "+++", "@@")):
            lines.append("\\ No newline at end of file\n")
    return "".join(lines)
