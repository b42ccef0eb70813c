"""What one block gave, as lines for a terminal: its verdict, then its outputs in their order, or where they differ.

Colours help and are never needed: each verdict has its word, each line that is no plain output its mark.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile
from typing import TYPE_CHECKING

import click

from kbtool.render.output import telling
from kbtool.render.terminal import screen
from kbtool.run.results import BlockResult, Failure, How, Output, Status
from kbtool.verdicts import WORDS

if TYPE_CHECKING:
    from kbtool.run.compare import DiffRow

__all__ = ["transcript"]

# Of a long output its beginning and its end; of a long line that many letters; around a difference that many lines.
_MOST, _HEAD, _TAIL = 40, 24, 8
_LONGEST_LINE, _LONGEST_ROW = 1000, 200
_CONTEXT = 2
_INDENT = "    "
_NOISE = {"stderr": "! ", "warning": "! "}
_TENSOR = "application/vnd.kbtool.tensor+json"


def transcript(result: BlockResult, *, whole: bool = False) -> Iterator[str]:
    """The lines; `whole` leaves nothing out."""
    yield _heading(result)
    told = {"stdout", "value"} if result.status is Status.MISMATCH else set()
    if told:
        yield from _difference(result, whole)
    for output in telling(result.outputs):
        if output.kind not in told:
            yield from _output(output, whole)
    if result.error is not None and result.status is not Status.VERIFIED:
        yield from _failure(result.error, whole)
    if result.skipped_because:
        yield _INDENT + result.skipped_because


def _heading(result: BlockResult) -> str:
    glyph, word, colour = WORDS[result.status]
    verdict = click.style(f"{glyph} {word}", fg=colour, bold=result.status is not Status.VERIFIED)
    name = result.label or f"block {result.index + 1}"
    device = f"{result.device} · {result.seconds:.2f} s" if result.status is not Status.SKIPPED else ""
    origin = "" if result.how is How.RAN else str(result.how)
    where = " · ".join(part for part in (f"line {result.line}", device, origin) if part)
    return f"{verdict}  {click.style(name, bold=True)}  {_quiet(where)}"


def _quiet(text: str) -> str:
    return click.style(text, fg="bright_black")


# ---------------------------------------------------------------- outputs


def _output(output: Output, whole: bool) -> Iterator[str]:
    if output.kind == "figure":
        kind = "svg" if "image/svg+xml" in output.data else "png"
        yield _INDENT + _quiet(f"[figure, {kind}]")
        return
    facts = _tensor_facts(output)
    if facts:
        yield _INDENT + _quiet(facts)
    mark = _NOISE.get(output.kind, "")
    for line in _shortened(_lines(output.text), whole):
        yield _INDENT + (click.style(mark, fg="yellow") if mark else "") + line


def _tensor_facts(output: Output) -> str:
    """The shape, type and device, of which a `repr` says little."""
    if _TENSOR not in output.data:
        return ""
    facts = json.loads(output.data[_TENSOR])
    shape = "×".join(map(str, facts["shape"])) or "scalar"
    dtype = str(facts["dtype"]).removeprefix("torch.")
    return f"[{facts.get('kind', 'tensor')} {shape} · {dtype} · {facts['device']}]"


def _lines(text: str) -> list[str]:
    """As it would stand on the screen had the program written to it, but that a note moves no cursor of ours."""
    lines = screen(text).rstrip().split("\n")
    return list(dropwhile(lambda line: not line.strip(), lines))


def _shortened(lines: Sequence[str], whole: bool) -> Iterator[str]:
    if whole:
        yield from lines
    elif len(lines) <= _MOST:
        yield from map(_short, lines)
    else:
        yield from map(_short, lines[:_HEAD])
        yield _quiet(f"… {len(lines) - _HEAD - _TAIL:,} more lines (-v shows all) …")
        yield from map(_short, lines[-_TAIL:])


def _short(line: str) -> str:
    if len(line) <= _LONGEST_LINE:
        return line
    end = "\x1b[0m" if "\x1b" in line else ""
    return f"{line[:_LONGEST_LINE]}{end}{_quiet(f' … {len(line) - _LONGEST_LINE:,} more letters')}"


def _failure(error: Failure, whole: bool) -> Iterator[str]:
    lines = _lines(error.traceback or f"{error.type}: {error.message}")
    for line in _shortened(lines, whole):
        raised = line.startswith(error.type)
        yield _INDENT + (click.style(line, fg="red", bold=True) if raised else line)


# ---------------------------------------------------------------- a difference


def _difference(result: BlockResult, whole: bool) -> Iterator[str]:
    from kbtool.run.compare import diff

    compared = result.comparison
    assert compared is not None, "only a compared block can differ"
    yield _INDENT + compared.reason
    rows = diff(compared.documented, compared.actual, compared.rtol, compared.atol)
    near = {i + d for i, row in enumerate(rows) if row.kind != "same" for d in range(-_CONTEXT, _CONTEXT + 1)}
    equal = 0
    for i, row in enumerate(rows):
        if i in near or whole:
            yield from _equal(equal)
            equal = 0
            sign, colour = _ROWS[row.kind]
            line = f"{sign} {row.text if whole else _around(row)}"
            yield _INDENT + (click.style(line, fg=colour) if colour else line)
        else:
            equal += 1
    yield from _equal(equal)


_ROWS: Mapping[str, tuple[str, str]] = {"same": (" ", ""), "documented": ("−", "red"), "printed": ("+", "green")}


def _around(row: DiffRow) -> str:
    """The line; of a very long one what stands around the first and the last word that differ."""
    if len(row.text) <= _LONGEST_ROW or not row.spans:
        return _short(row.text)
    start = max(0, row.spans[0][0] - _LONGEST_ROW // 4)
    end = row.spans[-1][1] + _LONGEST_ROW // 4
    return ("… " if start else "") + _short(row.text[start:end]) + (" …" if end < len(row.text) else "")


def _equal(lines: int) -> Iterator[str]:
    if lines:
        yield _INDENT + _quiet(f"… {lines} equal {'line' if lines == 1 else 'lines'} …")
