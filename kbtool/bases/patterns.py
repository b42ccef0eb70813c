"""JavaScript's regular expressions, run by the `regex` module, which can be told when to give up."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from kbtool.bases.values import LARGEST, EvaluationError, ExhaustedError, Regex

if TYPE_CHECKING:
    import regex

__all__ = ["found", "replaced", "split"]

# A pattern that runs longer than this on one text would stop a build; seconds.
_PATIENCE = 0.5
_FLAGS = {"i": "IGNORECASE", "m": "MULTILINE", "s": "DOTALL", **dict.fromkeys("guydv", "UNICODE")}
_PIECE = re.compile(
    r"\\k<(\w+)>|\\[uU]\{?([0-9a-fA-F]{4,6})\}?|\\(.)|(\{)(?!\d+(?:,\d*)?\})|(\[\^?)|(\])|(\$)", re.DOTALL
)
# What these stand for in JavaScript is ASCII's; within a class, and outside of one.
_ASCII = {"d": "0-9", "w": "A-Za-z0-9_"}
_REFERENCE = re.compile(r"\$(?:\$|&|(\d\d?)|<([^>]*)>)")


def found(pattern: Regex, text: str) -> bool:
    """Whether the pattern fits anywhere in the text."""
    try:
        return _compiled(pattern).search(text, timeout=_PATIENCE) is not None
    except TimeoutError:
        raise _too_long(pattern) from None


def replaced(pattern: Regex, text: str, replacement: str) -> str:
    """The text with the first match replaced, or all of them with the flag `g`; `$1` is the first group."""
    room = LARGEST

    def replacing(match: regex.Match[str]) -> str:
        nonlocal room
        new = _expanded(replacement, match)
        room -= len(new)
        if room < 0:
            raise EvaluationError("a text that is too large")
        return new

    try:
        return _compiled(pattern).sub(replacing, text, count=0 if "g" in pattern.flags else 1, timeout=_PATIENCE)
    except TimeoutError:
        raise _too_long(pattern) from None


def split(pattern: Regex, text: str) -> list[str]:
    try:
        parts = _compiled(pattern).split(text, timeout=_PATIENCE)
    except TimeoutError:
        raise _too_long(pattern) from None
    return [part or "" for part in parts]


def _expanded(replacement: str, match: regex.Match[str]) -> str:
    """The replacement with `$1`, `$<name>`, `$&` and `$$` filled in."""

    def group(reference: re.Match[str]) -> str:
        number, name = reference[1], reference[2]
        if name is not None:
            return match.groupdict().get(name) or ""
        if number is None:
            return "$" if reference[0] == "$$" else match[0]
        return (match[int(number)] or "") if 0 < int(number) <= len(match.groups()) else reference[0]

    return _REFERENCE.sub(group, replacement)


def _too_long(pattern: Regex) -> ExhaustedError:
    return ExhaustedError(f"the pattern /{pattern.source}/ takes too long")


@lru_cache(maxsize=256)
def _compiled(pattern: Regex) -> regex.Pattern[str]:
    import regex

    flags = regex.UNICODE
    for flag in pattern.flags:
        if flag not in _FLAGS:
            raise EvaluationError(f"a regular expression has no flag '{flag}'")
        flags |= getattr(regex, _FLAGS[flag])
    try:
        return regex.compile(_translated(pattern.source, "m" in pattern.flags), flags)
    except (regex.error, OverflowError) as error:
        raise EvaluationError(f"the pattern /{pattern.source}/ cannot be read: {error}") from None


def _translated(source: str, multiline: bool) -> str:
    """The pattern as `regex` spells it: ASCII's digits and words, `$` only at the very end, lone braces as they are."""
    parts, end, inside = [], 0, False
    for match in _PIECE.finditer(source):
        parts.append(source[end : match.start()])
        end = match.end()
        parts.append(_piece(match, inside, multiline))
        if match[5] and not inside:
            inside = True
        elif match[6]:
            inside = False
    return "".join([*parts, source[end:]])


def _piece(match: re.Match[str], inside: bool, multiline: bool) -> str:
    name, code, escaped, brace, opening, _, dollar = match.groups()
    if name:
        return f"(?P={name})"
    if code:
        return re.escape(chr(min(int(code, 16), 0x10FFFF)))
    if escaped:
        return _escape(escaped, inside)
    if brace or (opening and inside):
        return re.escape(match[0]) if brace else match[0].replace("[", "\\[")
    return match[0] if not dollar or inside or multiline else r"\Z"


def _escape(letter: str, inside: bool) -> str:
    if letter in _ASCII:
        return _ASCII[letter] if inside else f"[{_ASCII[letter]}]"
    if letter.lower() in _ASCII and not inside:
        return f"[^{_ASCII[letter.lower()]}]"
    if letter == "b":
        return r"\x08" if inside else r"(?:(?<![A-Za-z0-9_])(?=[A-Za-z0-9_])|(?<=[A-Za-z0-9_])(?![A-Za-z0-9_]))"
    return letter if letter == "/" else f"\\{letter}"
