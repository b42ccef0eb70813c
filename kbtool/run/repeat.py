"""Whether a block gave the same when it ran again."""

from __future__ import annotations

from dataclasses import replace

from kbtool.diagnostics import count
from kbtool.run.compare import compare, diff
from kbtool.run.results import BlockResult, InlineValue, NoteResult
from kbtool.run.verdict import Raw

__all__ = ["compared", "difference"]

_SHOWN = frozenset({"stdout", "display"})
_LONGEST = 80


def difference(before: Raw, again: Raw) -> str:
    """One sentence on what differs, or the empty string.

    Numbers are compared as with a documented output: the last digits may differ.  Figures are not compared, nor what
    goes to stderr, where programs tell of times and progress.
    """
    first, second = _text(before), _text(again)
    if compare(first, second).verdict != "mismatch":
        return ""
    rows = diff(first, second)
    gone = [row.text for row in rows if row.kind == "documented"]
    come = [row.text for row in rows if row.kind == "printed"]
    more = max(len(gone), len(come)) - 1
    rest = f", and {count(more, 'more line')}" if more > 0 else ""
    return f"it gave {_quoted(gone)} before and {_quoted(come)} when it ran again{rest}"


def _text(raw: Raw) -> str:
    parts = [output.text for output in raw.outputs if output.kind in _SHOWN]
    error = f"{raw.error.type}: {raw.error.message}" if raw.error else None
    return "\n".join([*parts, *(text for text in (raw.value, error) if text is not None)])


def _quoted(lines: list[str]) -> str:
    if not lines:
        return "nothing"
    line = lines[0].strip()
    return f"`{line if len(line) <= _LONGEST else line[: _LONGEST - 1] + '…'}`"


def compared(first: NoteResult, second: NoteResult) -> NoteResult:
    """The first result, with what differs in the second said in it."""
    blocks = (replace(a, unstable=_between(a, b)) for a, b in zip(first.blocks, second.blocks, strict=True))
    values = (replace(a, unstable=_between_values(a, b)) for a, b in zip(first.inline, second.inline, strict=False))
    return replace(first, blocks=tuple(blocks), inline=tuple(values))


def _between(first: BlockResult, second: BlockResult) -> str:
    if first.skipped_because or second.skipped_because:
        return ""
    return difference(_raw(first), _raw(second))


def _between_values(first: InlineValue, second: InlineValue) -> str:
    return difference(Raw(0.0, value=first.text, error=first.error), Raw(0.0, value=second.text, error=second.error))


def _raw(result: BlockResult) -> Raw:
    return Raw(result.seconds, outputs=result.outputs, value=result.value, error=result.error)
