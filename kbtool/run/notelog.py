"""The results of a note as they come, run now or remembered; and what the settings mean for its blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kbtool.run.devices import choose, kind
from kbtool.run.job import NoteJob, Settings
from kbtool.run.results import BlockResult, How, InlineValue, NoteResult, Status
from kbtool.run.verdict import Raw, carries_on, result_of, skipped
from kbtool.run.wire import BlockWork, InlineWork, NoteWork

if TYPE_CHECKING:
    from kbtool.note import CodeBlock

__all__ = ["NoteLog", "OnBlock", "Terms", "skip_all", "sound", "unmet"]

OnBlock = Callable[[BlockResult], None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings and the devices come to for single blocks."""

    settings: Settings
    devices: tuple[str, ...]

    def device(self, job: NoteJob, block: CodeBlock) -> str | None:
        return choose(self.wish(job, block), self.devices)

    def wish(self, job: NoteJob, block: CodeBlock) -> str:
        """The device that a block asks for: config, note, block, command line, in rising priority."""
        if self.settings.device_forced:
            return self.settings.device
        return block.options.device or job.device or self.settings.device

    def documented_device(self, job: NoteJob, block: CodeBlock) -> str:
        """The device that the note's outputs came from: the one it asks for, whatever the command line says."""
        standard = "cpu" if self.settings.device_forced else self.settings.device
        wish = block.options.device or job.device or standard
        return choose(wish, self.devices) or wish

    def limit(self, job: NoteJob, block: CodeBlock | None) -> float:
        own = block.options.timeout if block is not None else None
        return next(limit for limit in (own, job.timeout, self.settings.timeout) if limit is not None)

    def runs(self, job: NoteJob, block: CodeBlock) -> bool:
        return block.options.eval and self.device(job, block) is not None

    def work(self, job: NoteJob, folder: Path, *, replay: bool = False) -> NoteWork:
        blocks = tuple(self._block(job, block) for block in job.blocks if self.runs(job, block))
        inline = tuple(InlineWork(i, code.expression, code.line) for i, code in enumerate(job.inline))
        return NoteWork(job.path, str(folder), blocks, () if replay else inline, replay)

    def _block(self, job: NoteJob, block: CodeBlock) -> BlockWork:
        options = block.options
        return BlockWork(
            index=block.index,
            source=block.source,
            line=block.line,
            device=self.device(job, block) or "cpu",
            warnings=options.warning,
            width=options.fig_width,
            height=options.fig_height,
        )

    def hardware(self, job: NoteJob) -> frozenset[str]:
        """The devices, CPU aside, that a note uses; only one process may use each."""
        found = {self.device(job, block) for block in job.blocks if self.runs(job, block)}
        return frozenset(device for device in found if device is not None and kind(device) != "cpu")


@dataclass(slots=True)
class NoteLog:
    """The results of one note as they come; each block is told once, in the order of the note."""

    job: NoteJob
    terms: Terms
    on_block: OnBlock
    _results: list[BlockResult] = field(default_factory=list)
    _inline: list[InlineValue] = field(default_factory=list)
    _told: int = 0

    def block(self, index: int, raw: Raw, how: How = How.RAN) -> None:
        """Takes what a block gave; blocks before it that were not to run are skipped."""
        for block in self.job.blocks[len(self._results) :]:
            if block.index == index:
                device = self.terms.device(self.job, block) or "cpu"
                documented = self.terms.documented_device(self.job, block)
                self._tell(result_of(self.job, block, raw, device, documented, how))
                return
            self._tell(self._not_run(block, ""))

    def inline(self, index: int, raw: Raw) -> None:
        code = self.job.inline[index]
        self._inline.append(InlineValue(code.expression, code.line, raw.value or "", raw.error, raw.unstable))

    def died(self, raw: Raw) -> None:
        """The process ended before its order did: the first block without a result is the one that it ended in."""
        following = next((b for b in self.job.blocks[len(self._results) :] if self.terms.runs(self.job, b)), None)
        if following is not None:
            self.block(following.index, raw)
        elif len(self._inline) < len(self.job.inline):
            self.inline(len(self._inline), raw)

    def close(self, reason: str = "") -> NoteResult:
        """The note's result; the blocks without one are skipped, by default for the reason of the last one."""
        if not reason and self._results and not carries_on(self._results[-1]):
            reason = f"block {self._results[-1].index + 1} did not come to its end"
        for block in self.job.blocks[len(self._results) :]:
            self._tell(self._not_run(block, reason))
        return NoteResult(self.job.path, tuple(self._results), tuple(self._inline))

    def restart(self) -> None:
        """Forgets everything, because the note runs again; what was told is not told twice."""
        self._results.clear()
        self._inline.clear()

    def _not_run(self, block: CodeBlock, reason: str) -> BlockResult:
        if not block.options.eval:
            return skipped(self.job, block, "the block says `eval: false`")
        if self.terms.device(self.job, block) is None:
            wish = self.terms.wish(self.job, block)
            why = f"this machine has no device '{wish}'"
            return skipped(self.job, block, why, device=wish, device_missing=True)
        return skipped(self.job, block, reason)

    def _tell(self, result: BlockResult) -> None:
        self._results.append(result)
        if len(self._results) > self._told:
            self._told = len(self._results)
            self.on_block(result)


def sound(result: NoteResult, job: NoteJob) -> bool:
    """Whether other notes can start from the state of this one: all of it that was to run did run."""
    if job.skip:
        return False
    wanted = {block.index for block in job.blocks if block.options.eval}
    return not any(
        block.index in wanted and (block.status is Status.SKIPPED or not carries_on(block)) for block in result.blocks
    )


def skip_all(jobs: Sequence[NoteJob], settings: Settings, reason: str, on_block: OnBlock) -> dict[str, NoteResult]:
    """Results for notes none of which is run."""
    terms = Terms(settings, ("cpu",))
    return {job.path: NoteLog(job, terms, on_block).close(reason) for job in jobs}


def unmet(before: Sequence[NoteJob], unsound: Collection[str]) -> str:
    """Why a note cannot start: what it requires did not come to its end; "" if it can."""
    broken = next((job.path for job in before if job.path in unsound), None)
    return f"'{broken}', which it requires, did not come to its end" if broken else ""
