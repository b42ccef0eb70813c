"""Learning the merges of byte-pair encoding: the pair of neighbours seen most often becomes one symbol, again and
again.

    merge number i:  (a, b) = the pair with the highest count, among equals the smallest;  256 + i = a b

Sources: P. Gage, "A New Algorithm for Data Compression" (1994); R. Sennrich, B. Haddow, A. Birch, "Neural Machine
Translation of Rare Words with Subword Units" (2016), section 3.2. Working on bytes instead of characters: A. Radford
et al., "Language Models are Unsupervised Multitask Learners" (GPT-2, 2019), section 2.2.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

Pair = tuple[int, int]

N_BYTES = 256  # ids 0 to 255 are the bytes themselves; merge number i makes id 256 + i


def count_pairs(ids: Sequence[int]) -> dict[Pair, int]:
    """How often each pair of neighbours occurs in `ids`, overlaps included, in order of first sight. O(T).

    Source: Sennrich et al. (2016), algorithm 1, `get_stats`.

    >>> count_pairs([1, 1, 1, 2])
    {(1, 1): 2, (1, 2): 1}
    """
    return dict(Counter(pairwise(ids)))


def apply_merge(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """`ids` with each occurrence of `pair`, taken from left to right without overlap, replaced by `new_id`. O(T).

    Source: Sennrich et al. (2016), algorithm 1, `merge_vocab`.

    >>> apply_merge([1, 1, 1, 2], (1, 1), 256)
    [256, 1, 2]
    """
    merged: list[int] = []
    i, last = 0, len(ids) - 1
    while i <= last:
        if i < last and ids[i] == pair[0] and ids[i + 1] == pair[1]:
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def learn_merges_naive(pieces: Mapping[bytes, int], n_merges: int) -> list[Pair]:
    """The algorithm as one tells it: count everything, merge the best pair, start again. O(n_merges x T).

    `pieces` says how often each piece of text occurs; no merge crosses from one piece into the next. The best pair is
    the one with the **highest count; among equals the smallest pair** of ids. Without that second half of the rule
    two correct programs learn different vocabularies from one text. Source: Sennrich et al. (2016), algorithm 1.

    >>> learn_merges_naive({b"aaabdaaabac": 1}, 3)
    [(97, 97), (97, 98), (256, 257)]
    """
    words = [(list(piece), times) for piece, times in pieces.items()]
    merges: list[Pair] = []
    while len(merges) < n_merges:
        counts: Counter[Pair] = Counter()
        for ids, times in words:
            for pair, n in count_pairs(ids).items():
                counts[pair] += n * times
        if not counts:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        words = [(apply_merge(ids, best, N_BYTES + len(merges)), times) for ids, times in words]
        merges.append(best)
    return merges


def learn_merges(pieces: Mapping[bytes, int], n_merges: int) -> list[Pair]:
    """The same merges as `learn_merges_naive`, touching at each step only the pieces that hold the merged pair.

    Two facts make it fast. A merge changes counts only in the pieces where its pair occurs, so an index from pair to
    pieces spares the rest. And the count of an existing pair never grows (a merge only destroys old pairs and makes
    pairs with the new id), so a heap may keep outdated, too high counts: the top is checked when it is popped and put
    back with its true count. Fewer than `n_merges` come back when the text runs out of pairs. O(T log T) to begin with,
    then for each merge the ids of the pieces that hold it, times log of the number of pairs. Source: Sennrich et al.
    (2016), section 3.2: "indexing all pairs, and updating data structures incrementally".

    >>> learn_merges({b"aaabdaaabac": 1}, 3)
    [(97, 97), (97, 98), (256, 257)]
    """
    words = [list(piece) for piece in pieces]
    times = list(pieces.values())
    counts: Counter[Pair] = Counter()
    holders: defaultdict[Pair, set[int]] = defaultdict(set)  # pair -> indices of words that hold it (or once did)
    for i, ids in enumerate(words):
        for pair in pairwise(ids):
            counts[pair] += times[i]
            holders[pair].add(i)
    heap = [(-n, pair) for pair, n in counts.items()]  # smallest first: highest count, then smallest pair
    heapq.heapify(heap)
    merges: list[Pair] = []
    while len(merges) < n_merges and (best := _pop_best(heap, counts)) is not None:
        new_id = N_BYTES + len(merges)
        merges.append(best)
        born: set[Pair] = set()
        for i in holders.pop(best):
            old, n = words[i], times[i]
            new = words[i] = apply_merge(old, best, new_id)
            if len(new) == len(old):  # an earlier merge took the pair away from this word
                continue
            for pair in pairwise(old):
                counts[pair] -= n
            for pair in pairwise(new):
                counts[pair] += n
                if new_id in pair:
                    holders[pair].add(i)
                    born.add(pair)
        for pair in born:
            heapq.heappush(heap, (-counts[pair], pair))
    return merges


def _pop_best(heap: list[tuple[int, Pair]], counts: Counter[Pair]) -> Pair | None:
    """The pair with the highest true count, or None when no pair is left."""
    while heap:
        negative, pair = heapq.heappop(heap)
        count = counts[pair]
        if count == -negative:
            return pair if count else None
        if count:
            heapq.heappush(heap, (-count, pair))
    return None
