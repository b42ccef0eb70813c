"""kbtool writes a site where it may, and deletes only what it made itself."""

from __future__ import annotations

import pytest

NOTES = {"kbtool.toml": "", "vault/A.md": "[[B]]", "vault/B.md": "[[A]]"}


@pytest.fixture
def project(tmp_path, write):
    return write(tmp_path / "project", NOTES)


@pytest.mark.parametrize("where", ["vault", "vault/site", ".", ".."])
def test_a_folder_that_is_holds_or_lies_in_the_vault_is_refused(kbtool, project, where):
    before = sorted(project.rglob("*"))
    ran = kbtool("build", "-o", where, cwd=project)
    assert ran.status == 2
    assert "vault" in ran.stderr
    assert sorted(project.rglob("*")) == before


def test_a_link_that_leads_into_the_vault_is_refused(kbtool, project):
    (project / "elsewhere").symlink_to(project / "vault")
    assert kbtool("build", "-o", "elsewhere/public", cwd=project).status == 2
    assert not (project / "vault/public").exists()


def test_a_folder_with_files_of_others_is_refused(kbtool, project, write):
    write(project, {"site/thesis.html": "ten years"})
    ran = kbtool("build", cwd=project)
    assert ran.status == 2
    assert "--adopt" in ran.stderr
    assert [path.name for path in (project / "site").iterdir()] == ["thesis.html"]


def test_adopt_accepts_it_and_leaves_those_files(kbtool, project, write):
    write(project, {"site/thesis.html": "ten years", "site/old/B.html": "mine"})
    assert kbtool("build", "--adopt", cwd=project).status == 0
    assert (project / "site/a.html").exists()
    assert (project / "site/thesis.html").read_text() == "ten years"
    assert kbtool("build", cwd=project).status == 0
    assert (project / "site/old/B.html").read_text() == "mine"


def test_a_folder_as_a_fresh_clone_has_it_is_accepted(kbtool, project, write, repository):
    kept = {name: (repository / "site" / name).read_text("utf-8") for name in (".gitignore", "README.md")}
    write(project / "site", kept)
    assert kbtool("build", cwd=project).status == 0
    assert {name: (project / "site" / name).read_text("utf-8") for name in kept} == kept


def test_a_page_goes_when_its_note_goes_and_strangers_stay(kbtool, project, write):
    assert kbtool("build", cwd=project).status == 0
    write(project, {"site/CNAME": "example.org", "vault/A.md": "alone"})
    (project / "vault/B.md").unlink()
    assert kbtool("build", cwd=project).status == 0
    assert not (project / "site/b.html").exists()
    assert (project / "site/CNAME").exists()


def test_swap_gives_the_same_site(kbtool, project, read_site):
    assert kbtool("build", "-o", "plain", cwd=project).status == 0
    assert kbtool("build", "-o", "swapped", "--swap", cwd=project).status == 0
    assert kbtool("build", "-o", "swapped", "--swap", cwd=project).status == 0
    plain, swapped = read_site(project / "plain").files, read_site(project / "swapped").files
    assert {n: d for n, d in swapped.items() if n.endswith(".html")} == {
        n: d for n, d in plain.items() if n.endswith(".html")
    }
    assert not [
        path for path in project.iterdir() if path.name not in ("kbtool.toml", "vault", "plain", "swapped", ".kbtool")
    ]
