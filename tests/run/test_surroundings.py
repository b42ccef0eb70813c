"""What a note finds around it, and what importing the package costs those who run nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from run_support import job, python

import kbtool
from kbtool.run import run
from kbtool.run.devices import choose
from kbtool.run.environment import child_environment


def test_the_environment_is_a_fixed_list_and_what_was_asked_for(settings, monkeypatch):
    monkeypatch.setenv("SECRETO", "s")
    monkeypatch.setenv("PERMITIDO", "p")
    source = "import os\nprint(os.environ.get('SECRETO'), os.environ.get('PERMITIDO'), os.environ['PYTHONHASHSEED'])"
    results = run([job("A.md", python(source))], replace(settings, env=("PERMITIDO", "NO_ESTA")))
    assert results["A.md"].blocks[0].stdout == "None p 0\n"


def test_the_environment_of_children_names_where_kbtool_is():
    found = child_environment((), {"PATH": "/bin", "SECRETO": "s", "PYTHONPATH": "/otra"})
    assert "SECRETO" not in found
    assert found["PYTHONPATH"].split(os.pathsep) == [str(Path(kbtool.__file__).parent.parent), "/otra"]


def test_each_note_has_an_empty_folder_of_its_own(fork):
    source = "import os, tempfile\nopen('a', 'w').close()\nprint(os.listdir(), tempfile.gettempdir() == os.getcwd())"
    first, second = job("A.md", python(source)), job("B.md", python(source), requires=("A.md",))
    results = fork(first, second)
    assert [results[n].blocks[0].stdout for n in ("A.md", "B.md")] == ["['a'] True\n"] * 2


def test_a_note_is_the_main_program(fork):
    source = "import pickle, sys\nclass C: pass\npickle.loads(pickle.dumps(C())).__class__ is C, __name__, sys.argv"
    assert fork.blocks(job("N.md", python(source)))[0].value == "(True, '__main__', ['N.md'])"


def test_it_finds_low_descriptors_free_and_nothing_of_ours_in_programs_that_it_starts(fork):
    source = """
    import os, subprocess
    print(os.open(os.devnull, 0) < 10)
    print(subprocess.run(["ls", "/proc/self/fd"], capture_output=True, text=True, close_fds=False).stdout.split())
    """
    lines = fork.blocks(job("A.md", python(source)))[0].stdout.splitlines()
    assert lines[0] == "True"
    assert len(lines[1].split()) <= 5


@pytest.mark.parametrize(
    ("wish", "devices", "device"),
    [
        ("", ("cpu",), "cpu"),
        ("cpu", ("cpu", "cuda"), "cpu"),
        ("auto", ("cpu", "cuda", "cuda:0"), "cuda"),
        ("auto", ("cpu", "mps"), "mps"),
        ("auto", ("cpu",), "cpu"),
        ("cuda", ("cpu", "mps"), None),
        ("cuda:1", ("cpu", "cuda", "cuda:0"), None),
    ],
)
def test_what_a_wish_for_a_device_comes_to(wish, devices, device):
    assert choose(wish, devices) == device


def test_outside_of_a_block_the_device_is_the_cpu():
    assert kbtool.device() == "cpu"


@pytest.mark.parametrize("module", ["kbtool", "kbtool.run", "kbtool.run.fork", "kbtool.run.verdict"])
def test_the_side_of_the_build_imports_nothing_heavy(module):
    heavy = "{'torch', 'numpy', 'matplotlib', 'tiktoken', 'markdown_it', 'rich', 'jinja2', 'yaml'}"
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=child_environment(())
    )
    assert done.stdout == "[]\n"


def test_the_server_imports_nothing_of_the_vaults_side():
    mine = "[name for name in sys.modules if name.startswith('kbtool') and '.run' not in name]"
    code = f"import sys, kbtool.run.server; print({mine})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=child_environment(())
    )
    assert done.stdout == "['kbtool']\n"


def test_where_no_note_wants_a_package_none_is_imported(settings):
    source = "import sys\nprint('torch' in sys.modules)"
    results = run([job("A.md", python(source))], replace(settings, preload=("torch",)))
    assert results["A.md"].blocks[0].stdout == "False\n"
