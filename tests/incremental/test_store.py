"""The store between builds: lost, damaged, old or used by other commands, it never makes a site wrong."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from stepwise import NOTHING, Project, assert_clean, without_store

from kbtool import build as pipeline
from kbtool import ledger as ledger_module
from kbtool.cache import open_store, store_path
from kbtool.project import Wishes
from kbtool.report import report

SHARED = {"folders.js", "search.html", "search/index.js", "search/terms-0.js", "search/texts-0.js"}
PAGES = SHARED | {"index.html", "404.html", "graph.html", "graph.js", "a.html", "b.html", "f/c.html", "f/index.html"}


@pytest.fixture
def built(project: Project) -> Project:
    project.put({"A.md": "# A\n\n[[B]] words [[Gone]]\n", "B.md": "# B\n\n![[C]]\n", "f/C.md": "# C\n\n[[A]]\n"})
    assert project.build().made == PAGES
    return project


def lost(path: Path) -> None:
    shutil.rmtree(path.parent)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def scribbled(path: Path) -> None:
    path.write_bytes(b"no database" * 9999)


def of_a_newer_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as sqlite:
        sqlite.execute("PRAGMA user_version = 998")


def of_a_table_without_a_name(path: Path) -> None:
    # What SQLite says of it is no text either.
    with closing(sqlite3.connect(path)) as sqlite:
        sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    data = path.read_bytes()
    assert b"tableentryentry" in data
    path.write_bytes(data.replace(b"tableentryentry", b"tablee\xff\xff\xff\xffentry").replace(b"CREATE", b"CRASH!"))


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "x").touch()


def without_notes(path: Path) -> None:
    forget(path, "note%")


def without_drafts(path: Path) -> None:
    forget(path, "draft%")


def without_what_notes_are_in_brief(path: Path) -> None:
    forget(path, "brief%")


def without_the_ledger(path: Path) -> None:
    forget(path, "site:%")


def with_half_the_ledger(path: Path) -> None:
    forget(path, "site:%' AND hex(key) < '73'  AND kind LIKE '%")


def forget(path: Path, kinds: str) -> None:
    with closing(sqlite3.connect(path)) as sqlite:
        assert sqlite.execute(f"DELETE FROM entry WHERE kind LIKE '{kinds}'").rowcount
        sqlite.commit()


# fmt: off
HARM = (
    lost, empty, cut, scribbled, of_a_newer_version, of_a_table_without_a_name, a_folder, without_notes, without_drafts,
    without_what_notes_are_in_brief, without_the_ledger, with_half_the_ledger,
)
# fmt: on


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__.replace("_", " "))
def test_a_store_that_is_not_as_it_was_costs_time_only(built: Project, harm: Callable[[Path], None]) -> None:
    harm(store_path(built.vault))
    built.edit("A.md", "words", "others")
    for _ in range(2):
        outcome = built.build()
        assert_clean(built, outcome)
    assert (outcome.written, outcome.removed) == (NOTHING, NOTHING)


def test_what_was_wrong_with_the_store_is_said_once(built: Project) -> None:
    scribbled(store_path(built.vault))
    first, second = built.build(), built.build()
    assert {d.code for d in first.diagnostics} == {"store-unusable", "broken-link"}
    assert second.stood
    assert {d.code for d in second.diagnostics} == {"broken-link"}


def test_a_store_that_is_older_than_the_site(built: Project) -> None:
    path, aside = store_path(built.vault), built.root / "aside"
    shutil.copytree(path.parent, aside)
    built.edit("A.md", "words", "others")
    built.put({"D.md": "# D\n", "B.md": None})
    assert_clean(built, built.build())
    shutil.rmtree(path.parent)
    shutil.copytree(aside, path.parent)
    built.edit("A.md", "others", "words")
    outcome = built.build()
    assert_clean(built, outcome)
    assert built.build().stood


def test_other_code_is_other_pages(built: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "code", lambda: "other")
    outcome = built.build()
    assert (outcome.made, outcome.written) == (PAGES, NOTHING)
    assert built.build().stood
    monkeypatch.undo()
    monkeypatch.setenv("KBTOOL_CACHE", str(built.root / "stores"))
    assert built.build().made == PAGES


def test_what_other_commands_read_hides_nothing_from_the_next_build(built: Project) -> None:
    built.edit("A.md", "words", "others")
    built.put({"Gone.md": "# Not gone\n\n```python\n1\n```\n"})
    checked = pipeline.check(built.config, Wishes())
    pipeline.run_note(built.config, "Gone", Wishes(run=True))
    outcome = built.build()
    assert {"a.html", "gone.html", "index.html"} <= outcome.written
    assert_clean(built, outcome)
    assert without_store(outcome.diagnostics) == checked.diagnostics
    assert built.build().stood
    assert pipeline.check(built.config, Wishes()).diagnostics == checked.diagnostics


def test_a_report_tells_the_same_of_a_vault_however_it_was_built(built: Project) -> None:
    built.edit("A.md", "[[Gone]]", "[[B#nowhere]]")
    incremental, standing = built.build(), built.build()
    anew = built.build(force=True)
    told = [
        {**report(o.built), "seconds": None, "pages": report(o.built)["pages"]["total"]}
        for o in (incremental, standing, anew)
    ]
    assert told[0] == told[1] == told[2]
    assert report(standing.built)["pages"] == {"total": len(PAGES), "rendered": 0, "written": 0, "removed": 0}


def test_the_store_forgets_what_is_gone(built: Project) -> None:
    def stored() -> dict[str, int]:
        with closing(open_store(store_path(built.vault))) as store:
            return {kind.partition(" ")[0].partition(":")[0]: n for kind, (n, _) in store.size().items()}

    before = stored()
    for word in ("others", "more", "last"):
        built.put({"A.md": f"# A\n\n[[B]] {word}\n"})
        pipeline.check(built.config, Wishes())
        built.build()
    assert stored() == before
