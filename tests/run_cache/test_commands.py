"""What the commands say of stored results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kbtool.cli import main

NOTE = """# A
```python
x = int(open({path!r}).read())
print(x)
```
```output
3
```

Son `{{python}} x + 1`.
"""


def note() -> str:
    return NOTE.format(path=str(Path("d.txt").resolve()))


@pytest.fixture(autouse=True)
def _vault(tmp_path, monkeypatch):
    """A project with a file and two notes, of which one requires the other."""
    monkeypatch.setenv("KBTOOL_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    Path("kbtool.toml").write_text("[run]\nenabled = true\n")
    Path("d.txt").write_text("3")
    Path("vault").mkdir()
    Path("vault/A.md").write_text(note())
    Path("vault/B.md").write_text("---\nrequires: ['[[A]]']\n---\n```python\nprint(x * 2)\n```\n")


def kbtool(*arguments: str, status: int = 0) -> Result:
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == status, result.output
    return result


def report() -> dict[str, str]:
    kbtool("build", "--report", "report.json")
    blocks = json.loads(Path("report.json").read_text())["blocks"]
    return {block["note"]: block["how"] for block in blocks}


def test_a_build_tells_what_ran_and_what_came_from_the_store():
    assert "2 blocks: 1 verified, 1 ran" in kbtool("build").stderr
    assert report() == {"A.md": "cached", "B.md": "cached"}
    assert "2 blocks (2 cached): 1 verified, 1 ran" in kbtool("build").stderr
    Path("vault/B.md").write_text(Path("vault/B.md").read_text().replace("* 2", "* 3"))
    assert "2 blocks (1 replayed, 1 ran): 1 verified, 1 ran" in kbtool("build").stderr
    Path("vault/C.md").write_text("nada")
    assert report() == {"A.md": "cached", "B.md": "cached"}


def test_the_same_site_comes_of_stored_results():
    kbtool("build")
    before = {path: path.read_bytes() for path in Path("site").rglob("*.html")}
    kbtool("build", "-o", "other")
    assert before
    assert {path: Path("other", path.relative_to("site")).read_bytes() for path in before} == before


def test_run_note_uses_the_store_unless_told_otherwise():
    kbtool("build")
    assert "cached" in kbtool("run-note", "B").stderr
    again = kbtool("run-note", "B", "--no-cache").stderr
    assert "cached" not in again
    assert "6" in again


def test_cache_info_tells_why_a_block_would_run_again():
    assert "block 1, line 3: would run: it has never run" in kbtool("cache", "info", "A").output
    kbtool("build")
    assert "block 1, line 3: remembered, from 2" in kbtool("cache", "info", "a").output
    Path("d.txt").write_text("4")
    lines = kbtool("cache", "info", "[[A]]").output.splitlines()
    assert lines == [
        "A.md",
        "  block 1, line 3: would run: the file d.txt changed",
        "  inline value 1, line 10: would run: what stands before it would run again",
    ]
    assert "would run: [[A]], which it requires, would run again" in kbtool("cache", "info", "B").output
    Path("d.txt").write_text("3")
    Path("vault/A.md").write_text(note().replace("print(x)", "print(x, 1)"))
    assert "would run: its source changed" in kbtool("cache", "info", "A").output
    Path("vault/A.md").write_text(note().replace("```python\n", "```python\n#| device: cpu\n#| warning: false\n"))
    assert "would run: its options changed" in kbtool("cache", "info", "A").output


def test_cache_info_of_a_note_that_is_not_there():
    assert "no note is called 'Z'" in kbtool("cache", "info", "Z", status=2).output


def test_cache_info_of_a_note_that_does_not_run():
    Path("vault/A.md").write_text(note().replace("# A", "---\nrun: false\n---", 1))
    assert "block 1, line 5: does not run: the note says `run: false`" in kbtool("cache", "info", "A").output
    assert "'A.md', which it requires, did not come" in kbtool("cache", "info", "B").output


def test_cache_info_of_a_note_without_blocks():
    Path("vault/C.md").write_text("nada")
    assert kbtool("cache", "info", "C").output == "C.md has no Python blocks\n"


def test_check_twice_finds_what_gives_something_else_each_time():
    block = "```python\nprint('bien')\nimport time\nprint(time.time_ns())\n```\n"
    Path("vault/C.md").write_text(block + "\n`{python} time.time_ns()`\n")
    assert "nondeterministic" not in kbtool("check").output
    found = json.loads(kbtool("check", "--twice", "--format", "json", status=1).stdout)["diagnostics"]
    assert [(d["code"], d["path"], d["line"]) for d in found if d["code"] == "nondeterministic"] == [
        ("nondeterministic", "C.md", 2),
        ("nondeterministic", "C.md", 7),
    ]
    assert all("cache: false" in d["hint"] for d in found if d["code"] == "nondeterministic")


def test_check_uses_what_the_build_stored():
    kbtool("build")
    assert "2 blocks (2 cached)" in kbtool("check").stderr


def test_the_results_of_one_note_can_be_forgotten():
    kbtool("build")
    assert "1 stored result of B.md forgotten" in kbtool("cache", "clear", "B").stderr
    assert "nothing was stored of B.md" in kbtool("cache", "clear", "[[B]]").stderr
    assert report() == {"A.md": "replayed", "B.md": "ran"}
    assert report() == {"A.md": "cached", "B.md": "cached"}
    assert "no note is called 'Z'" in kbtool("cache", "clear", "Z", status=2).output


def test_a_vault_may_be_named_in_the_place_of_a_note_or_after_it(tmp_path, monkeypatch):
    kbtool("build")
    monkeypatch.chdir("/")
    vault = str(tmp_path / "vault")
    assert "2 notes with stored results" in kbtool("cache", "info", vault).output
    assert "block 1, line 3: remembered" in kbtool("cache", "info", "A", vault).output
    assert "forgotten" in kbtool("cache", "clear", "A", vault).stderr
    assert "freed" in kbtool("cache", "clear", "-C", str(tmp_path)).stderr
    assert "nothing is stored yet" in kbtool("cache", "info", vault).output


@pytest.mark.parametrize("command", [("build",), ("check",), ("run-note", "A")])
def test_a_device_that_nobody_has_is_bad_usage(command):
    said = kbtool(*command, "--device", "quantum", status=2).stderr
    assert "there is no device 'quantum'; there are cpu, cuda, cuda:1 and so on, mps, and auto." in said


def test_a_device_that_nobody_has_is_told_where_it_stands():
    Path("vault/A.md").write_text("---\ndevice: gpu\n---\n```python\n#| device: cdua\nprint(1)\n```\n")
    Path("vault/B.md").write_text("---\ndevice: portátil\n---\nNada que correr.\n")
    found = kbtool("check", status=1).stdout
    assert "A.md:2:1: error bad-option: property 'device' cannot be 'gpu' (did you mean 'cuda'?" in found
    assert "A.md:5:1: error bad-option: option 'device' cannot be 'cdua' (did you mean 'cuda'?" in found
    assert "B.md" not in found
    Path("kbtool.toml").write_text("[run]\ndevice = 'mpx'\n")
    said = kbtool("check", status=2).stderr
    assert "kbtool.toml:2:1: error bad-config: 'run.device' cannot be 'mpx' (did you mean 'mps'?" in said


def test_a_required_note_that_is_not_there_is_the_reason_given():
    Path("vault/A.md").rename("vault/Aa.md")
    found = kbtool("check", status=1).stdout
    assert "B.md:2:13: error broken-link: no note is called 'A'" in found
    assert "NameError" not in found
    ran = kbtool("run-note", "B", status=1)
    assert "it requires 'A', and no note is called so" in ran.output
    assert "error broken-link: no note is called 'A'" in ran.stderr


def test_what_is_required_must_be_a_link():
    Path("vault/B.md").write_text("---\nrequires: A\n---\n```python\nprint(1)\n```\n")
    found = kbtool("check", status=1).stdout
    assert "B.md:2:1: error bad-option: property 'requires' cannot be 'A' (write it as a link: \"[[A]]\")" in found


def test_a_missing_module_of_ones_own_is_not_to_be_installed():
    Path("lecciones.py").write_text("")
    Path("paquete").mkdir()
    Path("paquete/uno.py").write_text("")
    blocks = "".join(f"```python\nimport {name}\n```\n" for name in ("leciones", "paquete.unos", "nadie_lo_tiene"))
    Path("vault/C.md").write_text(blocks)
    lines = [line for line in kbtool("check", status=1).stdout.splitlines() if "C.md" in line]
    assert "did you mean 'lecciones', which lies in" in lines[0]
    assert "'paquete' has no module 'unos'; did you mean 'uno'?" in lines[1]
    assert "pip" not in lines[1]
    assert "`pip install nadie_lo_tiene`" in lines[2]


def test_data_that_is_not_there_is_told():
    Path("vault/C.md").write_text("```python\n#| label: uno\n#| data: [nada.csv, '*.nada', d.txt]\nprint(1)\n```\n")
    lines = [line for line in kbtool("check", status=1).stdout.splitlines() if "C.md" in line]
    assert len(lines) == 2
    assert lines[0].startswith("vault/C.md:3:1: error bad-option: `data`: no file fits '*.nada' in ")
    assert lines[1].startswith("vault/C.md:3:1: error bad-option: `data`: there is no file or folder 'nada.csv' in ")
    Path("nada.csv").write_text("")
    Path("vault/x.nada").write_text("")
    assert "C.md" not in kbtool("check").stdout
