"""Newlines in a paragraph: Obsidian keeps them, unless the vault asks for strict line breaks."""

from __future__ import annotations

from functools import partial

from markdown_it.rules_inline import StateInline

from kbtool.syntax.engine import Parser

__all__ = ["install"]


def newline(plain_break: str, state: StateInline, silent: bool) -> bool:
    pos = state.pos + 1
    while pos < state.posMax and state.src[pos] in " \t":
        pos += 1
    if not silent:
        _push_break(plain_break, state)
    state.pos = pos
    return True


def _push_break(plain_break: str, state: StateInline) -> None:
    line = state.pending
    text = line.rstrip(" ")
    if text != line:
        state.pending = text
    state.push("hardbreak" if len(line) - len(text) >= 2 else plain_break, "br", 0)


def install(md: Parser) -> None:
    md.inline.ruler.at("newline", partial(newline, "softbreak" if md.strict_line_breaks else "hardbreak"))
