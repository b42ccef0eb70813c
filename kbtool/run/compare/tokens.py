"""A printed text cut into tokens: numbers, words, punctuation marks, and `...`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

__all__ = ["Kind", "Token", "scan"]

_OPERAND_DUE = r"(?<![\w.)\]])"
_GROUPED = r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?!,?[0-9])"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?"

_TOKEN = re.compile(
    rf"""
      (?P<dots>    \.\.\. | … )
    | (?P<address> (?<!\w) at \s+ 0x (?: [0-9a-fA-F]+ (?!\w) | \.\.\. | … ) )
    | (?P<moment>  (?<![\w.]) (?:
                     [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} (?: T {_CLOCK} (?: Z | [+-][0-9]{{2}}:?[0-9]{{2}} )? )?
                   | {_CLOCK} | [0-5][0-9]:[0-5][0-9][.,][0-9]+ | [0-9]{{1,2}}:[0-9]{{2}} ) (?! \w | [.:][0-9] ) )
    | (?P<dotted>  \w+ (?: \.\w+ ){{2,}} )
    | (?P<float>   (?: {_OPERAND_DUE} [+-] )? (?<!\w) (?:
                     (?: {_GROUPED} | [0-9]+ )
                     (?: \. (?!\.) [0-9]* (?: [eE][+-]?[0-9]+ )? | [eE] (?: [+-][0-9]+ | [0-9]+ (?!\w) ) )
                   | {_OPERAND_DUE} \. [0-9]+ (?: [eE][+-]?[0-9]+ )? ) )
    | (?P<special> (?: {_OPERAND_DUE} [+-] )? (?<!\w) (?: inf | nan ) (?! \w | \.\w ) )
    | (?P<integer> (?: {_OPERAND_DUE} [+-] )? (?<!\w) (?: {_GROUPED} | [0-9]+ ) (?!\w) )
    | (?P<word>    \w+ (?: \.\w+ )* )
    | (?P<mark>    \S )
    """,
    re.VERBOSE,
)


class Kind(IntEnum):
    """What a token is, and so how it is compared.  `TEXT` are words, marks, dates and addresses."""

    TEXT = 0
    INTEGER = 1
    FLOAT = 2
    SPECIAL = 3
    DOTS = 4


_KINDS = {
    "float": Kind.FLOAT,
    "integer": Kind.INTEGER,
    "special": Kind.SPECIAL,
    "dots": Kind.DOTS,
}


@dataclass(slots=True)
class Token:
    """One token.  `glued` = no white space before it; `tail` = the index after the tail of a repr that starts here."""

    kind: Kind
    text: str
    start: int
    end: int
    glued: bool
    tail: int = 0
    overload: bool = False


def scan(text: str) -> Iterator[Token]:
    """The tokens of a text in order; their tails are not marked yet."""
    end = -1
    for match in _TOKEN.finditer(text):
        group = match.lastgroup or "mark"
        kind, found, glued = _KINDS.get(group, Kind.TEXT), match[0], match.start() == end
        end = match.end()
        if kind is Kind.DOTS:
            found = "..."
            if glued and text[match.start() - 1].isalpha():
                kind = Kind.TEXT  # `Entrenando...` must not swallow the rest
        elif group == "address":
            found = "at 0x"
        yield Token(kind, found, match.start(), end, glued)
