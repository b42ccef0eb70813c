"""Figures of matplotlib as drawings for a page.

They are drawn once, as SVG that holds text as text.  Their standard colours are *roles*, numbers that nobody would
choose: the page puts its theme's colours there, so that one drawing is right in light and dark.  In a drawing too large
for a page what makes it large becomes a picture inside it, its axes and texts do not; where that does not help all of
it becomes a PNG, in the colours of the light theme.  A figure on a ground of its own keeps the colours that suit it.
"""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kbtool.run.drawing import lighter, roomy
from kbtool.run.inks import (
    EITHER,
    FIRST,
    FOURTH,
    INK,
    LIGHT,
    PAPER,
    RULE,
    SECOND,
    THIRD,
    ink_lines,
    ink_on_pictures,
    own_palette,
    paint,
)

__all__ = ["close_all", "configure", "is_figure", "open_figures", "picture", "size"]

_INKED = (
    "text.color",
    "axes.labelcolor",
    "axes.edgecolor",
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

_LARGEST_SVG = 120_000
_SVG: Any = {"svg.fonttype": "none", "svg.hashsalt": "kbtool", "svg.image_inline": True, "savefig.bbox": None}
# Markers, cells and segments beyond this number are drawn as a picture at once, and where the drawing turns out to be
# large, those beyond the lower one; the pictures have this many dots.
_ALWAYS_MANY, _MANY, _DOTS_PER_INCH = 1500, 200, 144
# A picture of at most this many values is kept as they are, a pixel each, and enlarged by the browser.
_MOST_PIXELS = 1 << 17


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
    own = own_palette(figure)
    if not own:
        ink_lines(figure)
    ink_on_pictures(figure)
    with _crisp(figure):
        _rasterize(_collections(figure), _ALWAYS_MANY, own or EITHER)
        svg = _svg(figure, own)
        if len(svg) > _LARGEST_SVG and _rasterize(_drawn(figure), _MANY, own or EITHER):
            svg = min(svg, _svg(figure, own), key=len)
    png = base64.b64encode(_png(figure, own or LIGHT)).decode() if len(svg) > 2 * _LARGEST_SVG else ""
    return {"image/png": png} if png and len(png) < len(svg) else {"image/svg+xml": svg}


def _svg(figure: Any, own: Mapping[str, str]) -> str:
    from matplotlib import rc_context

    drawing = io.StringIO()
    with rc_context(_SVG):
        # No bbox_inches: it would draw everything twice.  No date: the same figure is the same text.
        figure.savefig(drawing, format="svg", metadata={"Date": None}, dpi=_DOTS_PER_INCH)
    # The page is told on what the drawing stands: one that says nothing gets white paper there.
    svg = lighter(drawing.getvalue()).replace("<svg ", f'<svg data-ground="{"own" if own else "page"}" ', 1)
    for role, colour in own.items():
        svg = svg.replace(role, colour)
    # What lies beyond the edge of a ground has no ground to be read on.
    return svg if own else roomy(svg)


def _png(figure: Any, palette: Mapping[str, str]) -> bytes:
    paint(figure.findobj(), palette)
    drawing = io.BytesIO()
    figure.savefig(drawing, format="png", dpi=150, metadata={"Software": None})
    return drawing.getvalue()


# ---------------------------------------------------------------- what makes a drawing large


@contextmanager
def _crisp(figure: Any) -> Iterator[None]:
    """Small pictures as their values are, while the figure is drawn: matplotlib would smooth them, and enlarge them."""
    from matplotlib.image import AxesImage

    small = [
        image
        for image in figure.findobj(AxesImage)
        if image.get_interpolation() in ("auto", "antialiased") and 0 < _pixels(image) <= _MOST_PIXELS
    ]
    before = [image.get_interpolation() for image in small]
    for image in small:
        image.set_interpolation("none")
    yield
    for image, interpolation in zip(small, before, strict=True):
        image.set_interpolation(interpolation)


def _pixels(image: Any) -> int:
    values = image.get_array()
    return 0 if values is None else int(values.shape[0] * values.shape[1])


def _collections(figure: Any) -> list[Any]:
    from matplotlib.collections import Collection

    return [artist for artist in figure.findobj(Collection) if not artist.get_rasterized()]


def _drawn(figure: Any) -> list[Any]:
    from matplotlib.lines import Line2D

    return _collections(figure) + [line for line in figure.findobj(Line2D) if not line.get_rasterized()]


def _rasterize(artists: Iterable[Any], many: int, palette: Mapping[str, str]) -> bool:
    """Makes pictures of the artists that have more points than `many`; whether there are such."""
    chosen = [artist for artist in artists if _points(artist) > many]
    paint(chosen, palette)
    for artist in chosen:
        artist.set_rasterized(True)
    return bool(chosen)


def _points(artist: Any) -> int:
    if hasattr(artist, "get_xdata"):
        return len(artist.get_xdata(orig=False))
    return max(len(artist.get_offsets()), sum(len(path.vertices) for path in artist.get_paths()) // 4)
