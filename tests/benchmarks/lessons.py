"""Rows that time the lessons. Each is a function of its own process (`lesson.py NAME`): a warmed library in one would
be a different library for the next."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench import Bench
from figures import Figure
from measure import cost

__all__ = ["attention", "bpe_encode", "bpe_train", "gpt"]

_LESSON = Path(__file__).parent / "lesson.py"


def _timed(bench: Bench, name: str) -> dict[str, float]:
    measured: dict[str, float] = json.loads(cost([sys.executable, _LESSON, name], cwd=bench.scratch).stdout)
    return measured


def attention(bench: Bench) -> list[Figure]:
    """own multi-head attention beside torch's, (8, 256, 512), 8 heads, fp32"""
    found = _timed(bench, "attention")
    middle_half = f"half of the pairs within {found['low']:.2f} to {found['high']:.2f}"
    return [
        Figure("forward without gradients / nn.MultiheadAttention", found["forward"], "x", 1.05, note=middle_half),
        Figure("forward and backward / nn.MultiheadAttention", found["backward"], "x", 1.05),
        Figure("largest difference of the outputs", found["difference"], "", 1e-6),
    ]


def gpt(bench: Bench) -> list[Figure]:
    """a training step of a GPT (6 layers, d 384, T 256, B 4, fp32) beside bare matrix products"""
    found = _timed(bench, "gpt")
    return [
        Figure("arithmetic of a step / fp32 matmul rate", 100 * found["share"], "%", 55, at_least=True),
        Figure("a step, wall", found["step"], "s", note=f"{found['threads']:.0f} threads"),
        Figure("fp32 matmul 1024³", found["rate"] / 1e9, "GFLOP/s"),
    ]


def bpe_encode(bench: Bench) -> list[Figure]:
    """own BPE encoder beside tiktoken, GPT-2's vocabulary"""
    found = _timed(bench, "bpe-encode")
    text = f"{found['bytes'] / 1e6:.1f} MB, {found['words']:,.0f} distinct words"
    return [
        Figure("first text / tiktoken", found["cold"], "x", 5, note=text),
        Figure("the same text again / tiktoken", found["warm"], "x", 2),
        Figure("tiktoken", found["bytes"] / 1e6 / found["tiktoken"], "MB/s"),
    ]


def bpe_train(bench: Bench) -> list[Figure]:
    """learning merges beside the algorithm as one tells it"""
    found = _timed(bench, "bpe-train")
    note = f"{found['merges']:,.0f} merges from {found['bytes'] / 1e6:.1f} MB; the naive time is extrapolated"
    return [
        Figure("minbpe's algorithm / own", found["occurrences"], "x", 50, at_least=True, note=note),
        Figure("the same with equal pieces counted once / own", found["pieces"], "x"),
        Figure("own", found["own"], "s"),
    ]
