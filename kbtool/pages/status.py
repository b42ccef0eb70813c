"""The status page: every note that has code, and how each of its blocks ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from kbtool.note import Note
from kbtool.pages.frame import Count, Frame, Ref, day
from kbtool.pages.note import strip
from kbtool.pages.outline import outline, words_of
from kbtool.plan import Contents, Page, Rendered
from kbtool.render import Site
from kbtool.render.cell import anchor
from kbtool.render.verdict import MARKS, duration, reason, worst
from kbtool.run.results import BlockResult, Status
from kbtool.words import Words

__all__ = ["plan", "render"]

_TROUBLE = frozenset({Status.ROUNDING, Status.MISMATCH, Status.ERROR, Status.TIMEOUT, Status.KILLED, Status.SKIPPED})
_MOST_TROUBLES = 4


@dataclass(frozen=True, slots=True)
class _Row:
    """One note; `spoken` says in words what `strip` draws."""

    href: str
    title: str
    status: Status
    strip: Markup
    spoken: str
    folder: str
    device: str
    seconds: str
    moment: str
    when: str
    troubles: list[Ref]


def plan(inside: Contents) -> Iterable[Page]:
    """Where code runs and there is any."""
    if inside.config.run.enabled and any(inside.notes[path].has_code for path in inside.published):
        yield Page("status", "", "status.html", words_of(inside)["status.title"])


def render(page: Page, site: Site) -> Rendered:
    frame, view = Frame.of(page, site), outline(site)
    rows = [_row(site.note(path), view.blocks(path), frame) for path in view.with_results() if view.blocks(path)]
    counts = frame.counts(view.count())
    total = sum(count.n for count in counts)
    return frame.render(
        "status.html",
        description=frame.words["status.lede"],
        rows=rows,
        counts=counts,
        filters=_filters(rows, frame),
        # Builds that have to come out the same anywhere state neither.
        timed=any(row.seconds for row in rows),
        dated=any(row.moment for row in rows),
        summary=frame.words.say("count.all", blocks=total, n=len(rows)),
    )


def _filters(rows: Sequence[_Row], frame: Frame) -> list[Count]:
    """The verdicts that occur among the notes."""
    found = {row.status for row in rows}
    return [Count(status, 0, frame.words[f"verdict.{status}"]) for status in MARKS if status in found]


def _row(note: Note, blocks: Sequence[BlockResult], frame: Frame) -> _Row:
    words_, ref = frame.words, frame.ref(note.path)
    ran = [block for block in blocks if block.status is not Status.SKIPPED]
    moment = max((block.moment for block in ran), default="")
    spoken = (f"{words_.say('cell.block', n=b.index + 1)}: {words_[f'verdict.{b.status}'].lower()}" for b in blocks)
    return _Row(
        href=ref.href,
        title=ref.title,
        status=worst([block.status for block in blocks]),
        strip=strip(note, blocks, words_),
        spoken=", ".join(spoken),
        folder=note.path.rpartition("/")[0],
        device=", ".join(dict.fromkeys(block.device for block in ran if block.device)),
        seconds=duration(sum(block.seconds for block in ran), words_),
        moment=moment,
        when=_when(moment, words_),
        troubles=_troubles(note, blocks, ref.href, frame),
    )


def _when(moment: str, words: Words) -> str:
    """A moment as people say it: `2026-11-22T09:20:13+00:00` is `22 nov 2026, 09:20`."""
    return f"{day(moment[:10], words)}, {moment[11:16]}" if moment else ""


def _troubles(note: Note, blocks: Sequence[BlockResult], href: str, frame: Frame) -> list[Ref]:
    """What is wrong, block by block, each a link to its cell."""
    return [
        Ref(
            f"{href}#{anchor(note.code[block.index])}",
            frame.words.say("status.block", n=block.index + 1, why=reason(block, frame.words)),
        )
        for block in blocks
        if block.status in _TROUBLE
    ][:_MOST_TROUBLES]
