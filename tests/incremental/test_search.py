"""Which scripts of the index are made again for a change."""

from __future__ import annotations

import pytest
from stepwise import Files, Project, assert_clean

from kbtool.search import shares_of
from kbtool.search.terms import stripe

NOTES: Files = {f"f{n % 5}/N{n:03}.md": f"# Note {n}\n\nCommon words.\n" for n in range(120)}
PAGE, INDEX = "search.html", "search/index.js"
SHARES = shares_of(NOTES)
ALL_TERMS = {f"search/terms-{shard}.js" for shard in range(SHARES.shards)}
ALL_TEXTS = {f"search/texts-{group}.js" for group, notes in enumerate(SHARES.groups) if notes}
ONE = "f1/N001.md"


def texts(path: str) -> str:
    return f"search/texts-{SHARES.group_of(path)}.js"


def terms(word: str) -> str:
    return f"search/terms-{stripe(word) % SHARES.shards}.js"


@pytest.fixture
def built(project: Project) -> Project:
    project.put(NOTES)
    first = project.build()
    assert {url for url in first.made if url.startswith("search")} == {PAGE, INDEX, *ALL_TERMS, *ALL_TEXTS}
    return project


def made(project: Project) -> set[str]:
    outcome = project.build()
    assert_clean(project, outcome)
    return {url for url in outcome.made if url.startswith("search")}


def test_a_new_word_changes_its_shard_and_its_notes_text(built: Project) -> None:
    built.edit(ONE, "Common words", "Common zebra words")
    assert made(built) == {texts(ONE), terms("zebra")}


def test_words_in_another_order_are_found_where_they_were(built: Project) -> None:
    built.edit(ONE, "Common words", "Words common")
    assert made(built) == {texts(ONE)}


def test_a_title_is_told_with_its_notes_text(built: Project) -> None:
    built.edit(ONE, "# Note 1\n", "---\ntitle: Zebra\n---\n# Note 1\n")
    assert made(built) == {texts(ONE), terms("zebra"), terms("note"), terms("1")}


def test_a_note_less_gives_all_others_new_numbers(built: Project) -> None:
    built.put({ONE: None})
    assert made(built) == {INDEX, *ALL_TERMS, texts(ONE)}


def test_a_draft_is_a_note_less(built: Project) -> None:
    built.edit(ONE, "# Note", "---\ndraft: true\n---\n# Note")
    assert made(built) == {INDEX, *ALL_TERMS, texts(ONE)}


def test_the_words_of_a_draft_change_nothing(built: Project) -> None:
    built.put({"f1/Draft.md": "---\ndraft: true\n---\nOne.\n"})
    assert made(built) == set()
    built.edit("f1/Draft.md", "One", "Zebra")
    assert made(built) == set()
