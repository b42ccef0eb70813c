"""Markdown links and images: CommonMark's, with their place, and with a destination where they lead into the vault."""

from __future__ import annotations

from urllib.parse import unquote

from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import image as commonmark_image
from markdown_it.rules_inline import link as commonmark_link
from markdown_it.token import Token

from kbtool.syntax.embed import sized
from kbtool.syntax.engine import Parser
from kbtool.syntax.plain import plain
from kbtool.syntax.wikilink import Destination, path_and_fragment

__all__ = ["install"]


def _inside_the_vault(url: str) -> Destination | None:
    if not url or (":" in url and not url.startswith(("./", "../"))):
        return None
    before, _, after = url.partition("#")
    target, fragment = path_and_fragment(unquote(before), unquote(after))
    if not target and fragment is None:
        return None
    return Destination(target, fragment, "", None)


def _cannot_match(state: StateInline) -> bool:
    # A label needs `](` after it, or a definition to refer to; without this test a row of `[` would be quadratic.
    last = "]" if "references" in state.env else "]("
    return state.html_terminator_last(last) <= state.pos


def _pushed(state: StateInline, before: int, type_: str) -> Token:
    # What was pending is pushed first, as a text token.
    token = state.tokens[before]
    return token if token.type == type_ else state.tokens[before + 1]


def link(state: StateInline, silent: bool) -> bool:
    start, before = state.pos, len(state.tokens)
    if _cannot_match(state) or not commonmark_link(state, silent):
        return False
    if not silent:
        token = _pushed(state, before, "link_open")
        token.meta["at"] = (start, state.pos)
        _set_destination(token, str(token.attrs["href"]))
    return True


def image(state: StateInline, silent: bool) -> bool:
    start = state.pos
    if _cannot_match(state) or not commonmark_image(state, silent):
        return False
    if not silent:
        token = state.tokens[-1]
        token.meta = {"at": (start, state.pos), **sized(plain(token.children or ()))}
        _set_destination(token, str(token.attrs["src"]))
    return True


def _set_destination(token: Token, url: str) -> None:
    destination = _inside_the_vault(url)
    if destination is not None:
        token.meta["destination"] = destination


def install(md: Parser) -> None:
    md.inline.ruler.at("link", link)
    md.inline.ruler.at("image", image)
