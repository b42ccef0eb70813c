"""`https://example.org` without brackets is a link, as in GFM."""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline

from kbtool.syntax.engine import Parser

__all__ = ["install"]

_SCHEME = re.compile(r"(?:^|[^a-zA-Z0-9])(https?)$")
_REST = re.compile(r"://[^\s<>\x00-\x1f\"]+")
_TRAILING = "?!.,:;*_~']}"


def bare_url(state: StateInline, silent: bool) -> bool:
    if silent or state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.src, max(state.pos - 6, 0), state.pos)
    if scheme is None or not state.pending.endswith(scheme[1]):
        return False
    match = _REST.match(state.src, state.pos, state.posMax)
    rest = _trimmed(match[0]) if match else ""
    if len(rest) <= len("://"):
        return False
    url = scheme[1] + rest
    state.pending = state.pending[: -len(scheme[1])]
    opened = state.push("link_open", "a", 1)
    opened.attrs, opened.markup, opened.info = {"href": state.md.normalizeLink(url)}, "linkify", "auto"
    state.push("text", "", 0).content = url
    closed = state.push("link_close", "a", -1)
    closed.markup, closed.info = "linkify", "auto"
    state.pos += len(rest)
    return True


def _trimmed(rest: str) -> str:
    """Without the punctuation of the sentence around it; a bracket stays only where its partner is part of the URL."""
    end = len(rest)
    unopened = rest.count(")") - rest.count("(")
    while end and (rest[end - 1] in _TRAILING or (rest[end - 1] == ")" and unopened > 0)):
        unopened -= rest[end - 1] == ")"
        end -= 1
    return rest[:end]


def install(md: Parser) -> None:
    md.inline.add("autolink", "bare_url", bare_url, ("://",))
