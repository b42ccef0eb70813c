"""The exit status tells scripts what happened: 0, 1, 2 or 130."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

CONFIG = "[run]\nenabled = true\n"


def test_a_clean_vault_gives_0(kbtool, tmp_path, write):
    project = write(tmp_path, {"kbtool.toml": "", "vault/A.md": "[[B]]", "vault/B.md": "[[A]]"})
    assert kbtool("build", cwd=project).status == 0
    assert kbtool("check", cwd=project).status == 0


def test_an_error_gives_1(kbtool, tmp_path, write):
    project = write(tmp_path, {"kbtool.toml": "", "vault/A.md": "[[Nowhere]]"})
    assert kbtool("build", cwd=project).status == 1
    assert kbtool("check", cwd=project).status == 1


def test_a_warning_gives_0_and_under_strict_1(kbtool, tmp_path, write):
    severity = '[diagnostics]\nbroken-link = "warning"\n'
    project = write(tmp_path, {"kbtool.toml": severity, "vault/A.md": "[[Nowhere]]"})
    assert kbtool("check", cwd=project).status == 0
    assert kbtool("check", "--strict", cwd=project).status == 1
    assert kbtool("build", "--strict", cwd=project).status == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["biuld"],
        ["build", "--no-such-option"],
        ["build", "--jobs", "many"],
        ["build", "no-such-folder"],
        ["check", "--format", "xml"],
        ["run-note", "No such note"],
        ["run-note"],
        ["serve"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_bad_usage_gives_2_and_one_sentence(kbtool, tmp_path, write, arguments):
    project = write(tmp_path, {"kbtool.toml": "", "vault/A.md": "[[A]]"})
    ran = kbtool(*arguments, cwd=project)
    assert ran.status == 2
    assert ran.stdout == ""
    assert "Traceback" not in ran.stderr
    assert ran.stderr.strip()


def test_a_command_that_was_meant_is_proposed(kbtool, tmp_path):
    assert "'build'" in kbtool("biuld", cwd=tmp_path).stderr


@pytest.mark.parametrize(
    ("config", "named"),
    [("[run]\ntimout = 2\n", "run.timeout"), ("[run]\ntimeout = 'soon'\n", "run.timeout"), ("vault = [\n", "TOML")],
)
def test_a_bad_config_gives_2_and_names_the_key(kbtool, tmp_path, write, config, named):
    project = write(tmp_path, {"kbtool.toml": config, "vault/A.md": ""})
    ran = kbtool("check", cwd=project)
    assert ran.status == 2
    assert named in ran.stderr
    assert "kbtool.toml:2" in ran.stderr or "TOML" in named


def test_no_vault_anywhere_gives_2_and_says_what_to_do(kbtool, tmp_path):
    ran = kbtool("build", cwd=tmp_path)
    assert ran.status == 2
    assert "kbtool.toml" in ran.stderr


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_an_interrupt_gives_130_soon_and_leaves_no_process(kbtool, orphans, tmp_path, write):
    project = write(tmp_path, {"kbtool.toml": CONFIG, "vault/A.md": "```python\nwhile True: pass\n```\n"})
    command = kbtool.start("build", cwd=project)
    deadline = time.monotonic() + 60
    while not _children(command.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    os.killpg(command.pid, signal.SIGINT)  # as a terminal does on Ctrl-C: the whole group hears it
    _, stderr = command.communicate(timeout=30)
    assert command.returncode == 130
    assert "Traceback" not in stderr
    assert orphans() == set()
