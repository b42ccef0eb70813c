"""Mermaid diagrams as drawings in the page's own colours, where the `mermaid` extra (mmdr) is installed.

The renderer paints with fixed colours; each of them stands for one role here (ink, line, paper), so that one drawing is
right in light and dark.  What it cannot draw stays source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b

from kbtool.render.figure import svg

__all__ = ["draw"]

# The renderer's colours -> the roles of `figure.ROLES`.
_ROLES: Mapping[str, str] = {
    "#0F172A": "#010101",  # text
    "#64748B": "#010101",  # arrows
    "#94A3B8": "#020202",  # borders of nodes
    "#CBD5E1": "#040404",  # borders of groups
    "#F8FAFC": "#070707",  # nodes
    "#F1F5F9": "#070707",  # groups
    "#E2E8F0": "#040404",  # lifelines, dividers
    "#FFF7ED": "#070707",  # notes
    "#FDBA74": "#030303",  # borders of notes
    "#FFFFFF": "#070707",  # what lies behind edge labels
}
_COLOUR = re.compile("|".join(_ROLES), re.IGNORECASE)
_BACKGROUND = re.compile(r'(<svg[^>]*>)<rect x="0" y="0"[^>]*/>')
_WIDTH = re.compile(r'style="max-width:([\d.]+)px"')
_SCALE = 12 / 14
# `A -->|"text"| B`: the renderer shows the quotation marks, Mermaid does not.
_QUOTED_LABEL = re.compile(r'\|\s*"([^"|]*)"\s*\|')


@lru_cache(maxsize=512)
def draw(source: str, label: str) -> str:
    """The diagram as inline SVG named `label`; the empty string where it cannot be drawn."""
    try:
        import mmdr
    except ImportError:
        return ""
    try:
        drawn = mmdr.render(_QUOTED_LABEL.sub(r"|\1|", source), backend="mermaid-rs-renderer").svg()
    except Exception:
        return ""
    themed = _COLOUR.sub(lambda m: _ROLES[m[0].upper()], _BACKGROUND.sub(r"\1", drawn, count=1))
    prefix = "m" + blake2b(source.encode(), digest_size=4).hexdigest()
    # At its own size, a little smaller for letters of 12 px: what is wider than the text scrolls and stays legible.
    return _WIDTH.sub(lambda m: f'style="width:{float(m[1]) * _SCALE:.0f}px"', svg(themed, label, prefix), count=1)
