"""How a block ended, for people: a shape, a word, a reason.  Never a colour alone; `ran` never looks verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from kbtool.render.difference import Difference, difference
from kbtool.run.results import BlockResult, Status
from kbtool.words import Words

__all__ = ["MARKS", "Mark", "disagreement", "duration", "glyph", "reason", "worst"]


@dataclass(frozen=True, slots=True)
class Mark:
    """`css` gives the colour of cells, words and glyphs; `shape` names the symbol in the page's sprite."""

    css: str
    shape: str


# From best to worst: a note is as good as its worst block.
MARKS: Mapping[Status, Mark] = {
    Status.VERIFIED: Mark("ok", "ok"),
    Status.RAN: Mark("ran", "ran"),
    Status.SKIPPED: Mark("skip-st", "skip"),
    Status.ROUNDING: Mark("diff", "near"),
    Status.MISMATCH: Mark("diff", "diff"),
    Status.ERROR: Mark("fail", "fail"),
    Status.TIMEOUT: Mark("fail", "fail"),
    Status.KILLED: Mark("fail", "fail"),
}
# The type of the failure that stands for an expected exception that did not come.
_NOTHING_RAISED = "NoException"
_ORDER = {status: place for place, status in enumerate(MARKS)}


def worst(statuses: list[Status]) -> Status:
    """What to say of several blocks in one word.

    A note with one verified block and others that only ran counts as verified: nothing in it is in doubt.
    """
    bad = max(statuses, key=_ORDER.__getitem__)
    return Status.VERIFIED if bad is Status.RAN and Status.VERIFIED in statuses else bad


def glyph(status: Status, label: str = "") -> str:
    """The shape of a verdict.  Without `label` it stands beside its word and says nothing to a screen reader."""
    mark = MARKS[status]
    voice = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return f'<svg class="g {mark.css}" {voice}><use href="#s-{mark.shape}"/></svg>'


def duration(seconds: float, words: Words) -> str:
    """Seconds as people say them; nothing at all for zero, which means that the time is not stated.

    >>> from kbtool.words import words
    >>> [duration(s, words("es")) for s in (0, 0.0004, 0.14, 12.34, 200)]
    ['', '< 0,01 s', '0,14 s', '12,3 s', '3 min 20 s']
    """
    if seconds <= 0:
        return ""
    if seconds < 0.01:
        return words.number("< 0.01 s")
    if seconds < 60:
        return words.number(f"{seconds:.{2 if seconds < 9.995 else 1}f} s")
    return f"{round(seconds) // 60} min {round(seconds) % 60} s"


def disagreement(result: BlockResult) -> Difference | None:
    """Where a block's output is not what its note says, by the tolerances that judged it; None where it is."""
    compared = result.comparison
    if result.status is not Status.MISMATCH or compared is None:
        return None
    return difference(compared.documented, compared.actual, compared.rtol, compared.atol)


def reason(result: BlockResult, words: Words) -> str:
    """Why the verdict is what it is, in one clause."""
    found = disagreement(result)
    if found is not None:
        return _mismatch(found, words)
    if result.status is Status.ERROR and result.error is not None:
        return _raised(result, words)
    if result.status is Status.SKIPPED:
        return _skipped(result, words)
    return words[_simple_reason(result)]


def _simple_reason(result: BlockResult) -> str:
    memory = result.error is not None and result.error.memory
    if result.status is Status.VERIFIED:
        exact = result.comparison is None or result.comparison.verdict == "identical"
        return "why.verified" if exact else "why.tolerance"
    if result.status is Status.RAN:
        return "why.expected" if result.error else "why.ran" if result.outputs else "why.silent"
    return {Status.ROUNDING: "why.rounding", Status.TIMEOUT: "why.timeout"}.get(
        result.status, "why.memory" if memory else "why.killed"
    )


def _skipped(result: BlockResult, words: Words) -> str:
    if result.device_missing and result.device:
        return words.say("why.device", device=result.device)
    # The catalogue holds the known reasons under their English text; one that it lacks is shown as it is.
    return words.entries.get(f"why.{result.skipped_because}", result.skipped_because) or words["why.skipped"]


def _raised(result: BlockResult, words: Words) -> str:
    error = result.error
    assert error is not None, "asked only of a block that raised"
    if error.memory:
        return words["why.memory"]
    if error.type == _NOTHING_RAISED:
        return words["why.no-error"]
    return words.say("why.raised", type=error.type, line=error.line) if error.line else error.type


def _mismatch(found: Difference, words: Words) -> str:
    if found.is_numeric:
        key = "why.number" if found.numbers == 1 else "why.numbers"
        return words.say(key, n=found.numbers, by=words.number(found.furthest))
    return words.say("why.lines", n=found.lines)
