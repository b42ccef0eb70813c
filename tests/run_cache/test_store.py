"""The memory in the store: damage, several builds at once, tidying up, and the record that all still stands."""

from __future__ import annotations

import json
import multiprocessing
import time
from pathlib import Path

import pytest
from remembering import Project

from kbtool.run.memory import Memory
from kbtool.run.standing import NEVER, still_standing
from kbtool.run.stored import Chain, load


@pytest.mark.parametrize("kind", ["run.variants", "run.result", "run.chains", "run.file", "run.normal"])
@pytest.mark.parametrize(
    "damage", [b"", b"\0", b"{", b"[]", b"{}", b"[1]", b'[["x", 3]]', b'[[1,"x",{},[],""]]', b"null"]
)
def test_a_damaged_record_is_as_good_as_none(project, kind, damage):
    data = project.write("d.txt", "1")
    project.note("A.md", f"print(open({str(data)!r}).read())", "1/0")
    project.run()
    for key in project.store.keys(kind):
        project.store.put(kind, key, damage)
    project.run()
    assert project.printed("A.md") == ["1\n", ""]
    assert project.results["A.md"].blocks[1].error.type == "ZeroDivisionError"
    assert project.why("A.md") == ["", ""]
    assert project.rerun() == set()


def test_a_lost_result_is_made_again(project):
    project.note("A.md", "print(1)", "print(2)")
    project.run()
    project.store.delete("run.result", project.store.keys("run.result"))
    assert project.run() == {"A.md": ["ran", "ran"]}
    assert project.run() == {"A.md": ["cached", "cached"]}


def _build(root: Path, store: Path, number: int) -> None:
    project = Project(root, store)
    for name in range(4):
        project.note(f"{name}.md", f"import lib\nprint(lib.x, {name}, {number if name == 3 else 0})")
    project.run()
    assert [project.printed(f"{name}.md")[0].split()[:2] for name in range(4)] == [["1", str(n)] for n in range(4)]
    project.close()


def test_builds_at_the_same_time_do_not_hurt_each_other(project):
    project.write("lib.py", "x = 1\n")
    context = multiprocessing.get_context("spawn")
    builds = [context.Process(target=_build, args=(project.root, project.store.path, n)) for n in range(3)]
    for build in builds:
        build.start()
    for build in builds:
        build.join()
    assert [build.exitcode for build in builds] == [0, 0, 0]
    for name in range(4):
        project.note(f"{name}.md", f"import lib\nprint(lib.x, {name}, 0)")
    assert project.rerun() <= {"3.md"}
    assert project.codes() == []


def test_a_store_that_cannot_be_used_stops_nothing(project):
    project.store.close()
    folder = project.root.parent / "no"
    folder.write_text("no folder")
    broken = Project(project.root, folder / "store.db")
    broken.note("A.md", "print(1)")
    assert [broken.run() for _ in range(2)] == [{"A.md": ["ran"]}] * 2
    assert broken.printed("A.md") == ["1\n"]


def test_the_memory_of_a_note_does_not_grow_with_every_edit(project):
    project.note("B.md", "print('b')")
    for n in range(8):
        project.note("A.md", "print('uno')", f"print({n})")
        project.run()
    assert len(project.memory.chains("A.md")) == 4
    assert len(project.store.keys("run.result")) == 1 + 1 + 4
    for n in range(4, 8):
        project.note("A.md", "print('uno')", f"print({n})")
        assert project.rerun() == set()


def _day(project: Project, day: int) -> Memory:
    memory = Memory(project.store, project.settings)
    memory.day = day
    return memory


def test_what_is_of_no_use_any_more_is_forgotten(project):
    (project.root / "A.md").write_text("")
    project.note("A.md", "print(1)")
    project.note("Gone.md", "print(2)")
    project.run()
    project.note("A.md", "print(3)")
    project.run()
    today = project.memory.day
    _day(project, today + 20).tidy()
    assert len(project.store.keys("run.result")) == 3
    _day(project, today + 50).tidy()
    assert project.store.keys("run.chains") == ("A.md",)
    assert len(project.store.keys("run.result")) == 2
    _day(project, today + 90).tidy()
    assert len(project.store.keys("run.result")) == 1
    assert len(project.store.keys("run.variants")) == 1
    assert project.rerun() == {"Gone.md"}


def test_what_another_build_has_just_stored_is_not_tidied_away(project):
    project.note("A.md", "print(1)")
    project.run()
    (value,) = (project.store.get("run.chains", key) for key in project.store.keys("run.chains"))
    today = project.memory.day
    project.store.delete("run.chains", ["A.md"])  # as while that build is between a result and the end of its note
    _day(project, today + 1).tidy()
    project.store.put("run.chains", "A.md", value)
    assert project.rerun() == set()
    project.store.delete("run.chains", ["A.md"])
    for later in (2, 3):
        _day(project, today + later).tidy()
    assert project.store.keys("run.result") == project.store.keys("run.variants") == ()


def test_what_is_used_is_not_forgotten(project, monkeypatch):
    (project.root / "A.md").write_text("")
    for n in (1, 2):
        project.note("A.md", f"print({n})")
        project.run()
    later = time.time() + 50 * 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    project.note("A.md", "print(1)")
    assert project.rerun() == set()
    days = [chain.day for chain in project.memory.chains("A.md")]
    assert days[0] == project.memory.day > days[1]


def test_results_from_before_memory_ran_full_go_first(project, monkeypatch):
    monkeypatch.setattr("kbtool.run.tidy._MOST_BYTES", 200)
    for path in ("A.md", "B.md", "C.md"):
        (project.root / path).write_text("")
        project.note(path, f"print('{path}')")
        project.run(path)
    chains = {path: Chain.loaded(load(project.store.get("run.chains", path))[0]) for path in ("A.md", "B.md", "C.md")}
    project.memory.keep_chain("B.md", chains["B.md"]._replace(day=project.memory.day + 1))
    _day(project, project.memory.day + 2).tidy()
    assert "B.md" in project.store.keys("run.chains")
    assert len(project.store.keys("run.chains")) < 3


def test_a_record_of_standing_results_cannot_be_forged_or_damaged_into_truth(project):
    project.note("A.md", "print(1)")
    project.run()
    record = project.memory.standing(project.results)
    assert still_standing(record, project.settings)
    for damaged in (
        b"",
        NEVER,
        record[:-2],
        b"{}",
        b"[]",
        b"null",
        b'{"states": []}',
        record.replace(b'"version": 1', b'"version": 0'),
    ):
        assert not still_standing(damaged, project.settings)


def test_no_results_need_no_record(project):
    assert project.memory.standing({}) == b""


def test_whether_results_stand_is_told_quickly(project):
    for n in range(50):
        project.write(f"lib{n}.py", "x = 1\n") if n % 10 == 0 else None
        project.note(
            f"{n}.md", f"import lib{n // 10 * 10}, json, random\nopen({str(project.root / 'lib0.py')!r}).close()"
        )
    project.run()
    record = project.memory.standing(project.results)
    json.loads(record)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        assert still_standing(record, project.settings)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.03, times
