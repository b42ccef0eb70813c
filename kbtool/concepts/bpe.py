"""Byte-pair encoding: text -> token ids and back, with a vocabulary learnt from text.

A text is cut into pieces (a word with the space before it, a number, a run of signs) by `GPT2_PATTERN`; each piece
starts as its UTF-8 bytes, and pairs of neighbours are joined in the order in which training found them. Because every
byte is a token, no text is out of vocabulary. Sources: Sennrich et al. (2016), section 3.2; GPT-2 (Radford et al.,
2019), section 2.2; `merges.py` learns.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

import regex
import tiktoken

from .merges import N_BYTES, Pair, apply_merge, count_pairs, learn_merges
from .pieces import Pieces, merge_piece, merge_piece_naive

__all__ = ["GPT2_PATTERN", "Tokenizer", "apply_merge", "count_pairs", "merge_piece", "merge_piece_naive", "train"]

# Contractions of English; a word, a number or signs, each with at most one space before; the rest of the white space.
GPT2_PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
WHOLE_TEXT = r"[\s\S]+"  # what `pattern=None` means: the text is one piece


@dataclass(frozen=True, eq=False)
class Tokenizer:
    """A vocabulary and the two ways through it. `ranks` gives each token's bytes its id; `special` names tokens
    beside them.

    `train` makes one from text; `Tokenizer(ranks)` takes ready ranks, GPT-2's for instance. The ranks must hold the
    256 single bytes (ValueError otherwise). A lower rank merges earlier.

    >>> tokenizer = train("aaabdaaabac", 259)
    >>> tokenizer.encode("aaabdaaabac")
    [258, 100, 258, 97, 99]
    """

    ranks: dict[bytes, int]
    pattern: str | None = GPT2_PATTERN
    special: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        missing = [byte for byte in range(N_BYTES) if bytes([byte]) not in self.ranks]
        if missing:
            raise ValueError(
                f"ranks must hold all {N_BYTES} single bytes; missing: {missing[:5]} ({len(missing)} in all)"
            )
        clash = set(self.special.values()) & set(self.ranks.values())
        if clash or len(set(self.special.values())) < len(self.special):
            raise ValueError(f"special tokens {self.special} need ids of their own; taken: {sorted(clash)}")

    @property
    def vocab_size(self) -> int:
        """Tokens in all: 256 bytes, the merges, the special ones."""
        return len(self.ranks) + len(self.special)

    @cached_property
    def merges(self) -> tuple[Pair, ...]:
        """The pairs of ids in the order in which they merge, read back from the ranks.

        A token's pair is what its bytes come to when only lower ranks may merge. ValueError for a token that no pair
        makes.

        >>> train("aaabdaaabac", 259).merges
        ((97, 97), (97, 98), (256, 257))
        """
        lower: dict[bytes, int] = {}
        pairs: list[Pair] = []
        for token, rank in sorted(self.ranks.items(), key=lambda item: item[1]):
            if len(token) > 1:
                parts = merge_piece_naive(token, lower)
                if len(parts) != 2:
                    raise ValueError(f"token {token!r} (rank {rank}): lower ranks merge it into {len(parts)}, not 2")
                pairs.append((parts[0], parts[1]))
            lower[token] = rank
        return tuple(pairs)

    def encode(self, text: str, allowed: Collection[str] = ()) -> list[int]:
        """Ids of `text`. Special tokens are plain text unless named in `allowed`, for a text from outside must not
        forge one.

        O(T) dictionary look-ups once a piece is known; the first sight of a piece of n bytes costs its merges.
        ValueError for a name in `allowed` that is no special token, and (UnicodeEncodeError) for a lone surrogate.

        >>> train("la casa", 257, special=("<fin>",)).encode("la<fin>", allowed=("<fin>",))
        [108, 97, 256]
        """
        unknown = set(allowed) - set(self.special)
        if unknown:
            raise ValueError(f"no special tokens: {sorted(unknown)}; there are {sorted(self.special)}")
        if not allowed:
            return self._encode_plain(text)
        # A capturing group keeps the separators: plain text at even places, special tokens at odd ones.
        longest_first = sorted(allowed, key=len, reverse=True)
        parts = regex.split("(" + "|".join(map(regex.escape, longest_first)) + ")", text)
        return [
            token_id
            for i, part in enumerate(parts)
            for token_id in ([self.special[part]] if i % 2 else self._encode_plain(part))
        ]

    def _encode_plain(self, text: str) -> list[int]:
        return list(chain.from_iterable(map(self._pieces.__getitem__, self._splitter.findall(text))))

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`; bytes that are no UTF-8 (a character cut in two) show as U+FFFD. ValueError for an
        unknown id. O(T).

        >>> train("la casa", 256).decode([195, 177])
        'ñ'
        """
        return self.decode_bytes(ids).decode(errors="replace")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of `ids`, joined: exact where `decode` must replace. ValueError for an unknown id.

        >>> train("la casa", 256).decode_bytes([195])
        b'\\xc3'
        """
        try:
            return b"".join([self._bytes_of[token_id] for token_id in ids])
        except KeyError as unknown:
            raise ValueError(f"no token has id {unknown}; the vocabulary has {self.vocab_size}") from None

    def to_tiktoken(self, name: str) -> tiktoken.Encoding:
        """The same vocabulary as a `tiktoken.Encoding` (Rust, several times as fast cold); it gives the same ids.

        >>> train("aaabdaaabac", 259).to_tiktoken("wiki").encode("aaabdaaabac")
        [258, 100, 258, 97, 99]
        """
        return tiktoken.Encoding(
            name,
            pat_str=self.pattern or WHOLE_TEXT,
            mergeable_ranks=self.ranks,
            special_tokens=self.special,
            explicit_n_vocab=self.vocab_size,
        )

    @cached_property
    def _pieces(self) -> Pieces:
        return Pieces(self.ranks)

    @cached_property
    def _splitter(self) -> "regex.Pattern[str]":
        return regex.compile(self.pattern or WHOLE_TEXT)

    @cached_property
    def _bytes_of(self) -> dict[int, bytes]:
        ordinary = {rank: token for token, rank in self.ranks.items()}
        return ordinary | {token_id: text.encode() for text, token_id in self.special.items()}


def train(
    text: str | bytes, vocab_size: int, *, pattern: str | None = GPT2_PATTERN, special: Sequence[str] = ()
) -> Tokenizer:
    """Learns a byte-level BPE vocabulary of `vocab_size` tokens (256 bytes + merges + `special`) from `text`.

    Each step merges the pair with the **highest count, among equals the smallest pair** of ids; overlaps count. Bytes
    keep their value as id, merge i gets 256 + i, special tokens follow. `pattern=None` lets merges cross words. A
    text that runs out of pairs gives a smaller vocabulary. Bytes that are no UTF-8 need `pattern=None`. ValueError if
    `vocab_size` has no room for the bytes and the special tokens, or a special token is given twice. Cost: about the
    number of merges times the words that hold the pair.

    >>> train("aaabdaaabac", 259).merges
    ((97, 97), (97, 98), (256, 257))
    """
    n_merges = vocab_size - N_BYTES - len(special)
    if n_merges < 0:
        raise ValueError(f"vocab_size {vocab_size} has no room for {N_BYTES} bytes and {len(special)} special tokens")
    if len(set(special)) < len(special) or "" in special:
        raise ValueError(f"special tokens must be different and not empty: {list(special)}")
    tokens = [bytes([byte]) for byte in range(N_BYTES)]
    for left, right in learn_merges(_count_pieces(text, pattern), n_merges):
        tokens.append(tokens[left] + tokens[right])
    ranks = {token: rank for rank, token in enumerate(tokens)}
    return Tokenizer(ranks, pattern, {name: len(tokens) + i for i, name in enumerate(special)})


def _count_pieces(text: str | bytes, pattern: str | None) -> dict[bytes, int]:
    """Each piece of the text and how often it occurs, in order of first sight."""
    if pattern is None:
        return {text.encode() if isinstance(text, str) else text: 1}
    decoded = text if isinstance(text, str) else text.decode()
    return {piece.encode(): n for piece, n in Counter(regex.findall(pattern, decoded)).items()}
