"""What runs no block imports none of the heavy packages, and works where they are not installed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAVY = ("torch", "tiktoken", "numpy", "matplotlib")
SLOW_TO_START = ("rich", "jinja2", "pygments", "yaml", "frontmatter", "markdown_it", "nbformat", "starlette", "uvicorn")

# Loaded by every Python process that finds it first, so by forked, spawned and confined workers too, whose environment
# is not ours: what it needs to know stands in its text.
RECORDER = """
import sys

class Recorder:
    def find_spec(self, name, path=None, target=None):
        if name in {names!r}:
            with open({record!r}, "a") as record:
                record.write(name + "\\n")
            if {refuse!r}:
                raise ModuleNotFoundError("No module named " + repr(name), name=name)
        return None

sys.meta_path.insert(0, Recorder())
"""

NOTES = {
    "kbtool.toml": "[run]\nenabled = true\n",
    "vault/Note.md": """\
---
tags: [a]
---
# Note

See [[Other]] and $x^2$.

```python
import torch
```

`{python} 1`
""",
    "vault/Other.md": "> [!note] Title\n> ![[Note]]\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "vault/Map.canvas": '{"nodes": [{"id": "1", "type": "text", "text": "", "x": 0, "y": 0, "width": 9, "height": 9}]}',
    "vault/All.base": "views:\n  - type: table\n    name: All\n",
}


@pytest.fixture
def recorded(tmp_path, repository, write):
    """A function that gives an environment in which imports are recorded, and one that reads the record."""
    record = tmp_path / "record"

    def environment(names, *, refuse=False):
        hook = RECORDER.format(names=tuple(names), record=str(record), refuse=refuse)
        write(tmp_path / "hook", {"sitecustomize.py": hook})
        paths = [str(tmp_path / "hook"), str(repository), os.environ.get("PYTHONPATH", "")]
        return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}

    return environment, lambda: sorted(set(record.read_text().split())) if record.exists() else []


@pytest.mark.parametrize("package", HEAVY)
def test_the_recorder_sees_an_import(recorded, package):
    environment, names = recorded
    program = f"try:\n import {package}\nexcept ImportError: pass"
    subprocess.run([sys.executable, "-c", program], env=environment(HEAVY, refuse=True), check=True)
    assert names() == [package]


@pytest.mark.parametrize(
    "command",
    [["--help"], ["build", "--help"], ["build", "--no-run"], ["check", "--no-run"], ["inspect"]],
    ids=" ".join,
)
def test_a_command_that_runs_no_block_works_without_the_heavy_packages(command, kbtool, recorded, tmp_path, write):
    environment, names = recorded
    project = write(tmp_path / "project", NOTES)
    ran = kbtool(*command, cwd=project, env=environment(HEAVY, refuse=True))
    assert names() == []
    assert ran.status == 0, ran.stderr


def test_a_vault_that_runs_nothing_is_built_without_the_heavy_packages(kbtool, recorded, tmp_path, write):
    environment, names = recorded
    vault = write(tmp_path / "stranger", {"A.md": "```python\nprint(1)\n```\n", ".obsidian/app.json": "{}"})
    ran = kbtool("build", vault, cwd=tmp_path, env=environment(HEAVY, refuse=True))
    assert names() == []
    assert ran.status == 0, ran.stderr


def test_help_imports_nothing_that_is_slow_to_start(kbtool, recorded, tmp_path):
    environment, names = recorded
    ran = kbtool("--help", cwd=tmp_path, env=environment((*SLOW_TO_START, *HEAVY)))
    assert ran.status == 0
    assert names() == []


def test_run_note_says_which_package_is_missing_and_how_to_get_it(kbtool, recorded, tmp_path, write):
    environment, _ = recorded
    project = write(tmp_path / "project", NOTES)
    ran = kbtool("run-note", "Note", cwd=project, env=environment(HEAVY, refuse=True))
    assert ran.status != 0
    assert "torch" in "\n".join(ran.said)
    assert "pip install" in "\n".join(ran.said)
    assert "cli.py" not in ran.stderr  # the traceback is the note's, not kbtool's
