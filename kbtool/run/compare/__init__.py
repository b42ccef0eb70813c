"""Does a block print what its note says it prints?  A pure function of two texts and two tolerances.

Both texts are cut into tokens and compared token by token; the worst token decides.  Numbers agree within the digits
that the author wrote down, so `0.0674` documents `0.06741740`; integers, words and punctuation must be the same.
All arithmetic is decimal, on the digits as they stand: in binary, 0.75 - 0.7 is already more than 0.05.

Texts that are the same are the usual case: `judge` and `linediff`, with all that they need, are imported only where two
texts differ.
"""

from __future__ import annotations

from kbtool.run.compare.rows import DiffRow
from kbtool.run.compare.text import normalise
from kbtool.run.results import Comparison

__all__ = ["RTOL", "DiffRow", "compare", "diff", "normalise"]

RTOL = 1e-4


def compare(
    documented: str, actual: str, rtol: float = RTOL, atol: float = 0.0, *, ignore_device: bool = False
) -> Comparison:
    """The verdict on `actual` beside `documented`, with one sentence on why.

    `ignore_device` drops `device=...` from both: for outputs that were documented on another device.

    >>> compare("loss 0.0674", "loss 0.06741740").verdict
    'ok'
    >>> compare("tensor([1, 2])", "tensor([1., 2.])").reason
    "documented '1', printed '1.'"
    """
    wanted, got = normalise(documented), normalise(actual)
    if wanted == got:
        return Comparison("identical", documented, actual)
    from kbtool.run.compare.judge import judge

    verdict, reason = judge(wanted, got, rtol, atol, ignore_device)
    return Comparison(verdict, documented, actual, reason, rtol, atol)


def diff(documented: str, actual: str, rtol: float = RTOL, atol: float = 0.0) -> tuple[DiffRow, ...]:
    """The lines of both texts side by side, for the terminal and the page; only what really disagrees is marked."""
    from kbtool.run.compare.linediff import rows

    return tuple(rows(normalise(documented), normalise(actual), rtol, atol))
