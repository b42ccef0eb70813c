"""What the documents tell a reader to type exists, and where they lead is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

from kbtool.cli import main

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/commands.md", "docs/config.md", "docs/design.md",
             "docs/diagnostics.md", "docs/notes.md")  # fmt: skip


def _commands_named(text: str) -> set[str]:
    return set(re.findall(r"\bkbtool ((?!COMMAND)[a-z][a-z-]+)(?=[\s`])", "\n".join(_code(text))))


def _code(text: str) -> list[str]:
    fences = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)
    return [*fences, *indented, *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)]


@pytest.fixture(params=DOCUMENTS)
def document(request, repository):
    return repository / request.param


def test_the_commands_it_names_exist(document):
    assert _commands_named(document.read_text("utf-8")) - set(main.commands) == set()


def test_the_targets_of_make_it_names_exist(document, repository):
    makefile = (repository / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {m for code in _code(document.read_text("utf-8")) for m in re.findall(r"\bmake ([a-z]+)", code)}
    assert named - targets == set()


def _anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower())
    return kept.replace(" ", "-")


def _anchors(file: Path) -> set[str]:
    return set(map(_anchor, re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)))


def test_its_links_lead_somewhere(document):
    prose = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    dead = []
    for target in re.findall(r"(?<!`)\]\(([^)\s]+)\)", re.sub(r"`[^`\n]+`", "", prose)):
        if "://" in target:
            continue
        path, _, fragment = unquote(target).partition("#")
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (fragment and fragment not in _anchors(file)):
            dead.append(target)
    assert dead == []


def test_the_readme_names_the_setup_and_the_daily_commands(repository):
    readme = (repository / "README.md").read_text("utf-8")
    assert all(f"make {target}" in readme for target in ("site", "test"))
    assert {"build", "run-note", "check"} <= _commands_named(readme)


def test_make_without_a_target_lists_them_all(repository):
    listed = subprocess.run(["make"], cwd=repository, capture_output=True, text=True, check=True).stdout
    makefile = (repository / "Makefile").read_text("utf-8")
    declared = re.search(r"^\.PHONY: (help .*)$", makefile, re.MULTILINE)
    assert declared is not None
    assert re.findall(r"make (\w+)", listed) == declared[1].split()
    assert len(declared[1].split()) <= 15


def test_nothing_speaks_of_the_machine_it_was_made_on(repository):
    files = [
        *repository.glob("*.md"),
        *repository.glob("docs/*.md"),
        *repository.glob("kbtool/**/*.py"),
        repository / "Makefile",
    ]
    place = re.compile(r"/work/|/root/|/home/\w+/")
    assert [str(file) for file in files if place.search(file.read_text("utf-8"))] == []
