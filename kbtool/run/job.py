"""What is to run, and how: the values that come in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the processes that run notes import this module; they have no use for a Markdown parser
    from kbtool.note import CodeBlock, InlineCode

__all__ = ["ExecutorUnavailableError", "NoteJob", "RunFailedError", "Settings"]


@dataclass(frozen=True, slots=True)
class NoteJob:
    """One note to run.  `requires` are paths of notes that run before it; it starts from the state in which they end.

    `device` and `timeout` are the note's own, "" and None where it states none.  With `skip` nothing of it runs, and
    that is the reason.
    """

    path: str
    blocks: tuple[CodeBlock, ...]
    inline: tuple[InlineCode, ...] = ()
    requires: tuple[str, ...] = ()
    device: str = ""
    timeout: float | None = None
    skip: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """How notes run.  `root` is the project's folder, importable from every note; `memory` in bytes, times in seconds.

    `device_forced`: `device` counts more than what notes and blocks say.  `jobs` 0 = as many as the cores can serve.
    `env` names variables of this process's environment that notes get to see.  `preload` names packages that are
    imported once for all.
    """

    root: Path
    vault: Path
    device: str = "cpu"
    device_forced: bool = False
    jobs: int = 0
    seed: int = 0
    threads: int = 1
    timeout: float = 60.0
    memory: int = 3_000_000_000
    sandbox: str = "auto"
    env: tuple[str, ...] = ()
    executor: str = "fork"
    preload: tuple[str, ...] = ("numpy", "torch", "matplotlib")

    @property
    def at_once(self) -> int:
        """How many notes run at a time: no more threads than cores, unless `jobs` says so."""
        from kbtool.parallel import cores  # the processes that run notes import this module too, and have no use for it

        return self.jobs or max(1, cores() // self.threads)

    @property
    def places(self) -> tuple[str, ...]:
        """The folders in which notes find data: the project's, then the vault."""
        return tuple(dict.fromkeys(str(folder.resolve()) for folder in (self.root, self.vault)))


class ExecutorUnavailableError(Exception):
    """The executor that was asked for does not exist, or cannot work here; the text says why and what to do."""


class RunFailedError(Exception):
    """The processes that run notes could not be started; no note is to blame."""
