"""What stands under a column: a number, a date or a count made of all its values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, median, pstdev

from kbtool.bases.dates import Date
from kbtool.bases.values import Value, is_empty, text_of, type_name

__all__ = ["SUMMARIES"]


def _numbers(values: Sequence[Value]) -> list[float]:
    return [value for value in values if isinstance(value, float) and math.isfinite(value)]


def _dates(values: Sequence[Value]) -> list[Date]:
    return sorted((value for value in values if isinstance(value, Date)), key=lambda date: date.moment)


def _of_numbers(function: Callable[[list[float]], float]) -> Callable[[Sequence[Value]], Value]:
    """A summary of the numbers among the values; nothing where there are none."""

    def summary(values: Sequence[Value]) -> Value:
        numbers = _numbers(values)
        return float(function(numbers)) if numbers else None

    return summary


def _range(values: Sequence[Value]) -> Value:
    numbers, dates = _numbers(values), _dates(values)
    if numbers:
        return max(numbers) - min(numbers)
    return dates[-1].minus(dates[0]) if dates else None


def _count(wanted: Callable[[Value], bool]) -> Callable[[Sequence[Value]], Value]:
    return lambda values: float(sum(1 for value in values if wanted(value)))


def _unique(values: Sequence[Value]) -> float:
    return float(len({(type_name(value), text_of(value)) for value in values if not is_empty(value)}))


SUMMARIES: Mapping[str, Callable[[Sequence[Value]], Value]] = {
    "Average": _of_numbers(fmean),
    "Min": _of_numbers(min),
    "Max": _of_numbers(max),
    "Sum": lambda values: math.fsum(_numbers(values)),
    "Range": _range,
    "Median": _of_numbers(median),
    "Stddev": _of_numbers(pstdev),
    "Earliest": lambda values: next(iter(_dates(values)), None),
    "Latest": lambda values: next(reversed(_dates(values)), None),
    "Checked": _count(lambda value: value is True),
    "Unchecked": _count(lambda value: value is False or value is None),
    "Empty": _count(is_empty),
    "Filled": _count(lambda value: not is_empty(value)),
    "Unique": _unique,
}
"""The summaries that every base has."""
