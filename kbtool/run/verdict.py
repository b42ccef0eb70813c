"""From what a block did to what is to be said of it: its status, its result, its diagnostics."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from kbtool.diagnostics import Diagnostic, fault
from kbtool.run.compare import RTOL, compare
from kbtool.run.devices import kind
from kbtool.run.job import NoteJob
from kbtool.run.missing import import_cure
from kbtool.run.results import (
    BlockResult,
    Comparison,
    Failure,
    How,
    NoteResult,
    Output,
    Status,
)

if TYPE_CHECKING:
    from pathlib import Path

    from kbtool.note import CodeBlock

__all__ = ["Raw", "carries_on", "diagnostics_of", "now", "printed", "result_of", "skipped"]

_OTHER_DEVICE_RTOL = 1e-3
_TRACEBACK = "Traceback (most recent call last):"


@dataclass(frozen=True, slots=True)
class Raw:
    """What a block did.  `end`: it came to its end, or the parent stopped it, or its process died.

    `moment` is when it ended, `seen` what its process says that it met; `unstable` as in `BlockResult`.
    """

    seconds: float
    end: Status = Status.RAN
    outputs: tuple[Output, ...] = ()
    value: str | None = None
    error: Failure | None = None
    moment: str = ""
    seen: Mapping[str, Any] | None = None
    unstable: str = ""


def now() -> str:
    """This moment, as results keep it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def carries_on(result: BlockResult) -> bool:
    """Whether the blocks after this one run: its process must live.  An exception leaves the names as they are."""
    return result.status not in (Status.TIMEOUT, Status.KILLED)


def result_of(
    job: NoteJob, block: CodeBlock, raw: Raw, device: str, documented_device: str, how: How = How.RAN
) -> BlockResult:
    """What there is to say of a block that ran on `device`; its documented output came from the other."""
    stdout = "".join(output.text for output in raw.outputs if output.kind == "stdout")
    error, comparison = raw.error, None
    status = raw.end
    if status is Status.RAN:
        status, error = _judge_error(block, error)
    if status is Status.RAN and block.documented is not None:
        elsewhere = kind(device) != "cpu" or kind(documented_device) != kind(device)
        comparison = _compare(block, _actual(block, stdout, raw.value, error), elsewhere)
        status = _STATUS[comparison.verdict]
    return BlockResult(
        note=job.path,
        index=block.index,
        label=block.label,
        line=block.line,
        status=status,
        how=how,
        seconds=raw.seconds,
        device=device,
        outputs=raw.outputs,
        stdout=stdout,
        value=raw.value,
        error=error,
        comparison=comparison,
        moment=raw.moment,
        unstable=raw.unstable,
    )


_STATUS: Mapping[str, Status] = {
    "identical": Status.VERIFIED,
    "ok": Status.VERIFIED,
    "rounding": Status.ROUNDING,
    "mismatch": Status.MISMATCH,
}


def skipped(
    job: NoteJob, block: CodeBlock, reason: str, *, device: str = "", device_missing: bool = False
) -> BlockResult:
    """The result of a block that was not run."""
    return BlockResult(
        note=job.path,
        index=block.index,
        label=block.label,
        line=block.line,
        status=Status.SKIPPED,
        how=How.RAN,
        seconds=0.0,
        device=device,
        skipped_because=reason,
        device_missing=device_missing,
    )


def _judge_error(block: CodeBlock, error: Failure | None) -> tuple[Status, Failure | None]:
    """An exception is a fault where none is expected, and so is none where one is."""
    if not block.options.error:
        return (Status.ERROR, error) if error else (Status.RAN, None)
    if error is None:
        wanted = "the block says `error: true`, but it raised nothing"
        return Status.ERROR, Failure("NoException", wanted, block.line, "")
    return (Status.ERROR if error.memory else Status.RAN), error


def _compare(block: CodeBlock, actual: str, elsewhere: bool) -> Comparison:
    assert block.documented is not None, "asked only where something is documented"
    options = block.options
    standard = _OTHER_DEVICE_RTOL if elsewhere else RTOL
    return compare(
        block.documented.text,
        actual,
        standard if options.rtol is None else options.rtol,
        0.0 if options.atol is None else options.atol,
        ignore_device=elsewhere,
    )


def _actual(block: CodeBlock, stdout: str, value: str | None, error: Failure | None) -> str:
    documented = block.documented.text if block.documented else ""
    return _joined(stdout, value, _told(error, full=_TRACEBACK in documented))


def printed(result: BlockResult) -> str:
    """The text that a block's `output` fence is to hold: stdout, then the last value, then an expected exception.

    >>> printed(BlockResult("n.md", 0, "", 1, Status.RAN, How.RAN, 0, "cpu", stdout="a\\n", value="1"))
    'a\\n1'
    """
    return _joined(result.stdout, result.value, _told(result.error, full=False))


def _told(error: Failure | None, *, full: bool) -> str | None:
    """An exception as text; a document that shows a traceback is compared with a traceback."""
    if error is None:
        return None
    if full and error.traceback:
        return error.traceback
    return f"{error.type}: {error.message}" if error.message else error.type


def _joined(*texts: str | None) -> str:
    text = ""
    for following in texts:
        if following is not None:
            text += ("\n" if text and not text.endswith("\n") else "") + following
    return text


# --- diagnostics ---------------------------------------------------------------------------------------------------


def diagnostics_of(
    results: Mapping[str, NoteResult], jobs: Sequence[NoteJob], root: Path | None = None
) -> tuple[Diagnostic, ...]:
    """What the results say is wrong, in the order of the notes and of their blocks; `root` is the project's folder."""
    found: list[Diagnostic] = []
    names = Counter(_name(job.path) for job in jobs)
    for job in jobs:
        result = results.get(job.path)
        if result is not None:
            called = _name(job.path) if names[_name(job.path)] == 1 else job.path
            found += _of_note(job, called, result, root)
    return tuple(found)


def _name(path: str) -> str:
    return PurePosixPath(path).stem


def _of_note(job: NoteJob, called: str, result: NoteResult, root: Path | None) -> Iterator[Diagnostic]:
    blocks = {block.index: block for block in job.blocks}
    missing: set[str] = set()
    for ended in result.blocks:
        if ended.device_missing and ended.device not in missing:
            missing.add(ended.device)
            yield fault("device-missing", job.path, ended.line, 1, ended.skipped_because, _ANOTHER_DEVICE)
        elif ended.index in blocks:
            yield from _of_block(job, called, blocks[ended.index], ended, root)
    for inline in result.inline:
        if inline.unstable:
            message = f"`{{python}} {inline.expression}`: {inline.unstable}"
            yield fault("nondeterministic", job.path, inline.line, 1, message, _SEED_IT)
        if inline.error is not None:
            message = f"`{{python}} {inline.expression}`: {_sentence(inline.error)}"
            yield fault("block-error", job.path, inline.line, 1, message, import_cure(inline.error, root))


_ANOTHER_DEVICE = "`--device cpu` runs it here"


def _of_block(
    job: NoteJob, called: str, block: CodeBlock, ended: BlockResult, root: Path | None
) -> Iterator[Diagnostic]:
    error, comparison = ended.error, ended.comparison
    if ended.unstable:
        yield fault("nondeterministic", job.path, block.line, 1, ended.unstable, _SEED_IT)
    if ended.contended:
        yield fault("nondeterministic", job.path, block.line, 1, ended.contended, _ONE_WRITER)
    if ended.status in _ENDS and error is not None:
        code, hint = _ENDS[ended.status]
        code, hint = ("block-memory", _MORE_MEMORY) if error.memory else (code, hint or import_cure(error, root))
        said = _sentence(error) if ended.status is Status.ERROR else error.message
        yield fault(code, job.path, error.line or block.line, 1, said, hint)
    elif ended.status in _DIFFERS and comparison is not None and block.documented is not None:
        code, hint = _DIFFERS[ended.status]
        cure = hint.format(note=_quoted(called))
        yield fault(code, job.path, block.documented.first_line, 1, comparison.reason, cure)
    if _wants_words(block, ended):
        yield fault("figure-alt", job.path, block.line, 1, "a figure without a description", _DESCRIBE)


_DESCRIBE = "`#| fig-alt: ...` says what it shows to those who do not see it"


def _wants_words(block: CodeBlock, ended: BlockResult) -> bool:
    """Whether the page shows a picture of which nobody says what is on it."""
    options = block.options
    if options.fig_alt or options.fig_cap or not options.output:
        return False
    return any(output.kind == "figure" or "image/" in ",".join(output.data) for output in ended.outputs)


_SEED_IT = "seed what is random, sort what has no order, do not print times; or say `#| cache: false`"
_ONE_WRITER = "let one note write a file, and those that read or change it name that note in `requires`"
_MORE_MEMORY = "`[run] memory` sets the limit"
_ENDS: Mapping[Status, tuple[str, str]] = {
    Status.ERROR: ("block-error", ""),
    Status.TIMEOUT: ("block-timeout", "`#| timeout: SECONDS` gives it more time"),
    Status.KILLED: ("block-killed", ""),
}
_DIFFERS: Mapping[Status, tuple[str, str]] = {
    Status.ROUNDING: ("output-rounding", ""),
    Status.MISMATCH: ("output-mismatch", "`kbtool run-note {note} --write` puts the real output there"),
}


def _quoted(name: str) -> str:
    """A note's name as one can type it: in double quotes, which every shell knows, where nothing in it is special."""
    return shlex.quote(name) if set(name) & set('"\\$`!') else f'"{name}"'


def _sentence(error: Failure) -> str:
    first = error.message.strip().partition("\n")[0]
    return f"{error.type}: {first}" if first and error.type else first or error.type
