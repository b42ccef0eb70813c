"""The parser as a whole: its setting, and what a parse leaves behind."""

from __future__ import annotations

import pytest

from kbtool.note import parse
from kbtool.syntax import SYNTAX, parser


@pytest.mark.parametrize(("strict", "kind"), [(False, "hardbreak"), (True, "softbreak")])
def test_a_newline_breaks_the_line_unless_the_vault_is_strict(strict: bool, kind: str) -> None:
    _, inline, _ = parser(strict).parse("uno\ndos", {})
    assert [token.type for token in inline.children or ()] == ["text", kind, "text"]


@pytest.mark.parametrize("broken", ["uno  \ndos", "uno\\\ndos"])
def test_two_spaces_and_a_backslash_break_it_always(broken: str) -> None:
    _, inline, _ = parser(True).parse(broken, {})
    assert [token.type for token in inline.children or ()] == ["text", "hardbreak", "text"]


def test_a_parser_is_made_once_for_each_setting() -> None:
    assert parser(True) is parser(True)
    assert parser(True) is not parser(False)


def test_one_note_leaves_nothing_for_the_next() -> None:
    note = "a[^1] [b]\n\n[^1]: nota\n[b]: c.md\n"
    first, _ = parse("A.md", note)
    other, _ = parse("B.md", "a[^1] [b]")
    assert other.note.links == ()
    assert not any(token.type == "footnote_open" for token in other.tokens)
    assert parse("A.md", note)[0] == first


def test_every_rule_has_a_name_of_its_own() -> None:
    names = [rule.name for rule in SYNTAX]
    assert len(set(names)) == len(names)
