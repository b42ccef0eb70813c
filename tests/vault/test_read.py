"""A folder is read as Obsidian reads it; whatever is odd about it becomes a diagnostic."""

import os
import sys
from pathlib import Path

import pytest

from kbtool.vault import FileKind, digest, load_text, read


def make(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


def paths(root: Path, **options) -> list[str]:
    return [file.path for file in read(root, **options).files]


def test_files_are_sorted_and_have_their_kinds(tmp_path):
    make(tmp_path, dict.fromkeys(["b/N.md", "A.MD", "m.canvas", "q.base", "i.PNG", "notas.txt", "LICENSE"], ""))
    assert [(f.path, f.kind) for f in read(tmp_path).files] == [
        ("A.MD", FileKind.NOTE),
        ("b/N.md", FileKind.NOTE),
        ("i.PNG", FileKind.ATTACHMENT),
        ("m.canvas", FileKind.CANVAS),
        ("q.base", FileKind.BASE),
    ]


def test_unknown_extensions_belong_to_the_vault_only_on_request(tmp_path):
    make(tmp_path, {"a.txt": "", "b.md": "", ".obsidian/app.json": '{"showUnsupportedFiles": true}'})
    assert paths(tmp_path) == ["a.txt", "b.md"]


def test_what_starts_with_a_dot_is_invisible(tmp_path):
    make(tmp_path, {".trash/x.md": "", "a/.oculta.md": "", "a/vista.md": ""})
    assert paths(tmp_path) == ["a/vista.md"]


def test_a_site_inside_the_vault_is_not_part_of_it(tmp_path):
    make(tmp_path, {"n.md": "", "site/x.png": "", "a/site/y.png": ""})
    assert paths(tmp_path, skip=[tmp_path / "site"]) == ["a/site/y.png", "n.md"]


def test_linked_folders_are_followed_unless_they_lead_back(tmp_path):
    vault = make(tmp_path / "vault", {"a/n.md": ""})
    outside = make(tmp_path / "outside", {"x.md": "", "deep/y.md": ""})
    (vault / "ext").symlink_to(outside)
    (vault / "again").symlink_to(outside / "deep")
    (vault / "loop").symlink_to(vault)
    (vault / "up").symlink_to(tmp_path)
    (vault / "inside").symlink_to(vault / "a")
    (outside / "back").symlink_to(vault)
    (vault / "nowhere").symlink_to(tmp_path / "missing")
    assert paths(vault) == ["a/n.md", "again/y.md", "ext/x.md"]


def test_linked_files_are_read(tmp_path):
    vault = make(tmp_path / "vault", {"n.md": ""})
    target = make(tmp_path, {"elsewhere.md": "hola"}) / "elsewhere.md"
    (vault / "enlace.md").symlink_to(target)
    assert load_text(read(vault).by_path["enlace.md"]).text == "hola"


def test_a_link_to_nothing_is_told_and_left_out(tmp_path):
    (tmp_path / "roto.md").symlink_to(tmp_path / "missing.md")
    vault = read(tmp_path)
    assert vault.files == ()
    assert [(d.code, d.path) for d in vault.diagnostics] == [("unreadable", "roto.md")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_no_note(tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    assert paths(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told(tmp_path):
    make(tmp_path, {"a/n.md": "", "b.md": "x"})
    (tmp_path / "a").chmod(0)
    (tmp_path / "b.md").chmod(0)
    try:
        vault = read(tmp_path)
        assert [(d.code, d.path) for d in vault.diagnostics] == [("unreadable", "a")]
        text = load_text(vault.by_path["b.md"])
        assert (text.text, [d.code for d in text.diagnostics]) == ("", ["unreadable"])
    finally:
        (tmp_path / "a").chmod(0o755)


def test_a_file_that_is_gone_is_empty_and_said_to_be_unreadable(tmp_path):
    make(tmp_path, {"n.md": "hola"})
    file = read(tmp_path).files[0]
    file.absolute.unlink()
    assert load_text(file).text == ""
    assert [d.code for d in load_text(file).diagnostics] == ["unreadable"]
    assert digest(file) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system that takes any bytes")
def test_a_name_that_is_not_utf8_can_still_be_read(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.md")).write_text("hola")
    vault = read(tmp_path)
    assert [f.path for f in vault.files] == ["café.md"]
    assert load_text(vault.files[0]).text == "hola"
    assert [d.code for d in vault.diagnostics] == ["encoding"]


def test_a_name_of_the_longest_kind_is_read(tmp_path):
    name = "ñ" * 126 + ".md"
    make(tmp_path, {name: ""})
    assert paths(tmp_path) == [name]


def test_settings_that_change_meaning_are_read(tmp_path):
    make(
        tmp_path,
        {
            ".obsidian/app.json": '{"strictLineBreaks": true, "userIgnoreFilters": ["Archivo/", 3]}',
            ".obsidian/templates.json": '{"folder": "Plantillas/"}',
            ".obsidian/plugins/templater-obsidian/data.json": '{"templates_folder": "Meta/Moldes"}',
        },
    )
    settings = read(tmp_path).settings
    assert settings.strict_line_breaks
    assert settings.ignore_filters == ("Archivo/",)
    assert settings.templates == ("Plantillas", "Meta/Moldes")


def test_a_renamed_settings_folder_is_found(tmp_path):
    make(tmp_path, {".obsidian-casa/app.json": '{"strictLineBreaks": true}'})
    assert read(tmp_path).settings.strict_line_breaks


@pytest.mark.parametrize("content", ["{", "", "[" * 100_000, '{"strictLineBreaks": truE}', "\x00"])
def test_broken_settings_are_told_and_the_defaults_hold(tmp_path, content):
    make(tmp_path, {".obsidian/app.json": content, "n.md": ""})
    vault = read(tmp_path)
    (fault,) = vault.diagnostics
    assert (fault.code, fault.path, fault.severity) == ("bad-config", ".obsidian/app.json", "warning")
    assert not vault.settings.strict_line_breaks
    assert len(vault.files) == 1


@pytest.mark.parametrize("content", ["[]", "null", '{"userIgnoreFilters": null, "strictLineBreaks": "true"}'])
def test_settings_of_the_wrong_kind_are_not_taken(tmp_path, content):
    make(tmp_path, {".obsidian/app.json": content})
    vault = read(tmp_path)
    assert not vault.settings.strict_line_breaks
    assert vault.diagnostics == ()


@pytest.mark.parametrize(
    ("wish", "excluded"),
    [
        ("Archivo/", ["Archivo/a.md"]),
        ("archivo", ["Archivo/a.md", "Archivos.md"]),
        ("/^diario.*\\\\d$/", []),
        ("/diario/\\\\d+/", ["Diario/2024.md"]),
        ("/(?<year>2024)/", ["Diario/2024.md"]),
        ("Ñandú", ["ñandú.md"]),
    ],
)
def test_excluded_files_are_a_path_prefix_or_an_expression(tmp_path, wish, excluded):
    files = dict.fromkeys(["Archivo/a.md", "Archivos.md", "Diario/2024.md", "ñandú.md"], "")
    make(tmp_path, {**files, ".obsidian/app.json": f'{{"userIgnoreFilters": ["{wish}"]}}'})
    assert sorted(read(tmp_path).excluded) == excluded


def test_a_filter_that_is_no_expression_is_told(tmp_path):
    make(tmp_path, {"a.md": "", ".obsidian/app.json": '{"userIgnoreFilters": ["/(/", "/\\\\p{L}/"]}'})
    assert [d.code for d in read(tmp_path).diagnostics] == ["bad-config", "bad-config"]


def test_templates_are_known_by_their_folder(tmp_path):
    settings = {".obsidian/templates.json": '{"folder": "plantillas"}'}
    make(tmp_path, {"Plantillas/x.md": "", "Plantillas2/x.md": "", **settings})
    vault = read(tmp_path)
    assert vault.is_template("Plantillas/x.md")
    assert not vault.is_template("Plantillas2/x.md")


def test_a_vault_that_does_not_exist_is_empty_and_unreadable(tmp_path):
    vault = read(tmp_path / "nada")
    assert vault.files == ()
    assert [d.code for d in vault.diagnostics] == ["unreadable"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
def test_two_names_that_read_alike_are_two_files(tmp_path):
    root = os.fsencode(tmp_path / "bóveda").replace("ó".encode(), b"\xf3")
    os.makedirs(root)
    for name in ("ñ.md".encode(), b"\xf1.md"):
        with open(os.path.join(root, name), "wb") as file:
            file.write(name)
    vault = read(Path(os.fsdecode(root)))
    assert vault.name == "bóveda"
    assert {file.path: file.absolute.read_bytes() for file in vault.files} == {
        "ñ.md": "ñ.md".encode(),
        "ñ 2.md": b"\xf1.md",
    }
    assert [(d.code, d.path) for d in vault.diagnostics] == [("encoding", "ñ.md")]
