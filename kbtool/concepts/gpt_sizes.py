"""The measures of a GPT, and how many numbers they make it learn.

    weights = V·C + T·C + L·(12·C² + 13·C) + 2·C         V tokens, T positions, L blocks of C channels

A block has 4·C² in attention, 8·C² in the feed-forward network, 9·C in their biases and 4·C in two norms; the table of
tokens counts once, though it is used at both ends. Source: A. Radford et al., "Language Models are Unsupervised
Multitask Learners" (GPT-2, 2019), table 2 (whose own counts, 117M to 1542M, were found to be wrong later).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class GPTConfig:
    """The measures of a GPT; the defaults are GPT-2 small's, 124,439,808 weights."""

    vocab_size: int = 50_257
    context: int = 1024
    n_layers: int = 12
    n_heads: int = 12
    d_model: int = 768


GPT2_SIZES: Mapping[str, GPTConfig] = MappingProxyType(
    {
        "small": GPTConfig(),
        "medium": GPTConfig(n_layers=24, n_heads=16, d_model=1024),
        "large": GPTConfig(n_layers=36, n_heads=20, d_model=1280),
        "xl": GPTConfig(n_layers=48, n_heads=25, d_model=1600),
    }
)


def count_weights(config: GPTConfig) -> int:
    """V·C + T·C + L·(12·C² + 13·C) + 2·C, an int; the number of heads does not matter. O(1).

    Equal to `GPT(config).n_parameters`, without making the model. Source: Radford et al. (2019), section 2.3 and table
    2.

    >>> [f"{count_weights(config):,}" for config in GPT2_SIZES.values()]
    ['124,439,808', '354,823,168', '774,030,080', '1,557,611,200']
    """
    C = config.d_model
    return (config.vocab_size + config.context) * C + config.n_layers * (12 * C**2 + 13 * C) + 2 * C
