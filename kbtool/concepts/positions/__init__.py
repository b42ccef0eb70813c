"""Where a token stands: attention alone sees a set, so order must be told. One scheme a file.

| scheme | what it does | file |
|---|---|---|
| sinusoidal, learned | a vector per position, added to the embedding | `sinusoids`, `learned` |
| RoPE, xPos | queries and keys are rotated; the score sees only the distance | `rotary`, `rotary_decay` |
| ALiBi, T5 | a number per distance, added to the score | `alibi`, `t5_bias` |
| relative, Transformer-XL | a score per distance from its own vectors | `relative`, `transformer_xl` |
"""

from .alibi import alibi_bias, alibi_slopes
from .learned import LearnedPositions
from .relative import clipped_distance, relative_scores, relative_scores_naive
from .rotary import rope, rope_matrix, rope_naive
from .rotary_decay import xpos
from .sinusoids import rotation, sinusoidal, sinusoidal_naive
from .t5_bias import T5Bias, t5_bucket, t5_bucket_naive
from .transformer_xl import relative_shift, relative_shift_naive, transformer_xl_scores

__all__ = [
    "LearnedPositions",
    "T5Bias",
    "alibi_bias",
    "alibi_slopes",
    "clipped_distance",
    "relative_scores",
    "relative_scores_naive",
    "relative_shift",
    "relative_shift_naive",
    "rope",
    "rope_matrix",
    "rope_naive",
    "rotation",
    "sinusoidal",
    "sinusoidal_naive",
    "t5_bucket",
    "t5_bucket_naive",
    "transformer_xl_scores",
    "xpos",
]
