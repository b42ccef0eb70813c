"""`kbtool export` and `run-note --format ipynb`, as typed."""

from __future__ import annotations

import json

import nbformat
import pytest

NOTE = "---\naliases: [La suma]\n---\n# Suma\n\n```python\n1 + 1\n```\n\n```output\n2\n```\n"


@pytest.fixture
def project(tmp_path, write):
    files = {"kbtool.toml": "[run]\nenabled = true\nexecutor = 'inline'\n", "vault/Suma.md": NOTE}
    return write(tmp_path / "project", files)


def outputs(data: str | bytes) -> list[list[str]]:
    notebook = json.loads(data)
    nbformat.validate(notebook)
    code = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    return [["".join(output["data"]["text/plain"]) for output in cell["outputs"]] for cell in code]


def test_a_note_is_written_beside_where_one_stands(kbtool, project):
    ran = kbtool("export", "La suma", cwd=project)
    assert (ran.status, ran.said) == (0, ["kbtool: wrote Suma.ipynb"])
    assert outputs((project / "Suma.ipynb").read_bytes()) == [["2"]]


def test_to_a_file_or_to_the_terminal(kbtool, project):
    assert kbtool("export", "Suma", "-o", "x.ipynb", cwd=project).status == 0
    printed = kbtool("export", "Suma", "-o", "-", cwd=project)
    assert printed.stdout.encode() == (project / "x.ipynb").read_bytes()
    assert kbtool("run-note", "Suma", "--format", "ipynb", cwd=project).stdout == printed.stdout


def test_a_note_that_does_not_exist_and_a_place_that_cannot_be_written(kbtool, project):
    ran = kbtool("export", "Sumo", cwd=project)
    assert ran.status == 2
    assert "did you mean 'Suma'?" in ran.stderr
    ran = kbtool("export", "Suma", "-o", "missing/x.ipynb", cwd=project)
    assert ran.status == 2
    assert "cannot be written" in ran.stderr


def test_a_wrong_output_is_told_and_the_notebook_has_the_real_one(kbtool, project):
    (project / "vault/Suma.md").write_text(NOTE.replace("\n2\n", "\n3\n"), "utf-8")
    ran = kbtool("export", "Suma", cwd=project)
    assert ran.status == 1
    assert "output-mismatch" in ran.stderr
    assert outputs((project / "Suma.ipynb").read_bytes()) == [["2"]]


def test_where_nothing_runs_cells_have_no_outputs(kbtool, tmp_path, write):
    vault = write(tmp_path / "Vault", {".obsidian/app.json": "{}", "Suma.md": NOTE})
    assert kbtool("export", "Suma", "-o", tmp_path / "x.ipynb", "-C", vault, cwd=tmp_path).status == 0
    assert outputs((tmp_path / "x.ipynb").read_bytes()) == [[]]
