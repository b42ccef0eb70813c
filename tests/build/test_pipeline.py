"""The pipeline as its callers see it: which config counts, what runs in which order, how much a fault weighs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kbtool import build
from kbtool.config import Config, RunConfig
from kbtool.diagnostics import Severity
from kbtool.project import UsageError, Wishes, configure
from kbtool.run.results import Status

# Blocks run in this process here: what is tested is the order and the choice of notes, not their isolation.
RUNNING = RunConfig(enabled=True, executor="inline")


@pytest.fixture
def project(tmp_path, write):
    def make(notes, **settings):
        write(tmp_path / "vault", notes)
        settings.setdefault("run", RUNNING)
        return Config(vault=tmp_path / "vault", site=tmp_path / "site", root=tmp_path, **settings)

    return make


def codes(checked):
    return [(d.path, d.line, d.code, str(d.severity)) for d in checked.diagnostics if d.code != "orphan-note"]


# ---------------------------------------------------------------- which config counts


def test_the_config_above_the_folder_counts(tmp_path, write):
    write(tmp_path, {"kbtool.toml": 'vault = "notas"\ntitle = "Cuaderno"', "notas/deep/A.md": ""})
    config, faults = configure(tmp_path / "notas" / "deep", None, None, None)
    assert (config.title, config.vault, faults) == ("Cuaderno", tmp_path / "notas", ())


def test_a_vault_named_on_the_command_line_that_the_config_does_not_name_is_a_strangers(tmp_path, write):
    write(tmp_path, {"kbtool.toml": 'vault = "notas"\n[run]\nenabled = true', "notas/A.md": "", "otra/B.md": ""})
    config, _ = configure(tmp_path, Path("otra"), None, None)
    assert (config.has_file, config.run.enabled) == (False, False)
    assert (config.vault, config.site) == (tmp_path / "otra", tmp_path / "otra-site")


def test_the_configs_own_vault_may_be_named_too(tmp_path, write):
    write(tmp_path, {"kbtool.toml": 'vault = "notas"', "notas/A.md": ""})
    config, _ = configure(tmp_path, Path("notas"), Path("fuera"), "https://example.org")
    assert (config.has_file, config.site, config.base_url) == (True, tmp_path / "fuera", "https://example.org")


def test_without_config_the_obsidian_vault_around_is_taken(tmp_path, write):
    write(tmp_path, {"bóveda/.obsidian/app.json": "{}", "bóveda/dentro/A.md": ""})
    config, _ = configure(tmp_path / "bóveda" / "dentro", None, None, None)
    assert config.vault == tmp_path / "bóveda"


def test_a_folder_that_is_not_there_is_the_persons_to_mend(tmp_path):
    with pytest.raises(UsageError, match="no vault at"):
        configure(tmp_path, Path("nada"), None, None)


# ---------------------------------------------------------------- what runs


def test_a_required_note_runs_first_and_hands_its_state_on(project):
    config = project(
        {
            "A.md": '---\nrequires: ["[[Z]]"]\n---\n```python\nx + 1\n```\n```output\n42\n```\n',
            "Z.md": "```python\nx = 41\n```\n",
        }
    )
    checked = build.check(config, Wishes())
    assert [b.status for b in checked.results["A.md"].blocks] == [Status.VERIFIED]
    assert codes(checked) == []


def test_notes_that_require_each_other_are_told_and_not_run(project):
    config = project(
        {
            "A.md": '---\nrequires: ["[[B]]"]\n---\n```python\n1\n```\n',
            "B.md": '---\ntags: [x]\nrequires: "[[A]]"\n---\n```python\n2\n```\n',
            "C.md": "```python\n3\n```\n",
        }
    )
    checked = build.check(config, Wishes())
    assert codes(checked) == [("A.md", 2, "requires-cycle", "error")]
    assert sorted(checked.results) == ["C.md"]


def test_an_unpublished_note_runs_only_where_a_published_one_requires_it(project):
    config = project(
        {
            "Borrador.md": "---\ndraft: true\n---\n```python\n1 / 0\n```\n",
            "Base.md": "---\npublish: false\n---\n```python\ny = 2\n```\n",
            "A.md": '---\nrequires: ["[[Base]]"]\n---\n```python\ny\n```\n',
        }
    )
    assert sorted(build.check(config, Wishes()).results) == ["A.md", "Base.md"]


def test_blocks_that_were_left_alone_are_counted_once(project):
    config = project(
        {"A.md": "```python\n1\n```\n\n```python\n2\n```\n", "B.md": "```python\n3\n```\n"}, run=RunConfig()
    )
    checked = build.check(config, Wishes())
    assert [d.message for d in checked.diagnostics if d.code == "run-disabled"] == [
        "3 Python blocks in 2 notes were left alone"
    ]


def test_saying_no_run_is_not_reported_as_if_it_were_an_oversight(project):
    config = project({"A.md": "```python\n1\n```\n"}, run=RunConfig())
    assert codes(build.check(config, Wishes(run=False))) == []


def test_a_note_is_run_by_any_of_its_names(project):
    config = project({"Conceptos/Tokenizacion.md": "---\naliases: [Trocear]\n---\n```python\n7\n```\n"})
    names = ["Tokenizacion", "tokenización", "Trocear", "Conceptos/Tokenizacion.md", "[[Tokenizacion]]"]
    assert {build.run_note(config, name, Wishes(run=True)).path for name in names} == {"Conceptos/Tokenizacion.md"}


def test_a_note_that_is_not_there_is_told_with_the_nearest_name(project):
    config = project({"Embeddings.md": ""})
    with pytest.raises(UsageError, match="no note is called 'Embedings'; did you mean 'Embeddings'"):
        build.run_note(config, "Embedings", Wishes(run=True))


# ---------------------------------------------------------------- how much a fault weighs


def test_links_are_faults_where_there_is_a_config_and_plans_where_there_is_none(project, tmp_path):
    config = project({"A.md": "[[Nada]]"})
    stranger = Config(vault=tmp_path / "vault", site=tmp_path / "site")
    assert codes(build.check(config, Wishes())) == [("A.md", 1, "broken-link", "error")]
    assert codes(build.check(stranger, Wishes())) == [("A.md", 1, "broken-link", "warning")]


def test_what_running_found_weighs_the_same_in_a_strangers_vault(project, tmp_path):
    project({"A.md": "```python\n1 / 0\n```\n"})
    stranger = Config(vault=tmp_path / "vault", site=tmp_path / "site", run=RunConfig(executor="inline"))
    assert codes(build.check(stranger, Wishes(run=True))) == [("A.md", 2, "block-error", "error")]


def test_the_config_may_change_a_severity_or_silence_a_code(project):
    wishes = {"broken-link": Severity.INFO, "broken-embed": Severity.OFF}
    config = project({"A.md": "[[Nada]] ![[Nadie]]"}, diagnostics=wishes)
    assert codes(build.check(config, Wishes())) == [("A.md", 1, "broken-link", "info")]


def test_templates_and_excluded_notes_are_not_judged(project):
    config = project(
        {
            ".obsidian/app.json": '{"userIgnoreFilters": ["Viejo/"]}',
            ".obsidian/templates.json": '{"folder": "Moldes"}',
            "Moldes/Nota.md": "[[{{title}} anterior]]",
            "Viejo/Nota.md": "[[Nada]]",
            "A.md": "[[Nada]]",
        }
    )
    assert codes(build.check(config, Wishes())) == [("A.md", 1, "broken-link", "error")]


def test_check_and_build_find_the_same(project):
    config = project({"A.md": "![[B]]\n\n$\\nope{$", "B.md": "![[A]] [[Nada]]\n\n```python\n1 / 0\n```\n"})
    found = build.check(config, Wishes()).diagnostics
    assert {d.code for d in found} >= {"embed-cycle", "bad-math", "broken-link", "block-error"}
    assert build.build(config, Wishes()).diagnostics == found


def test_plugin_content_is_told_once_a_plugin_with_a_count(project):
    query = "```dataview\nLIST\n```\n"
    config = project({"B.md": query * 2, "A.md": "texto\n\n" + query})
    found = [d for d in build.check(config, Wishes()).diagnostics if d.code == "plugin-content"]
    assert [(d.path, d.line, d.message) for d in found] == [
        ("A.md", 3, "content of the plugin dataview: 3 times in 2 notes")
    ]
