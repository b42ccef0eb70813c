"""A project whose notes are run again and again, each time by a memory that knows no more than the store."""

from __future__ import annotations

import os
import textwrap
import time
from dataclasses import replace
from pathlib import Path

from kbtool import note as notes
from kbtool.cache import open_store
from kbtool.run import NoteJob, Settings, diagnostics_of, run
from kbtool.run.explain import explain
from kbtool.run.memory import Memory
from kbtool.run.results import BlockResult, NoteResult, Status
from kbtool.run.standing import still_standing


def python(*sources: str) -> str:
    """The Markdown of blocks."""
    return "\n".join(f"```python\n{textwrap.dedent(source).strip()}\n```\n" for source in sources)


class Project:
    """Notes and files.  `how` tells of each block after a run: ran, replayed or cached."""

    def __init__(self, root: Path, store: Path) -> None:
        self.root = root
        self.settings = Settings(root, root, jobs=2, timeout=20.0, memory=400_000_000, preload=())
        self.store = open_store(store)
        self.results: dict[str, NoteResult] = {}
        self.told: list[tuple[str, int]] = []
        self._jobs: dict[str, NoteJob] = {}
        self.memory = Memory(self.store, self.settings)

    def close(self) -> None:
        self.store.close()

    # --- what there is ---------------------------------------------------------------------------------------------

    def note(self, path: str, *blocks: str, text: str = "", **options: object) -> None:
        """A note of these blocks, or of this Markdown."""
        facts = notes.parse(path, text or python(*blocks))[0].note
        self._jobs[path] = NoteJob(path, facts.code, facts.inline_code, **options)  # type: ignore[arg-type]

    def forget_note(self, path: str) -> None:
        del self._jobs[path]

    def write(self, path: str, text: str) -> Path:
        """A file with other bytes than before; seldom within the tick in which a block reads it."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
        time.sleep(0.05)
        return file

    def set(self, **settings: object) -> None:
        self.settings = replace(self.settings, **settings)  # type: ignore[arg-type]

    # --- running ---------------------------------------------------------------------------------------------------

    def run(self, *paths: str) -> dict[str, list[str]]:
        """Runs the notes (all, if none is named) as a new build would; how each block came by its result."""
        self.memory = Memory(self.store, self.settings)
        jobs = [job for path, job in self._jobs.items() if not paths or path in paths]
        self.told = []
        self.results = run(jobs, self.settings, lambda b: self.told.append((b.note, b.index)), self.memory)
        return {path: [_how(block) for block in result.blocks] for path, result in self.results.items()}

    def rerun(self, *paths: str) -> set[str]:
        """The notes of which anything ran."""
        return {path for path, how in self.run(*paths).items() if "ran" in how}

    def printed(self, path: str) -> list[str]:
        return [block.stdout for block in self.results[path].blocks]

    def codes(self) -> list[tuple[str, str, int]]:
        """Code, note and line of each diagnostic."""
        return [(d.code, d.path, d.line) for d in diagnostics_of(self.results, list(self._jobs.values()))]

    def stands(self) -> bool:
        """Whether a later process would say without looking closer that all results still hold."""
        return still_standing(self.memory.standing(self.results), self.settings)

    def why(self, path: str) -> list[str]:
        """Why each unit of a note would run again."""
        memory = Memory(self.store, self.settings)
        return [unit.why for unit in explain(memory, list(self._jobs.values()), path)]


def _how(block: BlockResult) -> str:
    return str(block.status if block.status is Status.SKIPPED else block.how)


def backdated(file: Path, seconds: float = 60.0) -> None:
    """Makes a file look as if it had been left alone for a while, as far as one can."""
    then = time.time() - seconds
    os.utime(file, (then, then))
