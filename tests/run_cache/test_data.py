"""How a block opens a file of the project or of the vault, and what it declares."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import kbtool

TORCH = 4_000_000_000


@pytest.fixture(params=["fork", "spawn"])
def any_project(request, project):
    """Executors that start processes in different ways."""
    project.set(executor=request.param)
    return project


def test_a_block_opens_a_file_of_the_project_else_of_the_vault(any_project):
    project = any_project
    project.set(vault=project.root / "vault")
    project.write("vault/d.txt", "del vault")
    project.note("A.md", "import kbtool\nprint(open(kbtool.data('d.txt')).read())\nprint(kbtool.data('d.txt').name)")
    project.run()
    assert project.printed("A.md") == ["del vault\nd.txt\n"]
    assert project.rerun() == set()
    project.write("vault/d.txt", "otro")
    assert project.rerun() == {"A.md"}
    project.write("d.txt", "del proyecto")
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == ["del proyecto\nd.txt\n"]


@pytest.mark.parametrize(
    "read",
    ["import os\nprint(os.path.getsize(p))", "import subprocess\nprint(subprocess.check_output(['cat', p]))"],
)
def test_what_reads_it_need_not_be_python(project, read):
    file = project.write("d.txt", "uno")
    project.note("A.md", f"import kbtool\np = kbtool.data('d.txt')\n{read}")
    project.run()
    assert project.rerun() == set()
    project.write("d.txt", "tres")
    assert not project.stands()
    assert project.rerun() == {"A.md"}
    file.unlink()
    project.run()
    assert project.results["A.md"].blocks[0].error.type == "FileNotFoundError"


@pytest.mark.parametrize(
    ("make", "read"),
    [
        ("import numpy\nnumpy.save({0!r}, [{1}])", "import numpy\nprint(numpy.load(p))"),
        ("import torch\ntorch.save([{1}], {0!r})", "import torch\nprint(torch.load(str(p), mmap=True))"),
        (
            "import torch\ntorch.tensor([{1}]).numpy().tofile({0!r})",
            "import torch\nprint(torch.from_file(str(p), size=1, dtype=torch.int64))",
        ),
    ],
)
def test_files_of_numpy_and_torch_count(project, make, read):
    project.set(memory=TORCH)
    file = str(project.root / "pesos.npy")

    def write(value: int) -> None:
        subprocess.run([sys.executable, "-c", make.format(file, value)], check=True)

    write(1)
    project.note("A.md", f"import kbtool\np = kbtool.data('pesos.npy')\n{read}")
    project.run()
    assert project.results["A.md"].blocks[0].error is None
    assert project.rerun() == set()
    write(2)
    assert project.rerun() == {"A.md"}
    assert "2" in project.printed("A.md")[0]


def test_what_torch_saves_is_made_again(project):
    project.set(memory=TORCH, preload=("torch",))
    file = project.root / "pesos.pt"
    project.note("A.md", f"import torch\ntorch.save(torch.ones(2), {str(file)!r})")
    project.run()
    assert project.rerun() == set()
    file.unlink()
    assert project.run() == {"A.md": ["replayed"]}
    assert file.exists()


def test_a_file_that_is_not_there_is_told_and_counts_once_it_is(project):
    project.set(vault=project.root / "vault")
    project.note("A.md", "#| error: true\nimport kbtool\nkbtool.data('falta.txt')")
    project.run()
    error = project.results["A.md"].blocks[0].error
    places = project.root / "falta.txt", project.root / "vault" / "falta.txt"
    assert error.type == "FileNotFoundError"
    assert error.message == "there is no 'falta.txt': neither {} nor {}".format(*places)
    project.write("vault/falta.txt", "")
    project.run()
    assert project.results["A.md"].blocks[0].error.type == "NoException"


def test_a_folder_counts_with_all_that_is_in_it(project):
    project.write("datos/a/uno.bin", "1")
    project.note("A.md", "import kbtool, os\nprint(os.path.getsize(kbtool.data('datos') / 'a/uno.bin'))")
    project.run()
    assert project.rerun() == set()
    project.write("datos/a/uno.bin", "22")
    assert project.rerun() == {"A.md"}
    project.write("datos/b.bin", "")
    assert project.rerun() == {"A.md"}


def test_a_folder_that_changes_while_the_block_runs_keeps_it_from_being_remembered(project):
    project.write("datos/uno", "1")
    project.note("A.md", "import kbtool, os\np = kbtool.data('datos')\nos.system(f'echo >> {p}/uno')")
    assert [project.run() for _ in range(2)] == [{"A.md": ["ran"]}] * 2


def test_it_works_without_a_memory_and_in_this_process(project):
    project.write("d.txt", "uno")
    project.set(executor="inline")
    project.note("A.md", "import kbtool\nprint(open(kbtool.data('d.txt')).read())")
    project.run()
    assert project.printed("A.md") == ["uno\n"]
    assert "KBTOOL_DATA" not in os.environ


def test_outside_of_a_block_it_looks_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("d.txt").write_text("")
    assert kbtool.data("d.txt") == tmp_path / "d.txt"
    with pytest.raises(FileNotFoundError, match="there is no"):
        kbtool.data("e.txt")


def test_a_linked_folder_in_a_declared_one_counts_and_circles_end(project):
    project.write("lejos/uno", "1")
    project.write("datos/dos", "1")
    (project.root / "datos" / "enlace").symlink_to(project.root / "lejos")
    (project.root / "lejos" / "vuelta").symlink_to(project.root / "datos")
    (project.root / "datos" / "nada").symlink_to("nada")
    project.note("A.md", "#| data: datos\nprint(1)")
    project.run()
    assert project.rerun() == set()
    project.write("lejos/uno", "2")
    assert project.rerun() == {"A.md"}
    project.write("lejos/sub/tres", "")
    assert project.rerun() == {"A.md"}


def test_a_pattern_declares_the_files_that_fit_it(project):
    project.write("datos/a.csv", "1")
    project.write("datos/a.txt", "1")
    project.note("A.md", "#| data: datos/*.csv\nprint(1)")
    project.run()
    project.write("datos/a.txt", "2")
    assert project.rerun() == set()
    project.write("datos/a.csv", "2")
    assert project.rerun() == {"A.md"}
    project.write("datos/b.csv", "1")
    assert not project.stands()
    assert project.rerun() == {"A.md"}


def test_a_name_with_brackets_is_a_name_where_there_is_such_a_file(project):
    project.write("a[1].csv", "1")
    project.note("A.md", "#| data: ['a[1].csv']\nprint(1)")
    project.run()
    project.write("a[1].csv", "2")
    assert project.rerun() == {"A.md"}
