"""The few words that a note is about."""

from __future__ import annotations

from kbtool.search import gist_of


def terms(**lines: str) -> str:
    """The lines by the weight of their words: `w9` has those of a short title, `w2` those that stand there twice."""
    return "\n".join(lines.get(f"w{weight}", "") for weight in range(1, 10))


def test_weighty_words_come_first_and_each_stem_once() -> None:
    assert gist_of(terms(w9="embeddings", w6="vector embedding", w4="coseno")) == "embed vector cosen"


def test_what_stands_there_once_does_not_count() -> None:
    assert gist_of(terms(w1="accident", w9="token")) == "token"


def test_words_said_twice_fill_up_a_short_note_only() -> None:
    often = " ".join(f"word{letter}x" for letter in "abcdefghijkl")
    assert "softmax" in gist_of(terms(w2="softmax"))
    assert "softmax" not in gist_of(terms(w2="softmax", w3=often))


def test_numbers_short_words_and_those_that_say_little_do_not_count() -> None:
    assert gist_of(terms(w5="2024 cada the para", w8="bpe 12 de")) == "bpe"


def test_a_long_note_is_told_by_32_words() -> None:
    assert len(gist_of(terms(w4=" ".join(f"x{n}yz" for n in range(99)))).split()) == 32


def test_the_order_of_words_does_not_matter() -> None:
    assert gist_of(terms(w4="alpha gamma beta")) == gist_of(terms(w4="beta alpha gamma"))
