"""The lessons: what a language model is made of, one idea a file.

Each lesson is a pure function with its formula, shapes, cost and source, a naive path that reads like the formula
beside the path one would use, and a thin `torch.nn.Module` where the idea has weights. Shapes are written with the
letters of the literature: `B` sequences in a batch, `T` tokens (`S` where the keys are others than the queries), `C`
= `d_model` channels, `H` heads, `V` tokens of the vocabulary.

Nothing is imported until it is asked for: `from kbtool.concepts import attention` loads torch, this file does not.

>>> from kbtool.concepts import bpe
>>> bpe.train("aaabdaaabac", vocab_size=259).encode("aaab")
[258]
"""

from importlib import import_module
from types import ModuleType

LESSONS = (
    "activations",
    "adamw",
    "attention",
    "autograd",
    "bpe",
    "contrastive",
    "corpus",
    "embedding",
    "encoder_decoder",
    "gpt",
    "gpt2",
    "gpt_sizes",
    "heads",
    "kv_cache",
    "layers",
    "masks",
    "merges",
    "multihead",
    "network",
    "norms",
    "online_softmax",
    "pieces",
    "positions",
    "pretokens",
    "recurrent",
    "sampling",
    "schedules",
    "similarity",
    "softmax",
    "toy",
    "training",
    "transformer",
    "window",
)

__all__ = ["LESSONS"]


def __getattr__(name: str) -> ModuleType:
    """`concepts.attention` without an import of its own: a lesson is loaded the first time it is named (PEP 562)."""
    if name not in LESSONS:
        raise AttributeError(f"module {__name__!r} has no lesson {name!r}; there are: {', '.join(LESSONS)}")
    return import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *LESSONS})
