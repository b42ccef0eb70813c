"""What tests of the whole program share: vaults written from text, the real command line, and built sites to read."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# In continuous integration the same examples each time; elsewhere new ones, so that each run looks further.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# A test run in the background of a shell may be deaf to Ctrl-C, and so would be all that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session", autouse=True)
def _own_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What builds in this process keep for the next is kept for the tests only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KBTOOL_CACHE", str(tmp_path_factory.mktemp("stores")))
        yield


@dataclass(frozen=True)
class Ran:
    """A finished command."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    @property
    def said(self) -> list[str]:
        """The lines on both streams."""
        return (self.stdout + self.stderr).splitlines()


def _environment(home: Path) -> dict[str, str]:
    """The environment without what would change the answer: continuous integration, colours, the user's own folders."""
    dropped = ("CI", "NO_COLOR", "FORCE_COLOR", "SOURCE_DATE_EPOCH", "COLUMNS", "KBTOOL_CACHE")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    paths = [str(REPOSITORY), *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}


@dataclass(frozen=True)
class CommandLine:
    """Runs `kbtool` as a person does: a process of its own, started in a folder."""

    home: Path

    def __call__(self, *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Ran:
        done = self.start(*arguments, cwd=cwd, env=env)
        try:
            stdout, stderr = done.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            done.kill()
            raise
        return Ran(done.returncode, stdout, stderr)

    def start(self, *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """The command while it still runs, in a process group of its own as a shell would make it."""
        return subprocess.Popen(
            [sys.executable, "-m", "kbtool", *map(str, arguments)],
            cwd=cwd,
            env={**_environment(self.home), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )


@dataclass
class HtmlPage(HTMLParser):
    """The facts of one HTML page: ids, addresses that it refers to, visible text."""

    html: str
    ids: set[str] = field(default_factory=set)
    references: list[str] = field(default_factory=list)
    chunks: list[str] = field(default_factory=list)

    _ADDRESSES = ("href", "src", "poster", "data", "data-src")
    _SILENT = ("script", "style", "template")

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._silent = 0
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in self._SILENT
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name in self._ADDRESSES and value is not None:
                self.references.append(value)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self._SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.chunks.append(data)

    @cached_property
    def live(self) -> str:
        """The source without what no browser loads by itself: templates, and frames that show their `srcdoc`."""
        html = re.sub(r"<template\b.*?</template>", "", self.html, flags=re.DOTALL)
        return re.sub(r"<iframe\b[^>]* srcdoc=[^>]*>", "", html)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.chunks).split())


@dataclass(frozen=True)
class BuiltSite:
    """A folder with a site in it."""

    root: Path

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        paths = sorted(path for path in self.root.rglob("*") if path.is_file())
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths}

    @property
    def published(self) -> Mapping[str, bytes]:
        """The files for readers: not the record of what was written when."""
        return {name: data for name, data in self.files.items() if not name.startswith(".kbtool")}

    @cached_property
    def pages(self) -> Mapping[str, HtmlPage]:
        return {name: HtmlPage(data.decode("utf-8")) for name, data in self.files.items() if name.endswith(".html")}


def write_files(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return root


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def kbtool(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The command line, with an empty home folder."""
    return CommandLine(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def read_site() -> type[BuiltSite]:
    return BuiltSite


@pytest.fixture(scope="session")
def write() -> Callable[[Path, Mapping[str, str | bytes]], Path]:
    """Writes files given as `{path: content}` under a folder and gives the folder back."""
    return write_files


@pytest.fixture(scope="session")
def sarif_faults() -> Callable[[Any], list[str]]:
    """What a log says that the schema of SARIF 2.1.0 does not allow."""
    from jsonschema import Draft4Validator

    schema = json.loads((REPOSITORY / "tests/diagnostics/sarif/sarif-2.1.0-rtm.5.json").read_text("utf-8"))
    validator = Draft4Validator(schema)
    return lambda log: [f"{error.json_path}: {error.message}" for error in validator.iter_errors(log)]


def _children(pid: int) -> set[int]:
    """The living children of a process, zombies aside."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in parentheses may hold anything: what counts stands behind the last one.
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it ended while we looked
        if int(parent) == pid and state != "Z":
            found.add(int(stat.parent.name))
    return found


@pytest.fixture
def orphans() -> Iterator[Callable[[], set[int]]]:
    """A function that gives the processes left behind by commands that have ended.

    This process becomes the one to which the kernel hands orphans, so that none gets away unseen.
    """
    import ctypes

    if not sys.platform.startswith("linux"):
        pytest.skip("needs Linux: orphans are counted through prctl and /proc")
    set_child_subreaper = 36
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(set_child_subreaper, 1, 0, 0, 0) == 0
    before = _children(os.getpid())
    yield lambda: _children(os.getpid()) - before
    libc.prctl(set_child_subreaper, 0, 0, 0, 0)
