"""What `--fix` changes, and that it is done the first time."""

from __future__ import annotations

import pytest

from kbtool import mend
from kbtool.config import Config
from kbtool.project import UsageError
from kbtool.vault import repair

NAMED = "---\naliases: [IA]\n---\n"


@pytest.fixture
def fixed(tmp_path, write):
    def fix(notes):
        vault = write(tmp_path / "V", {"Inteligencia artificial.md": NAMED, **notes})
        return vault, mend.fix(Config(vault=vault, site=tmp_path / "S"))

    return fix


def test_the_links_of_a_garbled_note_are_mended_with_its_text(fixed):
    vault, changes = fixed({"A.md": "La atenciÃ³n: [[IA]].\n"})
    assert (vault / "A.md").read_text("utf-8") == "La atención: [[Inteligencia artificial|IA]].\n"
    assert [change.path for change in changes] == ["A.md"]
    assert "-La atenciÃ³n: [[IA]].\n+La atención: [[Inteligencia artificial|IA]]." in changes[0].diff


def test_a_note_that_two_names_lead_to_is_mended_once(fixed, tmp_path):
    (tmp_path / "V").mkdir()
    (tmp_path / "V" / "Copia.md").symlink_to("A.md")
    vault, changes = fixed({"A.md": "[[IA]] [[IA]]\n"})
    assert (vault / "A.md").read_text() == "[[Inteligencia artificial|IA]] [[Inteligencia artificial|IA]]\n"
    assert (vault / "Copia.md").is_symlink()
    assert [change.path for change in changes] == ["A.md"]


def test_templates_and_what_its_owner_excludes_stay_as_they_are(fixed):
    notes = {"Moldes/m.md": "atenciÃ³n [[IA]]", "Viejo/v.md": "atenciÃ³n [[IA]]"}
    settings = {
        ".obsidian/app.json": '{"userIgnoreFilters": ["Viejo/"]}',
        ".obsidian/templates.json": '{"folder": "Moldes"}',
    }
    vault, changes = fixed({**notes, **settings})
    assert changes == ()
    assert {name: (vault / name).read_text("utf-8") for name in notes} == notes


def test_a_name_that_would_break_the_properties_is_not_put_there(fixed):
    vault, changes = fixed(
        {"El «gran» 'uno'.md": "---\naliases: [Uno]\n---\n", "A.md": "---\nver: '[[Uno]]'\n---\n[[Uno]]\n"}
    )
    assert (vault / "A.md").read_text("utf-8") == "---\nver: '[[Uno]]'\n---\n[[El «gran» 'uno'|Uno]]\n"
    assert len(changes) == 1


def test_a_note_that_vanishes_or_cannot_be_read_is_left_to_the_check(fixed, tmp_path):
    (tmp_path / "V").mkdir()
    (tmp_path / "V" / "Nada.md").symlink_to("nirgends.md")
    assert fixed({"A.md": "[[IA]]"})[1] != ()


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(fixed, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("kbtool.edit.apply", refuse)
    with pytest.raises(UsageError, match=r"A\.md cannot be written: Permission denied"):
        fixed({"A.md": "[[IA]]"})


@pytest.mark.parametrize("text", ["tokenizaciÃ³n`x`Ã³", "[[nu]]tokenizaciÃ³n \t``` Ã³n", "a`b`tokenizaciÃ³n≠"])
def test_what_cannot_be_repaired_word_by_word_is_let_be(text):
    repaired = repair(text)
    assert repaired is None or repaired != text
