"""`https://example.org` without brackets is a link, as in GFM."""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline

from kbtool.syntax.engine import Parser

__all__ = ["install"]

_SCHEME = re.compile(r"(?:^|[^a-zA-Z0-9])(https?)$")
_REST = re.compile(r"://[^\s<>\x00-\x1f\"]+")
_TRAILING = "?!.,:;*_~'"


def bare_url(state: StateInline, silent: bool) -> bool:
    if silent or state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.src, max(state.pos - 6, 0), state.pos)
    match = _REST.match(state.src, state.pos, state.posMax)
    if scheme is None or match is None or not state.pending.endswith(scheme[1]):
        return False
    rest = _trimmed(match[0])
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
    while rest:
        if rest[-1] in _TRAILING or (rest[-1] == ")" and rest.count(")") > rest.count("(")) or rest[-1] in "]}":
            rest = rest[:-1]
        else:
            break
    return rest


def install(md: Parser) -> None:
    md.inline.add("autolink", "bare_url", bare_url, ":")
