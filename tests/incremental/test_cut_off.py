"""Builds that were killed: the next one makes the site whole."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from stepwise import NOTHING, Project, assert_clean

from kbtool import build as pipeline
from kbtool import ledger as ledger_module
from kbtool import library as library_module
from kbtool import site as site_module
from kbtool.project import Wishes


class _CutOffError(Exception):
    pass


def _raise(*_: object) -> None:
    raise _CutOffError


@pytest.fixture
def changed(project: Project) -> Project:
    """A site whose vault has since lost a note, gained one and changed the rest."""
    project.put({"A.md": "# A\n\n[[B]]\n", "B.md": "# B\n", "f/C.md": "# C\n\n[[A]] ![[pic.gif]]\n", "pic.gif": "GIF"})
    project.build()
    project.put({"B.md": None, "A.md": "# New A\n\n[[D]]\n", "g/D.md": "# D\n\n![[A]]\n", "pic.gif": "other"})
    return project


def _cut_off(
    project: Project, patch: pytest.MonkeyPatch, place: object, name: str, hook: object, **wishes: bool
) -> None:
    with patch.context() as within:
        within.setattr(place, name, hook)
        with pytest.raises(_CutOffError):
            project.build(**wishes)


@pytest.mark.parametrize("wish", [{}, {"force": True}, {"swap": True}], ids=["", "force", "swap"])
@pytest.mark.parametrize("after", range(0, 8, 2))
def test_while_files_were_written(
    changed: Project, monkeypatch: pytest.MonkeyPatch, after: int, wish: dict[str, bool]
) -> None:
    left, put = iter(range(after)), site_module._replace

    def replace(out: Path, url: str, data: bytes) -> None:
        if next(left, None) is None:
            raise _CutOffError
        put(out, url, data)

    _cut_off(changed, monkeypatch, site_module, "_replace", replace, **wish)
    outcome = changed.build()
    assert_clean(changed, outcome)
    assert changed.build().stood


@pytest.mark.parametrize(
    ("place", "name"), [(ledger_module, "save"), (library_module, "sweep"), (site_module, "_save_manifest")]
)
@pytest.mark.parametrize("then", ["as it is", "as it was"])
def test_between_the_site_and_the_ledger(
    changed: Project, monkeypatch: pytest.MonkeyPatch, place: object, name: str, then: str
) -> None:
    _cut_off(changed, monkeypatch, place, name, _raise)
    if then == "as it was":
        changed.put({"B.md": "# B\n", "A.md": "# A\n\n[[B]]\n", "g/D.md": None, "pic.gif": "GIF"})
    assert_clean(changed, changed.build())
    assert changed.build().stood


def test_a_new_page_that_nothing_makes_any_more_goes_also_when_sites_are_exchanged(
    changed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    _cut_off(changed, monkeypatch, site_module, "_save_manifest", _raise)
    assert (changed.site / "g/d.html").exists()
    changed.put({"g/D.md": None})
    outcome = changed.build(swap=True)
    assert not (changed.site / "g").exists()
    assert_clean(changed, outcome)


@pytest.mark.slow
def test_a_process_killed_at_any_moment(kbtool, project: Project) -> None:
    project.put({f"{n % 7}/N{n}.md": f"# Note {n}\n\n[[N{n + 1}]] ![[N{n + 2}]]\n" for n in range(150)})
    moments = random.Random()
    for turn in range(6):
        project.put({f"{n % 7}/N{n}.md": f"# Note {n} {turn}\n\n[[N{n + 3}]]\n" for n in range(turn, 150, 20)})
        command = ("build", str(project.vault), "-o", str(project.site))
        process = kbtool.start(*command, cwd=project.root, env={"KBTOOL_CACHE": str(project.root / "stores")})
        time.sleep(moments.uniform(0.1, 1.2))
        process.kill()
        process.communicate(timeout=60)
        if turn % 2:
            assert_clean(project, project.build(adopt=True))
    assert project.build().did == (NOTHING, NOTHING, NOTHING)
    assert pipeline.check(project.config, Wishes()).notes == 150
