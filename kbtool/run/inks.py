"""The inks of figures: colours that stand for roles, and what is painted where a role cannot follow the theme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = [
    "EITHER",
    "FIRST",
    "FOURTH",
    "INK",
    "LIGHT",
    "PAPER",
    "RULE",
    "SECOND",
    "THIRD",
    "ink_lines",
    "ink_on_pictures",
    "own_palette",
    "paint",
]

INK, FIRST, SECOND, RULE, THIRD, FOURTH, PAPER = (f"#0{n}0{n}0{n}" for n in range(1, 8))

# What the roles are where they cannot follow the theme: on light, on dark, and where it is not known on which.
LIGHT: Mapping[str, str] = {
    INK: "#1a1e26",
    FIRST: "#1f429c",
    SECOND: "#b0521a",
    RULE: "#dde1e7",
    THIRD: "#17683a",
    FOURTH: "#7b3f8c",
    PAPER: "#ffffff",
}
DARK: Mapping[str, str] = {
    INK: "#e5e7eb",
    FIRST: "#a3bcff",
    SECOND: "#f0a26b",
    RULE: "#2d333d",
    THIRD: "#8fd0a8",
    FOURTH: "#d9a5e4",
    PAPER: "#14171c",
}
EITHER: Mapping[str, str] = {
    INK: "#7a8290",
    FIRST: "#4a78ea",
    SECOND: "#c4682a",
    RULE: "#8a919d",
    THIRD: "#2f8f5b",
    FOURTH: "#a05fb0",
    PAPER: "#8a919d",
}


# ---------------------------------------------------------------- a ground of its own


def own_palette(figure: Any) -> Mapping[str, str]:
    """What the roles are on the ground that the note gave to the figure or its axes; empty where it gave none."""
    grounds = [patch.get_facecolor() for patch in (figure.patch, *(axes.patch for axes in figure.axes))]
    given = [colour for colour in grounds if colour[3] > 0.5 and _meant(colour, LIGHT) is None]
    if not given:
        return {}
    palette = LIGHT if _is_light(given[0]) else DARK
    if figure.patch.get_facecolor()[3] <= 0.5:
        figure.set_facecolor(palette[PAPER])
    return palette


def _is_light(colour: Sequence[float]) -> bool:
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2] > 0.5


# ---------------------------------------------------------------- black lines


def ink_lines(figure: Any) -> None:
    """Draws black lines in ink: `"k--"` means the colour of the axes, and on dark paper these are light.

    On a picture black stays black, and so do texts and areas, of which nobody knows what they lie on.
    """
    from matplotlib.collections import LineCollection, QuadMesh
    from matplotlib.lines import Line2D

    for axes in figure.axes:
        if not (axes.images or axes.findobj(QuadMesh)):
            paint([*axes.findobj(Line2D), *axes.findobj(LineCollection)], {"#000000": INK})


# ---------------------------------------------------------------- text on a picture


def ink_on_pictures(figure: Any) -> None:
    """Gives numbers written on a heat map the ink that its cells ask for: the theme's would fade in every other one."""
    for axes in figure.axes:
        texts = [text for text in axes.texts if _meant(text.get_color(), {INK: INK})]
        for image in axes.images if texts else ():
            for text in texts:
                under = _colour_at(image, *text.get_position()) if text.get_transform() == axes.transData else None
                if under is not None:
                    text.set_color("#000000" if _is_light(under) else "#ffffff")


def _colour_at(image: Any, x: float, y: float) -> Sequence[float] | None:
    """The colour of a picture at a place in its axes; None outside of it."""
    values, (left, right, bottom, top) = image.get_array(), image.get_extent()
    first, last = (top, bottom) if image.origin == "upper" else (bottom, top)
    across, down = (x - left) / (right - left), (y - first) / (last - first)
    if values is None or not (0 <= across < 1 and 0 <= down < 1):
        return None
    row, column = int(down * values.shape[0]), int(across * values.shape[1])
    colour: Sequence[float] = image.to_rgba(values)[row, column]
    return colour


# ---------------------------------------------------------------- painting

_COLOURED = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")


def paint(artists: Iterable[Any], palette: Mapping[str, str]) -> None:
    """Gives everything that has the colour of a role the colour that it stands for."""
    for artist in artists:
        for name in _COLOURED:
            colour = _meant(getattr(artist, f"get_{name}", lambda: None)(), palette)
            if colour is not None:
                getattr(artist, f"set_{name}")(colour)


def _meant(colour: Any, palette: Mapping[str, str]) -> Any:
    """What the palette says of a colour, or of several; None where no role is among them."""
    from matplotlib.colors import to_hex, to_rgba, to_rgba_array

    if isinstance(colour, str) and colour.lower() in ("none", "auto"):
        return None
    try:
        rows = to_rgba_array(colour)
    except (TypeError, ValueError):
        return None
    known = [palette.get(to_hex(row)) for row in rows]
    if not any(known):
        return None
    return [to_rgba(new, row[3]) if new else tuple(row) for new, row in zip(known, rows, strict=True)][
        slice(None) if len(rows) != 1 else 0
    ]
