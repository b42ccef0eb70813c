"""What was measured, beside what is to be reached, and the table that holds it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Figure", "as_json", "as_text", "replace_rows"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: `reach` is the most that it may be, or the least where `at_least`; none where nothing is promised."""

    what: str
    value: float
    unit: str
    reach: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.reach is None:
            return None
        return self.value >= self.reach if self.at_least else self.value <= self.reach

    @property
    def measured(self) -> str:
        return _with_unit(self.value, self.unit)

    @property
    def target(self) -> str:
        if self.reach is None:
            return ""
        return f"{'>=' if self.at_least else '<='} {_with_unit(self.reach, self.unit)}"

    @property
    def verdict(self) -> str:
        return {None: "", True: "reached", False: "**missed**"}[self.met]


def _with_unit(value: float, unit: str) -> str:
    return f"{_number(value)}{'' if unit in ('x', '') else ' '}{unit}"


def _number(value: float) -> str:
    """Three digits that count.

    >>> [_number(x) for x in (0.01234, 1.5, 28.04, 1234.5, 3e-7, 0)]
    ['0.0123', '1.5', '28', '1,234', '3e-07', '0']
    """
    if value == 0 or not 1e-3 <= abs(value) < 100:
        return f"{value:,.0f}" if abs(value) >= 100 or value == 0 else f"{value:.0e}"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:.0f}"


def as_text(row: str, figures: Sequence[Figure]) -> str:
    lines = [f"{f.what:<66} {f.measured:>14}  {f.target:<14} {f.verdict.strip('*')}".rstrip() for f in figures]
    return "\n".join([row, *(f"  {line}" for line in lines)])


def as_json(figures: Sequence[Figure]) -> list[dict[str, object]]:
    return [
        {"what": f.what, "value": f.value, "unit": f.unit, "reach": f.reach, "met": f.met, "note": f.note}
        for f in figures
    ]


_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"
_HEAD = "| row | what | measured | to reach | |\n|---|---|--:|--:|---|\n"


def replace_rows(page: str, measured: Mapping[str, Sequence[Figure]], order: Sequence[str], machine: str) -> str:
    """The page with the lines of the measured rows anew; those of other rows stay as they are.

    Raises ValueError where the page has no place for the table.
    """
    found = re.search(f"{re.escape(_BEGIN)}\n(.*?){re.escape(_END)}", page, re.DOTALL)
    if found is None:
        raise ValueError(f"the page has no table between {_BEGIN} and {_END}")
    lines = _lines_by_row(found[1])
    lines.update({row: [_line(row, figure) for figure in figures] for row, figures in measured.items()})
    body = "".join(f"{line}\n" for row in order for line in lines.get(row, ()))
    return f"{page[: found.start()]}{_BEGIN}\n{machine}\n\n{_HEAD}{body}{_END}{page[found.end() :]}"


def _lines_by_row(table: str) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    for line in table.splitlines():
        if name := re.match(r"\| `([\w-]+)` \|", line):
            lines.setdefault(name[1], []).append(line)
    return lines


def _line(row: str, figure: Figure) -> str:
    what = f"{figure.what} ({figure.note})" if figure.note else figure.what
    return f"| `{row}` | {what} | {figure.measured} | {figure.target} | {figure.verdict} |"
