"""Times one lesson in this process and prints what it found as JSON: `lesson.py attention|gpt|bpe-encode|bpe-train`."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from random import Random

import regex
import torch
from gen_vault import made_words
from torch import Tensor, nn

from kbtool.concepts.bpe import GPT2_PATTERN, Tokenizer
from kbtool.concepts.gpt import GPT, GPTConfig
from kbtool.concepts.gpt2 import gpt2, ranks
from kbtool.concepts.merges import N_BYTES, Pair, apply_merge, learn_merges, learn_merges_naive
from kbtool.concepts.multihead import MultiHeadAttention

Found = dict[str, float]


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _ratio(ours: Callable[[], object], theirs: Callable[[], object], times: int) -> float:
    """The median of paired ratios."""
    return statistics.median(_ratios(ours, theirs, times))


def _ratios(ours: Callable[[], object], theirs: Callable[[], object], times: int) -> list[float]:
    """Each side once for a start, then pairs; which of the two goes first changes from pair to pair."""
    ours()
    theirs()
    pairs = []
    for number in range(times):
        if number % 2:
            other = _seconds(theirs)
            pairs.append(_seconds(ours) / other)
        else:
            own = _seconds(ours)
            pairs.append(own / _seconds(theirs))
    return pairs


# ---------------------------------------------------------------- attention


def attention() -> Found:
    torch.manual_seed(0)
    theirs = nn.MultiheadAttention(512, 8, batch_first=True)
    ours = MultiHeadAttention.from_torch(theirs)
    x = torch.randn(8, 256, 512, requires_grad=True)

    def torch_forward() -> Tensor:
        output: Tensor = theirs(x, x, x, need_weights=False)[0]
        return output

    def training(forward: Callable[[], Tensor]) -> Callable[[], object]:
        return lambda: forward().sum().backward()  # type: ignore[no-untyped-call]

    backward = _ratio(training(lambda: ours(x)), training(torch_forward), 20)
    ours.eval()
    theirs.eval()
    with torch.no_grad():
        difference = (ours(x) - torch_forward()).abs().max().item()
        low, middle, high = statistics.quantiles(_ratios(lambda: ours(x), torch_forward, 20), n=4)
    return {"forward": middle, "low": low, "high": high, "backward": backward, "difference": difference}


# ---------------------------------------------------------------- GPT

_BATCH, _LENGTH, _LAYERS, _WIDTH, _VOCABULARY = 4, 256, 6, 384, 256


def gpt() -> Found:
    """Steps and bare products in turn, so that both have the same share of a noisy machine."""
    torch.manual_seed(0)
    config = GPTConfig(_VOCABULARY, _LENGTH, _LAYERS, 6, _WIDTH)
    model = GPT(config)
    optimizer = torch.optim.AdamW(model.parameters())
    ids = torch.randint(_VOCABULARY, (_BATCH, _LENGTH + 1))
    a = torch.randn(1024, 1024)

    def step() -> None:
        optimizer.zero_grad()
        model.loss(ids[:, :-1], ids[:, 1:]).backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    step()
    pairs = [(_seconds(step), _seconds(lambda: [a @ a for _ in range(8)]) / 8) for _ in range(20)]
    rates = [2 * 1024**3 / product for _, product in pairs]
    shares = [_operations() / seconds / rate for (seconds, _), rate in zip(pairs, rates, strict=True)]
    return {
        "share": statistics.median(shares),
        "step": statistics.median(seconds for seconds, _ in pairs),
        "rate": statistics.median(rates),
        "threads": torch.get_num_threads(),
    }


def _operations() -> float:
    """Additions and multiplications of the matrix products of a step: backward costs twice forward.

    Of the attention's scores only the half that the causal mask leaves counts; norms, GELU and the optimizer do not.
    """
    weights = 12 * _WIDTH**2 * _LAYERS + _WIDTH * _VOCABULARY
    scores = 2 * _LENGTH * _WIDTH * _LAYERS / 2
    return 3 * 2 * (weights + scores) * _BATCH * _LENGTH


# ---------------------------------------------------------------- BPE


def _text(size: int, vocabulary: int) -> str:
    """Words that Spanish might have had, each at least once and the n-th in proportion to 1/n (Zipf), and signs."""
    random = Random(0)
    words = made_words(vocabulary, random)
    weights = list(accumulate(1 / n for n in range(1, vocabulary + 1)))
    drawn = random.choices(words, cum_weights=weights, k=size // 8)
    spread = random.sample([*drawn, *words], len(drawn) + len(words))
    return "".join(f"{word}{random.choice(_BETWEEN)}" for word in spread)


_BETWEEN = (*([" "] * 12), ", ", ". ", ".\n")


def bpe_encode() -> Found:
    text = _text(3_000_000, 60_000)
    theirs, tokens = gpt2(), ranks()

    def cold() -> None:
        Tokenizer(tokens).encode(text)

    ours = Tokenizer(tokens)
    assert ours.encode(text) == theirs.encode_ordinary(text), "the two give different ids"
    return {
        "cold": _ratio(cold, lambda: theirs.encode_ordinary(text), 5),
        "warm": _ratio(lambda: ours.encode(text), lambda: theirs.encode_ordinary(text), 5),
        "tiktoken": statistics.median(_seconds(lambda: theirs.encode_ordinary(text)) for _ in range(3)),
        "bytes": len(text.encode()),
        "words": len(set(regex.findall(r"\p{L}+", text))),
    }


_MERGES, _SAMPLE = 2000, 5


def bpe_train() -> Found:
    """The naive path costs time in proportion to the ids that are left, so a few merges tell the rate of all.

    minbpe keeps every piece as often as it occurs; `learn_merges_naive` counts equal pieces once, as the own path does.
    """
    text = _text(1_000_000, 20_000)
    pieces = {piece.encode(): times for piece, times in Counter(regex.findall(GPT2_PATTERN, text)).items()}
    own = statistics.median(_seconds(lambda: learn_merges(pieces, _MERGES)) for _ in range(3))
    merges = learn_merges(pieces, _MERGES)
    assert learn_merges_naive(pieces, _SAMPLE) == merges[:_SAMPLE], "the two learn different merges"
    naive = _seconds(lambda: learn_merges_naive(pieces, _SAMPLE))
    once, occurring = _ids_gone_through(pieces, merges)
    rate = naive / (_SAMPLE * sum(map(len, pieces)))
    return {
        "pieces": rate * once / own,
        "occurrences": rate * occurring / own,
        "own": own,
        "merges": len(merges),
        "bytes": len(text.encode()),
    }


def _ids_gone_through(pieces: Mapping[bytes, int], merges: Sequence[Pair]) -> tuple[int, int]:
    """The lengths of all pieces, added up over all merges: each piece once, and as often as it occurs."""
    order = {pair: number for number, pair in enumerate(merges)}
    gone_through = {piece: _lengths(piece, order) for piece in pieces}
    return sum(gone_through.values()), sum(gone_through[piece] * times for piece, times in pieces.items())


def _lengths(piece: bytes, order: Mapping[Pair, int]) -> int:
    """The number of ids of one piece before each merge, added up over all merges."""
    ids, total, done = list(piece), 0, 0
    while applicable := [(order[pair], pair) for pair in pairwise(ids) if pair in order]:
        number, pair = min(applicable)
        total += len(ids) * (number + 1 - done)
        done = number + 1
        ids = apply_merge(ids, pair, N_BYTES + number)
    return total + len(ids) * (len(order) - done)


LESSONS: Mapping[str, Callable[[], Found]] = {
    "attention": attention,
    "gpt": gpt,
    "bpe-encode": bpe_encode,
    "bpe-train": bpe_train,
}

if __name__ == "__main__":
    print(json.dumps(LESSONS[sys.argv[1]]()))
