"""Notes in other people's formats."""

from __future__ import annotations

from kbtool.convert.edition import Edition, Picture
from kbtool.convert.notebook import notebook

__all__ = ["Edition", "Picture", "notebook"]
