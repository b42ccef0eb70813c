"""`[[Note]]`, `[[Note#Heading|text]]`: links on one line, the innermost pair of brackets wins."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from markdown_it.rules_inline import StateInline

from kbtool.syntax.engine import Parser

__all__ = ["WIKILINK", "Destination", "install", "path_and_fragment", "read"]

WIKILINK = re.compile(r"\[\[(?!\[)((?:[^\[\]\n]++|\[(?!\[)|\](?!\]))+)\]\]")
"""The whole link; group 1 is what stands between the brackets.

The outer repeat is not possessive: Python before 3.11.5 loses possessive repeats of groups.
"""


class Destination(NamedTuple):
    """What the inside of a wikilink says; `alias` is None without a bar or with nothing after it."""

    target: str
    fragment: str | None
    shown: str
    alias: str | None


def path_and_fragment(target: str, fragment: str) -> tuple[str, str | None]:
    """Both as Obsidian looks them up: no-break spaces are spaces, NFC, trimmed; an empty fragment is none."""
    return _looked_up(target), _looked_up(fragment) or None


def _looked_up(text: str) -> str:
    text = text.replace("\xa0", " ").strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def read(inside: str) -> Destination | None:
    """The destination, or None where neither a note nor a place in this one is named (`[[]]`, `[[|x]]`).

    >>> read("Capas#Norma|la norma")
    Destination(target='Capas', fragment='Norma', shown='la norma', alias='la norma')
    >>> read("Capas#Norma").shown
    'Capas > Norma'
    """
    path, _, alias = inside.partition("|")
    # In a table the bar is written `\|`, and Obsidian reads it so everywhere.
    path = path.removesuffix("\\").strip()
    before, _, after = path.partition("#")
    target, fragment = path_and_fragment(before, after)
    if not target and fragment is None:
        return None
    alias = alias.strip()
    shown = alias or path.rstrip("#").replace("#", " > ").removeprefix(" > ")
    return Destination(target, fragment, shown, alias or None)


def wikilink(state: StateInline, silent: bool) -> bool:
    match = WIKILINK.match(state.src, state.pos, state.posMax)
    destination = match and read(match[1])
    if not match or destination is None:
        return False
    if not silent:
        token = state.push("wikilink", "a", 0)
        token.content = destination.shown
        token.meta = {"at": match.span(), "destination": destination}
    state.pos = match.end()
    return True


def install(md: Parser) -> None:
    md.inline.add("link", "wikilink", wikilink, "[")
