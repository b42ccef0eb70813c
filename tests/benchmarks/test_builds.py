"""The edits that the benchmarks make to a vault, and how they look at what a build wrote."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

# Test folders are no packages, and the benchmarks are programs of their own.
sys.path.insert(0, str(Path(__file__).parent))

from bench import Bench
from builds import build, cold_build, note_pages, site_of
from edits import EDITS, notes_of, rename_note
from gen_vault import generate
from sites import differing, state, weigh, written


def _texts(vault):
    return {str(path.relative_to(vault)): path.read_text("utf-8") for path in vault.rglob("*.md")}


@pytest.fixture
def vault(tmp_path):
    generate(20, tmp_path / "vault")
    return tmp_path / "vault"


@pytest.mark.parametrize(
    "name", [name for name in EDITS if name not in ("nothing changed", "a note renamed, links with it")]
)
def test_an_edit_changes_one_note_each_time_another_way(vault, name):
    seen = _texts(vault)
    for number in range(3):
        EDITS[name](vault, number)
        now = _texts(vault)
        assert len(dict(now.items() - seen.items())) == 1
        seen = now


def test_renaming_takes_every_link_along(vault):
    note = notes_of(vault)[0]
    linking = {name for name, text in _texts(vault).items() if f"[[{note.stem}]]" in text or f"[[{note.stem}|" in text}
    rename_note(vault, 0)
    after = _texts(vault)
    assert not note.exists()
    assert linking
    assert not any(f"[[{note.stem}]]" in text or f"[[{note.stem}|" in text for text in after.values())
    assert sum(f"[[{note.stem} renombrada" in text for text in after.values()) >= len(linking)


def test_a_file_written_with_the_same_bytes_counts_as_written(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text("four")
    before = state(tmp_path)
    (tmp_path / "fresh").write_text("four")
    (tmp_path / "fresh").replace(tmp_path / "a")
    (tmp_path / "new").write_text("six...")
    assert written(before, state(tmp_path)) == (2, 10)


def test_sites_differ_in_content_and_in_names_but_not_in_hidden_files(tmp_path):
    for side in ("one", "two"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "same.html").write_text("same")
        (tmp_path / side / "other.html").write_text(side)
        (tmp_path / side / ".manifest").write_text(side)
    (tmp_path / "two" / "extra.html").write_text("")
    assert differing(tmp_path / "one", tmp_path / "two") == ["extra.html", "other.html"]


def test_a_page_weighs_itself_and_the_scripts_of_its_own_site(tmp_path):
    (tmp_path / "app.js").write_text("1")
    (tmp_path / "notes").mkdir()
    page = tmp_path / "notes" / "a.html"
    page.write_text('<link rel="stylesheet" href="https://example.org/x.css"><script src="../app.js"></script>')
    weights = weigh([page])
    assert weights.names == ["app.js"]
    assert weights.unpacked == page.stat().st_size


@pytest.mark.slow
def test_builds_start_from_nothing_or_from_the_last_one(tmp_path):
    bench = Bench(tmp_path, tmp_path, sizes=(12,), rounds=1)
    vault = bench.vault(12)
    for file in vault.rglob("*"):
        os.utime(file, (1e9, 1e9))  # old enough to vouch for its bytes
    cold_build(bench, vault)
    site = site_of(bench, vault)
    assert len(note_pages(site)) == 12
    before = state(site)
    build(bench, vault)
    assert written(before, state(site)) == (0, 0)
    assert cold_build(bench, vault).cpu > 0
    assert written(before, state(site))[0] == len(before)
