"""What running gives back: values only, so that pages, reports and caches can hold them without running anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

__all__ = ["BlockResult", "Comparison", "Failure", "How", "InlineValue", "NoteResult", "Output", "Status"]


class Status(StrEnum):
    """How a block ended. `ran` = there was nothing to compare with; it is never shown as verified."""

    VERIFIED = "verified"
    RAN = "ran"
    ROUNDING = "rounding"
    MISMATCH = "mismatch"
    ERROR = "error"
    TIMEOUT = "timeout"
    KILLED = "killed"
    SKIPPED = "skipped"


class How(StrEnum):
    """Where a result came from: this run, this run only to rebuild a state, or the store."""

    RAN = "ran"
    REPLAYED = "replayed"
    CACHED = "cached"


@dataclass(frozen=True, slots=True)
class Output:
    """One thing that came out of a block, in the order it was produced.

    `text` is always there (the plain form).  `data` maps MIME types to richer forms: text for text types and SVG,
    base64 for binary ones; `application/vnd.kbtool.tensor+json` holds name, shape, dtype, device and values.
    """

    kind: Literal["stdout", "stderr", "warning", "display", "value", "figure"]
    text: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception or a violent end. `line` is the note's line (1-based), 0 where none is known."""

    type: str
    message: str
    line: int
    traceback: str
    memory: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Documented beside real output, and the tolerances by which they were judged; `reason` is one English sentence."""

    verdict: Literal["identical", "ok", "rounding", "mismatch"]
    documented: str
    actual: str
    reason: str = ""
    rtol: float = 1e-4
    atol: float = 0.0


@dataclass(frozen=True, slots=True)
class BlockResult:
    """What one block gave. `value` is the `repr` of its last expression; `stdout` its printed text in order.

    `moment` is when it ran (UTC, ISO 8601), also where the result came from the store.  `unstable` says what was
    different when it ran again, and is empty where nothing was; `contended`, which other note undoes what it writes.
    """

    note: str
    index: int
    label: str
    line: int
    status: Status
    how: How
    seconds: float
    device: str
    outputs: tuple[Output, ...] = ()
    stdout: str = ""
    value: str | None = None
    error: Failure | None = None
    comparison: Comparison | None = None
    skipped_because: str = ""
    device_missing: bool = False
    moment: str = ""
    unstable: str = ""
    contended: str = ""


@dataclass(frozen=True, slots=True)
class InlineValue:
    """The value of an inline `{python} expr`: its text as shown, or the failure that it met.

    `unstable` as in `BlockResult`.
    """

    expression: str
    line: int
    text: str
    error: Failure | None = None
    unstable: str = ""


@dataclass(frozen=True, slots=True)
class NoteResult:
    """What running one note gave: a result for each of its blocks, in order, and its inline values."""

    note: str
    blocks: tuple[BlockResult, ...]
    inline: tuple[InlineValue, ...] = ()

    def with_blocks(self, **changes: Any) -> NoteResult:
        """The same result but for these fields of each of its blocks."""
        return replace(self, blocks=tuple(replace(block, **changes) for block in self.blocks))
