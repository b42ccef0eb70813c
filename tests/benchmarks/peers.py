"""The row that builds the same notes with other site generators: the table PEERS.

Each lives in an environment of its own under `build/benchmarks/`, made the first time. Its configuration lies in
`projects/`. The notes are those of `gen_vault.py --flavor plain`: the same text with ordinary Markdown links, because
none of them knows wikilinks, callouts or embeds of itself.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import Bench, SkippedError
from builds import SETTLED, build, cold_build, note_pages, site_of
from edits import edit_text
from environments import environment, version_in
from figures import Figure
from measure import Cost, FailedError, cost
from sites import size, weigh

__all__ = ["PEERS", "Peer", "beside_peers"]

_PROJECTS = Path(__file__).parent / "projects"
_MB = 1_000_000
_ONCE = 500  # notes from which on a peer is measured once: some take minutes


@dataclass(frozen=True, slots=True)
class Peer:
    """A site generator: what pip installs, the folders of `projects/` that make its project, how it is called.

    `{version}` in the name is filled in. `command` starts with the program, a pattern below its environment. `most` is
    the largest vault that it is given: of a larger one it would take minutes or hours.
    """

    name: str
    package: str
    requirement: str
    projects: Sequence[str]
    command: Sequence[str]
    site: str = "site"
    index: str = "index.md"
    most: int = 1000


_HUGO = ("lib/python*/site-packages/hugo/binaries/hugo*", "build", "--quiet", "--cacheDir", "{project}/cache")

PEERS = (
    Peer("Hugo {version}", "hugo", "hugo", ["hugo"], _HUGO, index="_index.md", most=10_000),
    Peer("Hugo {version}, formulas drawn", "hugo", "hugo", ["hugo", "hugo-math"], _HUGO, index="_index.md"),
    Peer("Zensical {version}", "zensical", "zensical", ["mkdocs"], ["bin/zensical", "build"]),
    Peer(
        "MkDocs, Material {version}",
        "mkdocs-material",
        "mkdocs-material<10",
        ["mkdocs"],
        ["bin/mkdocs", "build", "--quiet"],
    ),
    Peer(
        "Jupyter Book {version}",
        "jupyter-book",
        "jupyter-book<2",  # the second fetches its theme over the network at every first build
        ["jupyter-book"],
        ["bin/jupyter-book", "build", "--quiet", "--path-output", ".", "notes"],
        site="_build/html",
        most=100,
    ),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """kbtool or a peer with a project of its own: how it builds from nothing, and how on top of that."""

    name: str
    vault: Path
    site: Path
    cold: Callable[[], Cost]
    again: Callable[[], Cost]


def beside_peers(bench: Bench) -> list[Figure]:
    """the same notes, other site generators"""
    return [figure for count in bench.sizes for figure in _beside_peers(bench, count)]


def _beside_peers(bench: Bench, count: int) -> list[Figure]:
    ours = _measured(bench, count, _kbtool(bench, count), None)
    cpu = next(figure.value for figure in ours if figure.what == "cold: CPU")
    return ours + [figure for peer in PEERS for figure in _of_peer(bench, count, peer, cpu)]


def _of_peer(bench: Bench, count: int, peer: Peer, ours: float | None) -> list[Figure]:
    """Its figures; where there are none, the reason."""
    try:
        if count > peer.most:
            raise SkippedError(f"more than {peer.most:,} notes take it too long")
        return _measured(bench, count, _peer(bench, count, peer), ours)
    except (FailedError, SkippedError) as error:
        reason = str(error).splitlines()[-1][:200]
        of = f"{count:,} notes, {peer.name.replace(' {version}', '')}"
        return [Figure("cold: CPU", None, "s", note=reason, of=of)]


def _measured(bench: Bench, count: int, subject: Subject, ours: float | None) -> list[Figure]:
    of, rounds = f"{count:,} notes, {subject.name}", bench.rounds if count < _ONCE else 1
    cold = _median([subject.cold() for _ in range(rounds)])
    bytes_read = _for_a_reader(subject, count)
    unchanged = _median([_settled(subject) for _ in range(rounds)])
    edited = _median([_edited(subject, number) for number in range(rounds)])
    seconds = {
        "cold: CPU": cold.cpu,
        "cold: wall": cold.wall,
        "nothing changed: CPU": unchanged.cpu,
        "nothing changed: wall": unchanged.wall,
        "a text edited: CPU": edited.cpu,
        "a text edited: wall": edited.wall,
    }
    return [
        Figure("cold: CPU / kbtool's", cold.cpu / ours if ours else 1.0, "x", of=of),
        *(Figure(what, value, "s", of=of) for what, value in seconds.items()),
        Figure("cold: memory", cold.shared_once / _MB, "MB", of=of),
        *(Figure(what, value, unit, of=of) for what, value, unit in bytes_read),
    ]


def _for_a_reader(subject: Subject, count: int) -> list[tuple[str, float, str]]:
    """Raises FailedError where notes have no page: such a site would be quick to make."""
    pages = note_pages(subject.site)
    if len(pages) < count:
        raise FailedError(f"{subject.name} made {len(pages)} pages of {count} notes")
    weights = weigh(pages)
    return [
        ("site", size(subject.site) / _MB, "MB"),
        ("page, gzip", weights.page / 1000, "kB"),
        ("with its CSS and JS", (weights.page + weights.assets) / 1000, "kB"),
    ]


def _median(costs: Sequence[Cost]) -> Cost:
    """The cost in the middle, by processor time."""
    return sorted(costs, key=lambda cost: cost.cpu)[(len(costs) - 1) // 2]


def _settled(subject: Subject) -> Cost:
    time.sleep(SETTLED)
    return subject.again()


def _edited(subject: Subject, number: int) -> Cost:
    edit_text(subject.vault, number)
    return _settled(subject)


# ---------------------------------------------------------------- the subjects


def _kbtool(bench: Bench, count: int) -> Subject:
    vault = bench.scratch / f"beside-peers-{count}"
    shutil.copytree(bench.vault(count), vault)
    site = site_of(bench, vault)
    return Subject("kbtool", vault, site, partial(cold_build, bench, vault), partial(build, bench, vault))


def _peer(bench: Bench, count: int, peer: Peer) -> Subject:
    """A project with the peer's configuration and the notes in `notes/`. Raises SkippedError where pip cannot help."""
    installed = environment(bench.kept / peer.package, peer.requirement)
    project = bench.scratch / f"{'-'.join(peer.projects)}-{peer.package}-{count}"

    def again() -> Cost:
        return cost(_command(peer, installed, project), cwd=project, env={"PYTHONPATH": ""})

    def cold() -> Cost:
        _lay_out(peer, bench.vault(count, flavor="plain"), project)
        return again()

    name = peer.name.format(version=version_in(installed, peer.package))
    return Subject(name, project / "notes", project / peer.site, cold, again)


def _lay_out(peer: Peer, notes: Path, project: Path) -> None:
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(notes, project / "notes")
    (project / "notes" / "index.md").rename(project / "notes" / peer.index)
    for name in peer.projects:
        shutil.copytree(_PROJECTS / name, project, dirs_exist_ok=True)


def _command(peer: Peer, installed: Path, project: Path) -> list[str]:
    pattern, *arguments = peer.command
    program = next(installed.glob(pattern))
    return [str(program), *(argument.format(project=project) for argument in arguments)]
