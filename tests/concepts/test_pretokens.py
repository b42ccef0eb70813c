"""Cutting a text into pieces: by hand, and against the regular expression read for itself."""

from collections import Counter
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.concepts import bpe, gpt2, pretokens

TEXTS = st.text(alphabet=st.sampled_from("ab ñ1²٣.,'\n\t 😀\u00a0\u3000ᄀe\u0301"), max_size=40)
LONE = st.text(alphabet=st.sampled_from("a \ud83d\ude00ñ\udfff"), max_size=12)


@cache
def own_gpt2() -> bpe.Tokenizer:
    return bpe.Tokenizer(gpt2.ranks())


def test_pieces_by_hand():
    text = "don't we'll: 3²+ x_1   \n fin  "
    expected = ["don", "'t", " we", "'ll", ":", " 3²", "+", " x", "_", "1", "   \n", " fin", "  "]
    assert pretokens.split(text) == expected
    assert pretokens.split(text, None) == [text]
    assert pretokens.split("", None) == []


@given(TEXTS)
def test_the_pieces_joined_are_the_text(text: str):
    assert "".join(pretokens.split(text)) == text
    assert "".join(pretokens.split_at(text, ["a", "b 1"])) == text


def test_a_text_is_parted_at_the_longest_name():
    assert pretokens.split_at("x<a>b<a>", ["<a>", "<a>b"]) == ["x", "<a>b", "", "<a>", ""]
    assert pretokens.split_at("a.b", ["."]) == ["a", ".", "b"]
    assert pretokens.split_at("a", []) == ["a"]


@given(TEXTS)
def test_pieces_are_counted_as_bytes(text: str):
    counted = pretokens.count_pieces(text)
    assert counted == Counter(piece.encode() for piece in pretokens.split(text))
    assert pretokens.count_pieces(text.encode()) == counted
    assert pretokens.count_pieces(text, None) == {text.encode(): 1}


def test_halves_of_characters_are_joined_or_replaced():
    assert pretokens.whole_characters("a\ud83d\ude00b\ud83d") == "a😀b\ufffd"
    assert pretokens.whole_characters("\ude00\ud83d") == "\ufffd\ufffd"
    assert pretokens.whole_characters("ñ😀") == "ñ😀"


@given(LONE)
def test_halves_of_characters_have_tiktoken_s_ids(text: str):
    assert own_gpt2().encode(text) == gpt2.gpt2().encode_ordinary(text)


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 ﬁ Ǆ",
        " \t\n\r\x0b\x0c\x1c\x85\u00a0\u2003\u3000 x  \n\n y   ",
        "1234567890 ١٢٣ ²³ Ⅷ ½ 3.14e-10 1_000",
        "don't DON'T we’ll 'tis 's",
        "\x00\x01\u200b\ufeff\U0010ffff",
        "漢字かな한국어 ไทย हिन्दी العربية",
        "a" * 300 + " " * 300 + "\n" * 5,
        "<|endoftext|>",
        "",
    ],
)
def test_odd_texts_have_tiktoken_s_ids(text: str):
    tokenizer = own_gpt2()
    ids = gpt2.gpt2().encode_ordinary(text)
    assert tokenizer.encode(text) == ids
    assert tokenizer.decode(ids) == gpt2.gpt2().decode(ids) == text
