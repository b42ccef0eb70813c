"""Each promise to the owner of a vault that has no config, with the smallest vault that would show it broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kbtool import build as pipeline
from kbtool import vault
from kbtool.config import Config
from kbtool.project import Wishes

pytestmark = pytest.mark.xdist_group("strangers-sentences")


def files(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_missing_notes_are_summed_up_and_the_ten_most_wanted_named(kbtool, tmp_path, write):
    wanted = {f"Plan {n}": 20 - n for n in range(12)}
    links = "".join(f"[[{name}]] " * times for name, times in wanted.items())
    write(tmp_path / "V", {"A.md": links, "B.md": "[[A]]"})
    ran = kbtool("build", "V", cwd=tmp_path)
    (line,) = [line for line in ran.said if "most wanted" in line]
    assert f"{sum(wanted.values())} links to 12 missing notes" in line
    named = [name for name in wanted if f"{name} (" in line]
    assert named == [f"Plan {n}" for n in range(10)]
    assert ran.status == 0


def test_every_missing_note_is_told_to_who_asks(kbtool, tmp_path, write):
    write(tmp_path / "V", {"A.md": "[[X]]\n[[Y]]\n"})
    said = kbtool("check", "V", "-v", cwd=tmp_path).said
    assert [line.partition(": ")[0] for line in said if "broken-link" in line] == ["V/A.md:1:1", "V/A.md:2:1"]


def test_with_a_config_the_same_links_are_errors_and_a_baseline_forgives_the_old_ones(kbtool, tmp_path, write):
    write(tmp_path, {"kbtool.toml": "", "vault/A.md": "[[X]]\n"})
    assert kbtool("check", cwd=tmp_path).status == 1
    assert kbtool("check", "--baseline", "known.json", cwd=tmp_path).status == 0
    write(tmp_path, {"vault/A.md": "Nuevo párrafo.\n\n[[X]] y [[Y]]\n"})
    ran = kbtool("check", "--baseline", "known.json", cwd=tmp_path)
    assert ran.status == 1
    assert [line for line in ran.stdout.splitlines() if "broken-link" in line] == [
        "vault/A.md:3:9: error broken-link: no note is called 'Y'"
    ]


@pytest.mark.parametrize("given", ["V", "V/", "./V", "sub/../V"])
def test_the_site_goes_to_a_folder_named_after_the_vault_where_one_stands(kbtool, tmp_path, write, given):
    write(tmp_path, {"V/A.md": "x", "sub/x": ""})
    assert kbtool("build", given, cwd=tmp_path).status == 0
    assert (tmp_path / "V-site" / "a.html").is_file()


def test_from_within_the_vault_a_place_in_it_is_refused(kbtool, tmp_path, write):
    root = write(tmp_path / "V", {"A.md": "x", ".obsidian/app.json": "{}"})
    ran = kbtool("build", "-o", "site", cwd=root)
    assert ran.status == 2
    assert "-o" in ran.stderr
    assert sorted(files(root)) == [".obsidian/app.json", "A.md"]
    assert kbtool("build", cwd=root).status == 0
    assert sorted(files(root)) == [".obsidian/app.json", "A.md"]


def test_running_it_once_leaves_nothing_in_it(kbtool, tmp_path, write):
    code = "```python\nopen('deje-esto', 'w').close()\nprint(1)\n```\n"
    root = write(tmp_path / "V", {"A.md": code, "sub/B.md": code, "m.py": "x = 1"})
    before = files(root)
    kbtool("build", "V", "--run", cwd=tmp_path)
    assert files(root) == before


def test_the_config_can_publish_what_obsidian_excludes(kbtool, tmp_path, read_site, write):
    notes = {
        "vault/.obsidian/app.json": '{"userIgnoreFilters": ["Viejo/"]}',
        "vault/Viejo/a.md": "zqviejo",
        "vault/b.md": "",
    }
    write(tmp_path, {"kbtool.toml": "", **notes})
    kbtool("build", cwd=tmp_path)
    assert "viejo/a.html" not in read_site(tmp_path / "site").pages
    write(tmp_path, {"kbtool.toml": "[publish]\nexcluded = true\n"})
    kbtool("build", cwd=tmp_path)
    assert "zqviejo" in read_site(tmp_path / "site").pages["viejo/a.html"].text


PLUGINS = {
    "dataview": "```dataview\nTABLE file.name FROM #zqsource\n```\n",
    "tasks": "```tasks\nnot done zqsource\n```\n",
    "Templater": "Hoy es <% zqsource.now() %>\n",
    "excalidraw": "---\nexcalidraw-plugin: parsed\n---\n# zqsource\n",
    "kanban": "---\nkanban-plugin: board\n---\n## zqsource\n\n- [ ] uno\n",
}


def build(folder, vault):
    return pipeline.build(Config(vault=vault, site=folder / "S", title="V"), Wishes())


@pytest.mark.parametrize("plugin", PLUGINS)
def test_content_of_plugins_is_a_labelled_box_and_one_info(tmp_path, read_site, write, plugin):
    built = build(tmp_path, write(tmp_path / "V", {"A.md": PLUGINS[plugin]}))
    assert "zqsource" in read_site(built.site).pages["a.html"].html
    (info,) = [d for d in built.diagnostics if d.code == "plugin-content"]
    assert info.severity == "info"
    assert plugin.lower() in info.message.lower()


def test_the_source_of_a_query_is_folded(tmp_path, read_site, write):
    built = build(tmp_path, write(tmp_path / "V", {"A.md": PLUGINS["dataview"]}))
    html = read_site(built.site).pages["a.html"].html
    box = html[html.rindex("<details", 0, html.index("zqsource")) :].partition("</details>")[0]
    assert "zqsource" in box
    assert "dataview" in box.lower()
    assert " open" not in box.partition(">")[0]


def test_of_two_notes_with_one_url_the_first_keeps_it_and_the_next_is_told(kbtool, tmp_path, read_site, write):
    write(tmp_path / "V", {"Ñu.md": "uno [[nu]]", "nu.md": "dos [[Ñu]]"})
    ran = kbtool("build", "V", cwd=tmp_path)
    site = read_site(tmp_path / "V-site")
    assert "dos" in site.pages["nu.html"].text
    assert "uno" in site.pages["nu-2.html"].text
    assert "nu.html" in site.pages["nu-2.html"].references
    assert [line for line in ran.said if "page-collision" in line and "V/Ñu.md" in line]


@pytest.mark.parametrize("name", ["app.json", "templates.json", "plugins/templater-obsidian/data.json"])
@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"null", b"\xff\xfe", b'{"folder": 3, "userIgnoreFilters": "x"}', b"[" * 9999]
)
def test_damaged_settings_are_obsidians_defaults(tmp_path, write, name, content):
    write(tmp_path / "V", {f".obsidian/{name}": content, "A.md": "x"})
    read = vault.read(tmp_path / "V")
    assert (read.settings.strict_line_breaks, read.settings.templates, read.excluded) == (False, (), frozenset())
    assert all(d.severity == "warning" for d in read.diagnostics)


def bound(*arguments, cwd, home):
    """kbtool as a person who may not read everything, even where the tests are run by root."""
    command = [sys.executable, "-m", "kbtool", *map(str, arguments)]
    if os.geteuid() == 0:
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", *command]
    repository = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": repository, "HOME": str(home)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(os.name != "posix", reason="needs permissions of POSIX")
@pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0 and not shutil.which("setpriv"), reason="root reads all"
)
def test_what_cannot_be_read_is_told_and_the_rest_is_built(tmp_path, read_site, write):
    root = write(tmp_path / "V", {"A.md": "[[B]] ![[i.png]]", "B.md": "x", "cerrada/C.md": "x", "i.png": b"x"})
    closed = [root / "B.md", root / "cerrada", root / "i.png"]
    for path in closed:
        path.chmod(0)
    try:
        ran = bound("build", "V", cwd=tmp_path, home=tmp_path)
        fixed = bound("check", "V", "--fix", cwd=tmp_path, home=tmp_path)
    finally:
        for path in closed:
            path.chmod(0o755)
    assert (ran.returncode, fixed.returncode) == (0, 0), ran.stderr + fixed.stderr
    assert "Traceback" not in ran.stderr + fixed.stderr
    told = {line.partition(":")[0] for line in ran.stderr.splitlines() if " unreadable:" in line}
    assert told == {"V/B.md", "V/cerrada", "V/i.png"}
    assert {"a.html", "b.html"} <= set(read_site(tmp_path / "V-site").pages)
