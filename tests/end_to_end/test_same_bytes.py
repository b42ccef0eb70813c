"""The same input gives the same bytes, and a second build writes nothing."""

from __future__ import annotations

import json

import pytest

CARD = '{"id": "1", "type": "file", "file": "A.md", "x": 0, "y": 0, "width": 9, "height": 9}'
NOTES = {
    "kbtool.toml": "[run]\nenabled = true\n",
    "vault/A.md": "---\ntags: [x, y/z]\n---\n# A\n\n[[B]] and ![[C]]\n\n```python\nprint({'a', 'b', 'c'})\n[3]\n```\n",
    "vault/B.md": "# B\n\n[[A]] [[C]] #x\n\n$e^{i\\pi}$\n",
    "vault/deep/C.md": "# C\n\n[[A]]\n\n> [!tip] T\n> text\n",
    "vault/Map.canvas": f'{{"nodes": [{CARD}], "edges": []}}',
}


def _differing(one, other):
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def test_two_places_and_two_moments_give_the_same_bytes(kbtool, read_site, tmp_path, write):
    env = {"SOURCE_DATE_EPOCH": "1700000000"}
    first, second = write(tmp_path / "one", NOTES), write(tmp_path / "two/deeper", NOTES)
    assert kbtool("build", cwd=first, env={**env, "PYTHONHASHSEED": "1"}).status == 0
    assert kbtool("build", cwd=second, env={**env, "PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo"}).status == 0
    assert _differing(read_site(first / "site").published, read_site(second / "site").published) == []


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_number_of_workers_changes_nothing(kbtool, read_site, tmp_path, write, jobs):
    many = {f"vault/n{i}.md": f"# Note {i}\n\n[[n{(i + 1) % 40}]] [[n{(i * 7) % 40}]] #t{i % 3}\n" for i in range(40)}
    project = write(tmp_path, {"kbtool.toml": "", **many})
    assert kbtool("build", "--no-run", "--jobs", "1", "-o", "plain", cwd=project).status == 0
    assert kbtool("build", "--no-run", "--jobs", jobs, "-o", "again", cwd=project).status == 0
    assert _differing(read_site(project / "plain").published, read_site(project / "again").published) == []


def test_building_again_writes_nothing(kbtool, tmp_path, write):
    project = write(tmp_path, NOTES)
    assert kbtool("build", "--no-run", cwd=project).status == 0
    stamps = {path: path.stat().st_mtime_ns for path in (project / "site").rglob("*.html")}
    assert kbtool("build", "--no-run", "--report", "report.json", cwd=project).status == 0
    assert json.loads((project / "report.json").read_text())["pages"]["written"] == 0
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def test_an_edit_gives_what_a_fresh_build_gives(kbtool, read_site, tmp_path, write):
    project = write(tmp_path, NOTES)
    assert kbtool("build", "--no-run", cwd=project).status == 0
    write(project, {"vault/B.md": "# Other title\n\n[[A]] only #new\n"})
    (project / "vault/deep/C.md").rename(project / "vault/C.md")
    assert kbtool("build", "--no-run", cwd=project).status == 0
    assert kbtool("build", "--no-run", "-o", "fresh", cwd=project).status == 0
    assert _differing(read_site(project / "site").published, read_site(project / "fresh").published) == []
