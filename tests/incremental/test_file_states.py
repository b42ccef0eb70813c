"""Whether a file is as it was, told from what the system says of it: edits that hide, and touches that mean nothing."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest
from stepwise import NOTHING, Project, assert_clean

from kbtool.filestate import FileState

SECOND = 10**9
PICTURE = b"GIF89a one"
# What search shows of notes; it finds them by words in any case, so the shards of those stay.
SAID = {"search/texts-0.js"}


@pytest.fixture
def built(project: Project) -> Project:
    project.put({"A.md": "# A\n\n![[pic.gif]] words\n", "B.md": "# B\n\n[[A]]\n", "pic.gif": PICTURE})
    project.build()
    return project


def overwrite(path: Path, old: bytes, new: bytes) -> None:
    """Changes a file in place, and gives it back the time that it had."""
    assert len(old) == len(new)
    info = path.stat()
    path.write_bytes(path.read_bytes().replace(old, new))
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


def exchange(one: Path, other: Path) -> None:
    aside = one.with_name("aside")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


@pytest.mark.parametrize(
    ("now", "vouches"),
    [
        (FileState(9, 100 * SECOND, 100 * SECOND, 7, 200 * SECOND), True),
        (FileState(8, 100 * SECOND, 100 * SECOND, 7, 200 * SECOND), False),
        (FileState(9, 100 * SECOND + 1, 100 * SECOND, 7, 200 * SECOND), False),
        (FileState(9, 100 * SECOND, 100 * SECOND + 1, 7, 200 * SECOND), False),
        (FileState(9, 100 * SECOND, 100 * SECOND, 8, 200 * SECOND), False),
    ],
)
def test_size_times_and_inode_must_all_agree(now: FileState, vouches: bool) -> None:
    assert FileState(9, 100 * SECOND, 100 * SECOND, 7, 150 * SECOND).vouches_for(now) is vouches


@pytest.mark.parametrize(("seen", "vouches"), [(101, False), (101.9, False), (102, True), (99, False)])
def test_a_file_seen_within_a_tick_of_its_time_may_have_changed_unseen(seen: float, vouches: bool) -> None:
    known = FileState(9, 100 * SECOND, 100 * SECOND, 7, int(seen * SECOND))
    assert known.vouches_for(known._replace(seen_ns=300 * SECOND)) is vouches


def test_an_edit_that_keeps_size_and_time_is_seen(built: Project) -> None:
    overwrite(built.vault / "A.md", b"words", b"WORDS")
    outcome = built.build()
    assert outcome.made == SAID | {"a.html", "index.html"}
    assert_clean(built, outcome)


def test_a_picture_that_keeps_size_and_time_is_copied(built: Project) -> None:
    overwrite(built.vault / "pic.gif", b"one", b"two")
    outcome = built.build()
    assert (outcome.made, outcome.written) == (NOTHING, {"pic.gif"})
    assert_clean(built, outcome)


@pytest.mark.parametrize("kind", [".md", ".gif"])
def test_two_files_of_one_size_and_time_that_change_places(project: Project, kind: str) -> None:
    names = [f"One{kind}", f"Two{kind}"]
    project.put({"Shows.md": "![[One.gif]] ![[Two.gif]]\n", names[0]: "aaa", names[1]: "bbb"})
    for name in names:
        os.utime(project.vault / name, ns=(SECOND, SECOND))
    project.build()
    exchange(project.vault / names[0], project.vault / names[1])
    outcome = project.build()
    assert {f"one{kind}".replace(".md", ".html"), f"two{kind}".replace(".md", ".html")} <= outcome.written
    assert_clean(project, outcome)


def test_a_file_put_in_the_place_of_another_with_its_size_and_time_is_seen(built: Project) -> None:
    path = built.vault / "A.md"
    fresh = path.with_name("fresh")
    fresh.write_bytes(path.read_bytes().replace(b"words", b"WORDS"))
    os.utime(fresh, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    os.replace(fresh, path)
    outcome = built.build()
    assert outcome.made == SAID | {"a.html", "index.html"}
    assert_clean(built, outcome)


def test_a_note_that_an_editor_replaces_by_the_same_makes_nothing(built: Project) -> None:
    path = built.vault / "A.md"
    fresh = path.with_name("fresh")
    fresh.write_bytes(path.read_bytes())
    os.replace(fresh, path)
    outcome = built.build()
    assert (outcome.made, outcome.written, outcome.stood) == (NOTHING, NOTHING, True)


def test_an_edit_through_another_name_of_the_file_is_seen(built: Project) -> None:
    other = built.root / "elsewhere.md"
    os.link(built.vault / "A.md", other)
    built.build()
    overwrite(other, b"words", b"WORDS")
    outcome = built.build()
    assert outcome.made == SAID | {"a.html", "index.html"}
    assert_clean(built, outcome)


def test_a_linked_note_is_as_what_it_leads_to(built: Project) -> None:
    targets = [built.root / "first.md", built.root / "second.md"]
    for target, words in zip(targets, ("one", "two"), strict=True):
        target.write_text(f"# Linked\n\n{words}\n")
        os.utime(target, ns=(SECOND, SECOND))
    link = built.vault / "Linked.md"
    link.symlink_to(targets[0])
    built.build()
    link.unlink()
    link.symlink_to(targets[1])
    outcome = built.build()
    assert "linked.html" in outcome.written
    assert_clean(built, outcome)


def test_edits_in_quick_succession_are_all_seen(built: Project) -> None:
    for word in ("alpha", "gamma", "omega"):
        (built.vault / "A.md").write_text(f"# A\n\n{word}\n")
        outcome = built.build()
        assert outcome.made == SAID | {"a.html", "index.html", "search/terms-0.js"}
        assert_clean(built, outcome)


def test_times_in_the_future_hide_nothing_and_make_nothing(built: Project) -> None:
    later = time.time_ns() + 3600 * SECOND
    for path in built.vault.iterdir():
        os.utime(path, ns=(later, later))
    assert built.build().made == NOTHING
    for name, old, new in (("A.md", b"words", b"WORDS"), ("pic.gif", b"one", b"two")):
        overwrite(built.vault / name, old, new)
        outcome = built.build()
        assert outcome.written
        assert_clean(built, outcome)
    again = built.build()
    assert (again.made, again.written) == (NOTHING, NOTHING)


def test_notes_that_cannot_be_read_are_told_apart(built: Project) -> None:
    # Reading a process's memory from its start fails for everybody.
    for name in ("X.md", "Y.md"):
        (built.vault / name).symlink_to("/proc/self/mem")
    for _ in range(2):
        outcome = built.build()
        assert [d.path for d in outcome.diagnostics if d.code == "unreadable"] == ["X.md", "Y.md"]
        for name in ("X", "Y"):
            assert f'data-note-path="{name}.md"' in (built.site / f"{name.lower()}.html").read_text()
        assert_clean(built, outcome)


@pytest.mark.parametrize(("name", "url"), [("A.md", "a.html"), ("pic.gif", "pic.gif")])
def test_a_file_that_could_not_be_read_for_a_moment_is_asked_for_again(
    built: Project, monkeypatch: pytest.MonkeyPatch, name: str, url: str
) -> None:
    read = Path.read_bytes

    def failing(path: Path) -> bytes:
        if path.name == name:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(path)

    overwrite(built.vault / name, b"word" if name == "A.md" else b"one", b"WORD" if name == "A.md" else b"two")
    with monkeypatch.context() as within:
        within.setattr(Path, "read_bytes", failing)
        outcome = built.build()
    assert [d.path for d in outcome.diagnostics if d.code == "unreadable"] == [name]
    outcome = built.build()
    assert url in outcome.written
    assert_clean(built, outcome)
