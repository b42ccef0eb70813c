"""Source code as HTML in five inks: keywords `k`, strings `s`, numbers `m`, comments `c`, names being defined `f`.

Pygments knows sixty kinds of token.  A page of notes needs five, and every span that is dropped is not sent.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from kbtool.render import holes

if TYPE_CHECKING:
    from pygments.lexer import Lexer

__all__ = ["Painted", "highlight", "paint", "shown_source"]

# The first row that a token kind starts with decides; an empty ink means plain text.  Kinds are named as by Pygments.
_INKS: tuple[tuple[str, str], ...] = (
    ("Literal.String.Doc", "c"),
    ("Literal.String", "s"),
    ("Literal.Number", "m"),
    ("Literal.Date", "m"),
    ("Comment.Preproc", "k"),
    ("Comment", "c"),
    ("Keyword", "k"),
    ("Operator.Word", "k"),
    ("Name.Tag", "k"),
    ("Name.Function", "f"),
    ("Name.Class", "f"),
    ("Generic.Heading", "f"),
    ("Generic.Prompt", "c"),
    ("Generic.Inserted", "s"),
    ("Generic.Deleted", "m"),
)
# Beyond this no colour is worth its time: what is that long is data, not a lesson.
_LONGEST = 100_000


class Painted(NamedTuple):
    """The source of a Python block as HTML: `whole` as it stands in the note, `shown` beside the block's result."""

    whole: str
    shown: str


def paint(source: str) -> Painted:
    # A block is kept as it is, to be run; what is filled with the rest of the note must not make holes.
    whole = highlight(holes.clean(source.removesuffix("\n")), "python")
    return Painted(whole, highlight(shown_source(source), "python"))


def shown_source(source: str) -> str:
    """The source as readers see it: without its `#|` option lines and the blank lines around them."""
    lines = source.split("\n")
    while lines and (lines[0].lstrip().startswith("#|") or not lines[0].strip()):
        del lines[0]
    return "\n".join(lines).rstrip()


@lru_cache(maxsize=4096)
def highlight(source: str, language: str) -> str:
    """The source as HTML for the inside of `<code>`; in an unknown language just escaped.

    >>> highlight("x = 1  # uno", "python")
    'x = <span class="m">1</span>  <span class="c"># uno</span>'
    """
    lexer = _lexer(language) if len(source) <= _LONGEST else None
    return escape(source, quote=False) if lexer is None else _spans(source, lexer)


@lru_cache(maxsize=128)
def _lexer(language: str) -> Lexer | None:
    # Imported here: a vault without code never pays for Pygments.
    from pygments.util import ClassNotFound

    from kbtool.render.lexing import lexer_of

    try:
        return lexer_of(language)
    except ClassNotFound:
        return None


@lru_cache(maxsize=512)
def _ink(kind: tuple[str, ...]) -> str:
    name = ".".join(kind)
    return next((ink for prefix, ink in _INKS if name.startswith(prefix)), "")


def _spans(source: str, lexer: Lexer) -> str:
    """The tokens as spans, neighbours of one ink joined, also across blanks between them."""
    from kbtool.render.lexing import tokens

    html: list[str] = []
    run: list[str] = []
    current = ""
    # Lexers expect a final newline; it is taken off again at the end.
    for kind, text in tokens(lexer, source + "\n"):
        ink = _ink(kind)
        if ink != current and not (text.isspace() and "\n" not in text):
            _flush(html, run, current)
            run, current = [], ink
        run.append(text)
    _flush(html, run, current)
    return "".join(html).removesuffix("\n")


def _flush(html: list[str], run: list[str], ink: str) -> None:
    text = "".join(run)
    # Blanks that ended up at the end of a run stand outside of its span, and so does the end of its line.
    body = text.rstrip() if ink else ""
    if body:
        html.append(f'<span class="{ink}">{escape(body, quote=False)}</span>')
    html.append(escape(text[len(body) :], quote=False))
