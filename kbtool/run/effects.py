"""What notes write beside their output: whether it is still there, and who is in whose way.

A file that a note has written is as much its result as what it prints.  Where it is not as the note left it, the note
runs again.  Two cases are no reason to: a note that requires the writer has written the file after it, as it may; and
an unrelated note has written something else there, so that the one would undo the other's work for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kbtool.run.outside import Dep, Outside
from kbtool.run.tasks import Task

__all__ = ["Effects"]


class Effects:
    """What each note has written: the path and what it was like when the note had ended."""

    def __init__(self, tasks: Mapping[str, Task]) -> None:
        self._before = {path: {job.path for job in task.before} for path, task in tasks.items()}
        self._wrote: dict[str, dict[str, str]] = {}
        self._writers: dict[str, list[str]] = {}

    def learn(self, note: str, wrote: Iterable[Dep]) -> None:
        """What a note has written; of what it wrote several times, the last counts."""
        for file in self._wrote.pop(note, {}):
            self._writers[file].remove(note)
        found = {dep.subject: dep.token for dep in wrote}
        if found:
            self._wrote[note] = found
            for file in found:
                self._writers.setdefault(file, []).append(note)

    def of(self, note: str) -> list[Dep]:
        """What is to be as the note left it."""
        wrote = self._wrote.get(note, {}).items()
        return [Dep("wrote", file, token) for file, token in wrote if self._is_last(note, file)]

    def written_by_others(self, note: str) -> set[str]:
        return {file for file, writers in self._writers.items() if writers != [note]}

    def undone(self, note: str, now: Outside) -> list[Dep]:
        """What the note has to write again."""
        return [dep for dep in self.of(note) if not now.holds(dep) and not self._rival(note, dep.subject, now)]

    def contended(self, note: str, now: Outside) -> Iterator[tuple[str, str]]:
        """The files that are not as the note left them because another note writes them too; and that note."""
        for dep in self.of(note):
            rival = "" if now.holds(dep) else self._rival(note, dep.subject, now)
            if rival:
                yield dep.subject, rival

    def _is_last(self, note: str, file: str) -> bool:
        return not any(note in self._before[other] for other in self._writers[file])

    def _rival(self, note: str, file: str, now: Outside) -> str:
        """Who has left the file as it is, and does not run before this note in any case."""
        for other in self._writers[file]:
            related = other == note or other in self._before[note]
            if not related and now.holds(Dep("wrote", file, self._wrote[other][file])):
                return other
        return ""
