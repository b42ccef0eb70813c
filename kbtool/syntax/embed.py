"""`![[image.png|alt|100x80]]`, `![[Note#Heading]]`: something of the vault shown in place."""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline

from kbtool.syntax.engine import Parser
from kbtool.syntax.wikilink import WIKILINK, read

__all__ = ["install", "sized"]

_SIZED = re.compile(r"(?:(.*)\|)?\s*(\d+)(?:x(\d+))?\s*", re.DOTALL)


def sized(text: str) -> dict[str, str]:
    """The alt text and size that stand behind the bar of an embed or in the brackets of an image.

    >>> sized("una curva|100x80")
    {'alt': 'una curva', 'width': '100', 'height': '80'}
    """
    match = _SIZED.fullmatch(text)
    if match is None:
        return {"alt": text.strip(), "width": "", "height": ""}
    alt, width, height = match.groups(default="")
    return {"alt": alt.strip(), "width": width, "height": height}


def embed(state: StateInline, silent: bool) -> bool:
    match = WIKILINK.match(state.src, state.pos + 1, state.posMax)
    destination = match and read(match[1])
    if not match or destination is None:
        return False
    if not silent:
        token = state.push("embed", "", 0)
        token.meta = {"at": (state.pos, match.end()), "destination": destination, **sized(destination.alias or "")}
        plain = destination if token.meta["alt"] else read(match[1].partition("|")[0])
        token.content = token.meta["alt"] or (plain.shown if plain else "")
    state.pos = match.end()
    return True


def install(md: Parser) -> None:
    md.inline.add("image", "embed", embed, ("![",))
