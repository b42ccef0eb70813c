"""A vault without a config is only read: nothing runs, nothing in it is written, its plans are not faults."""

from __future__ import annotations

import hashlib

import pytest

pytestmark = pytest.mark.xdist_group("strangers-vault")

NOTES = {
    ".obsidian/app.json": "{}",
    "Notas sueltas.md": "# Notas sueltas\n\n[[Idea sin escribir]] y [[Otra idea]], y [[Plan]].\n",
    "Plan.md": """\
# Plan

```python
open('it-ran', 'w').close()
print('it' + 'ran')
```

`{python} 'in' + 'line'`
""",
}


def _state(root):
    files = sorted(path for path in root.rglob("*"))
    return [(p, p.stat().st_mtime_ns, hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "") for p in files]


@pytest.fixture(scope="module")
def built(kbtool, read_site, tmp_path_factory, write):
    folder = tmp_path_factory.mktemp("stranger")
    vault = write(folder / "Mi bóveda", NOTES)
    before = _state(vault)
    ran = kbtool("build", vault, cwd=folder)
    return ran, read_site(folder / "Mi bóveda-site"), before, _state(vault)


def test_the_build_succeeds(built):
    assert built[0].status == 0


def test_the_site_goes_beside_it(built):
    assert {"index.html", "notas-sueltas.html", "plan.html"} <= set(built[1].pages)


def test_not_a_byte_of_the_vault_changes(built):
    _, _, before, after = built
    assert before == after


def test_nothing_runs(built):
    ran, site, _, _ = built
    assert not any(b"itran" in data for data in site.files.values())
    assert "'in' + 'line'" in site.pages["plan.html"].text
    assert sum("run-disabled" in line for line in ran.said) == 1


def test_missing_notes_are_warnings_and_summed_up(built):
    ran, _, _, _ = built
    assert not any(" error " in line for line in ran.said)
    assert "Idea sin escribir" in ran.stderr


def test_a_link_to_a_missing_note_is_text_and_no_link(built):
    page = built[1].pages["notas-sueltas.html"]
    assert "Idea sin escribir" in page.text
    assert not any("idea" in reference for reference in page.references)


def test_check_succeeds_too(kbtool, tmp_path, write):
    vault = write(tmp_path / "V", NOTES)
    assert kbtool("check", vault, cwd=tmp_path).status == 0


def test_it_is_found_from_within_by_its_obsidian_folder(kbtool, tmp_path, write):
    vault = write(tmp_path / "V", {**NOTES, "sub/Deep.md": "[[Plan]]"})
    assert kbtool("check", cwd=vault / "sub").status == 0


def test_run_runs_it_for_once(kbtool, read_site, tmp_path, write):
    vault = write(tmp_path / "V", {"A.md": "```python\nprint('it' + 'ran')\n```\n"})
    assert kbtool("build", vault, "--run", cwd=tmp_path).status == 0
    assert "itran" in read_site(tmp_path / "V-site").pages["a.html"].text


def test_started_inside_the_vault_the_site_goes_beside_it(kbtool, read_site, tmp_path, write):
    vault = write(tmp_path / "V", {".obsidian/app.json": "{}", "Carpeta/A.md": "Hola.\n"})
    before = _state(vault)
    assert kbtool("build", cwd=vault / "Carpeta").status == 0
    assert "Hola." in read_site(tmp_path / "V-site").pages["carpeta/a.html"].text
    assert _state(vault) == before
