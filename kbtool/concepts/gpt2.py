"""GPT-2's own vocabulary, from ranks that come with the package: no network, the same ids as
`tiktoken.get_encoding("gpt2")`.

    id of a token = its rank = when its merge was learnt         50,256: `<|endoftext|>`

50,257 tokens = 256 bytes + 50,000 merges + `<|endoftext|>`. `data/README.md` tells the origin and licence of the
ranks. Source: A. Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), section 2.2.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import lzma
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path

import tiktoken

from .bpe import GPT2_PATTERN

PACKED = Path(__file__).parent / "data" / "gpt2_ranks.xz"
PACKED_SHA256 = "337bccb84c89e2cd5440677141dec584222dc28caec6377f3fc49945c855348a"
END_OF_TEXT = "<|endoftext|>"
N_RANKS = 50_256


@cache
def gpt2() -> tiktoken.Encoding:
    """The encoding of GPT-2 (and of GPT-3's first models). A tenth of a second the first time, then kept: O(1).

    Ids are int, 0 to 50,256. Source: Radford et al. (2019), section 2.2.

    >>> gpt2().n_vocab
    50257
    >>> gpt2().encode("Hello, world!")
    [15496, 11, 995, 0]
    """
    return tiktoken.Encoding(
        "gpt2",
        pat_str=GPT2_PATTERN,
        mergeable_ranks=ranks(),
        special_tokens={END_OF_TEXT: N_RANKS},
        explicit_n_vocab=N_RANKS + 1,
    )


def ranks(path: Path = PACKED) -> dict[bytes, int]:
    """The bytes of each of GPT-2's 50,256 ordinary tokens -> its id. ValueError if the packed file is not the one
    that was packed. O(size of the file).

    Source: Radford et al. (2019), section 2.2; `data/README.md`.

    >>> ranks()[" the".encode()]
    262
    """
    packed = path.read_bytes()
    digest = hashlib.sha256(packed).hexdigest()
    if digest != PACKED_SHA256:
        raise ValueError(f"{path.name} is damaged (sha256 {digest}, not {PACKED_SHA256}): reinstall the package")
    return unpack(lzma.decompress(packed), N_RANKS)


def unpack(data: bytes, n: int) -> dict[bytes, int]:
    """Ranks from `n` bytes of lengths followed by the tokens, end to end. ValueError if the lengths do not add up to
    the rest. O(len(data)).

    Source: kbtool's own form of the ranks of Radford et al. (2019): ranks are places, so only lengths need be told.

    >>> unpack(bytes([1, 2]) + b"abc", 2)
    {b'a': 0, b'bc': 1}
    """
    bounds = list(accumulate(data[:n], initial=n))
    if len(bounds) != n + 1 or bounds[-1] != len(data):
        raise ValueError(f"{n} lengths end at byte {bounds[-1]}, the data at {len(data)}")
    return {data[start:stop]: rank for rank, (start, stop) in enumerate(pairwise(bounds))}


def load_ranks(path: str | Path) -> dict[bytes, int]:
    """Ranks from a file in tiktoken's format: a line a token, its bytes in base64, a space, its rank. O(size of the
    file).

    `bpe.Tokenizer(load_ranks(path))` is a vocabulary from it. ValueError with the line's number for a line of another
    form and for a token or a rank given twice. Source: tiktoken, `load_tiktoken_bpe`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "own.tiktoken")
    ...     _ = file.write_text("YQ== 0\\nYmM= 1\\n")
    ...     load_ranks(file)
    {b'a': 0, b'bc': 1}
    """
    loaded: dict[bytes, int] = {}
    seen: set[int] = set()
    for number, line in enumerate(Path(path).read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            encoded, written = line.split()
            token, rank = base64.b64decode(encoded, validate=True), int(written)
        except (ValueError, binascii.Error) as fault:
            raise ValueError(f"{path}:{number}: not 'base64 rank': {line[:60]!r}") from fault
        if token in loaded or rank in seen:
            raise ValueError(f"{path}:{number}: token {token!r} or rank {rank} is given twice")
        loaded[token] = rank
        seen.add(rank)
    return loaded
