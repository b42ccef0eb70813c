"""The key of a block: one name for all that decides what it gives, as far as that is known before it runs.

    K0 = H(surroundings, path of the note, F of each note that it requires, in order)
    Ki = H(F(i-1), source, options)          F0 = K0          Fi = H(Ki, what it met while it ran)

What a block meets (files, folders, packages) is recorded while it runs and kept with its result; it becomes part of the
keys of what follows.  So two blocks with one key started from the same state and are the same program.

What of a block counts:

| counts | because |
|---|---|
| its source as Python reads it | comments and layout do not change what it does |
| `warning`, `fig-width`, `fig-height` | they change what is captured, which is what is stored |
| its device, with the name of the hardware | another device rounds otherwise |
| `data` | it says what else the block reads |

and what does not: `eval` (a block that does not run is not there), `error` and `rtol`, `atol` and the documented output
(the result is judged anew at each build), `timeout` (who ended in time gives the same whatever the limit; who did not
is not stored), `label`, `echo`, `output`, `fig-cap`, `fig-alt` (they are for the page), `cache` (it says whether a
result may be stored, not what it is).

The note's path counts: tracebacks, warnings and `sys.argv` show it.  Its line does not: what shows lines is put right
when it is shown (see `places`).  Where a note looks at the text of its blocks (`inspect.getsource`), that text counts
with every comment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kbtool.run.job import NoteJob
from kbtool.run.source import digest, reads_source

if TYPE_CHECKING:
    from kbtool.note import CodeBlock

__all__ = ["Unit", "after", "facts_of", "first", "following", "units_of"]


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing of a note that runs and has a result: a block, or an inline expression.

    `options` is what of its options counts, as text.  `kept`: its result may be stored.
    """

    mode: str
    index: int
    source: str
    line: int
    options: str = ""
    data: tuple[str, ...] = ()
    kept: bool = True

    @property
    def lines(self) -> int:
        return self.source.count("\n") + 1


def units_of(job: NoteJob, device: Callable[[CodeBlock], str | None]) -> tuple[Unit, ...]:
    """What of a note runs, in order; `device` names the device of a block, None for one that does not run."""
    found: list[Unit] = []
    for block in job.blocks:
        name = device(block)
        if name is not None:
            options = block.options
            counts = [options.warning, options.fig_width, options.fig_height, name, *options.data]
            unit = Unit("exec", block.index, block.source, block.line, json.dumps(counts), options.data, options.cache)
            found.append(unit)
    for index, inline in enumerate(job.inline):
        found.append(Unit("eval", index, inline.expression.strip(), inline.line))
    return tuple(found)


def facts_of(path: str, units: Sequence[Unit], requires: Mapping[str, str], texts: Callable[[], str]) -> dict[str, str]:
    """What of the note itself decides where it starts; `requires` gives the F of notes, `texts` their text in short."""
    facts = {"note": path, **{f"requires {name}": key for name, key in requires.items()}}
    if any(reads_source(unit.source) for unit in units):
        facts["text"] = digest(texts(), *(f"{unit.line}\n{unit.source}" for unit in units))
    return facts


def first(surroundings: str, facts: Mapping[str, str]) -> str:
    """K0, which is F0."""
    return digest("note", surroundings, json.dumps(list(facts.items())))


def following(before: str, unit: Unit, normal: str) -> str:
    """Ki from F(i-1)."""
    return digest("block", before, unit.mode, normal, unit.options)


def after(key: str, trace: str) -> str:
    """Fi from Ki and from what the block met."""
    return digest("after", key, trace)
