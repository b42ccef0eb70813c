"""GPT-2's vocabulary from the packed ranks."""

import base64
import lzma
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kbtool.concepts import bpe, gpt2

VAULT = Path(__file__).parents[2] / "vault"


def test_known_ids():
    encoding = gpt2.gpt2()
    assert encoding.n_vocab == 50_257
    assert encoding.max_token_value == 50_256
    assert encoding.encode("Hello, world!") == [15496, 11, 995, 0]
    assert encoding.encode("I HAD always thought") == [40, 367, 2885, 1464, 1807]
    assert encoding.encode("<|endoftext|>", allowed_special="all") == [50_256]
    assert gpt2.gpt2() is encoding


def test_the_ids_of_the_bytes_are_gpt_2_s_permutation():
    """Printable ASCII comes first in GPT-2's table, not byte 0."""
    ranks = gpt2.ranks()
    assert [ranks[b] for b in (b"!", b"~", b"\x00", b" ", b"\xff")] == [0, 93, 188, 220, 187]
    assert sorted(ranks.values()) == list(range(50_256))


@pytest.mark.parametrize(
    "text", ["¿Qué es un embedding?", "  dos  espacios\n\n\t", "日本語 🙂", "don't I'LL we've", "x" * 200]
)
def test_the_own_tokenizer_with_these_ranks_equals_tiktoken(text: str):
    own = bpe.Tokenizer(gpt2.ranks())
    assert own.encode(text) == gpt2.gpt2().encode(text)
    assert own.decode(own.encode(text)) == text


def test_the_own_tokenizer_equals_tiktoken_on_every_note_of_the_vault():
    own = bpe.Tokenizer(gpt2.ranks())
    notes = [note.read_text() for note in VAULT.rglob("*.md")]
    assert notes
    for text in notes:
        assert own.encode(text) == gpt2.gpt2().encode(text, disallowed_special=())


def test_spanish_takes_more_tokens_than_english():
    """Bytes a token, on one sentence and its translation: the vocabulary was learnt from English pages."""

    def bytes_a_token(text: str) -> float:
        return len(text.encode()) / len(gpt2.gpt2().encode(text))

    assert bytes_a_token("Attention takes a weighted mean of the values.") > 4.5
    assert bytes_a_token("La atención toma una media ponderada de los valores.") < 3.5


def test_a_file_with_other_content_is_noticed():
    """Well packed, of the right form, but not GPT-2's: only the sum tells."""
    tokens = [b"%05d" % i for i in range(50_256)]
    with TemporaryDirectory() as folder:
        other = Path(folder) / "gpt2_ranks.xz"
        other.write_bytes(lzma.compress(bytes(map(len, tokens)) + b"".join(tokens), preset=0))
        with pytest.raises(ValueError, match=r"gpt2_ranks\.xz is damaged"):
            gpt2.ranks(other)


def test_unpack_needs_lengths_that_add_up():
    assert gpt2.unpack(bytes([2, 0, 1]) + b"abc", 3) == {b"ab": 0, b"": 1, b"c": 2}
    with pytest.raises(ValueError, match="2 lengths end at byte 5, the data at 4"):
        gpt2.unpack(bytes([1, 2]) + b"ab", 2)


def test_load_ranks_reads_what_tiktoken_writes():
    tokenizer = bpe.train("el cielo es azul, el mar es azul", 290)
    lines = [base64.b64encode(token) + b" %d\n" % rank for token, rank in tokenizer.ranks.items()]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "own.tiktoken"
        file.write_bytes(b"".join(lines))
        loaded = gpt2.load_ranks(file)
    assert loaded == tokenizer.ranks
    assert bpe.Tokenizer(loaded).merges == tokenizer.merges


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("YQ== 0\nYg==\n", ":2: not 'base64 rank'"),
        ("YQ== 0\n\n*** 1\n", ":3: not 'base64 rank'"),
        ("YQ== x\n", ":1: not 'base64 rank'"),
        ("YQ== 0\nYQ== 1\n", ":2: token b'a' or rank 1 is given twice"),
        ("YQ== 0\nYg== 0\n", ":2: token b'b' or rank 0 is given twice"),
    ],
)
def test_load_ranks_names_the_line_that_is_wrong(tmp_path: Path, text: str, says: str):
    file = tmp_path / "own.tiktoken"
    file.write_text(text)
    with pytest.raises(ValueError, match=says):
        gpt2.load_ranks(file)
