"""`text ^id` names a block: at the end of a paragraph, list item, quote or callout, or alone after the block.

The rule runs between the block and the inline pass: it takes the markers out of the text and puts the names, in
`meta["ids"]`, on the token that opens the block which they name.
"""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from kbtool.syntax.engine import Parser

__all__ = ["install"]

_MARKER = re.compile(r"(?:^|\s)\^([A-Za-z0-9-]+)\s*$")
# Where the source has no such line there is nothing to do; the signs may be those that close a heading.
_LINE = re.compile(r"\^[A-Za-z0-9-]+\s*(?:#+\s*)?$", re.MULTILINE)
_NAMEABLE = frozenset({"paragraph_open", "heading_open", "callout_title_open"})
_QUOTES = frozenset({"blockquote_open", "callout_open"})


def block_ids(state: StateCore) -> None:
    if _LINE.search(state.src):
        state.tokens = _Namer(state.tokens).run()


class _Namer:
    """Walks the blocks, knowing the containers that are open and, for each, the block that came last in it."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.open: list[Token] = []
        self.last: list[Token | None] = [None]
        self.dropped: set[int] = set()

    def run(self) -> list[Token]:
        for index, token in enumerate(self.tokens):
            if token.type == "inline":
                if "^" in token.content and self.open[-1].type in _NAMEABLE:
                    self.read(index, token)
            elif token.nesting > 0:
                self.open.append(token)
                self.last.append(None)
            else:
                self.close(index, self.open.pop() if token.nesting else token, nested=token.nesting < 0)
        return [t for i, t in enumerate(self.tokens) if i not in self.dropped] if self.dropped else self.tokens

    def close(self, index: int, block: Token, *, nested: bool) -> None:
        if nested:
            self.last.pop()
        if index not in self.dropped:
            self.last[-1] = block

    def read(self, index: int, text: Token) -> None:
        match = _MARKER.search(text.content, max(text.content.rfind("^") - 1, 0))
        if match is None:
            return
        alone = match.start() == 0 and self.open[-1].type == "paragraph_open"
        block = self.block_before(text) if alone else self.block_of(text)
        if alone and block is self.open[-1]:
            return
        if alone:
            self.dropped.update((index - 1, index, index + 1))
        text.content = text.content[: match.start()].rstrip()
        if block is not None:
            block.meta.setdefault("ids", []).append(match[1])

    def block_before(self, text: Token) -> Token | None:
        """What an id in a paragraph of its own names; that paragraph itself where there is nothing before it."""
        previous = self.last[-2]
        container = self.block_of(text)
        if previous is None or previous.type == "paragraph_open" or self.quote() is not None:
            return previous if previous is not None and container is self.open[-1] else container
        return previous

    def block_of(self, text: Token) -> Token | None:
        """What an id at the end of this text names; None inside a quote, whose parts cannot be named."""
        quote = self.quote()
        if quote is not None:
            return quote if quote.map and text.map and quote.map[1] == text.map[1] else None
        item = self.open[-2] if len(self.open) > 1 else None
        return item if item is not None and item.type == "list_item_open" else self.open[-1]

    def quote(self) -> Token | None:
        return next((token for token in self.open if token.type in _QUOTES), None)


def install(md: Parser) -> None:
    md.core.ruler.before("inline", "block_id", block_ids)
