"""`%%comment%%` within a line, and `%%` at the start of a line up to the next `%%`, blank lines included.

Nothing of a comment is shown, but Obsidian counts its links and tags, so its text is parsed as inline text.
"""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from kbtool.syntax.engine import Parser
from kbtool.syntax.lines import line_text, resume_at

__all__ = ["install"]

_RUN = re.compile("%+")


def _fill(token: Token, source: str, state: StateInline | StateBlock) -> None:
    """Give a comment's token its source and what is in it; `base` says where the children's text starts in it."""
    token.content, token.hidden, token.children = source, True, []
    token.meta["base"] = 2
    state.md.inline.parse(source[2:].removesuffix("%%"), state.md, state.env, token.children)


def inline_comment(state: StateInline, silent: bool) -> bool:
    src, start = state.src, state.pos
    if not src.startswith("%%", start) or state.html_terminator_last("%%") < start + 2:
        return False
    if src.startswith("%%", start + 2):
        return _text(state, silent)
    end = src.find("\n", start, state.posMax)
    close = src.find("%%", start + 2, state.posMax if end < 0 else end)
    if close < 0:
        return False
    if not silent:
        token = state.push("comment", "", 0)
        _fill(token, src[start : close + 2], state)
        token.meta["base"] += start
    state.pos = close + 2
    return True


def _text(state: StateInline, silent: bool) -> bool:
    """Four signs and more hold nothing and are left as they are."""
    run = _RUN.match(state.src, state.pos, state.posMax)
    width = len(run[0]) if run else 0
    if not silent:
        state.append_pending("%" * width)
    state.pos += width
    return True


def block_comment(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    first = line_text(state, start)
    if not first.startswith("%%") or state.is_code_block(start):
        return False
    if "%%" in first[2:]:
        # Closed on its line: a block only where nothing else stands there.
        return first.find("%%", 2) == len(first.rstrip()) - 2 and (silent or _push(state, start, start, len(first)))
    return silent or _push(state, start, *_closing(state, start + 1, end))


def _closing(state: StateBlock, line: int, end: int) -> tuple[int, int]:
    """The line that closes the comment and the width of what belongs to it there; without one, the container's end."""
    while line < end and not (state.sCount[line] < state.blkIndent and not state.isEmpty(line)):
        column = line_text(state, line).find("%%")
        if column >= 0:
            return line, column + 2
        line += 1
    return line, -1


def _push(state: StateBlock, start: int, last: int, width: int) -> bool:
    token = state.push("comment", "", 0)
    closed = width >= 0
    end = last + 1 if closed else last
    source = state.getLines(start, end, state.sCount[start], False)
    rest = line_text(state, last)[width:] if closed else ""
    if rest.strip() and last > start:
        source = source[: len(source) - len(rest)]
        resume_at(state, last, width)
        end = last
    token.map = [start, last + 1 if closed else last]
    token.meta["closed"] = closed
    _fill(token, source.rstrip() if closed else source, state)
    state.line = end
    return True


def install(md: Parser) -> None:
    md.inline.add("link", "comment", inline_comment, ("%%",))
    md.block.add("fence", "comment", block_comment, "%", ("paragraph", "reference", "blockquote", "list"))
