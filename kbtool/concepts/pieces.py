"""Encoding one piece of text: its bytes are joined, lowest rank first, into the tokens of the vocabulary.

    while a pair of neighbours has a rank:  join the one whose union ranks lowest, the leftmost of equals

Training wrote down in which order pairs merge; encoding replays that order on a piece it may never have seen. Source:
R. Sennrich, B. Haddow, A. Birch, "Neural Machine Translation of Rare Words with Subword Units" (2016), section 3.2 and
algorithm 1; by ranks of whole tokens instead of pairs: OpenAI's tiktoken.
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, pairwise

from .merges import Pair

SCAN_UP_TO = 64  # bytes: below, looking at every pair beats keeping a heap
UNRANKED = sys.maxsize  # worse than any rank: the pair does not merge
CACHE_LIMIT = 1 << 20  # pieces remembered; a natural text of 3 MB has some 50,000

Ranks = Mapping[bytes, int]  # the bytes of each token -> its id; a lower id merges earlier


def merge_piece_naive(piece: bytes, ranks: Ranks) -> list[int]:
    """Ids of one piece: join the pair of neighbours whose union has the lowest rank, the leftmost of equals, until
    none has one.

    `piece` must not be empty; each single byte must have a rank (KeyError otherwise). O(n²) for n bytes. Source:
    Sennrich et al. (2016), section 3.2.

    >>> merge_piece_naive(b"abab", {b"a": 97, b"b": 98, b"ab": 256})
    [256, 256]
    """
    parts = [piece[i : i + 1] for i in range(len(piece))]
    scores = [ranks.get(left + right, UNRANKED) for left, right in pairwise(parts)]
    while scores and (best := min(scores)) < UNRANKED:
        i = scores.index(best)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
        del scores[i]
        if i < len(scores):
            scores[i] = ranks.get(parts[i] + parts[i + 1], UNRANKED)
        if i:
            scores[i - 1] = ranks.get(parts[i - 1] + parts[i], UNRANKED)
    return [ranks[part] for part in parts]


def merge_piece(piece: bytes, ranks: Ranks) -> list[int]:
    """The same ids in O(n log n): a heap of (rank, position), and for each part where it ends and where its left
    neighbour starts.

    A piece of a hundred thousand letters without a space takes a second, not a day. KeyError as above. Source: Sennrich
    et al. (2016), section 3.2, the order kept in a heap.

    >>> merge_piece(b"abab", {b"a": 97, b"b": 98, b"ab": 256})
    [256, 256]
    """
    n = len(piece)
    end = list(range(1, n + 1))  # end[i]: where the part that starts at i ends; 0 once it is swallowed
    before = list(range(-1, n))  # before[i]: start of the part to the left; before[n] serves the last part

    def candidate(i: int) -> Iterable[tuple[int, int, int]]:
        """The union of the part at `i` with its right neighbour, as (rank, start, end), if it has a rank."""
        if i >= 0 and (middle := end[i]) < n:
            rank = ranks.get(piece[i : end[middle]])
            if rank is not None:
                yield rank, i, end[middle]

    heap = [entry for i in range(n) for entry in candidate(i)]
    heapq.heapify(heap)
    while heap:
        _, i, stop = heapq.heappop(heap)
        middle = end[i]
        if not 0 < middle < n or end[middle] != stop:  # one of the two parts has changed since
            continue
        end[i], end[middle], before[stop] = stop, 0, i
        for entry in chain(candidate(before[i]), candidate(i)):
            heapq.heappush(heap, entry)
    return [ranks[piece[i : end[i]]] for i in range(n) if end[i]]


def replay(ranks: Ranks) -> Iterator[Pair]:
    """The pairs of ids in the order in which they merge: a token's pair is what its bytes come to when only lower
    ranks may merge.

    O(bytes of all tokens). ValueError for a token that no pair makes. Source: Sennrich et al. (2016), section 3.2.

    >>> list(replay({b"a": 97, b"b": 98, b"ab": 256, b"aab": 257}))
    [(97, 98), (97, 256)]
    """
    lower: dict[bytes, int] = {}
    for token, rank in sorted(ranks.items(), key=lambda item: item[1]):
        if len(token) > 1:
            parts = merge_piece_naive(token, lower)
            if len(parts) != 2:
                raise ValueError(f"token {token!r} (rank {rank}): lower ranks merge it into {len(parts)}, not 2")
            yield parts[0], parts[1]
        lower[token] = rank


class Pieces(dict[str, list[int]]):
    """Piece -> ids, worked out the first time it is seen: in a natural text most pieces are old friends."""

    def __init__(self, ranks: Ranks) -> None:
        super().__init__()
        self.ranks = ranks

    def __missing__(self, piece: str) -> list[int]:
        data = piece.encode()
        whole = self.ranks.get(data)
        if whole is not None:
            ids = [whole]
        else:
            merge = merge_piece_naive if len(data) <= SCAN_UP_TO else merge_piece
            ids = merge(data, self.ranks)
        if len(self) >= CACHE_LIMIT:
            self.clear()
        self[piece] = ids
        return ids
