"""`#tag`, `#nested/tag`: at the start of the text or after white space, not digits alone."""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline

from kbtool.syntax.engine import Parser

__all__ = ["install", "property_tag"]

_CHARACTERS = r"[^\s\u2000-\u206f\u2e00-\u2e7f'!\"#$%&()*+,.:;<=>?@^`{|}~\[\]\\]"
_TAG = re.compile(rf"#((?:(?![0-9]+(?!{_CHARACTERS})){_CHARACTERS}++))")
_SPACES = re.compile(r"\s")


def tag(state: StateInline, silent: bool) -> bool:
    if state.pos and not state.src[state.pos - 1].isspace():
        return False
    match = _TAG.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push("tag", "", 0)
        token.content = match[0]
        token.meta = {"tag": match[1]}
    state.pos = match.end()
    return True


def property_tag(value: object) -> str | None:
    """The tag that an item of the property `tags` names: a string without spaces, its `#` optional.

    >>> property_tag("#redes/rnn"), property_tag("a, b"), property_tag(2024)
    ('redes/rnn', None, None)
    """
    if not isinstance(value, str):
        return None
    name = value.strip().removeprefix("#")
    return None if not name or name.isdigit() or _SPACES.search(name) else name


def install(md: Parser) -> None:
    md.inline.add("link", "tag", tag, "#")
