"""A vault that is changed step by step and built after each, and what every build made, wrote and took away."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from kbtool import build as pipeline
from kbtool import standing
from kbtool.config import Config
from kbtool.diagnostics import Diagnostic
from kbtool.outcome import Built
from kbtool.progress import SILENT
from kbtool.project import Wishes

Files = Mapping[str, str | bytes | None]
NOTHING: frozenset[str] = frozenset()
# A file that was written long ago is known by its state alone; each has a moment of its own.
_LONG_AGO_NS = 1_700_000_000 * 10**9


@dataclass(frozen=True)
class Outcome:
    """What one build did, by URL: the pages it made, the files it wrote and those it took away.

    `stood` tells that a look at states of files was enough to see that there is nothing to do.
    """

    built: Built
    made: frozenset[str]
    written: frozenset[str]
    removed: frozenset[str]
    stood: bool

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return self.built.diagnostics

    @property
    def did(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        return self.made, self.written, self.removed


@dataclass
class Project:
    """A vault, its site and its store in one folder; `config` may be replaced between builds."""

    root: Path
    config: Config
    _moments: Iterator[int] = field(default_factory=lambda: itertools.count(_LONG_AGO_NS, 10**9))

    @property
    def vault(self) -> Path:
        return self.config.vault

    @property
    def site(self) -> Path:
        return self.config.site

    # ------------------------------------------------------------ changing

    def put(self, files: Files) -> None:
        """Writes files of the vault as if long ago; None takes one away, with the folders that this empties."""
        for name, content in files.items():
            path = self.vault / name
            if content is None:
                self._take_away(path)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
            self.age(path)

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.vault / name).read_text("utf-8")
        assert old in text, f"{name} does not say {old!r}"
        self.put({name: text.replace(old, new)})

    def move(self, old: str, new: str) -> None:
        (self.vault / new).parent.mkdir(parents=True, exist_ok=True)
        (self.vault / old).rename(self.vault / new)
        self._prune((self.vault / old).parent)

    def age(self, path: Path) -> None:
        moment = next(self._moments)
        os.utime(path, ns=(moment, moment))

    def configure(self, **changes: Any) -> None:
        self.config = replace(self.config, **changes)

    def _take_away(self, path: Path) -> None:
        path.unlink()
        self._prune(path.parent)

    def _prune(self, folder: Path) -> None:
        while folder != self.vault and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent

    # ------------------------------------------------------------ building

    def build(self, **wishes: Any) -> Outcome:
        """Builds as the command line does: looks first, and builds where that is not enough."""
        before = _states(self.site)
        asked = Wishes(**wishes)
        looked = standing.look(self.config, asked, SILENT)
        built = looked.built or pipeline.build(self.config, asked, SILENT, looked)
        after = _states(self.site)
        written = frozenset(url for url, state in after.items() if before.get(url) != state)
        outcome = Outcome(built, frozenset(built.made), written, before.keys() - after.keys(), looked.built is not None)
        assert built.rendered == len(outcome.made)
        return outcome


# ---------------------------------------------------------------- tables of changes

Change = Callable[[Project], None]


@dataclass(frozen=True)
class Row:
    """A change, the pages `made` for it, those of them that come out as they were, and files `copied` and `removed`."""

    change: Change
    made: Set[str] = NOTHING
    same: Set[str] = NOTHING
    copied: Set[str] = NOTHING
    removed: Set[str] = NOTHING


def edit(name: str, old: str, new: str) -> Change:
    return lambda project: project.edit(name, old, new)


def files(found: Files) -> Change:
    return lambda project: project.put(found)


# ---------------------------------------------------------------- what came of it


def contents(site: Path) -> dict[str, bytes]:
    return {url: (site / url).read_bytes() for url in _states(site)}


def _states(site: Path) -> dict[str, tuple[int, int]]:
    """Every file of a site for its readers; a file that was put in the place of another has another state."""
    found = {}
    for folder, names, files in os.walk(site):
        names[:] = [name for name in names if not name.startswith(".kbtool")]
        for name in files:
            if not name.startswith(".kbtool"):
                info = os.lstat(os.path.join(folder, name))
                found[os.path.relpath(os.path.join(folder, name), site)] = info.st_ino, info.st_ctime_ns
    return found


@dataclass(frozen=True)
class Clean:
    """What a build gives that knows nothing: the files of its site, and what it says."""

    files: Mapping[str, bytes]
    built: Built


def clean_build(project: Project, **wishes: Any) -> Clean:
    """Builds the vault into a fresh folder with a fresh store."""
    folder = project.root / "clean"
    shutil.rmtree(folder, ignore_errors=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KBTOOL_CACHE", str(folder / "stores"))
        built = pipeline.build(replace(project.config, site=folder / "site"), Wishes(**wishes))
    return Clean(contents(folder / "site"), built)


def assert_clean(project: Project, outcome: Outcome, **wishes: Any) -> None:
    """Holds a build against a clean one: the same bytes in the same files, the same faults and counts."""
    clean, found = clean_build(project, **wishes), contents(project.site)
    differing = sorted(url for url in clean.files.keys() | found.keys() if clean.files.get(url) != found.get(url))
    assert differing == [], f"not as a clean build makes them: {differing}"
    assert without_store(outcome.diagnostics) == clean.built.diagnostics
    assert counts(outcome.built) == counts(clean.built)


def without_store(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """The diagnostics that a vault has whatever became of the store."""
    return tuple(d for d in diagnostics if d.code != "store-unusable")


def counts(built: Built) -> tuple[object, ...]:
    """What a build says of the vault, less what it did and how long it took."""
    return built.checked.notes, built.checked.links, built.total


def empty_project(root: Path, patch: pytest.MonkeyPatch) -> Project:
    """An empty vault in English with a site and a store of its own."""
    patch.setenv("KBTOOL_CACHE", str(root / "stores"))
    (root / "vault").mkdir()
    return Project(root, Config(root / "vault", root / "site", root=root, title="Site", language="en"))
