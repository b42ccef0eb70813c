"""The command line on the hardest vault: no traceback, whole reports, and status 0: its owner promised nothing."""

from __future__ import annotations

import json

import pytest
from hard_sites import state
from hard_vaults import FAMILIES, vault

pytestmark = pytest.mark.xdist_group("hard-command-line")


@pytest.fixture(scope="module")
def folders(lay):
    return lay(vault(7, [name for name in FAMILIES if name not in ("unsupported", "big")]))


def unbroken(ran):
    assert not [line for line in ran.said if "Traceback" in line]
    return ran


def test_build(kbtool, folders):
    before = state(folders.root)
    ran = unbroken(kbtool("build", folders.root, "-o", "S", "--report", "r.json", cwd=folders.home))
    assert ran.status == 0, ran.stderr
    report = json.loads((folders.home / "r.json").read_text("utf-8"))
    assert report["notes"] >= len(folders.vault.notes)
    assert state(folders.root) == before


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_check_in_forms_for_programs(kbtool, folders, form, sarif_faults):
    ran = unbroken(kbtool("check", folders.root, "--format", form, cwd=folders.home))
    assert ran.status == 0
    if form == "sarif":
        assert sarif_faults(ran.json) == []
        return
    told = {(d["path"], d["code"]) for d in ran.json["diagnostics"]}
    assert folders.vault.told - told == set()


@pytest.mark.parametrize("form", ["text", "github"])
def test_check_in_forms_for_people(kbtool, folders, form):
    ran = unbroken(kbtool("check", folders.root, "--format", form, cwd=folders.home))
    assert ran.status == 0
    lines = ran.stdout.split("\n")[:-1]
    assert lines
    assert form == "text" or all(line.startswith(("::warning ", "::notice ")) for line in lines)


def test_inspect(kbtool, folders):
    ran = unbroken(kbtool("inspect", folders.root, cwd=folders.home))
    assert ran.status == 0
    assert ran.json["notes"].keys() >= folders.vault.notes


SOME = ("encodings", "properties", "plans", "unclosed", "names")


def test_a_baseline_knows_every_fault_and_tells_a_new_one(kbtool, lay):
    folders = lay(vault(9, SOME))
    first = unbroken(kbtool("check", folders.root, "--baseline", "b.json", cwd=folders.home))
    assert first.status == 0
    again = kbtool("check", folders.root, "--baseline", "b.json", "--strict", "--format", "json", cwd=folders.home)
    assert (again.status, again.json["diagnostics"]) == (0, [])
    (folders.root / "nueva.md").write_text("[[inicio]] [[nadie nunca]]")
    new = kbtool("check", folders.root, "--baseline", "b.json", "--strict", "--format", "json", cwd=folders.home)
    assert {(d["code"], d["path"]) for d in new.json["diagnostics"] if d["severity"] != "info"} == {
        ("broken-link", "nueva.md")
    }
    assert new.status == 1


def test_fixing_twice_is_fixing_once(kbtool, lay):
    folders = lay(vault(8, (*SOME, "links_of_files", "one_url", "reserved")))
    assert unbroken(kbtool("check", folders.root, "--fix", cwd=folders.home)).status == 0
    once = state(folders.root)
    again = unbroken(kbtool("check", folders.root, "--fix", cwd=folders.home))
    assert state(folders.root) == once
    assert "0 notes changed" in again.stderr
