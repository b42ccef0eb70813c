"""markdown-it, asking only the rules that a character can start.

markdown-it tries every rule at every block, every line of a paragraph and every character where text may stop.  Here
each rule says by which characters it starts, so that a `*` asks one rule and not twenty; this pays for all that
Obsidian adds to Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.parser_block import ParserBlock, RuleFuncBlockType
from markdown_it.parser_inline import ParserInline, RuleFuncInlineType
from markdown_it.ruler import Ruler
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import code as commonmark_code
from markdown_it.rules_inline import StateInline, fragments_join
from markdown_it.token import Token
from markdown_it.utils import EnvType

from kbtool.syntax.state import BlockState, InlineState, new_token

__all__ = ["BlockParser", "InlineParser", "Parser"]

_BLOCKS: Mapping[str, str] = {
    "fence": "`~",
    "blockquote": ">",
    "hr": "*-_",
    "list": "*-+0123456789",
    "reference": "[",
    "html_block": "<",
    "heading": "#",
    "code": "",
}
"""markdown-it's block rules and the characters they start with; those that are not here may start with any.

A line that is indented so far that it is code is nothing else: whether it is needs no rule to be asked.
"""

_INLINE: Mapping[str, Iterable[str]] = {
    "newline": "\n",
    "escape": "\\",
    "backticks": "`",
    "strikethrough": ("~~",),
    "emphasis": "*_",
    "link": "[",
    "image": ("![",),
    "autolink": "<",
    "html_inline": "<",
    "entity": "&",
}
"""markdown-it's own rules and the characters, or longer signs, they start with; `text` is what is left between them."""

# Brackets in the text of a link nest no deeper: each level costs five frames of Python's stack.
_LABEL_DEPTH = 20

# Levels of blocks: a quote is one, a list with its item two.
_NESTING = 210


class _Chain(NamedTuple):
    """Rules by the character that a line starts with, and those that may start with any other."""

    rules: Mapping[str, tuple[RuleFuncBlockType, ...]]
    others: tuple[RuleFuncBlockType, ...]

    def of(self, state: StateBlock, line: int) -> tuple[RuleFuncBlockType, ...]:
        at = state.bMarks[line] + state.tShift[line]
        return self.rules.get(state.src[at : at + 1], self.others)

    def ends(self, state: StateBlock, line: int, end: int, _silent: bool = True) -> bool:
        """Whether a block starts on this line that what came before cannot go on over."""
        return any(rule(state, line, end, True) for rule in self.of(state, line))


class _Ruler(Ruler[RuleFuncBlockType]):
    """Where markdown-it's rules ask for all rules that may end a list, say, it hands out one that asks a chain."""

    def __init__(self, rules: Ruler[RuleFuncBlockType]) -> None:
        super().__init__()
        for rule in rules.__rules__:
            self.push(rule.name, rule.fn, {"alt": rule.alt})
        self.chains: dict[str, _Chain] = {}

    def getRules(self, chainName: str = "") -> list[RuleFuncBlockType]:  # noqa: N802, N803 -- its names
        chain = self.chains.get(chainName)
        return super().getRules(chainName) if chain is None else [chain.ends]


class BlockParser(ParserBlock):
    """markdown-it's block parser with its rules sorted by first character; `compile` it when all rules are in."""

    ruler: _Ruler

    def __init__(self) -> None:
        super().__init__()
        self.ruler = _Ruler(self.ruler)
        self._starts = dict(_BLOCKS)
        self._rules = _Chain({}, ())

    def add(self, before: str, name: str, rule: RuleFuncBlockType, starts: str, ends: Iterable[str] = ()) -> None:
        """Put a rule before another, asked only where a line starts with one of the characters `starts`.

        `ends` names the kinds of block that it ends without a blank line (`paragraph`, `blockquote`...).
        """
        self.ruler.before(before, name, rule, {"alt": list(ends)})
        self._starts[name] = starts

    def compile(self) -> None:
        """Sort the active rules by the characters that start them, their order kept."""
        self._rules = self._sorted("")
        self.ruler.chains = {kind: self._sorted(kind) for kind in ("paragraph", "reference", "blockquote", "list")}

    def _sorted(self, chain: str) -> _Chain:
        names = {rule: name for name, rule in zip(self.ruler.get_active_rules(), self.ruler.getRules(""), strict=True)}
        rules = [(self._starts.get(names[rule]), rule) for rule in self.ruler.getRules(chain)]
        characters = {character for starts, _ in rules for character in starts or ""}
        sorted_ = {c: tuple(rule for starts, rule in rules if starts is None or c in starts) for c in characters}
        return _Chain(sorted_, tuple(rule for starts, rule in rules if starts is None))

    def parse(self, src: str, md: MarkdownIt, env: EnvType, outTokens: list[Token]) -> list[Token] | None:  # noqa: N803
        if not src:
            return None
        state = BlockState(src, md, env, outTokens)
        self.tokenize(state, 0, state.lineMax)
        return state.tokens

    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:  # noqa: N803 -- its names
        # As in markdown-it, but for the choice of rules.
        line, end = startLine, endLine
        blank = False
        while line < end:
            state.line = line = state.skipEmptyLines(line)
            if line >= end or state.sCount[line] < state.blkIndent:
                break
            if state.level >= state.md.options.maxNesting:
                state.line = end
                break
            for rule in (commonmark_code,) if state.is_code_block(line) else self._rules.of(state, line):
                if rule(state, line, end, False):
                    break
            state.tight = not blank
            line = state.line
            if line <= end and state.isEmpty(line - 1):
                blank = True
            if line < end and state.isEmpty(line):
                blank = True
                line += 1
                state.line = line

    def ends(self, kind: str, state: StateBlock, line: int, end: int) -> bool:
        """Whether something starts on this line that a `paragraph`, `blockquote`, `list`... cannot go on over."""
        return self.ruler.chains[kind].ends(state, line, end)


class InlineParser(ParserInline):
    """markdown-it's inline parser with its rules sorted by first character; `compile` it when all rules are in."""

    def __init__(self) -> None:
        super().__init__()
        self._starts: dict[str, Iterable[str]] = dict(_INLINE)
        self._rules: dict[str, tuple[RuleFuncInlineType, ...]] = {}
        self._stop = re.compile("(?!)")

    def add(self, before: str, name: str, rule: RuleFuncInlineType, starts: Iterable[str]) -> None:
        """Put a rule before another; text is read over up to one of the signs `starts`.  It may be asked at others."""
        self.ruler.before(before, name, rule)
        self._starts[name] = starts

    def compile(self) -> None:
        """Sort the active rules by the characters that start them, their order kept."""
        rules: dict[str, list[RuleFuncInlineType]] = {}
        # No rule starts with `]`, but the search for the end of a label has to see it.
        signs = {"]"}
        for name, rule in zip(self.ruler.get_active_rules(), self.ruler.getRules(""), strict=True):
            starts = tuple(self._starts.get(name, ()))
            signs.update(starts)
            for character in dict.fromkeys(sign[0] for sign in starts):
                rules.setdefault(character, []).append(rule)
        self._rules = {character: tuple(chain) for character, chain in rules.items()}
        self._stop = re.compile("|".join(map(re.escape, sorted(signs))))

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        if not self._stop.search(src):
            # Most cells and headings, and many a paragraph: nothing in it starts anything.
            if src:
                tokens.append(new_token("text", "", 0, 0, False, src))
            return tokens
        state = InlineState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules("") if state.has_delimiters else (fragments_join,):
            rule(state)
        return state.tokens

    def tokenize(self, state: StateInline) -> None:
        src, end, rules, stop = state.src, state.posMax, self._rules, self._stop.search
        while (pos := state.pos) < end:
            chain = rules.get(src[pos])
            if chain is None:
                hit = stop(src, pos + 1, end)
                state.pos = hit.start() if hit else end
                state.append_pending(src[pos : state.pos])
                continue
            for rule in chain:
                if rule(state, False):
                    break
            else:
                state.append_pending(src[pos])
                state.pos = pos + 1
        if state.pending:
            state.pushPending()

    def skipToken(self, state: StateInline) -> None:  # noqa: N802 -- markdown-it's name
        pos = state.pos
        known = state.cache.get(pos)
        if known is None:
            known = state.cache[pos] = self._end_of_token(state, pos)
        state.pos = known

    def _end_of_token(self, state: StateInline, pos: int) -> int:
        chain = self._rules.get(state.src[pos])
        if chain is None:
            hit = self._stop.search(state.src, pos + 1, state.posMax)
            return hit.start() if hit else state.posMax
        if state.level >= _LABEL_DEPTH:
            return state.posMax
        state.level += 1
        matched = any(rule(state, True) for rule in chain)
        state.level -= 1
        return state.pos if matched else pos + 1


class Parser(MarkdownIt):
    """A MarkdownIt with the parsers above; `compile` it when all rules are in."""

    inline: InlineParser
    block: BlockParser

    def __init__(self, *, strict_line_breaks: bool) -> None:
        super().__init__()
        self.strict_line_breaks = strict_line_breaks
        self.inline = InlineParser()
        self.block = BlockParser()
        self.configure("commonmark", {"maxNesting": _NESTING})
        self.enable(["table", "strikethrough"])
        # Who calls has made the line ends equal.
        self.disable("normalize")

    def compile(self) -> Parser:
        """Make ready: from here on no rule may be added."""
        self.block.compile()
        self.inline.compile()
        return self
