"""The site on disk: only what changed is written, only what is ours is removed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbtool import site as site_module
from kbtool.site import MANIFEST, SiteError, Written, examine, write
from kbtool.web import assets


class File(NamedTuple):
    url: str
    data: bytes


def pages(**named: str) -> list[File]:
    return [File(name.replace("__", "/") + ".html", text.encode()) for name, text in named.items()]


def build(out: Path, *files: File, attachments: Mapping[str, Path] | None = None, **options: bool) -> Written:
    return write(files, lambda: attachments or {}, out, **options)


def made(out: Path) -> set[str]:
    """What lies in the site, less what every site has."""
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    return files - assets().keys() - {MANIFEST}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "site"


def test_a_first_build_writes_everything(out: Path) -> None:
    written = build(out, *pages(index="hola", a__b="b"))
    assert made(out) == {"index.html", "a/b.html"}
    assert (out / "assets/style.css").is_file()
    assert written.written == written.total == 2 + len(assets())
    assert written.removed == 0


def test_an_equal_build_writes_nothing_and_touches_nothing(out: Path) -> None:
    build(out, *pages(index="hola", a="a"))
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert build(out, *pages(index="hola", a="a")).written == 0
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_only_the_page_that_changed_is_written(out: Path) -> None:
    build(out, *pages(index="hola", a="a"))
    written = build(out, *pages(index="adiós", a="a"))
    assert written.changed == ("index.html",)
    assert (out / "index.html").read_text() == "adiós"


def test_force_writes_everything_again(out: Path) -> None:
    build(out, *pages(index="hola"))
    assert build(out, *pages(index="hola"), force=True).written == 1 + len(assets())


def test_a_page_that_somebody_edited_by_hand_is_made_again(out: Path) -> None:
    build(out, *pages(index="hola"))
    (out / "index.html").write_text("mío")
    assert build(out, *pages(index="hola")).changed == ("index.html",)
    assert (out / "index.html").read_text() == "hola"


def test_a_page_that_is_no_longer_made_goes_with_its_empty_folder(out: Path) -> None:
    build(out, *pages(index="hola", a__b__c="c"))
    assert build(out, *pages(index="hola")).removed == 1
    assert made(out) == {"index.html"}
    assert not (out / "a").exists()


def test_what_others_put_into_the_site_stays(out: Path) -> None:
    build(out, *pages(index="hola", a__b="b"))
    (out / "CNAME").write_text("example.org")
    (out / "a/mine.txt").write_text("mío")
    build(out, *pages(index="hola"))
    assert made(out) == {"index.html", "CNAME", "a/mine.txt"}


def test_a_page_may_become_a_folder_and_a_folder_a_page(out: Path) -> None:
    build(out, File("x", b"1"), File("y/z", b"2"))
    build(out, File("x/a", b"3"), File("y", b"4"))
    assert (out / "x/a").read_bytes() == b"3"
    assert (out / "y").read_bytes() == b"4"
    assert made(out) == {"x/a", "y"}


def test_a_build_that_was_cut_off_leaves_nothing_that_the_next_cannot_explain(out: Path) -> None:
    def interrupted() -> object:
        yield File("a.html", b"a")
        yield File("b.html", b"b")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(interrupted(), {}, out)  # type: ignore[arg-type]
    assert made(out) >= {"a.html", "b.html"}
    build(out, *pages(index="hola"))
    assert made(out) == {"index.html"}


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"files": {"../fuera": ["x", [1, 2], null]}}', '{"files": {"a": 3}}', '{"files": 7}']
)
def test_a_damaged_manifest_harms_nothing(out: Path, damage: str) -> None:
    build(out, *pages(index="hola"))
    (out.parent / "fuera").write_text("ajeno")
    (out / MANIFEST).write_text(damage)
    build(out, *pages(index="hola"))
    assert (out.parent / "fuera").read_text() == "ajeno"
    assert (out / "index.html").read_text() == "hola"


@pytest.mark.parametrize("url", ["../fuera.html", "/fuera.html", "a/../../fuera.html"])
def test_no_page_is_written_outside(out: Path, url: str) -> None:
    with pytest.raises(SiteError, match="outside"):
        build(out, File(url, b"x"))
    assert not (out.parent / "fuera.html").exists()


def test_a_link_among_the_folders_is_not_followed(out: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    build(out, *pages(index="hola"))
    (out / "a").symlink_to(elsewhere)
    with pytest.raises(SiteError, match="link"):
        build(out, *pages(index="hola", a__b="b"))
    assert list(elsewhere.iterdir()) == []


def test_a_link_in_the_place_of_a_page_is_replaced_and_not_written_through(out: Path, tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("ajeno")
    build(out, *pages(index="hola"))
    (out / "index.html").unlink()
    (out / "index.html").symlink_to(tmp_path / "theirs")
    build(out, *pages(index="hola"))
    assert (tmp_path / "theirs").read_text() == "ajeno"
    assert (out / "index.html").read_text() == "hola"


# ---------------------------------------------------------------- attachments


def test_an_attachment_is_copied_once_and_again_when_it_changed(out: Path, tmp_path: Path) -> None:
    source = tmp_path / "foto.png"
    source.write_bytes(b"uno")
    assert "foto.png" in build(out, attachments={"foto.png": source}).changed
    assert build(out, attachments={"foto.png": source}).written == 0
    source.write_bytes(b"dos!")
    assert build(out, attachments={"foto.png": source}).changed == ("foto.png",)
    assert (out / "foto.png").read_bytes() == b"dos!"


def test_a_touched_attachment_with_the_same_bytes_is_not_written(out: Path, tmp_path: Path) -> None:
    source = tmp_path / "foto.png"
    source.write_bytes(b"uno")
    build(out, attachments={"foto.png": source})
    os.utime(source, ns=(1, 1))
    assert build(out, attachments={"foto.png": source}).written == 0


def test_an_attachment_that_vanished_is_told_and_the_rest_is_written(out: Path, tmp_path: Path) -> None:
    (tmp_path / "y.png").write_bytes(b"y")
    written = build(out, attachments={"x.png": tmp_path / "no-está.png", "y.png": tmp_path / "y.png"})
    assert dict(written.unread) == {"x.png": "No such file or directory"}
    assert (out / "y.png").read_bytes() == b"y"
    assert not (out / "x.png").exists()


# ---------------------------------------------------------------- which folders may be used


def test_a_folder_with_foreign_files_is_refused_unless_adopted(out: Path, tmp_path: Path) -> None:
    out.mkdir()
    (out / "tesis.doc").write_text("mía")
    with pytest.raises(SiteError, match="--adopt"):
        examine(out, tmp_path / "vault")
    with pytest.raises(SiteError, match="--adopt"):
        build(out, *pages(index="hola"))
    examine(out, tmp_path / "vault", adopt=True)
    build(out, *pages(index="hola"), adopt=True)
    build(out)
    assert made(out) == {"tesis.doc"}


def test_what_a_repository_keeps_in_an_empty_site_folder_counts_as_empty_and_stays(out: Path, tmp_path: Path) -> None:
    out.mkdir()
    for name in (".gitignore", "README.md"):
        (out / name).write_text(name)
    examine(out, tmp_path / "vault")
    build(out, *pages(index="hola"))
    build(out)
    assert made(out) == {".gitignore", "README.md"}


@pytest.mark.parametrize(
    ("site", "vault", "why"),
    [
        ("v", "v", "inside"),
        ("v/site", "v", "inside"),
        ("p", "p/v", "contains"),
        ("a/../v/site", "v", "inside"),
        ("file", "v", "is a file"),
    ],
)
def test_a_site_can_never_harm_its_vault(tmp_path: Path, site: str, vault: str, why: str) -> None:
    (tmp_path / vault).mkdir(parents=True)
    (tmp_path / "file").write_text("x")
    with pytest.raises(SiteError, match=why):
        examine(tmp_path / site, tmp_path / vault, adopt=True)


def test_a_link_to_the_vault_is_the_vault(tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "v")
    with pytest.raises(SiteError, match="inside"):
        examine(tmp_path / "link", tmp_path / "v")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_a_sentence(out: Path) -> None:
    out.mkdir(mode=0o500)
    with pytest.raises(SiteError, match="cannot be written"):
        build(out, *pages(index="hola"))


# ---------------------------------------------------------------- exchange


@pytest.mark.parametrize("one_step", [True, False], ids=["renameat2", "two renames"])
def test_swap_gives_the_same_site_and_keeps_what_others_put_there(
    out: Path, one_step: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not one_step:
        monkeypatch.setattr(site_module.sys, "platform", "elsewhere")
    build(out, *pages(index="hola", a__b="b"))
    (out / "CNAME").write_text("example.org")
    written = build(out, *pages(index="adiós", c="c"), swap=True)
    assert made(out) == {"index.html", "c.html", "CNAME"}
    assert set(written.changed) == {"index.html", "c.html"}
    assert written.removed == 1
    assert [path.name for path in out.parent.iterdir()] == ["site"]
    assert build(out, *pages(index="adiós", c="c")).written == 0


def test_swap_makes_a_site_where_there_was_none(out: Path) -> None:
    build(out, *pages(index="hola"), swap=True)
    assert made(out) == {"index.html"}


urls = st.dictionaries(
    st.sampled_from(["index.html", "a.html", "a/b.html", "a/c.html", "d/e/f.html"]), st.binary(max_size=3), max_size=5
)


@settings(max_examples=25, deadline=None)
@given(first=urls, second=urls, swap=st.booleans())
def test_any_build_after_any_other_leaves_exactly_its_own_files(
    tmp_path_factory: pytest.TempPathFactory, first: dict[str, bytes], second: dict[str, bytes], swap: bool
) -> None:
    out = tmp_path_factory.mktemp("any") / "site"
    build(out, *(File(*item) for item in first.items()))
    build(out, *(File(*item) for item in second.items()), swap=swap)
    assert {url: (out / url).read_bytes() for url in made(out)} == second


def test_a_drawing_that_would_run_something_is_copied_without_it_and_told_at_each_build(
    out: Path, tmp_path: Path
) -> None:
    source = tmp_path / "a.svg"
    source.write_bytes(b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>')
    os.utime(source, (0, 0))
    for _ in range(2):
        written = build(out, attachments={"a.svg": source})
        assert dict(written.tamed) == {"a.svg": "onload"}
        assert (out / "a.svg").read_bytes() == b'<svg xmlns="http://www.w3.org/2000/svg"></svg>'
    assert written.written == 0


def test_a_drawing_that_runs_nothing_is_copied_as_it_is(out: Path, tmp_path: Path) -> None:
    source = tmp_path / "a.svg"
    source.write_bytes(b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="1"/>')
    assert build(out, attachments={"a.svg": source}).tamed == {}
    assert (out / "a.svg").read_bytes() == source.read_bytes()
