"""A site's folder that is not as the last build left it: what is wrong is made again, and nothing else."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from stepwise import NOTHING, Project, assert_clean, contents

from kbtool.project import UsageError
from kbtool.site import MANIFEST

GRAPH = {"graph.html", "graph.js"}
# What search finds notes by, and what it shows of them: it holds the words of all notes.
FOUND = {"search/terms-0.js", "search/texts-0.js"}
PAGES = GRAPH | FOUND | {"search.html", "search/index.js", "index.html", "404.html", "a.html", "b.html"}


@pytest.fixture
def built(project: Project) -> Project:
    project.put({"A.md": "# A\n\n![[pic.gif]] words\n", "B.md": "# B\n\n[[A]]\n", "pic.gif": b"GIF89a"})
    assert project.build().made == PAGES
    return project


def delete(path: Path) -> None:
    path.unlink()


def scribble(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


def put_a_folder_there(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)
    (path / "inside").rmdir()
    path.rmdir()
    path.symlink_to("/dev/null")


HARM = {"deleted": delete, "scribbled on": scribble, "a link": put_a_folder_there}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM.keys())
@pytest.mark.parametrize("url", ["a.html", "404.html", "pic.gif", "assets/style.css"])
def test_a_file_that_is_not_as_it_was_left_is_put_right(built: Project, url: str, harm) -> None:
    harm(built.site / url)
    outcome = built.build()
    assert (outcome.made, outcome.written) == ({url} & PAGES, {url})
    assert_clean(built, outcome)


def test_a_page_that_may_not_be_written_is_replaced(built: Project) -> None:
    for path in built.site.glob("*.html"):
        path.chmod(0o444)
    assert built.build().stood
    built.edit("A.md", "words", "others")
    outcome = built.build()
    assert outcome.written == FOUND | {"a.html", "index.html"}
    assert_clean(built, outcome)


def test_a_site_that_is_gone_is_made_again(built: Project) -> None:
    shutil.rmtree(built.site)
    outcome = built.build()
    assert outcome.made == PAGES
    assert_clean(built, outcome)


def test_a_site_whose_manifest_is_gone_is_nobodys(built: Project) -> None:
    (built.site / MANIFEST).unlink()
    with pytest.raises(UsageError, match="files that kbtool did not make"):
        built.build()
    outcome = built.build(adopt=True)
    assert (outcome.made, outcome.written) == (PAGES, NOTHING)
    assert_clean(built, outcome)
    assert built.build().stood


@pytest.mark.parametrize("text", ["", "{", '{"files": 3}', '{"files": {"a.html": ["x"]}}'])
def test_a_damaged_manifest_costs_time_only(built: Project, text: str) -> None:
    (built.site / MANIFEST).write_text(text)
    built.edit("B.md", "[[A]]", "to [[A]]")
    outcome = built.build()
    assert outcome.made == PAGES
    assert outcome.written <= FOUND | {"a.html", "b.html", "index.html"}
    assert_clean(built, outcome)


@pytest.mark.parametrize("wish", ["force", "swap"])
def test_a_build_that_writes_everything_is_a_ground_for_the_next(built: Project, wish: str) -> None:
    outcome = built.build(**{wish: True})
    assert outcome.made == PAGES
    assert outcome.written == contents(built.site).keys()
    assert_clean(built, outcome)
    assert built.build().stood
    built.edit("A.md", "words", "others")
    outcome = built.build()
    assert outcome.made == FOUND | {"a.html", "index.html"}
    assert_clean(built, outcome)


def test_each_of_two_sites_is_held_against_its_own_last_build(built: Project) -> None:
    first, second = built.site, built.root / "second"
    built.configure(site=second)
    assert built.build().made == PAGES
    built.edit("A.md", "words", "others")
    for site in (second, first):
        built.configure(site=site)
        outcome = built.build()
        assert outcome.made == FOUND | {"a.html", "index.html"}
        assert_clean(built, outcome)
    built.put({"B.md": None})
    for site in (first, second, first):
        built.configure(site=site)
        outcome = built.build()
        assert outcome.stood is (site == first and "b.html" not in outcome.removed)
        assert_clean(built, outcome)


def test_a_site_that_another_vault_was_built_into_is_made_right(built: Project) -> None:
    own, other = built.config, built.root / "other"
    other.mkdir()
    (other / "A.md").write_text("# Other\n")
    built.configure(vault=other)
    outcome = built.build()
    assert outcome.removed == GRAPH | {"b.html", "pic.gif"}
    assert_clean(built, outcome)
    built.config = own
    outcome = built.build()
    # The pages that say whether there is a graph to go to are written too.
    assert outcome.written == PAGES | {"pic.gif"}
    assert_clean(built, outcome)


def test_a_vault_that_moved_is_built_anew_into_the_same_site(built: Project) -> None:
    moved = built.vault.rename(built.root / "moved")
    built.config = replace(built.config, vault=moved)
    outcome = built.build()
    assert (outcome.made, outcome.written, outcome.removed) == (PAGES, NOTHING, NOTHING)
    assert_clean(built, outcome)


def test_files_of_others_stay(built: Project) -> None:
    (built.site / "mine.txt").write_text("mine")
    built.edit("A.md", "words", "others")
    built.build()
    built.build(swap=True)
    assert (built.site / "mine.txt").read_text() == "mine"
