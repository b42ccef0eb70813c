"""`` `{python} expr` ``: an expression whose value is shown in the text; and inline queries of Dataview."""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import backtick as commonmark_backtick

from kbtool.syntax.engine import Parser

__all__ = ["install"]

_PYTHON = "{python}"
# Dataview's prefixes are ordinary code to everyone else, so that only what is surely a query counts.
_QUERY = re.compile(r"\$=|=\s*(?:this\.|\[\[|date\(|dur\(|link\()")


def backtick(state: StateInline, silent: bool) -> bool:
    start, before = state.pos, len(state.tokens)
    matched = commonmark_backtick(state, silent)
    if matched and not silent and len(state.tokens) > before and state.tokens[-1].type == "code_inline":
        token = state.tokens[-1]
        if token.content.startswith(_PYTHON):
            token.type, token.content = "inline_python", token.content[len(_PYTHON) :].strip()
            token.meta = {"at": (start, state.pos)}
        elif _QUERY.match(token.content):
            token.meta = {"at": (start, state.pos), "plugin": "dataview"}
    return matched


def install(md: Parser) -> None:
    md.inline.ruler.at("backticks", backtick)
