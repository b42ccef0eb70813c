"""A file is exchanged all at once, for the right content only, and stays what it was otherwise."""

import os
import stat
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.edit import NoteChangedError, apply, diff, replace_spans
from kbtool.vault import digest_bytes


@dataclass(frozen=True)
class Edit:
    line: int
    start: int
    end: int
    new_text: str


def test_a_file_gets_its_new_bytes_and_keeps_its_mode(tmp_path):
    note = tmp_path / "N.md"
    note.write_bytes(b"viejo")
    note.chmod(0o640)
    apply(note, b"nuevo", digest_bytes(b"viejo"))
    assert note.read_bytes() == b"nuevo"
    assert stat.S_IMODE(note.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["N.md"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "N.md"
    target.write_bytes(b"viejo")
    link = tmp_path / "N.md"
    link.symlink_to("real/N.md")
    apply(link, b"nuevo", digest_bytes(b"viejo"))
    assert link.is_symlink()
    assert target.read_bytes() == b"nuevo"


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path):
    note = tmp_path / "N.md"
    note.write_bytes(b"otra cosa")
    with pytest.raises(NoteChangedError):
        apply(note, b"nuevo", digest_bytes(b"viejo"))
    assert note.read_bytes() == b"otra cosa"
    assert os.listdir(tmp_path) == ["N.md"]


def test_a_file_that_is_gone_is_not_made_again(tmp_path):
    with pytest.raises(FileNotFoundError):
        apply(tmp_path / "N.md", b"nuevo", digest_bytes(b"viejo"))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("data", "edits", "after"),
    [
        ("uno dos\n", [Edit(1, 0, 3, "1"), Edit(1, 4, 7, "2")], "1 2\n"),
        ("a\r\nñandú x\r\n", [Edit(2, 0, 5, "ave")], "a\r\nave x\r\n"),
        ("\ufeffuno", [Edit(1, 0, 3, "1")], "\ufeff1"),
        ("😀 uno", [Edit(1, 2, 5, "1")], "😀 1"),
        ("uno", [Edit(1, 0, 2, "x"), Edit(1, 1, 3, "y")], "uy"),
        ("uno", [Edit(2, 0, 1, "x"), Edit(0, 0, 1, "x"), Edit(1, 2, 9, "x")], "uno"),
        ("| [[A]] | x |", [Edit(1, 2, 7, "[[B|A]]")], "| [[B\\|A]] | x |"),
        ("ver [[A|b]] y [[C]]", [Edit(1, 4, 11, "[[B|b]]")], "ver [[B|b]] y [[C]]"),
    ],
)
def test_spans_are_replaced(data, edits, after):
    assert replace_spans(data.encode(), edits).decode() == after


@given(st.text(alphabet="añ\n\r\ufeff|😀"), st.integers(0, 6), st.integers(0, 6), st.integers(0, 6))
def test_outside_the_span_nothing_changes(text, line, start, length):
    data = text.encode()
    after = replace_spans(data, [Edit(line, start, start + length, "")])
    assert len(after) <= len(data)
    assert after.count(b"\n") == data.count(b"\n")
    assert after.count(b"\r") == data.count(b"\r")


def test_spans_of_bytes_that_are_no_text_are_left_alone():
    assert replace_spans(b"a\xe9b", [Edit(1, 0, 1, "x")]) == b"a\xe9b"


def test_a_diff_shows_the_change_and_the_missing_newline():
    assert diff(b"uno\ndos\n", "uno\ntrés".encode(), "c/N.md").splitlines() == [
        "--- a/c/N.md",
        "+++ b/c/N.md",
        "@@ -1,2 +1,2 @@",
        " uno",
        "-dos",
        "+trés",
        "\\ No newline at end of file",
    ]


def test_no_change_is_no_diff():
    assert diff(b"x\r\n", b"x\r\n", "N.md") == ""
