"""The index against a plain count of words, and how it is shared out."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from kbtool.render import Said, Section
from kbtool.search import Shares, changed_shards, index_of, postings, shares_of, terms_of
from kbtool.search.stems import stem
from kbtool.search.terms import stripe

WORDS = st.lists(st.sampled_from(["capa", "capas", "vector", "vectores", "q", "entre", "entrada", "2026", "zz"]))
NOTES = st.lists(WORDS, max_size=60)


def terms(text: str, title: str = "", headings: tuple[str, ...] = ()) -> str:
    sections = (Section("", 0, (text,)), *(Section("a", 2, (heading,)) for heading in headings))
    return terms_of(Said(title, (), sections))


def read(told: str) -> dict[str, dict[int, int]]:
    """A shard as the browser reads it: stem -> note -> weight."""
    found: dict[str, dict[int, int]] = {}
    for line in told.split("\n") if told else ():
        head, _, notes = line.partition(" ")
        number, entries = 0, {}
        for step, letter in re.findall("([0-9a-z]+)([A-I])", notes):
            number += int(step, 36)
            entries[number] = ord(letter) - ord("A") + 1
        found[head.split("/")[0]] = entries
    return found


@given(NOTES, st.sampled_from([1, 4, 128]))
def test_every_word_is_found_where_it_stands_and_in_the_shard_of_its_letters(
    notes: list[list[str]], shards: int
) -> None:
    index = index_of((terms(" ".join(words)) for words in notes), shards)
    expected: dict[str, set[int]] = {}
    for number, words in enumerate(notes):
        for word in words:
            expected.setdefault(stem(word), set()).add(number)
    told = {shard: read(postings(index, shard)) for shard in range(shards)}
    assert {root: set(entries) for found in told.values() for root, entries in found.items()} == expected
    assert all(stripe(root) % shards == shard for shard, found in told.items() for root in found)


def test_titles_weigh_more_than_headings_and_those_more_than_text() -> None:
    notes = [terms("capa " * 20), terms("capa"), terms("", headings=("Capas",)), terms("", title="La capa")]
    weights = read(postings(index_of(notes, 1), 0))["cap"]
    assert sorted(weights, key=weights.__getitem__) == [1, 0, 2, 3]


def test_a_stem_has_the_endings_that_complete_it() -> None:
    told = postings(index_of([terms("vector"), terms("vectores capa")], 1), 0)
    assert [line.split()[0] for line in told.split("\n")] == ["cap/a", "vector//es"]


@given(NOTES, WORDS)
def test_only_shards_that_are_told_to_change_do(notes: list[list[str]], words: list[str]) -> None:
    before = [terms(" ".join(note)) for note in [[], *notes]]
    now = [terms(" ".join(words)), *before[1:]]
    was, is_now = index_of(before, 8), index_of(now, 8)
    differ = {shard for shard in range(8) if postings(was, shard) != postings(is_now, shard)}
    assert differ <= changed_shards(before[0], now[0], 8)


@given(st.sets(st.text(min_size=1, max_size=8), max_size=80))
def test_every_note_is_in_one_group_and_has_one_number(paths: set[str]) -> None:
    shares = shares_of(paths)
    assert sorted(shares.paths) == sorted(paths)
    assert shares == shares_of(sorted(paths, reverse=True))


def test_a_note_more_changes_one_group() -> None:
    paths = [f"{n}.md" for n in range(100)]
    before, now = shares_of(paths), shares_of([*paths, "new.md"])
    assert sum(one != other for one, other in zip(before.groups, now.groups, strict=True)) == 1


def test_a_large_vault_has_more_and_not_larger_shares() -> None:
    small, large = (shares_of(f"{n}.md" for n in range(size)) for size in (1_000, 10_000))
    assert [_size(small), _size(large)] == [(32, 256), (128, 2048)]


def _size(shares: Shares) -> tuple[int, int]:
    return shares.shards, len(shares.groups)
