"""`$x$`, `$$x$$` in a line and blocks between `$$`; nothing inside is Markdown."""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from kbtool.syntax.engine import Parser
from kbtool.syntax.lines import line_text, resume_at

__all__ = ["formulas_in", "install"]

_RUN = re.compile(r"\$+")
# The next dollar decides: prices (`$5 and $6`) have a space before it, and what follows a formula is no digit.
_INLINE = re.compile(r"\$(?![ \t\n])((?:[^$\\]++|\\.)+)(?<![ \t])\$(?!\d)", re.DOTALL)
_IN_LINE = re.compile(rf"\\.|`[^`]*`|{_INLINE.pattern}", re.DOTALL)
_DISPLAY = re.compile(r"\$\$((?:[^$\\]++|\\.|\$(?!\$))+)\$\$", re.DOTALL)


def formulas_in(text: str) -> list[str]:
    r"""The LaTeX of the formulas between single dollars in one line of source.

    >>> formulas_in(r"The cost $O(n^2)$ of \$5 and $x$")
    ['O(n^2)', 'x']
    """
    return [found[1].strip() for found in _IN_LINE.finditer(text) if found[1]]


def inline_math(state: StateInline, silent: bool) -> bool:
    run = _RUN.match(state.src, state.pos, state.posMax)
    length = len(run[0]) if run else 0
    if length > 2 or state.html_terminator_last("$") <= state.pos + length:
        return _text(state, length, silent)
    match = (_DISPLAY if length == 2 else _INLINE).match(state.src, state.pos, state.posMax)
    if match is None or not match[1].strip():
        return _text(state, length, silent)
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content, token.markup = match[1].strip(), match[0][:length]
        token.meta = {"display": length == 2}
    state.pos = match.end()
    return True


def _text(state: StateInline, length: int, silent: bool) -> bool:
    if not silent:
        state.append_pending("$" * length)
    state.pos += length
    return True


def block_math(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    first = line_text(state, start)
    if not first.startswith("$$") or first.startswith("$$$") or state.is_code_block(start):
        return False
    if "$$" in first[2:]:
        # Text behind it makes it part of a paragraph.
        if not first.rstrip().endswith("$$") or first.find("$$", 2) != len(first.rstrip()) - 2:
            return False
        return silent or _push(state, start, start, first.rstrip()[2:-2])
    last, column = _closing(state, start + 1, end)
    if column < 0:
        return False
    if silent:
        return True
    inner = state.getLines(start + 1, last, state.sCount[start], True)
    text = line_text(state, last)
    _push(state, start, last, f"{first[2:]}\n{inner}{text[:column]}")
    if text[column + 2 :].strip():
        resume_at(state, last, column + 2)
        state.line = last
    return True


def _closing(state: StateBlock, line: int, end: int) -> tuple[int, int]:
    while line < end and not (state.sCount[line] < state.blkIndent and not state.isEmpty(line)):
        column = line_text(state, line).find("$$")
        if column >= 0:
            return line, column
        line += 1
    return line, -1


def _push(state: StateBlock, start: int, last: int, tex: str) -> bool:
    token = state.push("math_block", "math", 0)
    token.content, token.markup, token.map = tex.strip(), "$$", [start, last + 1]
    state.line = last + 1
    return True


def install(md: Parser) -> None:
    md.inline.add("link", "math", inline_math, "$")
    md.block.add("fence", "math", block_math, "$", ("paragraph", "reference", "blockquote", "list"))
