"""Does a block print what its note says it prints?  A pure function of two texts and two tolerances.

Both texts are cut into tokens and compared token by token; the worst token decides.  Numbers agree within the digits
that the author wrote down, so `0.0674` documents `0.06741740`; integers, words and punctuation must be the same.
All arithmetic is decimal, on the digits as they stand: in binary, 0.75 - 0.7 is already more than 0.05.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from enum import IntEnum
from functools import cached_property
from typing import Literal

from kbtool.run.results import Comparison

__all__ = ["DiffRow", "compare", "diff", "normalise"]

RTOL = 1e-4


def compare(
    documented: str, actual: str, rtol: float = RTOL, atol: float = 0.0, *, ignore_device: bool = False
) -> Comparison:
    """The verdict on `actual` beside `documented`, with one sentence on why.

    `ignore_device` drops `device=...` from both: for outputs that were documented on another device.

    >>> compare("loss 0.0674", "loss 0.06741740").verdict
    'ok'
    >>> compare("tensor([1, 2])", "tensor([1., 2.])").reason
    "documented '1', printed '1.'"
    """
    wanted, got = normalise(documented), normalise(actual)
    if wanted == got:
        return Comparison("identical", documented, actual)
    tolerance = _Tolerance(Decimal(repr(rtol)), Decimal(repr(atol)))
    level, reason = _judge(_tokens(wanted, ignore_device), _tokens(got, ignore_device), tolerance)
    return Comparison(_VERDICTS[level], documented, actual, reason)


# --- Text ----------------------------------------------------------------------------------------------------------

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_TRACEBACK = re.compile(r"^([ \t]*)Traceback \(most recent call last\):$")


def normalise(text: str) -> str:
    """The text without what is no text: colours, kinds of line end, white space at line ends, outer blank lines."""
    text = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.rstrip() for line in unicodedata.normalize("NFC", text).split("\n")]
    return "\n".join(lines).strip("\n")


def _without_frames(text: str) -> str:
    """Drops the frames of tracebacks: every edit of a note would change their line numbers."""
    if "Traceback (most" not in text:
        return text
    kept: list[str] = []
    inside: str | None = None
    for line in text.split("\n"):
        if inside is not None and (not line or line.startswith((inside + " ", inside + "\t"))):
            continue
        header = _TRACEBACK.match(line)
        inside = header[1] if header else None
        kept.append(line)
    return "\n".join(kept)


# --- Tokens --------------------------------------------------------------------------------------------------------

_OPERAND_DUE = r"(?<![\w.)\]])"
_GROUPED = r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?!,?[0-9])"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?"

_TOKEN = re.compile(
    rf"""
      (?P<dots>    \.\.\. | … )
    | (?P<address> (?<!\w) at \s+ 0x (?: [0-9a-fA-F]+ (?!\w) | \.\.\. | … ) )
    | (?P<moment>  (?<![\w.]) (?:
                     [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} (?: T {_CLOCK} (?: Z | [+-][0-9]{{2}}:?[0-9]{{2}} )? )?
                   | {_CLOCK} | [0-5][0-9]:[0-5][0-9][.,][0-9]+ | [0-9]{{1,2}}:[0-9]{{2}} ) (?! \w | [.:][0-9] ) )
    | (?P<dotted>  \w+ (?: \.\w+ ){{2,}} )
    | (?P<float>   (?: {_OPERAND_DUE} [+-] )? (?<!\w) (?:
                     (?: {_GROUPED} | [0-9]+ )
                     (?: \. (?!\.) [0-9]* (?: [eE][+-]?[0-9]+ )? | [eE] (?: [+-][0-9]+ | [0-9]+ (?!\w) ) )
                   | {_OPERAND_DUE} \. [0-9]+ (?: [eE][+-]?[0-9]+ )? ) )
    | (?P<special> (?: {_OPERAND_DUE} [+-] )? (?<!\w) (?: inf | nan ) (?! \w | \.\w ) )
    | (?P<integer> (?: {_OPERAND_DUE} [+-] )? (?<!\w) (?: {_GROUPED} | [0-9]+ ) (?!\w) )
    | (?P<word>    \w+ (?: \.\w+ )* )
    | (?P<mark>    \S )
    """,
    re.VERBOSE,
)

_TAILS = frozenset({"grad_fn", "device", "dtype", "requires_grad"})
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


class _Kind(IntEnum):
    TEXT = 0
    INTEGER = 1
    FLOAT = 2
    SPECIAL = 3
    DOTS = 4


_KINDS = {
    "float": _Kind.FLOAT,
    "integer": _Kind.INTEGER,
    "special": _Kind.SPECIAL,
    "dots": _Kind.DOTS,
}


@dataclass(slots=True)
class _Token:
    """One token.  `glued` = no white space before it; `tail` = the index after the tail of a repr that starts here."""

    kind: _Kind
    text: str
    start: int
    end: int
    glued: bool
    tail: int = 0
    overload: bool = False


def _tokens(text: str, ignore_device: bool = False) -> list[_Token]:
    tokens = list(_scan(_without_frames(text)))
    _mark_tails(tokens)
    return _without_tails(tokens, "device") if ignore_device else tokens


def _scan(text: str) -> Iterator[_Token]:
    end = -1
    for match in _TOKEN.finditer(text):
        group = match.lastgroup or "mark"
        kind, found, glued = _KINDS.get(group, _Kind.TEXT), match[0], match.start() == end
        end = match.end()
        if kind is _Kind.DOTS:
            found = "..."
            if glued and text[match.start() - 1].isalpha():
                kind = _Kind.TEXT  # `Entrenando...` must not swallow the rest
        elif group == "address":
            found = "at 0x"
        yield _Token(kind, found, match.start(), end, glued)


def _mark_tails(tokens: Sequence[_Token]) -> None:
    """Finds `, name=value` directly inside the parentheses of a repr, that is of a word glued to its parenthesis."""
    opened: list[bool] = []
    for index, token in enumerate(tokens):
        if token.text in _OPENING:
            called = index > 0 and token.glued and tokens[index - 1].text[-1].isidentifier()
            opened.append(token.text == "(" and called)
        elif token.text in _CLOSING:
            if opened:
                opened.pop()
        elif opened and opened[-1] and token.text == "," and _names_tail(tokens, index):
            _mark_tail(tokens, index)


def _names_tail(tokens: Sequence[_Token], comma: int) -> bool:
    after = tokens[comma + 1 : comma + 3]
    return len(after) == 2 and after[0].text in _TAILS and after[1].text == "="


def _mark_tail(tokens: Sequence[_Token], comma: int) -> None:
    """Notes where the tail that starts at `comma` ends: before the comma or bracket that ends its value."""
    depth, end = 0, comma + 3
    while end < len(tokens):
        text = tokens[end].text
        if depth == 0 and (text == "," or text in _CLOSING):
            break
        depth += (text in _OPENING) - (text in _CLOSING)
        tokens[end].overload = tokens[comma + 1].text == "grad_fn"
        end += 1
    tokens[comma].tail = end


def _without_tails(tokens: list[_Token], name: str) -> list[_Token]:
    kept: list[_Token] = []
    index = 0
    while index < len(tokens):
        if tokens[index].tail and tokens[index + 1].text == name:
            index = tokens[index].tail
        else:
            kept.append(tokens[index])
            index += 1
    _mark_tails(kept)
    return kept


# --- One token beside another --------------------------------------------------------------------------------------


class _Level(IntEnum):
    OK = 0
    ROUNDING = 1
    MISMATCH = 2


_VERDICTS: dict[_Level, Literal["identical", "ok", "rounding", "mismatch"]] = {
    _Level.OK: "ok",
    _Level.ROUNDING: "rounding",
    _Level.MISMATCH: "mismatch",
}

_NOISE = Decimal("1e-6")
_HALF, _ONE_AND_A_HALF, _PERCENT = Decimal("0.5"), Decimal("1.5"), Decimal("0.01")


@dataclass(frozen=True)
class _Tolerance:
    rtol: Decimal
    atol: Decimal

    @cached_property
    def _context(self) -> Context:
        return self.context(100)

    @staticmethod
    def context(digits: int) -> Context:
        # No traps and the widest exponents: `1e999999999` is a number like any other.
        return Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])

    def floats(self, documented: str, actual: str) -> _Level:
        """How far two floats are apart; see `compare`.

        Documented `0.0675` beside `0.06741740`: the unit is 0.0001, the difference 0.83 units, so it is `ROUNDING`.
        """
        digits = len(documented) + len(actual)
        context = self._context if digits < 40 else self.context(digits + 60)
        want, got = _decimal(documented, context), _decimal(actual, context)
        if not (want.is_finite() and got.is_finite()):
            return _Level.OK if documented == actual else _Level.MISMATCH
        unit, places = _last_digit(documented, want)
        off = context.abs(context.subtract(got, want))
        size = context.abs(want)
        allowed = context.max(context.multiply(self.rtol, size), self.atol)
        if not want:
            allowed = context.max(allowed, _NOISE)
        if unit is not None:
            allowed = context.max(allowed, context.multiply(_HALF, unit))
        if off <= allowed:
            return _Level.OK
        if unit is None or off >= context.multiply(_ONE_AND_A_HALF, unit):
            return _Level.MISMATCH
        telling = places >= 3 or unit <= context.multiply(_PERCENT, size)
        return _Level.ROUNDING if telling else _Level.MISMATCH


def _decimal(text: str, context: Context) -> Decimal:
    return context.create_decimal(text.replace(",", ""))


def _last_digit(text: str, value: Decimal) -> tuple[Decimal | None, int]:
    """One unit of the last documented digit, and how many digits stand after the point; no unit after a bare point."""
    mantissa = re.split("[eE]", text, maxsplit=1)[0]
    _, point, fraction = mantissa.partition(".")
    if point and not fraction:
        return None, 0
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return Decimal((0, (1,), exponent)), len(fraction)


def _pair(want: _Token, got: _Token, tolerance: _Tolerance) -> _Level:
    if want.text == got.text and want.kind is got.kind:
        return _Level.OK
    if want.kind is not got.kind:
        # The dots of a summary in what was printed are plain text beside glued dots of the document.
        return _Level.OK if want.text == got.text == "..." else _Level.MISMATCH
    if want.kind is _Kind.FLOAT:
        return tolerance.floats(want.text, got.text)
    same = _PLAIN[want.kind](want.text) == _PLAIN[want.kind](got.text)
    if not same and got.overload:
        same = _without_overload(want.text) == _without_overload(got.text)
    return _Level.OK if same else _Level.MISMATCH


def _integer(text: str) -> str:
    digits = text.replace(",", "").lstrip("+")
    return digits.lstrip("-") if not digits.strip("-0") else digits


def _special(text: str) -> str:
    return "nan" if text.endswith("nan") else text.lstrip("+")


_PLAIN: Mapping[_Kind, Callable[[str], str]] = {
    _Kind.TEXT: str,
    _Kind.INTEGER: _integer,
    _Kind.SPECIAL: _special,
    _Kind.DOTS: str,
}


def _without_overload(word: str) -> str:
    return re.sub(r"(Backward)[0-9]+$", r"\1", word)


# --- All tokens ----------------------------------------------------------------------------------------------------


def _judge(want: Sequence[_Token], got: Sequence[_Token], tolerance: _Tolerance) -> tuple[_Level, str]:
    parts = _split_at_dots(want)
    if len(parts) == 1:
        return _straight(want, got, tolerance)
    for level in (_Level.OK, _Level.ROUNDING):
        if _lay(parts, got, tolerance, level):
            return level, "" if level is _Level.OK else "a number is one unit of its last documented digit off"
    return _Level.MISMATCH, "what stands around '...' was not printed so"


def _split_at_dots(tokens: Sequence[_Token]) -> list[list[_Token]]:
    parts: list[list[_Token]] = [[]]
    for token in tokens:
        if token.kind is _Kind.DOTS:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


@dataclass(slots=True)
class _Count:
    """What a straight comparison met: how many numbers, how many of them apart, and the first of the worst pairs."""

    numbers: int = 0
    apart: int = 0
    level: _Level = _Level.OK
    reason: str = ""

    def note(self, want: _Token, got: _Token, level: _Level) -> None:
        if want.kind is _Kind.FLOAT or want.kind is _Kind.INTEGER:
            self.numbers += 1
            self.apart += level > _Level.OK
        if level > self.level:
            self.level, self.reason = level, f"documented {want.text!r}, printed {got.text!r}"

    def worst(self) -> tuple[_Level, str]:
        several = f"; {self.apart} of {self.numbers} numbers differ" if self.apart > 1 else ""
        return self.level, self.reason + several


def _straight(want: Sequence[_Token], got: Sequence[_Token], tolerance: _Tolerance) -> tuple[_Level, str]:
    """The comparison of a document without `...`: one pass, and a sentence on the first of the worst tokens."""
    count = _Count()
    i = j = 0
    while i < len(want):
        j = _skip_tails(want, i, got, j)
        if j == len(got):
            return _Level.MISMATCH, count.reason or f"documented {want[i].text!r}, but nothing more was printed"
        level = _pair(want[i], got[j], tolerance)
        count.note(want[i], got[j], level)
        if level is _Level.MISMATCH and want[i].kind is not got[j].kind:
            break  # the texts have come apart: what follows would only repeat it
        i, j = i + 1, j + 1
    else:
        j = _skip_tails(want, i, got, j)
        if j < len(got) and count.level < _Level.MISMATCH:
            return _Level.MISMATCH, f"printed {got[j].text!r} after all that is documented"
    return count.worst()


def _skip_tails(want: Sequence[_Token], i: int, got: Sequence[_Token], j: int) -> int:
    """The place in `got` after tails (`, grad_fn=...`) that the document does not show at this place."""
    while j < len(got) and got[j].tail:
        name = got[j + 1].text
        if i + 2 < len(want) and want[i].text == "," and want[i + 1].text == name and want[i + 2].text == "=":
            break
        j = got[j].tail
    return j


def _match(part: Sequence[_Token], got: Sequence[_Token], j: int, tolerance: _Tolerance, level: _Level) -> int:
    """The place after `part` laid on `got` from `j` on, or -1 where it does not fit as well as `level`."""
    for i, token in enumerate(part):
        if i:
            j = _skip_tails(part, i, got, j)
        if j >= len(got) or _pair(token, got[j], tolerance) > level:
            return -1
        j += 1
    return j


def _lay(parts: Sequence[Sequence[_Token]], got: Sequence[_Token], tolerance: _Tolerance, level: _Level) -> bool:
    """Whether the parts between the dots can be found in order: the first at the start, the last at the end.

    Taking each part at its earliest place is enough, as in matching file name patterns.
    """
    place = _match(parts[0], got, 0, tolerance, level)
    if place < 0:
        return False
    for part in parts[1:-1]:
        ends = (_match(part, got, start, tolerance, level) for start in range(place, len(got) - len(part) + 1))
        place = next((end for end in ends if end >= 0), -1)
        if place < 0:
            return False
    last = parts[-1]
    starts = range(len(got) - len(last), place - 1, -1)
    return not last or any(_match(last, got, start, tolerance, level) == len(got) for start in starts)


# --- For people ----------------------------------------------------------------------------------------------------

_DIFF_LINES = 400
"""Beyond this many lines the line diff pairs lines by position: difflib's time grows with the square."""


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One line of a diff: `spans` are the columns that differ from the line beside it, half open.

    `same` rows show what was printed; they may differ from the document within the tolerance.
    """

    kind: Literal["same", "documented", "printed"]
    text: str
    spans: tuple[tuple[int, int], ...] = ()


def diff(documented: str, actual: str, rtol: float = RTOL, atol: float = 0.0) -> tuple[DiffRow, ...]:
    """The lines of both texts side by side, for the terminal and the page; only what really disagrees is marked."""
    want, got = normalise(documented).split("\n"), normalise(actual).split("\n")
    tolerance = _Tolerance(Decimal(repr(rtol)), Decimal(repr(atol)))
    rows: list[DiffRow] = []
    for same, a0, a1, b0, b1 in _regions(want, got):
        if same:
            rows += [DiffRow("same", line) for line in got[b0:b1]]
        else:
            rows += _changed(want[a0:a1], got[b0:b1], tolerance)
    return tuple(rows)


def _regions(want: Sequence[str], got: Sequence[str]) -> Iterator[tuple[bool, int, int, int, int]]:
    if max(len(want), len(got)) > _DIFF_LINES:
        yield False, 0, len(want), 0, len(got)
        return
    for tag, a0, a1, b0, b1 in difflib.SequenceMatcher(None, want, got, autojunk=False).get_opcodes():
        yield tag == "equal", a0, a1, b0, b1


def _changed(want: Sequence[str], got: Sequence[str], tolerance: _Tolerance) -> Iterator[DiffRow]:
    """Replaced lines, each beside its partner; lines without one follow."""
    for old, new in zip(want, got, strict=False):
        gone, come = _spans(_tokens(old), _tokens(new), tolerance)
        if gone or come:
            yield DiffRow("documented", old, gone)
            yield DiffRow("printed", new, come)
        else:
            yield DiffRow("same", new)
    yield from (DiffRow("documented", line, _whole(line)) for line in want[len(got) :])
    yield from (DiffRow("printed", line, _whole(line)) for line in got[len(want) :])


def _whole(line: str) -> tuple[tuple[int, int], ...]:
    return ((0, len(line)),) if line else ()


_Spans = tuple[tuple[int, int], ...]


def _spans(want: Sequence[_Token], got: Sequence[_Token], tolerance: _Tolerance) -> tuple[_Spans, _Spans]:
    """Where two lines disagree: token by token where they have as many, else by the longest common runs."""
    if len(want) == len(got):
        apart = [(a, b) for a, b in zip(want, got, strict=True) if _pair(a, b, tolerance) > _Level.OK]
        return tuple((a.start, a.end) for a, _ in apart), tuple((b.start, b.end) for _, b in apart)
    matcher = difflib.SequenceMatcher(None, [t.text for t in want], [t.text for t in got], autojunk=False)
    changed = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    gone = tuple((want[a0].start, want[a1 - 1].end) for _, a0, a1, _, _ in changed if a1 > a0)
    come = tuple((got[b0].start, got[b1 - 1].end) for _, _, _, b0, b1 in changed if b1 > b0)
    return gone, come
