"""Notes that start from the state of others: what is remembered of one depends on what is remembered of the other."""

from __future__ import annotations

from remembering import python


def chain(project, first: str = "x = [1]") -> None:
    """B requires A, C requires B, D requires A; E stands alone."""
    project.note("A.md", first, "print('a', x)")
    project.note("B.md", "x.append(2)", "print('b', x)", requires=("A.md",))
    project.note("C.md", "print('c', x)", requires=("B.md",))
    project.note("D.md", "print('d', x)", requires=("A.md",))
    project.note("E.md", "print('e')")


def test_a_note_and_all_that_require_it_run_when_it_is_edited(project):
    chain(project)
    project.run()
    assert project.rerun() == set()
    chain(project, "x = [10]")
    assert project.rerun() == {"A.md", "B.md", "C.md", "D.md"}
    assert project.printed("C.md") == ["c [10, 2]\n"]
    chain(project)
    assert project.rerun() == set()
    assert project.printed("C.md") == ["c [1, 2]\n"]


def test_what_a_note_requires_is_replayed_once_and_nothing_else_runs(project):
    chain(project)
    log = project.root / "registro.txt"
    trace = f"import os\nos.system('echo {{}} >> {log}')\n"
    project.note("A.md", trace.format("A") + "x = [1]", "print('a', x)")
    project.run()
    log.unlink()
    project.note("C.md", "print('C', x)", requires=("B.md",))
    project.note("D.md", "print('D', x)", requires=("A.md",))
    assert project.run() == {
        "A.md": ["replayed", "replayed"],
        "B.md": ["replayed", "replayed"],
        "C.md": ["ran"],
        "D.md": ["ran"],
        "E.md": ["cached"],
    }
    assert project.printed("C.md") == ["C [1, 2]\n"]
    assert log.read_text() == "A\n"
    assert project.printed("A.md")[1] == "a [1]\n"


def test_only_the_chain_of_the_edited_note_is_replayed(project):
    chain(project)
    project.run()
    project.note("D.md", "print('D', x)", requires=("A.md",))
    how = project.run()
    assert how["A.md"] == ["replayed", "replayed"]
    assert how["B.md"] == ["cached", "cached"]
    assert how["C.md"] == ["cached"]


def test_a_comment_in_a_required_note_runs_nothing(project):
    chain(project)
    project.run()
    chain(project, "x = [1]  # uno")
    assert project.rerun() == set()


def test_a_module_that_a_required_note_imports_counts(project):
    project.write("lib.py", "y = 1\n")
    chain(project, "import lib\nx = [lib.y]")
    project.run()
    project.write("lib.py", "y = 7\n")
    assert project.rerun() == {"A.md", "B.md", "C.md", "D.md"}
    assert project.printed("C.md") == ["c [7, 2]\n"]


def test_the_order_of_what_is_required_counts(project):
    project.note("A.md", "x = 1")
    project.note("B.md", "x = 2")
    project.note("C.md", "print(x)", requires=("A.md", "B.md"))
    project.run()
    project.note("C.md", "print(x)", requires=("B.md", "A.md"))
    assert project.rerun() == {"C.md"}
    assert project.printed("C.md") == ["1\n"]
    assert project.why("C.md") == [""]


def test_one_note_alone_uses_what_the_whole_build_remembered(project):
    chain(project)
    project.run()
    assert project.run("A.md", "B.md") == {"A.md": ["cached", "cached"], "B.md": ["cached", "cached"]}


def test_a_required_note_without_blocks_of_its_own_passes_the_state_on(project):
    project.note("A.md", "x = 1")
    project.note("B.md", text="nada\n", requires=("A.md",))
    project.note("C.md", "print(x)", requires=("B.md",))
    project.run()
    assert project.rerun() == set()
    project.note("A.md", "x = 2")
    assert project.rerun() == {"A.md", "C.md"}
    assert project.printed("C.md") == ["2\n"]


def test_inline_values_of_a_note_that_is_only_replayed_stay(project):
    project.note("A.md", text=python("x = 5") + "\nes `{python} x`\n")
    project.note("B.md", "print(x)", requires=("A.md",))
    project.run()
    project.note("B.md", "print(x + 1)", requires=("A.md",))
    assert project.run() == {"A.md": ["replayed"], "B.md": ["ran"]}
    assert [value.text for value in project.results["A.md"].inline] == ["5"]
    assert project.rerun() == set()


def test_notes_that_cannot_run_start_no_process(project):
    project.note("A.md", "x = 1", skip="the note says `run: false`")
    project.note("B.md", "print(x)", requires=("A.md",))
    project.set(executor="none such")
    assert project.run() == {"A.md": ["skipped"], "B.md": ["skipped"]}
    assert "'A.md', which it requires" in project.results["B.md"].blocks[0].skipped_because


def test_lines_of_a_required_note_are_put_right_too(project):
    project.note("A.md", "def f():\n    return 1 / 0")
    project.note("B.md", "f()", requires=("A.md",))
    project.run()
    assert 'File "A.md", line 3, in f' in project.results["B.md"].blocks[0].error.traceback
    project.note("A.md", text="uno\n\n" + python("def f():\n    return 1 / 0"))
    assert project.rerun() == set()
    assert 'File "A.md", line 5, in f' in project.results["B.md"].blocks[0].error.traceback


def test_a_state_that_cannot_be_forked_is_made_again_and_remembered_as_ever(project):
    data = project.write("d.txt", "1")
    hold = "import threading\nt = threading.Thread(target=threading.Event().wait, daemon=True)\nt.start()\n"
    project.note("A.md", f"{hold}x = int(open({str(data)!r}).read())", "print(x)")
    project.note("B.md", "print(x + 1)", requires=("A.md",))
    project.run()
    assert project.rerun() == set()
    project.note("B.md", "print(x + 2)", requires=("A.md",))
    assert project.run() == {"A.md": ["replayed", "replayed"], "B.md": ["ran"]}
    project.write("d.txt", "5")
    assert project.rerun() == {"A.md", "B.md"}
    assert project.printed("B.md") == ["7\n"]
    assert project.rerun() == set()


def test_spawned_processes_remember_the_same(project):
    chain(project)
    project.run()
    project.set(executor="spawn")
    assert project.rerun() == set()
    project.note("C.md", "print('C', x)", requires=("B.md",))
    assert project.rerun() == {"C.md"}
    assert project.codes() == []
