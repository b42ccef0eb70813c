"""What a block meets outside of its note counts: the failures of other tools' caches, one by one."""

from __future__ import annotations

import os
import py_compile
import sys

import pytest
from remembering import backdated


@pytest.fixture(params=["fork", "spawn"])
def any_project(request, project):
    """Executors that start processes in different ways."""
    project.set(executor=request.param)
    return project


def test_an_edited_module_runs_exactly_its_users(any_project):
    project = any_project
    project.write("lib.py", "def f(): return 1\n")
    project.note("A.md", "x = 1", "import lib\nprint(lib.f())", "print(x)")
    project.note("B.md", "print('b')")
    project.run()
    project.write("lib.py", "def f(): return 2\n")
    assert not project.stands()
    assert project.run() == {"A.md": ["replayed", "ran", "ran"], "B.md": ["cached"]}
    assert project.printed("A.md")[1] == "2\n"
    assert project.rerun() == set()


def test_a_module_edited_back_costs_nothing(project):
    project.write("lib.py", "x = 1\n")
    project.note("A.md", "import lib\nprint(lib.x)", "print(lib.x + 1)")
    project.run()
    project.write("lib.py", "x = 2\n")
    assert project.rerun() == {"A.md"}
    project.write("lib.py", "x = 1\n")
    assert project.rerun() == set()
    assert project.printed("A.md") == ["1\n", "2\n"]
    project.write("lib.py", "x = 2\n")
    assert project.rerun() == set()
    assert project.printed("A.md") == ["2\n", "3\n"]


@pytest.mark.parametrize(
    "source",
    [
        "import pkg.outer",
        "from pkg import outer",
        "import importlib\nouter = importlib.import_module('pkg.outer')",
        "exec('from pkg.outer import *')",
        "import runpy\nrunpy.run_module('pkg.outer')",
        "def f():\n    import pkg.outer\nf()",
        "import threading\nt = threading.Thread(target=__import__, args=('pkg.outer',))\nt.start()\nt.join()",
    ],
)
def test_a_module_that_a_module_imports_counts_however_it_is_imported(project, source):
    project.write("pkg/__init__.py", "")
    project.write("pkg/outer.py", "from .inner import y\nx = y\n")
    inner = project.write("pkg/inner.py", "y = 1\n")
    project.note("A.md", source)
    project.run()
    assert project.rerun() == set()
    inner.write_text("y = 2\n")
    assert project.rerun() == {"A.md"}


def test_a_module_counts_where_its_compiled_form_was_read(project):
    lib = project.write("lib.py", "x = 1\n")
    py_compile.compile(str(lib))
    assert list(project.root.glob("__pycache__/lib.*.pyc"))
    project.note("A.md", "import lib\nprint(lib.x)")
    project.run()
    lib.write_text("x = 'otro'\n")
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["otro\n"]


def test_what_a_later_block_uses_counts_through_the_block_that_imported_it(project):
    project.write("lib.py", "def f(): return 1\n")
    project.note("A.md", "import lib", "print(lib.f())")
    project.run()
    project.write("lib.py", "def f(): return 2\n")
    assert project.run() == {"A.md": ["ran", "ran"]}
    assert project.printed("A.md")[1] == "2\n"


def test_a_data_file_counts(any_project):
    project = any_project
    data = project.write("datos.csv", "1\n")
    project.note("A.md", f"print(open({str(data)!r}).read())")
    project.note("B.md", "print('b')")
    project.run()
    assert project.rerun() == set()
    project.write("datos.csv", "2\n")
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["2\n\n"]


def test_a_data_file_of_the_same_size_and_time_counts(project):
    data = project.write("datos.csv", "uno\n")
    backdated(data)
    project.note("A.md", f"print(open({str(data)!r}).read())")
    project.run()
    data.write_text("dos\n")
    backdated(data)
    assert project.rerun() == {"A.md"}


def test_a_file_touched_but_not_changed_runs_nothing(project):
    data = project.write("datos.csv", "1\n")
    project.note("A.md", f"print(open({str(data)!r}).read())")
    project.run()
    backdated(data)
    assert project.stands()
    assert project.rerun() == set()


def test_a_relative_path_is_the_one_that_was_meant_then(project):
    project.write("sub/datos.txt", "1")
    project.note("A.md", f"import os\nos.chdir({str(project.root / 'sub')!r})\nprint(open('datos.txt').read())")
    project.run()
    project.write("sub/datos.txt", "2")
    assert project.rerun() == {"A.md"}


def test_a_file_that_was_missing_counts_once_it_is_there(project):
    path = project.root / "quizas.txt"
    project.note("A.md", f"try:\n    print(open({str(path)!r}).read())\nexcept OSError:\n    print('no')")
    project.run()
    assert project.rerun() == set()
    project.write("quizas.txt", "sí")
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["sí\n"]
    path.unlink()
    assert project.rerun() == set()
    assert project.printed("A.md") == ["no\n"]


@pytest.mark.parametrize(
    "source",
    [
        "import os\nprint(sorted(os.listdir({folder!r})))",
        "import os\nprint(sorted(e.name for e in os.scandir({folder!r})))",
        "import glob\nprint(sorted(glob.glob({folder!r} + '/*.csv')))",
        "import glob\nprint(sorted(glob.glob({folder!r} + '/dos*')))",
        "from pathlib import Path\nprint(sorted(Path({folder!r}).glob('*')))",
        "from pathlib import Path\nprint(sorted(Path({folder!r}).iterdir()))",
        "import os\nprint(list(os.walk({folder!r})))",
        "import glob\nprint(sorted(glob.glob({folder!r} + '/../*/dos.csv')))",
    ],
)
def test_a_folder_that_grew_counts(project, source):
    folder = project.write("datos/uno.csv", "1").parent
    project.note("A.md", source.format(folder=str(folder)))
    project.run()
    assert project.rerun() == set()
    project.write("datos/dos.csv", "2")
    assert not project.stands()
    assert project.rerun() == {"A.md"}


def test_imports_do_not_make_the_projects_folder_count(project):
    project.write("lib.py", "x = 1\n")
    project.note("A.md", "import lib, json\nprint(lib.x)")
    project.run()
    project.write("otra.py", "y = 1\n")
    project.write("notas.txt", "nada")
    assert project.rerun() == set()


def test_a_new_module_that_takes_the_place_of_another_counts(project):
    project.note("A.md", "import colorsys\nprint(hasattr(colorsys, 'mio'))")
    project.run()
    project.write("colorsys.py", "mio = 1\n")
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["True\n"]


def test_a_package_in_the_place_of_a_module_counts(project):
    project.write("lib.py", "x = 1\n")
    project.note("A.md", "import lib\nprint(lib.x)")
    project.run()
    project.write("lib/__init__.py", "x = 2\n")
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["2\n"]


def test_a_module_that_was_missing_counts_once_it_is_there(project):
    project.write("pkg/__init__.py", "")
    for name in ("falta", "pkg.falta"):
        project.note(f"{name}.md", f"try:\n    import {name}\n    print('sí')\nexcept ImportError:\n    print('no')")
    project.run()
    assert project.rerun() == set()
    project.write("falta.py", "")
    assert project.rerun() == {"falta.md"}
    project.write("pkg/falta.py", "")
    assert project.rerun() == {"pkg.falta.md"}


def test_declared_data_counts_with_all_that_is_in_a_folder(project):
    project.write("datos/a/uno.bin", "1")
    project.write("solo.bin", "1")
    project.note("A.md", "#| data: [datos]\nimport os\nprint(os.path.getsize)")
    project.note("B.md", "#| data: [solo.bin, falta.bin]\nprint(1)")
    project.run()
    assert project.rerun() == set()
    project.write("datos/a/uno.bin", "2")
    assert project.rerun() == {"A.md"}
    project.write("datos/a/dos.bin", "2")
    assert project.rerun() == {"A.md"}
    project.write("solo.bin", "2")
    assert project.rerun() == {"B.md"}
    project.write("falta.bin", "2")
    assert not project.stands()
    assert project.rerun() == {"B.md"}


def test_declared_data_that_changes_while_the_block_runs_keeps_it_from_being_remembered(project):
    data = project.write("d.bin", "1")
    project.note("A.md", f"#| data: [d.bin]\nimport os\nos.system('echo 2 >> {data}')")
    assert [project.run() for _ in range(2)] == [{"A.md": ["ran"]}] * 2
    assert project.why("A.md") == ["its result was not kept: what it declares as `data` changed while it ran"]


def test_declared_data_is_looked_for_in_the_project_and_then_in_the_vault(project):
    (project.root / "vault").mkdir()
    project.set(vault=project.root / "vault")
    project.write("vault/d.bin", "1")
    project.note("A.md", "#| data: [d.bin]\nprint(1)")
    project.run()
    project.write("vault/d.bin", "2")
    assert project.rerun() == {"A.md"}
    project.write("d.bin", "1")
    assert project.rerun() == {"A.md"}
    project.write("vault/d.bin", "3")
    assert project.rerun() == set()


@pytest.fixture
def site(project, monkeypatch):
    """A folder of packages with one small distribution, `tiny`, at a version of your choice."""
    folder = project.root.parent / "site-packages"
    monkeypatch.setenv("PYTHONPATH", str(folder))

    def install(version: str, code: str = "x = 1\n", record: str = "") -> None:
        for old in folder.glob("tiny-*.dist-info/*"):
            old.unlink()
        for old in folder.glob("tiny-*.dist-info"):
            old.rmdir()
        info = folder / f"tiny-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        (info / "RECORD").write_text(f"tinymod/__init__.py,{record},\ntinymod/deep.py,,\n")
        (folder / "tinymod").mkdir(exist_ok=True)
        (folder / "tinymod" / "__init__.py").write_text(code)
        (folder / "tinymod" / "deep.py").write_text("y = 1\n")

    install("1.0")
    return install


def test_another_version_of_a_package_runs_exactly_its_users(project, site):
    project.write("lib.py", "import tinymod.deep\n")
    project.note("A.md", "import tinymod\nprint(tinymod.x)")
    project.note("B.md", "import lib")
    project.note("C.md", "print('c')")
    project.run()
    assert project.rerun() == set()
    site("1.1", "x = 22\n")
    assert not project.stands()
    assert project.why("A.md") == ["tiny 1.0 -> 1.1"]
    assert project.rerun() == {"A.md", "B.md"}
    assert project.printed("A.md") == ["22\n"]
    assert project.rerun() == set()


def test_the_same_version_installed_anew_counts(project, site):
    project.note("A.md", "import tinymod\nprint(tinymod.x)")
    project.run()
    site("1.0", "x = 3\n", record="sha256=otro")
    assert project.why("A.md") == ["tiny 1.0 was installed anew"]
    assert project.rerun() == {"A.md"}


def test_a_version_asked_for_without_an_import_counts(project, site):
    project.note("A.md", "from importlib.metadata import version\nprint(version('tiny'))")
    project.run()
    assert project.rerun() == set()
    site("2.0")
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["2.0\n"]


def test_a_package_imported_before_the_notes_counts_for_those_that_may_use_it(project, site):
    project.set(preload=("tinymod",))
    project.note("A.md", "import tinymod\nprint(tinymod.x)")
    project.note("B.md", "print('b')")
    project.run()
    assert project.rerun() == set()
    site("1.1", "x = 22\n")
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["22\n"]


def test_what_a_note_writes_itself_does_not_count(project):
    source = """
    import os, tempfile
    with open("aquí.txt", "w") as f: f.write("x")
    print(open("aquí.txt").read(), os.listdir("."))
    with tempfile.NamedTemporaryFile("w+") as f: f.write("y"); f.seek(0); print(f.read())
    """
    folder = project.root / "salida"
    lasting = f"""
    import os
    os.makedirs({str(folder)!r}, exist_ok=True)
    with open({str(folder / "x.tmp")!r}, "w") as f: f.write("x")
    os.replace({str(folder / "x.tmp")!r}, {str(folder / "x.txt")!r})
    print(open({str(folder / "x.txt")!r}).read())
    """
    project.note("A.md", source, "print(open('aquí.txt').read())")
    project.note("B.md", lasting)
    project.note("C.md", "print(1)", requires=("A.md",))
    project.run()
    assert project.run() == {"A.md": ["cached", "cached"], "B.md": ["cached"], "C.md": ["cached"]}


def test_a_file_that_changes_while_the_block_runs_keeps_it_from_being_remembered(project):
    counter = project.write("contador.txt", "1")
    project.note(
        "A.md", f"p = {str(counter)!r}\nn = int(open(p).read())\nopen(p, 'w').write(str(n + 1))\nprint(n)", "print(2)"
    )
    assert [project.run()["A.md"] for _ in range(3)] == [["ran", "ran"]] * 3
    assert project.printed("A.md")[0] == "3\n"
    assert not project.stands()
    assert "changed while it ran" in project.why("A.md")[0]


def test_a_file_changed_within_a_tick_of_being_read_counts_by_what_was_in_it(project):
    data = project.write("d.txt", "1")
    project.note("A.md", f"import os\nos.utime({str(data)!r})\nprint(open({str(data)!r}).read())")
    project.run()
    assert project.rerun() == set()
    source = f"p = {str(data)!r}\nopen(p, 'w').write('2')\nx = open(p).read()"
    overwrites = f"import os\nos.utime({str(data)!r})\nx = open({str(data)!r}).read()\nos.system('printf 3 > {data}')"
    project.note("B.md", source, "print(x)")
    project.note("C.md", overwrites, "print(x)")
    project.run("B.md")
    assert project.rerun("B.md") == set()
    assert [project.rerun("C.md") for _ in range(2)] == [{"C.md"}] * 2


def test_what_processes_that_a_block_forks_read_counts(project):
    data = project.write("datos.txt", "1")
    source = f"""
    import os
    r, w = os.pipe()
    if os.fork() == 0:
        os.write(w, open({str(data)!r}, "rb").read())
        os._exit(0)
    os.wait()
    print(os.read(r, 10))
    """
    project.note("A.md", source)
    project.run()
    assert project.rerun() == set()
    project.write("datos.txt", "2")
    assert project.rerun() == {"A.md"}


def test_a_database_that_a_block_reads_counts(project):
    path = project.root / "d.sqlite"
    make = f"import sqlite3; c = sqlite3.connect({str(path)!r}); c.execute('create table t(x)'); c.commit()"
    os.system(f'{sys.executable} -c "{make}"')
    backdated(path)
    project.note(
        "A.md", f"import sqlite3\nc = sqlite3.connect({str(path)!r})\nprint(c.execute('select * from t').fetchall())"
    )
    project.run()
    assert project.rerun() == set()
    os.system(f'{sys.executable} -c "' + make.replace("create table t(x)", "insert into t values(5)") + '"')
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["[(5,)]\n"]


def test_a_pipe_is_not_waited_for(project):
    os.mkfifo(project.root / "tubo")
    project.note(
        "A.md", f"import os\nfd = os.open({str(project.root / 'tubo')!r}, os.O_RDONLY | os.O_NONBLOCK)\nos.close(fd)"
    )
    project.run()
    assert project.rerun() == set()


def test_a_path_in_bytes_or_with_odd_letters_counts(project):
    folder = os.fsencode(project.root)
    with open(folder + b"/\xff.txt", "wb") as file:
        file.write(b"1")
    os.utime(folder + b"/\xff.txt", (1e9, 1e9))
    project.note("A.md", f"import os\nprint(open({folder!r} + b'/\\xff.txt').read())")
    project.run()
    assert project.rerun() == set()
    with open(folder + b"/\xff.txt", "wb") as file:
        file.write(b"2")
    assert project.rerun() == {"A.md"}


@pytest.mark.parametrize(
    "made_before",
    [
        "os.makedirs(folder, exist_ok=True)",
        "import pathlib\npathlib.Path(folder).mkdir(exist_ok=True)",
        "import contextlib\nwith contextlib.suppress(OSError):\n    os.mkdir(folder)",
        "import contextlib\nwith contextlib.suppress(OSError):\n    os.symlink('/', folder)",
    ],
)
def test_a_folder_that_was_there_before_is_read_though_the_block_would_have_made_it(project, made_before):
    project.write("datos/a.txt", "a")
    folder = project.root / "datos"
    project.note("A.md", f"import os\nfolder = {str(folder)!r}\n{made_before}\nprint(sorted(os.listdir(folder)))")
    project.run()
    project.write("datos/b.txt", "b")
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["['a.txt', 'b.txt']\n"]


@pytest.mark.parametrize("link", ["symlink", "link"])
def test_what_is_read_through_a_link_that_the_block_made_counts(project, link):
    data = project.write("datos.txt", "uno")
    project.note("A.md", f"import os\nos.{link}({str(data)!r}, 'enlace')\nprint(open('enlace').read())")
    project.run()
    if link == "symlink":  # a hard link changes the file's state, so that its result is not kept at all
        assert project.rerun() == set()
    data.write_text("dos")
    backdated(data)
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["dos\n"]


def test_a_module_that_is_sought_and_not_imported_counts(project):
    project.note("A.md", "import importlib.util\nprint(importlib.util.find_spec('quizas') is not None)")
    project.run()
    assert project.rerun() == set()
    file = project.write("quizas.py", "")
    assert not project.stands()
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["True\n"]
    file.unlink()
    assert project.rerun() == set()
    assert project.printed("A.md") == ["False\n"]


def test_modules_are_sought_where_the_search_path_led_then(project):
    project.write("otros/__init__.py", "")
    folder = project.root / "aparte"
    project.note(
        "A.md",
        f"""
        import sys
        sys.path.insert(0, {str(folder)!r})
        try:
            import extra
            print(extra.x)
        except ImportError:
            print("no")
        sys.path.remove({str(folder)!r})
        """,
    )
    project.run()
    project.write("aparte/extra.py", "x = 1\n")
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["1\n"]


def test_a_folder_that_becomes_a_package_counts(project, monkeypatch):
    late = project.root.parent / "late"
    (late / "ns").mkdir(parents=True)
    monkeypatch.setenv("PYTHONPATH", str(late))
    project.write("ns/mod.py", "x = 1\n")
    project.note("A.md", "import ns.mod\nprint(ns.mod.x)")
    project.run()
    assert project.rerun() == set()
    (late / "ns" / "mod.py").write_text("x = 2\n")
    (late / "ns" / "__init__.py").write_text("")
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["2\n"]
    project.write("ns/__init__.py", "")
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["1\n"]


@pytest.mark.parametrize(
    "source",
    [
        "f = os.open('a.txt', os.O_RDONLY, dir_fd=d)\nprint(os.read(f, 9))\nos.close(f)",
        "print(os.listdir(d))",
        "print(list(os.scandir(d))[-1].name)",
        "print([names for _, _, names, _ in os.fwalk(top)])",
        "print([names for _, _, names, _ in os.fwalk('.', dir_fd=d)])",
    ],
)
def test_what_is_met_by_way_of_an_open_folder_counts(project, source):
    file = project.write("datos/a.txt", "1")
    opened = f"import os\ntop = {str(file.parent)!r}\nd = os.open(top, os.O_RDONLY)\n{source}\nos.close(d)"
    project.note("A.md", opened)
    project.run()
    assert project.rerun() == set()
    file.write_text("2")
    project.write("datos/b.txt", "2")
    assert project.rerun() == {"A.md"}


def test_a_database_that_may_be_attached_keeps_the_block_from_being_remembered(project):
    path = project.root / "d.sqlite"
    make = f"import sqlite3; c = sqlite3.connect({str(path)!r}); c.execute('create table t(x)'); c.commit()"
    os.system(f'{sys.executable} -c "{make}"')
    source = f"""
    import sqlite3
    c = sqlite3.connect(":memory:")
    c.execute("ATTACH ? AS otra", [{str(path)!r}])
    print(c.execute("select * from otra.t").fetchall())
    """
    project.note("A.md", source)
    assert [project.rerun() for _ in range(2)] == [{"A.md"}] * 2
    assert "`data` declares it" in project.why("A.md")[0]
    project.note("A.md", "#| data: d.sqlite" + source.replace("\n    ", "\n"))
    project.run()
    assert project.rerun() == set()
    os.system(f'{sys.executable} -c "' + make.replace("create table t(x)", "insert into t values(5)") + '"')
    assert project.rerun() == {"A.md"}


def test_a_module_that_looks_at_its_caller_makes_the_lines_of_the_note_count(project):
    project.write("donde.py", "import inspect\ndef linea(): return inspect.currentframe().f_back.f_lineno\n")
    block = "```python\nimport donde\nprint(donde.linea())\n```\n"
    project.note("A.md", text=block)
    project.note("B.md", "print(1)")
    project.run()
    assert project.rerun() == set()
    assert project.stands()
    project.note("A.md", text=f"Texto.\n\n{block}")
    assert project.why("A.md") == ["the text of blocks changed, and a module that it uses looks at it"]
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["5\n"]


def test_a_tokenizer_is_no_reason_to_count_lines(project):
    block = "```python\ntokenizer = 'inspected'\nprint(tokenizer)\n```\n"
    project.note("A.md", text=block)
    project.run()
    project.note("A.md", text=f"Texto.\n\n{block}")
    assert project.rerun() == set()
