"""Runs the lexers of Pygments with one search a token.

Pygments asks the rules of a state one after the other, for Python up to fifty of them.  Here they are one expression
whose alternatives are the rules in their order: the first that matches is the rule that Pygments would have come to.
By itself a rule is compiled only where its groups are asked for, so a lexer is ready in half the time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from pygments.lexer import Lexer, RegexLexer, RegexLexerMeta
from pygments.lexers import find_lexer_class_by_name
from pygments.token import Error, Whitespace, _TokenType
from pygments.util import Future

__all__ = ["joins", "lexer_of", "tokens"]

_ROOT = "root"
_FLAGS = re.compile(r"\(\?([aims]+)\)")
# What means something else, or is an error, within a longer expression: references to groups, groups with names, other
# flags and flags that do not stand first.
_UNFIT = re.compile(r"\\[1-9]|\(\?P|\(\?\(|\(\?[a-zA-Z]*[xuL]|(?!\A)\(\?[a-zA-Z]+\)")


class _Late:
    """What Pygments has of an expression, its `match`; compiled when it is first asked."""

    def __init__(self, regex: Any, flags: int, _state: str) -> None:
        # Long lists of words are put together when they are asked for.
        self.pattern: str = regex.get() if isinstance(regex, Future) else regex  # type: ignore[func-returns-value, assignment]
        self._flags = flags

    @cached_property
    def _match(self) -> Callable[[str, int], re.Match[str] | None]:
        return re.compile(self.pattern, self._flags).match

    def __call__(self, text: str, at: int = 0) -> re.Match[str] | None:
        return self._match(text, at)


class _Rule(NamedTuple):
    """As Pygments has it: what the text must match, its kind or a function that finds the kinds in it, what follows."""

    match: Callable[[str, int], re.Match[str] | None]
    kind: Any
    following: Any


class _State(NamedTuple):
    """`match` finds the rule; the name of the last group that took part tells which of `rules` it is."""

    match: Callable[[str, int], re.Match[str] | None]
    rules: Mapping[str | None, _Rule]


class _States(dict[str, _State]):
    """The states of a lexer, each made when text first leads to it: most texts see few of them."""

    def __init__(self, rules: Mapping[str, Iterable[_Rule]], flags: int) -> None:
        super().__init__()
        self._rules, self._flags = rules, flags

    def __missing__(self, name: str) -> _State:
        state = self[name] = _joined(self._rules[name], self._flags)
        return state


def lexer_of(language: str) -> Lexer:
    """The lexer of a language.  Raises ClassNotFound, which is Pygments' own."""
    found = find_lexer_class_by_name(language)
    if issubclass(found, RegexLexer):
        hook = {"_process_regex": staticmethod(_Late)}
        late: Lexer = RegexLexerMeta(found.__name__, (found,), hook)()  # type: ignore[no-untyped-call]
        if joins(late):
            return late
    return found()


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
    if any(_UNFIT.search(_pattern(rule.match)) for rules in states.values() for rule in rules):
        return None
    return _States(states, lexer.flags)


def _joined(rules: Iterable[_Rule], flags: int) -> _State:
    named: dict[str | None, _Rule] = {f"r{index}": rule for index, rule in enumerate(rules)}
    # The empty group at its end closes last, whatever groups the rule has itself.
    alternatives = (f"{_part(_pattern(rule.match))}(?P<{name}>)" for name, rule in named.items())
    return _State(re.compile("|".join(alternatives) or "(?!)", flags).match, named)


def _pattern(match: Callable[..., re.Match[str] | None]) -> str:
    """The text of the expression that this `match` belongs to."""
    expression: re.Pattern[str] | _Late = match if isinstance(match, _Late) else match.__self__  # type: ignore[attr-defined]
    return expression.pattern


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
        rule = rules[found.lastgroup]
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
