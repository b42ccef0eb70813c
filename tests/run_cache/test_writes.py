"""What blocks write is a result too: made again where it is gone, and no reader keeps what it read before."""

from __future__ import annotations

import os

import pytest
from remembering import backdated


@pytest.fixture(params=["fork", "spawn"])
def any_project(request, project):
    """Executors that start processes in different ways."""
    project.set(executor=request.param)
    return project


def _writes(path, text: str) -> str:
    return f"with open({str(path)!r}, 'w') as f: f.write({text!r})"


def _reads(path) -> str:
    return f"try:\n    print(open({str(path)!r}).read())\nexcept OSError:\n    print('no')"


@pytest.mark.parametrize(("reader", "writer"), [("A.md", "B.md"), ("B.md", "A.md")])
def test_who_reads_what_another_note_writes_never_shows_an_older_text(any_project, reader, writer):
    project, file = any_project, any_project.root / "tabla.txt"
    project.set(jobs=1)
    for name in ("A.md", "B.md"):
        project.note(name, _reads(file) if name == reader else _writes(file, "uno"))
    project.run()
    assert project.printed(reader) == ["uno\n"]
    assert project.codes() == []
    assert project.stands()
    assert project.rerun() == set()
    project.note(writer, _writes(file, "dos"))
    assert project.rerun() == {"A.md", "B.md"}
    assert project.printed(reader) == ["dos\n"]
    assert project.rerun() == set()


def test_a_reader_that_is_never_remembered_runs_again_too(project):
    file = project.root / "tabla.txt"
    project.set(jobs=1)
    project.note("A.md", "#| cache: false\n" + _reads(file))
    project.note("B.md", _writes(file, "uno"))
    project.run()
    assert project.printed("A.md") == ["uno\n"]
    assert project.codes() == []


@pytest.mark.parametrize(
    "writes",
    [
        "open(p, 'w').write('x')",
        "open(p, 'a').write('x')",
        "import os\nf = os.open(p, os.O_WRONLY | os.O_CREAT)\nos.write(f, b'x')\nos.close(f)",
        "import os\nopen('y', 'w').write('x')\nos.replace('y', p)",
        "import os\nopen('y', 'w').write('x')\nos.link('y', p)",
        "import shutil\nopen('y', 'w').write('x')\nshutil.copy('y', p)",
        "import os, pathlib\npathlib.Path('sub').mkdir()\npathlib.Path('sub/x').write_text('x')\n"
        "os.rename('sub', p + '.d')\nos.rename(p + '.d/x', p)",
        "import os\nif os.fork() == 0:\n    open(p, 'w').write('x')\n    os._exit(0)\nos.wait();",
        "import os\nd = os.open(os.path.dirname(p), os.O_RDONLY)\n"
        "f = os.open('salida', os.O_WRONLY | os.O_CREAT | os.O_TRUNC, dir_fd=d)\nos.write(f, b'x')\nos.close(f)",
    ],
)
def test_a_written_file_that_is_gone_is_made_again(project, writes):
    file = project.root / "salida"
    project.note("A.md", f"p = {str(file)!r}\n{writes}", "print('bien')")
    project.run()
    assert project.rerun() == set()
    assert project.stands()
    file.unlink()
    assert not project.stands()
    assert project.run() == {"A.md": ["replayed", "replayed"]}
    assert file.read_text() == "x"
    assert project.run() == {"A.md": ["cached", "cached"]}
    assert project.codes() == []


def test_a_written_file_that_somebody_changed_is_written_again(project):
    file = project.root / "salida"
    project.note("A.md", _writes(file, "x"))
    project.run()
    project.write("salida", "otra cosa")
    assert project.why("A.md") == ["the file salida changed, and it writes it"]
    project.run()
    assert file.read_text() == "x"
    file.unlink()
    assert project.why("A.md") == ["the file salida is gone, and it writes it"]
    project.write("salida", "x")
    assert project.run() == {"A.md": ["cached"]}


def test_a_file_that_is_written_by_an_inline_expression_is_made_again(project):
    file = project.root / "salida"
    project.note("A.md", text=f"```python\nx = 1\n```\n\n`{{python}} open({str(file)!r}, 'w').write('x')`\n")
    project.run()
    file.unlink()
    project.run()
    assert file.read_text() == "x"
    assert project.run() == {"A.md": ["cached"]}
    assert project.results["A.md"].inline[0].text == "1"


def test_a_removed_file_is_removed_again(project):
    file = project.write("sobra", "x")
    project.note("A.md", f"import os\nif os.path.exists({str(file)!r}): os.remove({str(file)!r})")
    project.run()
    assert project.run() == {"A.md": ["cached"]}
    project.write("sobra", "y")
    project.run()
    assert not file.exists()


def test_a_file_that_comes_and_goes_leaves_nothing_behind(project):
    file = project.root / "breve"
    project.note("A.md", f"import os\n{_writes(file, 'x')}\nos.remove({str(file)!r})")
    project.run()
    project.write("breve", "de otro")
    assert project.run() == {"A.md": ["cached"]}


def test_a_file_written_by_several_blocks_is_as_the_last_one_left_it(project):
    file = project.root / "salida"
    project.note("A.md", _writes(file, "uno"), _writes(file, "dos"), f"print(open({str(file)!r}).read())")
    project.run()
    assert project.run() == {"A.md": ["cached"] * 3}
    file.write_text("uno")
    project.run()
    assert file.read_text() == "dos"
    assert project.run() == {"A.md": ["cached"] * 3}


def test_a_note_may_change_the_file_of_one_that_it_requires(any_project):
    project, file = any_project, any_project.root / "registro"
    project.note("A.md", _writes(file, "a"))
    project.note("B.md", f"open({str(file)!r}, 'a').write('b')", requires=("A.md",))
    project.run()
    assert file.read_text() == "ab"
    assert project.run() == {"A.md": ["cached"], "B.md": ["cached"]}
    file.unlink()
    project.run()
    assert file.read_text() == "ab"
    assert project.codes() == []


def test_a_note_reads_the_file_of_one_that_it_requires(any_project):
    project, file = any_project, any_project.root / "pesos"
    project.note("A.md", _writes(file, "uno"))
    project.note("B.md", _reads(file), requires=("A.md",))
    project.run()
    assert project.rerun() == set()
    project.note("A.md", _writes(file, "dos"))
    project.run()
    assert project.printed("B.md") == ["dos\n"]
    assert project.rerun() == set()
    assert project.codes() == []


def test_two_notes_that_write_one_file_differently_are_named(project):
    file = project.root / "salida"
    for name in ("A", "B"):
        project.note(f"{name}.md", _writes(file, name))
    for _ in range(3):
        project.run()
        (code, _, line), *others = project.codes()
        assert (code, line, others) == ("nondeterministic", 2, [])
        assert not project.stands()
    assert project.run() == {"A.md": ["cached"], "B.md": ["cached"]}
    loser = "A.md" if file.read_text() == "B" else "B.md"
    winner = {"A.md": "B.md", "B.md": "A.md"}[loser]
    said = project.results[loser].blocks[0].contended
    assert said == f"it writes salida, and '{winner}' writes something else there"


def test_a_result_from_when_a_file_was_missing_is_not_shown_once_it_is_made(project):
    file = project.root / "tabla.txt"
    project.set(jobs=1)
    project.note("A.md", f"try:\n    x = open({str(file)!r}).read()\nexcept OSError:\n    x = 'no'\nprint(x)")
    project.note("B.md", _writes(file, "uno"))
    project.note("C.md", "print('C', x)", requires=("A.md",))
    project.run()  # `A.md` runs before there is a file, and again
    file.unlink()
    assert project.run() == {"A.md": ["cached"], "B.md": ["replayed"], "C.md": ["cached"]}
    assert project.printed("A.md") == ["uno\n"]
    assert project.printed("C.md") == ["C uno\n"]
    assert project.stands()


def test_a_reader_that_is_never_remembered_follows_a_chain_of_writers(project):
    one, two = project.root / "uno", project.root / "dos"
    project.set(jobs=1)
    copies = (
        f"try:\n    x = open({str(one)!r}).read()\nexcept OSError:\n    x = 'nada'\nopen({str(two)!r}, 'w').write(x)"
    )
    project.note("A.md", "#| cache: false\n" + _reads(two))
    project.note("B.md", copies)
    project.note("C.md", _writes(one, "eco"))
    project.run()
    assert project.printed("A.md") == ["eco\n"]
    assert project.codes() == []


def test_a_writer_that_is_never_remembered_is_named_too(project):
    file = project.root / "salida"
    project.set(jobs=1)
    project.note("A.md", _writes(file, "A"))
    project.note("B.md", "#| cache: false\n" + _writes(file, "B"))
    for _ in range(2):
        project.run()
        assert project.codes() == [("nondeterministic", "A.md", 2)]


def test_two_notes_that_write_the_same_are_left_in_peace(project):
    file = project.root / "salida"
    for name in ("A.md", "B.md"):
        project.note(name, _writes(file, "igual"))
    project.run()
    assert project.run() == {"A.md": ["cached"], "B.md": ["cached"]}
    assert project.codes() == []
    assert project.stands()


def test_notes_that_never_come_to_rest_are_named(project):
    one, two = project.write("uno", "0"), project.write("dos", "0")
    step = "open({0!r}, 'w').write(str(int(open({1!r}).read()) + 1))"
    project.note("A.md", step.format(str(one), str(two)))
    project.note("B.md", step.format(str(two), str(one)))
    project.run()
    assert {code for code, _, _ in project.codes()} == {"nondeterministic"}
    assert int(one.read_text()) < 10
    assert not project.stands()


def test_a_block_is_told_once_more_only_if_it_gave_something_else(project):
    file = project.root / "tabla.txt"
    project.set(jobs=1)
    project.note("A.md", "print('igual')", _reads(file))
    project.note("B.md", _writes(file, "uno"))
    project.run()
    assert project.told == [("A.md", 0), ("A.md", 1), ("B.md", 0), ("A.md", 1)]


def test_a_module_that_changes_while_notes_run_is_seen_before_the_build_ends(project):
    lib = project.write("lib.py", "x = 1\n")
    project.set(jobs=1)
    project.note("A.md", "import lib\nprint(lib.x)")
    edit = f"import os\nos.system('printf \"x = 22\" > {lib}')"
    project.note("B.md", edit)
    project.run()
    assert project.printed("A.md") == ["22\n"]


def test_a_database_that_a_block_makes_is_made_again(project):
    path = project.root / "d.sqlite"
    source = f"""
    import sqlite3
    c = sqlite3.connect({str(path)!r})
    c.execute("create table if not exists t(x)")
    c.commit()
    c.close()
    """
    project.note("A.md", source)
    project.run()
    assert project.why("A.md") == [""]
    assert project.run() == {"A.md": ["cached"]}
    path.unlink()
    assert project.run() == {"A.md": ["replayed"]}
    assert path.exists()


def test_a_written_file_of_an_older_date_is_the_same_file(project):
    file = project.root / "salida"
    project.note("A.md", _writes(file, "x"))
    project.run()
    backdated(file)
    assert project.stands()
    assert project.run() == {"A.md": ["cached"]}
    os.chmod(file, 0o600)
    assert project.run() == {"A.md": ["cached"]}
