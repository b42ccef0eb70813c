"""The plain text of inline tokens: what a reader sees, without marks."""

from __future__ import annotations

from collections.abc import Iterable

from markdown_it.token import Token

__all__ = ["plain", "shown"]

_SPOKEN = frozenset({"text", "code_inline", "wikilink", "tag", "math_inline", "inline_python"})
_BREAKS = frozenset({"softbreak", "hardbreak"})


def shown(token: Token) -> str:
    """What one inline token adds to the plain text; nothing for marks, comments, footnotes, embeds and HTML."""
    if token.type in _SPOKEN:
        return token.content
    if token.type in _BREAKS:
        return " "
    return str(token.meta["alt"]) if token.type == "image" else ""


def plain(tokens: Iterable[Token]) -> str:
    """The plain text of inline tokens, breaks as spaces."""
    return "".join([shown(token) for token in tokens])
