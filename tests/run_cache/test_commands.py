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
