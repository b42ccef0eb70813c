"""Every command, option, code, key and property that exists is documented, and nothing else is."""

from __future__ import annotations

import re
import tomllib

import click
import pytest

from kbtool import config
from kbtool.cli import main
from kbtool.config import Config
from kbtool.diagnostics import CODES
from kbtool.note import BlockOptions


@pytest.fixture(scope="module")
def pages(repository):
    names = ("commands", "config", "diagnostics", "notes")
    return {name: (repository / "docs" / f"{name}.md").read_text("utf-8") for name in names}


def sections(page: str, marks: str) -> dict[str, str]:
    """The text under each heading of one level, by heading."""
    parts = re.split(rf"^{marks} (.+)$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def first_cells(page: str) -> list[list[str]]:
    """The `code` words in the first cell of each table row."""
    rows = re.findall(r"^\| ((?:`[^`]+`[, ]*)+) ?\|", page, flags=re.MULTILINE)
    return [re.findall(r"`([^`]+)`", row) for row in rows]


def _options(command: click.Command) -> set[str]:
    return {name for p in command.params if isinstance(p, click.Option) for name in (*p.opts, *p.secondary_opts)}


COMMON = {"-C", "--root", "-q", "--quiet", "-v", "--verbose", "--color"}


def _all_commands(group: click.Group) -> dict[str, click.Command]:
    """By what one types: `cache info` is a command, `cache` alone is none."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        within = _all_commands(command) if isinstance(command, click.Group) else {}
        found |= {f"{name} {inner}": it for inner, it in within.items()} or {name: command}
    return found


COMMANDS = _all_commands(main)
WORKING = {name: command for name, command in COMMANDS.items() if _options(command)}


def _section_of(page: str, command: str) -> str:
    (found,) = (text for heading, text in sections(page, "##").items() if heading.startswith(f"`kbtool {command}"))
    return found


def test_every_command_is_documented(pages):
    missing = [name for name in COMMANDS if f"`kbtool {name}" not in pages["commands"]]
    assert missing == []


def test_a_command_that_does_not_work_yet_is_said_not_to(pages):
    planned = sections(pages["commands"], "##")["Not yet"]
    assert sorted(re.findall(r"`kbtool (\S+)`", planned)) == sorted(set(COMMANDS) - set(WORKING))


@pytest.mark.parametrize("command", WORKING)
def test_every_option_of_a_command_is_documented(pages, command):
    section = _section_of(pages["commands"], command)
    missing = [name for name in _options(WORKING[command]) - COMMON if not re.search(rf"`{name}\b", section)]
    assert missing == []


@pytest.mark.parametrize("command", WORKING)
def test_no_option_is_documented_that_does_not_exist(pages, command):
    section = _section_of(pages["commands"], command)
    named = {words.split()[0] for row in first_cells(section) for words in row if words.startswith("-")}
    assert named - _options(WORKING[command]) == set()


def test_the_options_that_all_commands_share_are_documented(pages):
    assert all(_options(command) >= COMMON for command in WORKING.values())
    assert [name for name in COMMON if f"`{name}" not in pages["commands"]] == []


def test_exactly_the_diagnostic_codes_are_documented(pages):
    assert sorted(sections(pages["diagnostics"], "###")) == sorted(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_its_severity_an_example_and_a_cure(pages, code):
    section = sections(pages["diagnostics"], "###")[code]
    summary = CODES[code].summary.rstrip(".")
    assert section.lstrip().startswith(f"*{CODES[code].severity}*: {summary[0].lower()}{summary[1:]}") or (
        section.lstrip().startswith(f"*{CODES[code].severity}*: {summary}")
    )
    assert re.search(r"^`{3,4}\w+\n.+?^`{3,4}$", section, re.MULTILINE | re.DOTALL), "an example"
    assert re.search(r"^\*\*Cure:\*\* \S.{10,}", section, re.MULTILINE), "a cure"


def test_exactly_the_config_keys_are_documented(pages):
    documented = [row[0] for row in first_cells(sections(pages["config"], "##")["Keys"])]
    assert sorted(documented) == sorted(config.keys())


def test_the_documented_defaults_are_the_real_ones(pages, tmp_path):
    rows = re.findall(r"^\| `([\w.]+)` \| `([^`]+)` \|", pages["config"], flags=re.MULTILINE)
    assert len(rows) == len(config.keys())
    lines: dict[str, list[str]] = {}
    for key, value in rows:
        section, _, name = key.rpartition(".")
        lines.setdefault(section, []).append(f"{name} = {value}")
    text = "".join((f"[{s}]\n" if s else "") + "\n".join(items) + "\n" for s, items in sorted(lines.items()))
    (tmp_path / config.FILE_NAME).write_text(text, "utf-8")
    loaded, faults = config.load(tmp_path / config.FILE_NAME)
    assert faults == ()
    assert loaded == Config(vault=tmp_path / "vault", site=tmp_path / "site", root=tmp_path)


def test_the_example_config_is_right(pages, tmp_path):
    (example,) = re.findall(r"```toml\n(.*?)```", pages["config"], re.DOTALL)
    (tmp_path / config.FILE_NAME).write_text(example, "utf-8")
    assert tomllib.loads(example)["run"]["enabled"] is True
    assert config.load(tmp_path / config.FILE_NAME)[1] == ()


def test_exactly_the_block_options_are_documented(pages):
    documented = [row[0] for row in first_cells(sections(pages["notes"], "##")["Options of a block"])]
    assert sorted(documented) == sorted(name.replace("_", "-") for name in BlockOptions._fields)


def _verdicts(page: str) -> list[tuple[str, str, str]]:
    table = sections(page, "##")["When an output agrees"]
    return re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| (agrees|rounding|mismatch)", table, flags=re.MULTILINE)


def test_the_examples_of_agreement_are_true(pages):
    from kbtool.run.compare import compare

    shown = _verdicts(pages["notes"])
    assert {verdict for _, _, verdict in shown} == {"agrees", "rounding", "mismatch"}
    real = {"identical": "agrees", "ok": "agrees"}
    for documented, actual, verdict in shown:
        found = compare(documented, actual).verdict
        assert real.get(found, found) == verdict, (documented, actual)
