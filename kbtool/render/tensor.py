"""A small tensor as a table whose shades follow its values; the numbers stay there to be read and copied."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from kbtool.render.printed import printed
from kbtool.words import Words

__all__ = ["tensor"]

_MOST = 32
_LARGEST = 2**64


def tensor(data: str, text: str, words: Words) -> str:
    """The table for one `application/vnd.kbtool.tensor+json`; `text` is its repr, shown where there is no table."""
    try:
        facts = json.loads(data)
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        return ""
    rows = _rows(facts.get("values"))
    body = _table(rows, words) if rows else printed(text, words["cell.output"], words)
    return f'<div class="tensor">{_head(facts, words)}{body}</div>'


def _head(facts: Mapping[str, Any], words: Words) -> str:
    shape = [str(n) for n in _list(facts.get("shape"))]
    name = str(facts.get("name") or "")
    pieces = [
        words["tensor.array" if facts.get("kind") == "array" else "tensor.kind"],
        words.say("tensor.shape", shape=" × ".join(shape)) if shape else words["tensor.scalar"],
        str(facts.get("dtype") or "").removeprefix("torch."),
        str(facts.get("device") or ""),
        "requires_grad" if facts.get("requires_grad") else "",
    ]
    spans = "".join(f"<span>{escape(piece)}</span>" for piece in pieces if piece)
    return f"<p>{f'<b>{escape(name)}</b>' if name else ''}{spans}</p>"


def _list(value: object) -> list[object]:
    """A block may give anything under the name of a tensor."""
    return value if isinstance(value, list) else []


_Value = float | int | bool


def _rows(values: object) -> list[list[_Value]]:
    """The values as rows; empty where they are no table of at most 32 by 32 numbers."""
    if not isinstance(values, list) or not values:
        return []
    rows: list[Any] = values if isinstance(values[0], list) else [values]
    square = all(isinstance(row, list) and len(row) == len(rows[0]) for row in rows)
    if not square or not 0 < len(rows[0]) <= _MOST or len(rows) > _MOST:
        return []
    numbers = [[_number(value) for value in row] for row in rows]
    return [] if any(value is None for row in numbers for value in row) else numbers  # type: ignore[return-value]


def _number(value: object) -> _Value | None:
    if isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < _LARGEST):
        return value
    named = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
    return named.get(value) if isinstance(value, str) else None


def _table(rows: Sequence[Sequence[_Value]], words: Words) -> str:
    flat = [float(value) for row in rows for value in row if math.isfinite(value)]
    top = max((abs(value) for value in flat), default=0.0) or 1.0
    signed = any(value < 0 for value in flat)
    show = _format([value for row in rows for value in row])
    label = words["tensor.signed" if signed else "tensor.values"]
    # A vector has no rows to number.
    corner, number = ("<td></td>", '<th scope="row">{}</th>') if len(rows) > 1 else ("", "")
    head = "".join(f'<th scope="col">{i}</th>' for i in range(len(rows[0])))
    body = "".join(
        f"<tr>{number.format(i)}{''.join(_value(value, top, show(value)) for value in row)}</tr>"
        for i, row in enumerate(rows)
    )
    scroll = f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(label)}">'
    return f"{scroll}<table><thead><tr>{corner}{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _value(value: _Value, top: float, text: str) -> str:
    shade = min(abs(float(value)) / top, 1.0) if math.isfinite(value) else 0.0
    negative = ' class="neg"' if shade and value < 0 else ""
    return f'<td{negative} style="--v:{shade:.2f}">{text}</td>'


def _format(values: Sequence[_Value]) -> Any:
    """One format for all values of a tensor, as torch prints them: four decimals, or powers where these say nothing."""
    if all(isinstance(value, int) for value in values):
        return lambda value: str(value).replace("-", "−")
    sizes = [abs(value) for value in values if value and math.isfinite(value)]
    plain = not sizes or (max(sizes) < 1e5 and min(sizes) >= 5e-5)
    whole = all(math.isfinite(value) and value == int(value) for value in values)
    spec = ".0f" if whole and plain else ".4f" if plain else ".2e"
    return lambda value: (format(value, spec) + ("." if spec == ".0f" else "")).replace("-", "−")
