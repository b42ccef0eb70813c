"""`\\*` and `&amp;` become text like any other; markdown-it keeps them apart for typographic rules, unused here."""

from __future__ import annotations

from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import entity as commonmark_entity
from markdown_it.rules_inline import escape as commonmark_escape

from kbtool.syntax.engine import Parser

__all__ = ["install"]


def _as_text(rule: RuleFuncInlineType) -> RuleFuncInlineType:
    def special(state: StateInline, silent: bool) -> bool:
        matched = rule(state, silent)
        if matched and not silent and state.tokens[-1].type == "text_special":
            state.tokens[-1].type = "text"
        return matched

    return special


def install(md: Parser) -> None:
    md.inline.ruler.at("escape", _as_text(commonmark_escape))
    md.inline.ruler.at("entity", _as_text(commonmark_entity))
    md.core.ruler.disable("text_join")
