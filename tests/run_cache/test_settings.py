"""What is the same for all notes and decides what they give; and what must never be remembered."""

from __future__ import annotations

import sys
import time

import pytest

from kbtool.run.results import Status


@pytest.mark.parametrize(
    ("setting", "value", "why"),
    [("seed", 1, "seed 0 -> 1"), ("threads", 2, "threads 1 -> 2"), ("sandbox", "off", "sandbox auto -> off")],
)
def test_a_setting_that_decides_what_comes_out_counts(project, setting, value, why):
    project.note("A.md", "import random\nprint(random.random())")
    project.run()
    before = project.settings
    project.set(**{setting: value})
    assert not project.stands()
    assert project.why("A.md") == [why]
    assert project.rerun() == {"A.md"}
    project.settings = before
    assert project.rerun() == set()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("timeout", 5.0), ("memory", 500_000_000), ("jobs", 1), ("executor", "spawn"), ("device", "cpu")],
)
def test_a_setting_that_only_limits_does_not(project, setting, value):
    project.note("A.md", "print(1)")
    project.run()
    project.set(**{setting: value})
    assert project.rerun() == set()


def test_a_variable_that_notes_get_to_see_counts(project, monkeypatch):
    project.set(env=("KB_CLAVE",))
    monkeypatch.setenv("KB_CLAVE", "uno")
    project.note("A.md", "import os\nprint(os.environ['KB_CLAVE'])")
    project.run()
    monkeypatch.setenv("KB_OTRA", "x")
    assert project.rerun() == set()
    monkeypatch.setenv("KB_CLAVE", "dos")
    assert not project.stands()
    assert project.why("A.md") == ["the variable KB_CLAVE changed"]
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["dos\n"]
    assert not any(
        b"dos" in (project.store.get("run.surroundings", key) or b"") for key in project.store.keys("run.surroundings")
    )


@pytest.mark.parametrize("name", ["HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "LD_LIBRARY_PATH", "CUDA_HOME"])
def test_a_variable_that_all_notes_see_counts(project, monkeypatch, name):
    monkeypatch.setenv(name, str(project.root / "uno"))
    project.note("A.md", f"import os\nprint(os.environ[{name!r}][-3:])")
    project.run()
    assert project.rerun() == set()
    monkeypatch.setenv(name, str(project.root / "dos"))
    assert not project.stands()
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["dos\n"]


@pytest.mark.parametrize("name", ["PATH", "USER", "VIRTUAL_ENV", "LOGNAME"])
def test_a_variable_that_differs_from_shell_to_shell_is_the_same_for_notes(project, monkeypatch, name):
    monkeypatch.setenv(name, "/bin:/uno")
    project.note("A.md", f"import os\nprint(os.environ.get({name!r}, ''))")
    project.run()
    assert "uno" not in project.printed("A.md")[0]
    monkeypatch.setenv(name, "/bin:/dos")
    assert project.stands()
    assert project.rerun() == set()
    if name == "PATH":
        project.set(env=("PATH",))
        assert project.rerun() == {"A.md"}
        assert project.printed("A.md") == ["/bin:/dos\n"]


@pytest.mark.parametrize("file", ["matplotlibrc", "stylelib/mio.mplstyle"])
def test_a_persons_settings_of_matplotlib_count(project, monkeypatch, file):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project.root / "config"))
    project.note("A.md", "print(1)")
    project.run()
    project.write(f"config/matplotlib/{file}", "lines.linewidth: 3\n")
    assert not project.stands()
    assert project.why("A.md") == ["the settings of matplotlib changed"]
    assert project.rerun() == {"A.md"}


def test_a_device_that_is_not_there_is_told_without_a_process_once_that_is_known(project):
    project.note("A.md", "#| device: cuda\nprint(1)", "print(2)")
    first = project.run()
    assert first == {"A.md": ["skipped", "ran"]} or first["A.md"][1] == "ran"
    again = project.run()
    assert again["A.md"][1] == "cached"
    assert project.results["A.md"].blocks[0].device_missing == (again["A.md"][0] == "skipped")


def test_the_device_of_a_block_counts(project):
    project.note("A.md", "print(1)")
    project.run()
    project.note("A.md", "#| device: cpu\nprint(1)")
    assert project.rerun() == set()
    project.note("A.md", "#| device: auto\nprint(1)")
    project.run()
    assert project.run() == {"A.md": ["cached"]}


def test_what_ran_out_of_time_is_never_remembered(project):
    project.note("A.md", "print(1)", "#| timeout: 0.2\nimport time\ntime.sleep(9)", "print(3)")
    for expected in ("ran", "replayed"):
        assert project.run() == {"A.md": [expected, "ran", "skipped"]}
        assert project.results["A.md"].blocks[1].status is Status.TIMEOUT
        assert not project.stands()
    assert project.why("A.md")[1] == "its result was not kept: it did not end in time"


def test_what_killed_its_process_is_never_remembered(project):
    project.note("A.md", "import os\nos._exit(3)", "print(2)")
    assert [project.run() for _ in range(2)] == [{"A.md": ["ran", "skipped"]}] * 2
    assert project.why("A.md")[0] == "its result was not kept: its process was ended"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")
def test_what_ran_out_of_memory_is_never_remembered(project):
    project.note("A.md", "x = bytearray(1 << 40)", "print(2)")
    assert [project.run() for _ in range(2)] == [{"A.md": ["ran", "ran"]}] * 2
    assert project.results["A.md"].blocks[0].error.memory


def test_what_says_cache_false_runs_always_and_so_does_what_follows(project):
    project.note("A.md", "x = 1", "#| cache: false\nx += 1", "print(x)")
    project.note("B.md", "print(x)", requires=("A.md",))
    project.note("C.md", "print('c')")
    project.run()
    assert project.run() == {"A.md": ["replayed", "ran", "ran"], "B.md": ["ran"], "C.md": ["cached"]}
    assert not project.stands()
    assert project.why("A.md") == ["", "it says `cache: false`", "what stands before it would run again"]
    assert project.why("B.md") == ["[[A]], which it requires, would run again"]


def test_a_block_that_gives_something_else_when_it_is_replayed_is_found(project):
    source = "import time\nprint(time.time_ns())"
    project.note("A.md", source, "print(1)")
    project.run()
    first = project.printed("A.md")[0]
    assert project.codes() == []
    project.note("A.md", source, "print(2)")
    assert project.run() == {"A.md": ["replayed", "ran"]}
    assert project.codes() == [("nondeterministic", "A.md", 2)]
    assert project.printed("A.md")[0] == first
    said = project.results["A.md"].blocks[0].unstable
    assert said.startswith(f"it gave `{first.strip()}` before and `")
    assert project.run() == {"A.md": ["cached", "cached"]}
    assert project.codes() == [("nondeterministic", "A.md", 2)]
    project.note("A.md", "#| cache: false\n" + source, "print(2)")
    project.run()
    assert project.codes() == []


def test_the_last_digits_may_differ_when_it_is_replayed(project):
    data = project.root.parent / "veces"
    source = f"import os\nn = os.path.exists({str(data)!r})\nos.system('touch {data}')\nprint(0.123456789 + 1e-9 * n)"
    project.note("A.md", source, "print(1)")
    project.run()
    project.note("A.md", source, "print(2)")
    assert project.run() == {"A.md": ["replayed", "ran"]}
    assert project.codes() == []


def test_a_block_that_ends_otherwise_when_it_is_replayed_is_shown_as_it_ended(project):
    mark = project.root.parent / "mark"
    source = f"import os, time\nif os.path.exists({str(mark)!r}): os._exit(1)\nprint('bien')"
    project.note("A.md", source, "print(1)")
    project.run()
    mark.touch()
    time.sleep(0.05)
    project.note("A.md", source, "print(2)")
    assert project.run() == {"A.md": ["ran", "skipped"]}
    assert project.results["A.md"].blocks[0].status is Status.KILLED


def test_what_a_replayed_block_meets_anew_counts_from_then_on(project):
    mark, data = project.root.parent / "mark", project.write("d.txt", "1")
    source = f"import os\ny = open({str(data)!r}).read() if os.path.exists({str(mark)!r}) else '1'\nprint(y)"
    project.note("A.md", source, "print(y)")
    project.run()
    mark.touch()
    project.note("A.md", source, "print(y, y)")
    assert project.run() == {"A.md": ["replayed", "ran"]}
    assert project.rerun() == set()
    project.write("d.txt", "2")
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["2\n", "2 2\n"]
