"""Byte-pair encoding: text -> token ids and back, with a vocabulary learnt from text.

    text  -> pieces (`pretokens`)  -> bytes  -> neighbours joined, lowest rank first (`pieces`)  -> ids

The order of joining is what training found (`merges`). Because every byte is a token, no text is out of vocabulary.
Sources: R. Sennrich, B. Haddow, A. Birch, "Neural Machine Translation of Rare Words with Subword Units" (2016), section
3.2; on bytes: A. Radford et al., "Language Models are Unsupervised Multitask Learners" (GPT-2, 2019), section 2.2.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

import regex
import tiktoken

from .merges import N_BYTES, Pair, apply_merge, count_pairs, learn_merges
from .pieces import Pieces, merge_piece, merge_piece_naive, replay
from .pretokens import GPT2_PATTERN, WHOLE_TEXT, count_pieces, split_at, whole_characters

__all__ = ["GPT2_PATTERN", "Tokenizer", "apply_merge", "count_pairs", "merge_piece", "merge_piece_naive", "train"]


@dataclass(frozen=True, eq=False)
class Tokenizer:
    """A vocabulary and the two ways through it. `ranks` gives each token's bytes its id; `special` names tokens
    beside them.

    `train` makes one from text; `Tokenizer(ranks)` takes ready ranks, GPT-2's for instance. The ranks must hold the
    256 single bytes (ValueError otherwise). A lower rank merges earlier. Source: Sennrich et al. (2016), section 3.2.

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
        """The pairs of ids in the order in which they merge, as `pieces.replay` reads them back from the ranks."""
        return tuple(replay(self.ranks))

    def encode(self, text: str, allowed: Collection[str] = ()) -> list[int]:
        """Ids of `text`. Special tokens are plain text unless named in `allowed`, for a text from outside must not
        forge one.

        O(T) dictionary look-ups once a piece is known; the first sight of a piece of n bytes costs its merges. Half a
        surrogate pair counts as U+FFFD, as in tiktoken. ValueError for a name in `allowed` that is no special token.

        >>> train("la casa", 257, special=("<fin>",)).encode("la<fin>", allowed=("<fin>",))
        [108, 97, 256]
        """
        if unknown := set(allowed) - set(self.special):
            raise ValueError(f"no special tokens: {sorted(unknown)}; there are {sorted(self.special)}")
        ids: list[int] = []
        for i, part in enumerate(split_at(whole_characters(text), allowed)):
            ids.extend([self.special[part]] if i % 2 else self._encode_plain(part))
        return ids

    def _encode_plain(self, text: str) -> Iterable[int]:
        return chain.from_iterable(map(self._pieces.__getitem__, self._splitter.findall(text)))

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`; bytes that are no UTF-8 (a character cut in two) show as U+FFFD. ValueError for an
        unknown id. O(T).

        >>> train("la casa", 256).decode([195, 177])
        'ñ'
        """
        return self.decode_bytes(ids).decode(errors="replace")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of `ids`, joined: exact where `decode` must replace. O(T). ValueError for an unknown id.

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
        pattern = self.pattern or WHOLE_TEXT
        return tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=self.ranks, special_tokens=self.special)

    @cached_property
    def _pieces(self) -> Pieces:
        return Pieces(self.ranks)

    @cached_property
    def _splitter(self) -> regex.Pattern[str]:
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
    `vocab_size` has no room for the bytes and the special tokens, or a special token is given twice. Cost: O(T) to cut
    the text, then about the number of merges times the words that hold the pair. Source: Sennrich et al. (2016), 3.2.

    >>> train("aaabdaaabac", 259).merges
    ((97, 97), (97, 98), (256, 257))
    """
    n_merges = vocab_size - N_BYTES - len(special)
    if n_merges < 0:
        raise ValueError(f"vocab_size {vocab_size} has no room for {N_BYTES} bytes and {len(special)} special tokens")
    if len(set(special)) < len(special) or "" in special:
        raise ValueError(f"special tokens must be different and not empty: {list(special)}")
    tokens = [bytes([byte]) for byte in range(N_BYTES)]
    for left, right in learn_merges(count_pieces(text, pattern), n_merges):
        tokens.append(tokens[left] + tokens[right])
    ranks = {token: rank for rank, token in enumerate(tokens)}
    return Tokenizer(ranks, pattern, {name: len(tokens) + i for i, name in enumerate(special)})
