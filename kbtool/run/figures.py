"""Figures of matplotlib as drawings for a page.

They are drawn once, as SVG that holds text as text.  Their standard colours are *roles*, numbers that nobody would
choose: the page puts its theme's colours there, so that one drawing is right in light and dark.  A drawing too large
for a page becomes a PNG, in the colours of the light theme.
"""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["close_all", "configure", "is_figure", "open_figures", "picture", "size"]

INK, FIRST, SECOND, RULE, THIRD, FOURTH, PAPER = (f"#0{n}0{n}0{n}" for n in range(1, 8))

# What the roles are in a PNG, which cannot follow the theme.
_LIGHT: Mapping[str, str] = {
    INK: "#1a1e26",
    FIRST: "#1f429c",
    SECOND: "#b0521a",
    RULE: "#dde1e7",
    THIRD: "#17683a",
    FOURTH: "#7b3f8c",
    PAPER: "#ffffff",
}

_INKED = (
    "text.color",
    "axes.labelcolor",
    "axes.edgecolor",
    "axes.titlecolor",
    "xtick.color",
    "ytick.color",
    "patch.edgecolor",
    "hatch.color",
    "boxplot.boxprops.color",
    "boxplot.whiskerprops.color",
    "boxplot.capprops.color",
    "boxplot.flierprops.color",
    "boxplot.flierprops.markeredgecolor",
)

_LARGEST_SVG = 300_000
_SVG: Any = {"svg.fonttype": "none", "svg.hashsalt": "kbtool", "svg.image_inline": True, "savefig.bbox": None}


def configure() -> None:
    """Sets matplotlib's standard look; the user's own `matplotlibrc` does not count, so that all machines agree."""
    import matplotlib
    from cycler import cycler

    matplotlib.use("agg")
    matplotlib.rcdefaults()
    settings: Any = matplotlib.rcParams  # typed by the names of one version of matplotlib
    settings.update(dict.fromkeys(_INKED, INK))
    settings.update(
        {
            "axes.prop_cycle": cycler(color=[FIRST, SECOND, THIRD, FOURTH]),
            "grid.color": RULE,
            "legend.edgecolor": RULE,
            "legend.facecolor": PAPER,
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "savefig.facecolor": "auto",
            **_SVG,
        }
    )


def size(width: float | None, height: float | None) -> None:
    """The size of figures from here on, in inches; None = matplotlib's own."""
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is not None and hasattr(matplotlib, "rcParams"):
        standard = matplotlib.rcParamsDefault["figure.figsize"]
        matplotlib.rcParams["figure.figsize"] = [width or standard[0], height or standard[1]]


def is_figure(value: object) -> bool:
    """Whether a value is a figure, asked without importing matplotlib."""
    module = sys.modules.get("matplotlib.figure")
    return module is not None and isinstance(value, module.Figure)


def open_figures() -> Iterator[Any]:
    """The figures that pyplot holds, in the order of their making."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and hasattr(pyplot, "get_fignums"):
        for number in pyplot.get_fignums():
            yield pyplot.figure(number)


def close_all() -> None:
    """Makes pyplot forget its figures; those that the note still names live on."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and hasattr(pyplot, "close"):
        pyplot.close("all")


def picture(figure: Any) -> dict[str, str]:
    """The figure as one MIME form: SVG, or base64 of a PNG where the SVG is too large."""
    svg = _svg(figure)
    if len(svg) <= _LARGEST_SVG:
        return {"image/svg+xml": svg}
    return {"image/png": base64.b64encode(_png(figure)).decode()}


def _svg(figure: Any) -> str:
    from matplotlib import rc_context

    drawing = io.StringIO()
    with rc_context(_SVG):
        # No bbox_inches: it would draw everything twice.  No date: the same figure is the same text.
        figure.savefig(drawing, format="svg", metadata={"Date": None})
    return drawing.getvalue()


def _png(figure: Any) -> bytes:
    _paint(figure)
    drawing = io.BytesIO()
    figure.savefig(drawing, format="png", dpi=150, metadata={"Software": None})
    return drawing.getvalue()


_COLOURED = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")


def _paint(figure: Any) -> None:
    """Gives everything that has the colour of a role the colour that it stands for."""
    for artist in figure.findobj():
        for name in _COLOURED:
            colour = _light(getattr(artist, f"get_{name}", lambda: None)())
            if colour is not None:
                getattr(artist, f"set_{name}")(colour)


def _light(colour: Any) -> Any:
    from matplotlib.colors import to_hex, to_rgba, to_rgba_array

    if isinstance(colour, str) and colour.lower() in ("none", "auto"):
        return None
    try:
        rows = to_rgba_array(colour)
    except (TypeError, ValueError):
        return None
    known = [_LIGHT.get(to_hex(row)) for row in rows]
    if not any(known):
        return None
    return [to_rgba(new, row[3]) if new else tuple(row) for new, row in zip(known, rows, strict=True)][
        slice(None) if len(rows) != 1 else 0
    ]
