"""What markdown-it's rules work on, the lines of a note and the text of one block, made and filled with less work.

Rules push hundreds of tokens a note and look at every line several times; all of that goes through a few methods here.
The tokens and marks are those that markdown-it would make.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

__all__ = ["BlockState", "InlineState", "new_token"]

_TAB = 4


def new_token(kind: str, tag: str, nesting: Literal[-1, 0, 1], level: int, block: bool, content: str = "") -> Token:
    """What `Token(...)` makes, in half its time: its constructor also takes attributes in forms of other versions."""
    token = Token.__new__(Token)
    token.type, token.tag, token.nesting, token.level = kind, tag, nesting, level
    token.attrs, token.meta = {}, {}
    token.map = token.children = None
    token.content, token.markup, token.info = content, "", ""
    token.block, token.hidden = block, False
    return token


class BlockState(StateBlock):
    """The lines of a note, each with its marks: where it begins and ends, and how far its text is indented."""

    def __init__(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> None:
        super().__init__("", md, env, tokens)
        self.src = src
        self._mark(src.split("\n"))

    def _mark(self, lines: list[str]) -> None:
        if not lines[-1].strip(" \t"):
            lines.pop()  # Nothing after the last line end is no line.
        ends = list(accumulate(len(line) + 1 for line in lines))
        # A line of length 0 behind the last spares the rules the question whether there is a next one.
        after = len(self.src)
        self.bMarks = [0, *ends[:-1], after] if lines else [after]
        self.eMarks = [*(end - 1 for end in ends), after]
        self.lineMax = len(lines)
        self.tShift, self.sCount, self.bsCount = ([0] * (len(lines) + 1) for _ in range(3))
        for number, line in enumerate(lines):
            if line and line[0] in " \t":
                blanks = line[: len(line) - len(line.lstrip(" \t"))]
                self.tShift[number] = len(blanks)
                self.sCount[number] = len(blanks.expandtabs(_TAB))

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        if nesting < 0:
            self.level -= 1
        token = new_token(ttype, tag, nesting, self.level, True)
        if nesting > 0:
            self.level += 1
        self.tokens.append(token)
        return token

    def skipEmptyLines(self, from_pos: int) -> int:  # noqa: N802 -- markdown-it's name
        begins, shifts, ends, last = self.bMarks, self.tShift, self.eMarks, self.lineMax
        while from_pos < last and begins[from_pos] + shifts[from_pos] >= ends[from_pos]:
            from_pos += 1
        return from_pos

    def getLines(self, begin: int, end: int, indent: int, keepLastLF: bool) -> str:  # noqa: N802, N803 -- its names
        if indent > 0 or begin >= end:
            return super().getLines(begin, end, indent, keepLastLF)
        src, begins, ends, last = self.src, self.bMarks, self.eMarks, end - 1
        lines = [src[begins[line] : ends[line] + 1] for line in range(begin, last)]
        return "".join([*lines, src[begins[last] : ends[last] + keepLastLF]])


class InlineState(StateInline):
    """The text of one block while it is read."""

    @property
    def has_delimiters(self) -> bool:
        """Whether there is a sign that may pair with another: `*`, `~~`, `==`."""
        return bool(self.delimiters) or any(meta and meta["delimiters"] for meta in self.tokens_meta)

    def pushPending(self) -> Token:  # noqa: N802 -- markdown-it's name
        token = new_token("text", "", 0, self.pendingLevel, False, self.pending)
        self.tokens.append(token)
        self.pending = ""
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        if self._pending_buffer or self._pending:
            self.pushPending()
        if nesting < 0:
            self.level -= 1
            self.delimiters = self._prev_delimiters.pop()
        token = new_token(ttype, tag, nesting, self.level, False)
        meta = None
        if nesting > 0:
            self.level += 1
            self._prev_delimiters.append(self.delimiters)
            self.delimiters = []
            meta = {"delimiters": self.delimiters}
        self.pendingLevel = self.level
        self.tokens.append(token)
        self.tokens_meta.append(meta)
        return token
