"""Runs the lexers of Pygments with one search a token.

Pygments asks the rules of a state one after the other, for Python up to fifty of them.  Here they are one expression
whose alternatives are the rules in their order: the first that matches is the rule that Pygments would have come to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from pygments.lexer import Lexer, RegexLexer
from pygments.token import Error, Whitespace, _TokenType

__all__ = ["joins", "tokens"]

_ROOT = "root"
_FLAGS = re.compile(r"\(\?([aims]+)\)")
# What means something else, or is an error, within a longer expression: references to groups, groups with names, other
# flags and flags that do not stand first.
_UNFIT = re.compile(r"\\[1-9]|\(\?P|\(\?\(|\(\?[a-zA-Z]*[xuL]|(?!\A)\(\?[a-zA-Z]+\)")


class _Rule(NamedTuple):
    """As Pygments has it: what the text must match, its kind or a function that finds the kinds in it, what follows."""

    match: Callable[[str, int], re.Match[str] | None]
    kind: Any
    following: Any


class _State(NamedTuple):
    """`match` finds the rule; the number of the last group that took part tells which of `rules` it is."""

    match: Callable[[str, int], re.Match[str] | None]
    rules: Mapping[int, _Rule]


class _States(dict[str, _State]):
    """The states of a lexer, each made when text first leads to it: most texts see few of them."""

    def __init__(self, rules: Mapping[str, Iterable[_Rule]], flags: int) -> None:
        super().__init__()
        self._rules, self._flags = rules, flags

    def __missing__(self, name: str) -> _State:
        state = self[name] = _joined(self._rules[name], self._flags)
        return state


def joins(lexer: Lexer) -> bool:
    """Whether the rules of this lexer can be made one expression a state."""
    return _states(type(lexer)) is not None


def tokens(lexer: Lexer, text: str) -> Iterator[tuple[_TokenType, str]]:
    """The kinds and texts of the tokens, as `lexer.get_tokens_unprocessed` gives them."""
    states = _states(type(lexer))
    if states is None:
        return ((kind, part) for _, kind, part in lexer.get_tokens_unprocessed(text))
    return _run(lexer, states, text)


@lru_cache(maxsize=128)
def _states(lexer: type[Lexer]) -> _States | None:
    """The lexer's states, unless it works in a way of its own or has a rule that cannot be part of another."""
    if not issubclass(lexer, RegexLexer):
        return None
    if lexer.get_tokens_unprocessed is not RegexLexer.get_tokens_unprocessed or lexer.flags & re.VERBOSE:
        return None
    table: Mapping[str, Iterable[Any]] = vars(lexer)["_tokens"]
    states = {name: tuple(map(_Rule._make, rules)) for name, rules in table.items()}
    if any(_UNFIT.search(_pattern(rule.match).pattern) for rules in states.values() for rule in rules):
        return None
    return _States(states, lexer.flags)


def _joined(rules: Iterable[_Rule], flags: int) -> _State:
    numbered: dict[int, _Rule] = {}
    alternatives = []
    groups = 0
    for rule in rules:
        expression = _pattern(rule.match)
        # The empty group at its end closes last, whatever groups the rule has itself.
        alternatives.append(f"{_part(expression.pattern)}()")
        groups += expression.groups + 1
        numbered[groups] = rule
    return _State(re.compile("|".join(alternatives) or "(?!)", flags).match, numbered)


def _pattern(match: Callable[..., re.Match[str] | None]) -> re.Pattern[str]:
    """The expression that this `match` is the method of."""
    expression: re.Pattern[str] = match.__self__  # type: ignore[attr-defined]
    return expression


def _part(pattern: str) -> str:
    """An expression as part of a longer one; flags at its start are made flags of the part."""
    flags = _FLAGS.match(pattern)
    return f"(?{flags[1]}:{pattern[flags.end() :]})" if flags else f"(?:{pattern})"


def _run(lexer: Lexer, states: Mapping[str, _State], text: str) -> Iterator[tuple[_TokenType, str]]:
    stack, at = [_ROOT], 0
    match, rules = states[_ROOT]
    while True:
        found = match(text, at)
        if found is None:
            if at >= len(text):
                return
            # What no rule knows is an error up to the end of the line, and there everything starts anew.
            yield (Whitespace if text[at] == "\n" else Error), text[at]
            if text[at] == "\n":
                stack = [_ROOT]
                match, rules = states[_ROOT]
            at += 1
            continue
        rule = rules[found.lastindex or 0]
        if type(rule.kind) is _TokenType:
            yield rule.kind, found[0]
        elif rule.kind is not None:
            # It counts the groups of its own expression.
            for _, kind, part in rule.kind(lexer, rule.match(text, at)):
                yield kind, part
        at = found.end()
        if rule.following is not None:
            _follow(stack, rule.following)
            match, rules = states[stack[-1]]


def _follow(stack: list[str], following: tuple[str, ...] | int | str) -> None:
    """Goes over to what follows: states to enter, or how many to leave; the lowest is never left."""
    if isinstance(following, int):
        del stack[max(len(stack) + following, 1) :]
        return
    for state in (following,) if isinstance(following, str) else following:
        if state == "#pop":
            del stack[max(len(stack) - 1, 1) :]
        else:
            stack.append(stack[-1] if state == "#push" else state)
