"""What was measured, beside what is to be reached, and the tables that hold it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Figure", "Section", "as_json", "as_text", "replace_sections"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: `reach` is the most that it may be, or the least where `at_least`; none where nothing is promised.

    `of` names the thing that has several figures: such things are the lines of a table, with a column for each `what`.
    No value means that it could not be measured; `note` says why.
    """

    what: str
    value: float | None
    unit: str
    reach: float | None = None
    at_least: bool = False
    note: str = ""
    of: str = ""

    @property
    def met(self) -> bool | None:
        if self.reach is None or self.value is None:
            return None
        return self.value >= self.reach if self.at_least else self.value <= self.reach

    @property
    def measured(self) -> str:
        return "not measured" if self.value is None else _with_unit(self.value, self.unit)

    @property
    def target(self) -> str:
        return "" if self.reach is None else f"{'>=' if self.at_least else '<='} {_with_unit(self.reach, self.unit)}"

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


@dataclass(frozen=True, slots=True)
class Section:
    """The figures of a row; `remark` is what one must know to read them."""

    title: str
    figures: Sequence[Figure]
    remark: str = ""


def as_text(row: str, section: Section) -> str:
    lines = [
        f"  {_named(f):<66} {f.measured:>14}  {f.target:<14} {f.verdict.strip('*')}".rstrip() for f in section.figures
    ]
    return "\n".join([row, *lines, *([f"  ({section.remark})"] if section.remark else [])])


def _named(figure: Figure) -> str:
    name = f"{figure.of}: {figure.what}" if figure.of else figure.what
    return f"{name} ({figure.note})" if figure.value is None else name


def as_json(section: Section) -> dict[str, object]:
    figures = [
        {"of": f.of, "what": f.what, "value": f.value, "unit": f.unit, "reach": f.reach, "met": f.met, "note": f.note}
        for f in section.figures
    ]
    return {"figures": figures, "remark": section.remark}


# ---------------------------------------------------------------- the page

_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"
_HEADING = re.compile(r"^### `([\w-]+)`", re.MULTILINE)


def replace_sections(page: str, measured: Mapping[str, Section], order: Sequence[str], machine: str) -> str:
    """The page with the sections of the measured rows anew; those of other rows stay, with the machine they are from.

    Raises ValueError where the page has no place for them.
    """
    found = re.search(f"{re.escape(_BEGIN)}\n(.*?){re.escape(_END)}", page, re.DOTALL)
    if found is None:
        raise ValueError(f"the page has no place between {_BEGIN} and {_END}")
    sections = _kept_sections(found[1], machine)
    sections.update({row: "\n\n".join(_parts(row, section)) for row, section in measured.items()})
    body = "\n\n".join([machine, *(sections[row] for row in order if row in sections)])
    return f"{page[: found.start()]}{_BEGIN}\n{body}\n{_END}{page[found.end() :]}"


def _kept_sections(text: str, machine: str) -> dict[str, str]:
    """The sections of the page by row. One that was measured on the machine named above all says so from now on."""
    above, *pieces = _HEADING.split(text)
    before = above.strip()
    own = "" if before in ("", machine) else f"\n\nMeasured earlier: {before}"
    sections = {}
    for row, rest in zip(pieces[::2], pieces[1::2], strict=True):
        piece = f"### `{row}`{rest.rstrip()}"
        sections[row] = piece if "\nMeasured earlier: " in piece else piece + own
    return sections


def _parts(row: str, section: Section) -> Iterator[str]:
    yield f"### `{row}`: {section.title}"
    if plain := [figure for figure in section.figures if not figure.of]:
        yield _list(plain)
    if grouped := [figure for figure in section.figures if figure.of]:
        yield _matrix(grouped)
    if section.remark:
        yield section.remark


def _list(figures: Sequence[Figure]) -> str:
    lines = [f"| {_what(f)} | {f.measured} | {f.target} | {f.verdict} |" for f in figures]
    return "\n".join(["| | measured | to reach | |", "|---|--:|--:|---|", *lines])


def _what(figure: Figure) -> str:
    return f"{figure.what} ({figure.note})" if figure.note else figure.what


def _matrix(figures: Sequence[Figure]) -> str:
    """A line for each thing, a column for each of its figures, in the order in which they come."""
    columns = list(dict.fromkeys(figure.what for figure in figures if figure.value is not None))
    cells = {(figure.of, figure.what): _cell(figure) for figure in figures}
    lines = [
        f"| {_thing(of, figures)} | {' | '.join(cells.get((of, column), '') for column in columns)} |"
        for of in dict.fromkeys(figure.of for figure in figures)
    ]
    return "\n".join([f"| | {' | '.join(columns)} |", f"|---|{'--:|' * len(columns)}", *lines])


def _thing(of: str, figures: Sequence[Figure]) -> str:
    reasons = dict.fromkeys(figure.note for figure in figures if figure.of == of and figure.value is None)
    return f"{of}: not measured, {'; '.join(reasons)}".replace("|", r"\|") if reasons else of


def _cell(figure: Figure) -> str:
    """The number with its target: `**0.4 s** (<= 0.35 s)` where it is missed.

    >>> _cell(Figure("wall", 0.4, "s", 0.35)), _cell(Figure("wall", 0.3, "s", 0.35)), _cell(Figure("wall", None, "s"))
    ('**0.4 s** (<= 0.35 s: missed)', '0.3 s (<= 0.35 s)', '')
    """
    if figure.value is None:
        return ""
    remark = "; ".join(filter(None, (figure.target + (": missed" if figure.met is False else ""), figure.note)))
    number = f"**{figure.measured}**" if figure.met is False else figure.measured
    return f"{number} ({remark})" if remark else number
