"""`- [ ] open`, `- [x] done`: any character may stand for done, in lists of every kind."""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore

from kbtool.syntax.engine import Parser

__all__ = ["install"]

_TASK = re.compile(r"\[([^\[\]\n])\](?:[ \t]+|(?=\n)|$)")


def task(state: StateCore) -> None:
    tokens = state.tokens
    for index, token in enumerate(tokens):
        if token.type == "list_item_open" and tokens[index + 1].type == "paragraph_open":
            text = tokens[index + 2]
            match = _TASK.match(text.content)
            if match:
                token.meta["task"] = match[1]
                text.content = text.content[match.end() :]


def install(md: Parser) -> None:
    md.core.ruler.before("inline", "task", task)
