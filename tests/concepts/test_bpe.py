"""Byte-pair encoding: against the story told by hand, against its own naive path, against tiktoken."""

import itertools
import time
from collections import Counter

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from kbtool.concepts import bpe, merges, pieces

# Few letters, so that pairs repeat, overlap and tie all the time.
SMALL_TEXTS = st.text(alphabet="ab ñ", max_size=60)
WORDS = st.dictionaries(
    st.text(alphabet="abc", min_size=1, max_size=12).map(str.encode), st.integers(1, 5), max_size=12
)
PROSE = "el cielo es azul y el mar es azul; ¿qué más da? don't 1984 12, 12.5\n\n  fin " * 3


def test_the_encyclopedia_s_example_by_hand():
    tokenizer = bpe.train("aaabdaaabac", 259)
    assert tokenizer.merges == ((97, 97), (97, 98), (256, 257))
    assert tokenizer.encode("aaabdaaabac") == [258, 100, 258, 97, 99]
    assert tokenizer.ranks[b"aaab"] == 258


def test_count_pairs_counts_overlaps():
    assert bpe.count_pairs([5, 5, 5, 7]) == {(5, 5): 2, (5, 7): 1}
    assert bpe.count_pairs([5]) == {}


def test_apply_merge_goes_from_left_to_right_without_overlap():
    assert bpe.apply_merge([1, 1, 1, 2, 1, 1], (1, 1), 9) == [9, 1, 2, 9]
    assert bpe.apply_merge([1, 2, 1], (1, 2), 9) == [9, 1]
    assert bpe.apply_merge([2, 1], (1, 2), 9) == [2, 1]
    assert bpe.apply_merge([], (1, 2), 9) == []


def test_of_pairs_seen_equally_often_the_smallest_merges_first():
    # (98, 97) occurs first in the text and in the dictionary; (97, 98) is smaller; each occurs twice.
    assert merges.learn_merges({b"ba": 2, b"ab": 2}, 1) == [(97, 98)]
    assert merges.learn_merges_naive({b"ba": 2, b"ab": 2}, 1) == [(97, 98)]


def test_the_most_frequent_pair_merges_first_whatever_its_size():
    assert merges.learn_merges({b"ab": 2, b"zz": 3}, 2) == [(122, 122), (97, 98)]


def test_a_merge_never_crosses_pieces():
    assert merges.learn_merges({b"a": 100, b"b": 100}, 5) == []


@given(WORDS, st.integers(0, 40))
def test_learning_by_heap_equals_learning_by_recounting(words: dict[bytes, int], n: int):
    assert merges.learn_merges(words, n) == merges.learn_merges_naive(words, n)


@given(WORDS)
def test_no_two_merges_make_the_same_token(words: dict[bytes, int]):
    tokens = [bytes([byte]) for byte in range(256)]
    for left, right in merges.learn_merges(words, 60):
        tokens.append(tokens[left] + tokens[right])
    assert len(set(tokens)) == len(tokens)


@given(WORDS, st.text(alphabet="abc", min_size=1, max_size=100).map(str.encode))
def test_a_piece_by_heap_by_scan_and_by_replaying_the_merges_has_the_same_ids(words: dict[bytes, int], piece: bytes):
    learned = merges.learn_merges(words, 40)
    tokens = [bytes([byte]) for byte in range(256)]
    ids = list(piece)
    for i, (left, right) in enumerate(learned):
        tokens.append(tokens[left] + tokens[right])
        ids = merges.apply_merge(ids, (left, right), 256 + i)
    ranks = {token: rank for rank, token in enumerate(tokens)}
    assert pieces.merge_piece_naive(piece, ranks) == ids
    assert pieces.merge_piece(piece, ranks) == ids


@given(SMALL_TEXTS, st.text(max_size=60))
def test_any_text_survives_the_round_trip(corpus: str, text: str):
    tokenizer = bpe.train(corpus, 270)
    assert tokenizer.decode(tokenizer.encode(text)) == text


@settings(max_examples=40)
@given(
    SMALL_TEXTS,
    st.lists(st.sampled_from(["ab", " ", "ñandú", "\n", "it's", "42", "日本", "🙂", "\t", "!?"])).map("".join),
)
def test_tiktoken_gives_the_same_ids(corpus: str, text: str):
    tokenizer = bpe.train(PROSE + corpus, 300)
    assert tokenizer.encode(text) == tokenizer.to_tiktoken("own").encode(text)


def test_merges_read_back_from_ranks_are_those_learnt():
    tokenizer = bpe.train(PROSE, 320)
    counts = Counter(piece.encode() for piece in regex.findall(bpe.GPT2_PATTERN, PROSE))
    assert list(tokenizer.merges) == merges.learn_merges(counts, 320 - 256)
    assert all(tokenizer.ranks[token] >= 256 for token in tokenizer.ranks if len(token) > 1)


def test_merges_are_read_back_from_ranks_by_hand():
    assert list(pieces.replay({b"a": 97, b"b": 98, b"ab": 256, b"aab": 257})) == [(97, 98), (97, 256)]


def test_the_pattern_is_gpt_2_s():
    pieces_of = regex.compile(bpe.GPT2_PATTERN).findall
    text = "don't we'll: 3²+ x_1   \n fin  "
    assert pieces_of(text) == ["don", "'t", " we", "'ll", ":", " 3²", "+", " x", "_", "1", "   \n", " fin", "  "]


def test_pieces_are_worked_out_when_first_seen():
    tokenizer = bpe.train("abab abab", 258)
    known = pieces.Pieces(tokenizer.ranks)
    assert [known["abab"], known["ab"], known["ba"], known["ñ"]] == [[257], [256], [98, 97], [195, 177]]
    assert set(known) == {"abab", "ab", "ba", "ñ"}
    assert known["x" * 100] == [120] * 100


def test_pieces_are_words_with_the_space_before_them():
    tokenizer = bpe.train("la casa la casa la casa la casa", 400)
    assert b" casa" in tokenizer.ranks
    assert b"a casa" not in tokenizer.ranks
    assert b" la casa" not in tokenizer.ranks


def test_without_a_pattern_merges_cross_words():
    text = "la casa la casa la casa la casa"
    tokenizer = bpe.train(text, 400, pattern=None)
    assert any(b"a casa" in token for token in tokenizer.ranks)
    assert any(b"a casa" in tokenizer.decode_bytes([token_id]) for token_id in tokenizer.encode(text))
    assert tokenizer.encode(text) == tokenizer.to_tiktoken("whole").encode(text)


def test_bytes_train_like_the_text_they_encode():
    assert bpe.train(PROSE.encode(), 300).ranks == bpe.train(PROSE, 300).ranks
    assert bpe.train(b"\xff\xfe\xff\xfe", 257, pattern=None).merges == ((255, 254),)
    with pytest.raises(UnicodeDecodeError):
        bpe.train(b"\xff\xfe", 257)


def test_the_vocabulary_has_the_size_asked_for_or_what_the_text_gives():
    assert bpe.train(PROSE, 280).vocab_size == 280
    assert bpe.train(PROSE, 280, special=("<a>", "<b>")).vocab_size == 280
    assert bpe.train("ab", 300).vocab_size == 257
    assert bpe.train("", 300).vocab_size == 256


def test_special_tokens_need_leave():
    tokenizer = bpe.train("la casa", 258, special=("<fin>", "<fin>2"))
    assert tokenizer.special == {"<fin>": 256, "<fin>2": 257}
    assert tokenizer.encode("a<fin>") == list(b"a<fin>")
    assert tokenizer.encode("a<fin>b", allowed=("<fin>",)) == [97, 256, 98]
    assert tokenizer.encode("<fin>2<fin>", allowed=("<fin>", "<fin>2")) == [257, 256]
    assert tokenizer.decode([97, 256]) == "a<fin>"
    assert tokenizer.to_tiktoken("s").encode("a<fin>b", allowed_special={"<fin>"}) == [97, 256, 98]


def test_half_a_character_decodes_to_the_replacement_sign_but_exactly_as_bytes():
    tokenizer = bpe.train("", 256)
    first, second = tokenizer.encode("ñ")
    assert tokenizer.decode([first]) == "�"
    assert tokenizer.decode_bytes([first]) == b"\xc3"
    assert tokenizer.decode([first, second]) == "ñ"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: bpe.train("a", 255), "vocab_size 255 has no room for 256 bytes and 0"),
        (lambda: bpe.train("a", 257, special=("x", "y")), "no room for 256 bytes and 2"),
        (lambda: bpe.train("a", 300, special=("x", "x")), "must be different"),
        (lambda: bpe.train("a", 256).decode([256]), "no token has id 256; the vocabulary has 256"),
        (lambda: bpe.train("a", 256).encode("a", allowed=("<z>",)), r"no special tokens: \['<z>'\]"),
        (lambda: bpe.Tokenizer({b"a": 0}), r"missing: \[0, 1, 2, 3, 4\] \(255 in all\)"),
        (lambda: bpe.Tokenizer({bytes([i]): i for i in range(256)}, special={"x": 7}), r"taken: \[7\]"),
        (lambda: bpe.Tokenizer({bytes([i]): i for i in range(256)} | {b"abc": 256}).merges, "merge it into 3, not 2"),
    ],
)
def test_what_does_not_fit_is_said(call, says: str):
    with pytest.raises(ValueError, match=says):
        call()


def test_a_long_piece_takes_seconds_not_hours():
    tokenizer = bpe.train("abcabcabd" * 50, 280)
    letters = "".join(a + b for a, b in itertools.islice(itertools.cycle(itertools.product("abcd", repeat=2)), 50_000))
    started = time.process_time()
    ids = tokenizer.encode(letters)
    assert time.process_time() - started < 5
    assert tokenizer.decode(ids) == letters


def test_training_is_not_slowed_by_repetition():
    """Only distinct pieces are merged: a thousand times the text costs no thousand times the work."""
    once, often = Counter(PROSE.split()), Counter(PROSE.split() * 1000)
    assert merges.learn_merges({w.encode(): n for w, n in often.items()}, 50) == merges.learn_merges(
        {w.encode(): n for w, n in once.items()}, 50
    )
