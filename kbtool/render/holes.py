"""Holes: the places of a draft where something is still unknown when its note is parsed.

A hole is two control characters around a letter for its kind and what is known already: `hole(WIKI, "3:Atención")`
stands for link 3 of the note, shown as "Atención".  A source that has these characters loses them (`clean`), so that no
note can make a hole.
"""

from __future__ import annotations

import re

__all__ = [
    "ADDRESS",
    "ANCHOR",
    "BASE",
    "BLOCK",
    "BLOCK_ID",
    "EMBED",
    "EMBED_INLINE",
    "EQUATION",
    "FOOTNOTE",
    "HEADING",
    "HOLE",
    "LINK",
    "LINK_END",
    "MARKS",
    "RETURN",
    "SOURCE",
    "TAG",
    "UNLESS_RUN",
    "UNLESS_RUN_END",
    "VALUE",
    "WIKI",
    "WITHOUT_RUN",
    "WORD",
    "address",
    "clean",
    "hole",
    "source",
    "word",
]

MARKS = ("\x02", "\x03")
HOLE = re.compile("\x02(.)([^\x03]*)\x03", re.DOTALL)

WIKI = "W"  # index:text        a whole wikilink
LINK = "A"  # index             start of a Markdown link into the vault
LINK_END = "a"  #               its end
EMBED = "E"  # index;w;h;alt    an embed that stands by itself
EMBED_INLINE = "e"  # the same  an embed within a line of text
FOOTNOTE = "R"  # id            a mark in the text that leads to a footnote
RETURN = "K"  # id              the way back from a footnote to its marks
BLOCK = "B"  # index            a python block
VALUE = "P"  # index            a number in prose
UNLESS_RUN = "O"  # index       from here to the end mark: shown only while its block has no result
UNLESS_RUN_END = "o"
HEADING = "H"  # index:level    the start tag of a heading
BLOCK_ID = "I"  # index         the attribute `id` of a block with a block id
ANCHOR = "i"  # index           an element of its own with that id
EQUATION = "N"  # id            the attribute `id` of a numbered equation
BASE = "Q"  # source           a base that is written in the note
WORD = "T"  # key               a word of the interface
TAG = "G"  # tag                the start tag of a tag's link
SOURCE = "S"  # URL             the attribute `src` of raw HTML
ADDRESS = "D"  # URL            the attribute `href` of raw HTML

WITHOUT_RUN = re.compile(f"\x02{UNLESS_RUN}(\\d+)\x03(.*?)\x02{UNLESS_RUN_END}\x03", re.DOTALL)
"""A documented output or figure with its marks; the result of the block takes its place."""


def hole(kind: str, known: object = "") -> str:
    """A hole of this kind with what is known of it."""
    return f"\x02{kind}{known}\x03"


def clean(text: str) -> str:
    """The text without the characters that make holes."""
    return text.replace(MARKS[0], "").replace(MARKS[1], "")


def word(key: str) -> str:
    """A word of the interface, in the language of the page it will stand on."""
    return f"\x02{WORD}{key}\x03"


def source(url: str) -> str:
    """The attribute `src` for a URL as written in raw HTML."""
    return hole(SOURCE, url)


def address(url: str) -> str:
    """The attribute `href` for a URL as written in raw HTML."""
    return hole(ADDRESS, url)
