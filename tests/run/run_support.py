"""Notes written as Markdown, open executors, and who is still alive."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kbtool import note as notes
from kbtool.run import Executor, NoteJob
from kbtool.run.results import BlockResult, NoteResult


def job(path: str, text: str, **options: object) -> NoteJob:
    """A note from its Markdown; `options` are further fields of the job."""
    facts = notes.parse(path, textwrap.dedent(text).lstrip("\n"))[0].note
    return NoteJob(path, facts.code, facts.inline_code, **options)  # type: ignore[arg-type]


def python(*sources: str) -> str:
    """The Markdown of a note with these blocks."""
    return "\n".join(f"```python\n{textwrap.dedent(source).strip()}\n```\n" for source in sources)


def _parents() -> dict[int, tuple[int, str]]:
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it ended while we looked
        found[int(stat.parent.name)] = int(parent), state
    return found


def descendants(root: int) -> set[int]:
    """The living processes below one."""
    parents = _parents()
    below: set[int] = set()
    while True:
        more = {pid for pid, (parent, state) in parents.items() if (parent == root or parent in below) and state != "Z"}
        if more <= below:
            return below
        below |= more


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@dataclass
class Running:
    """An open executor, and who of it is alive between two runs."""

    name: str
    executor: Executor
    scratch: Path
    root: int
    open_servers: Callable[[], int]

    def __call__(self, *jobs: NoteJob) -> dict[str, NoteResult]:
        return self.executor.run(jobs, lambda _: None)

    def blocks(self, *jobs: NoteJob) -> list[BlockResult]:
        """The blocks of the last note."""
        return list(self(*jobs)[jobs[-1].path].blocks)

    def leftovers(self) -> tuple[set[str], list[str]]:
        """Processes that are neither guard, server nor waiting worker, and files in temporary folders."""
        alive = {_command(pid) for pid in descendants(self.root)} - {""}
        strangers = {command for command in alive if "kbtool.run." not in command and not _is_browser(command)}
        servers = sum("kbtool.run.server" in _command(pid) for pid in descendants(self.root))
        if servers > 2 * self.open_servers() or servers % 2:  # each has its guard, which is called as it is
            strangers.add(f"{servers} processes of the server")
        files = [str(path) for path in self.scratch.rglob("*") if not path.name.startswith("kbtool-run-")]
        return strangers, files


def _is_browser(command: str) -> bool:
    """Whether it belongs to the browser that other tests of this process keep open."""
    return "chromium" in command or "playwright" in command


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
