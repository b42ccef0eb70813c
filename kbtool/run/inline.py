"""The executor for debugging: notes run in this very process, one after the other.

Breakpoints work.  Nothing is contained: no limits of time or memory, `os._exit` ends the program, changed modules stay
changed, and what C libraries print is not captured.
"""

from __future__ import annotations

import builtins
import io
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from kbtool.run.job import NoteJob, Settings
from kbtool.run.notelog import NoteLog, OnBlock, Terms, sound, unmet
from kbtool.run.preload import preload
from kbtool.run.processes import remove_folder
from kbtool.run.recall import Recall
from kbtool.run.results import BlockResult, NoteResult, Output, Status
from kbtool.run.session import Session
from kbtool.run.streams import Collected
from kbtool.run.tasks import Task, tasks_of
from kbtool.run.verdict import Raw, now
from kbtool.run.wire import NoteWork

__all__ = ["InlineExecutor"]


class _Text(io.TextIOBase):
    """Printed text as outputs, in the order in which it comes."""

    def __init__(self, recorder: _Recorder, kind: str) -> None:
        self._recorder, self._kind = recorder, kind

    def write(self, text: str, /) -> int:
        self._recorder.emit(self._kind, text, {})
        return len(text)

    def writable(self) -> bool:
        return True


class _Recorder:
    """Keeps what a block gives until the block ends."""

    def __init__(self) -> None:
        self._collected, self._number = Collected(), 0

    def emit(self, kind: str, text: str, data: Mapping[str, str]) -> None:
        self._number += 1
        self._collected.add(self._number, Output(kind, text, dict(data)))  # type: ignore[arg-type]

    def take(self) -> tuple[Output, ...]:
        outputs, self._collected = self._collected.ordered(), Collected()
        return outputs


class InlineExecutor:
    """Runs notes in this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __enter__(self) -> InlineExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def devices(self) -> tuple[str, ...]:
        return preload(self._settings.preload).devices

    def run(self, jobs: Sequence[NoteJob], on_block: OnBlock, recall: Recall | None = None) -> dict[str, NoteResult]:
        assert recall is None, "what runs here changes this process, so nothing of it is remembered"
        terms = Terms(self._settings, self.devices())
        logs = {job.path: NoteLog(job, terms, _outside(on_block)) for job in jobs}
        results: dict[str, NoteResult] = {}
        unsound: set[str] = set()
        for path, task in tasks_of(jobs).items():
            reason = task.job.skip or unmet(task.before, unsound)
            if not reason:
                self._run_task(task, terms, logs[path])
            results[path] = logs[path].close(reason)
            if not sound(results[path], task.job):
                unsound.add(path)
        return results

    def _run_task(self, task: Task, terms: Terms, log: NoteLog) -> None:
        folder = Path(tempfile.mkdtemp(prefix="kbtool-run-"))
        recorder = _Recorder()
        session = Session(str(self._settings.root.resolve()), recorder.emit, fatal=(KeyboardInterrupt,))
        try:
            with _borrowed(recorder, folder, self._settings.places):
                session.install()
                for job in task.before:
                    self._run_note(terms.work(job, folder, replay=True), session, recorder, None)
                self._run_note(terms.work(task.job, folder), session, recorder, log)
        finally:
            remove_folder(str(folder))

    def _run_note(self, note: NoteWork, session: Session, recorder: _Recorder, log: NoteLog | None) -> None:
        session.begin(note, self._settings.seed)
        for block in note.blocks:
            ended = session.run(block)
            outputs = recorder.take()
            if log is not None:
                log.block(block.index, Raw(ended.seconds, Status.RAN, outputs, ended.value, ended.error, now()))
        for inline in note.inline:
            text, error = session.evaluate(inline)
            recorder.take()
            if log is not None:
                log.inline(inline.index, Raw(0.0, Status.RAN, (), text, error, now()))


def _outside(on_block: OnBlock) -> OnBlock:
    """Lets the caller print where it always prints, also while a note runs."""
    stdout, stderr = sys.stdout, sys.stderr

    def tell(result: BlockResult) -> None:
        with redirect_stdout(stdout), redirect_stderr(stderr):
            on_block(result)

    return tell


_STREAMS = ("stdin", "stdout", "stderr", "argv")


@contextmanager
def _borrowed(recorder: _Recorder, folder: Path, places: Sequence[str]) -> Iterator[None]:
    """The process as a note expects it; afterwards as it was."""
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        _warn_as_programs_do()
        for name in _STREAMS:
            stack.callback(setattr, sys, name, getattr(sys, name))
        stack.callback(sys.modules.__setitem__, "__main__", sys.modules["__main__"])
        stack.callback(sys.path.__setitem__, slice(None), list(sys.path))
        stack.callback(os.chdir, Path.cwd())
        stack.callback(os.environ.pop, "KBTOOL_DEVICE", None)
        stack.callback(os.environ.pop, "KBTOOL_DATA", None)
        os.environ["KBTOOL_DATA"] = os.pathsep.join(places)
        stack.callback(_forget_display)
        sys.stdin = io.StringIO()
        sys.stdout, sys.stderr = _Text(recorder, "stdout"), _Text(recorder, "stderr")
        os.chdir(folder)
        yield


def _warn_as_programs_do() -> None:
    """As in a new process, whatever this one has been told to show."""
    warnings.resetwarnings()
    for kind in (ResourceWarning, ImportWarning, PendingDeprecationWarning, DeprecationWarning):
        warnings.simplefilter("ignore", kind)
    warnings.filterwarnings("default", category=DeprecationWarning, module="__main__")


def _forget_display() -> None:
    if hasattr(builtins, "display"):
        del builtins.display
