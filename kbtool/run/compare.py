"""Does a block print what its note says it prints?  A pure function of two texts and two tolerances.

Both texts are cut into tokens and compared token by token; the worst token decides.  Numbers agree within the digits
that the author wrote down, so `0.0674` documents `0.06741740`; integers, words and punctuation must be the same.
All arithmetic is decimal, on the digits as they stand: in binary, 0.75 - 0.7 is already more than 0.05.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    return Comparison(_VERDICTS[level], documented, actual, reason, rtol, atol)


# --- Text ----------------------------------------------------------------------------------------------------------

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_TRACEBACK = re.compile(r"^([ \t]*)Traceback \(most recent call last\):$")
_UNBROKEN = re.compile(r"\S+")
_LONGEST_WORD = 2000


def normalise(text: str) -> str:
    """The text without what is no text: colours, kinds of line end, white space at line ends, outer blank lines."""
    text = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.rstrip() for line in _composed(text).split("\n")]
    return "\n".join(lines).strip("\n")


def _composed(text: str) -> str:
    """NFC, word by word: nothing composes across white space, and the time grows with the square of a run of accents.

    A word that is too long to be one stays as it is.
    """
    if text.isascii():
        return text
    return _UNBROKEN.sub(lambda word: _nfc(word[0]) if len(word[0]) <= _LONGEST_WORD else word[0], text)


def _nfc(word: str) -> str:
    return unicodedata.normalize("NFC", word)


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
_LONGEST_TAIL = 500
"""In tokens.  Longer ones are no tails; so there are not too many lengths of them."""


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


@dataclass(slots=True)
class _Bracket:
    """An open bracket.  `called` = the parenthesis of a repr; `tail` = the comma of the tail open in it, or -1."""

    called: bool
    tail: int = -1


def _mark_tails(tokens: Sequence[_Token]) -> None:
    """Finds `, name=value` directly inside the parentheses of a repr, that is of a word glued to its parenthesis.

    A tail ends before the comma or bracket that ends its value.
    """
    opened = [_Bracket(called=False)]
    gradients = 0
    for index, token in enumerate(tokens):
        if token.text in _OPENING:
            called = index > 0 and token.glued and tokens[index - 1].text[-1].isidentifier()
            opened.append(_Bracket(token.text == "(" and called))
        elif token.text == "," or token.text in _CLOSING:
            gradients -= _end_tail(tokens, opened[-1], index)
            if token.text != "," and len(opened) > 1:
                opened.pop()
            elif opened[-1].called and _names_tail(tokens, index):
                opened[-1].tail = index
                gradients += tokens[index + 1].text == "grad_fn"
        token.overload = gradients > 0
    for bracket in opened:
        _end_tail(tokens, bracket, len(tokens))


def _end_tail(tokens: Sequence[_Token], bracket: _Bracket, end: int) -> bool:
    """Ends the tail that is open in a bracket, if any; whether it was that of a gradient."""
    comma, bracket.tail = bracket.tail, -1
    if comma < 0:
        return False
    if end - comma <= _LONGEST_TAIL:
        tokens[comma].tail = end
    return tokens[comma + 1].text == "grad_fn"


def _names_tail(tokens: Sequence[_Token], comma: int) -> bool:
    return _tail_shown(tokens, comma) in _TAILS


def _tail_shown(tokens: Sequence[_Token], index: int) -> str:
    """The name in `, name=` where that stands at a place; else the empty string."""
    after = [token.text for token in tokens[index : index + 3]]
    return after[1] if len(after) == 3 and after[0] == "," and after[2] == "=" else ""


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
_NOTHING, _HALF, _ONE_AND_A_HALF, _PERCENT = Decimal(0), Decimal("0.5"), Decimal("1.5"), Decimal("0.01")


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
        context = self._fitting(len(documented) + len(actual))
        want, got = _decimal(documented, context), _decimal(actual, context)
        if not (want.is_finite() and got.is_finite()):
            return _Level.OK if documented == actual else _Level.MISMATCH
        agrees, rounds = self._margins(documented, want, context)
        off = context.abs(context.subtract(got, want))
        return _Level.OK if off <= agrees else _Level.ROUNDING if off < rounds else _Level.MISMATCH

    def _fitting(self, digits: int) -> Context:
        return self._context if digits < 40 else self.context(digits + 60)

    def _margins(self, documented: str, want: Decimal, context: Context) -> tuple[Decimal, Decimal]:
        """Up to which difference, inclusive, a float agrees; below which it is a rounding."""
        unit, places = _last_digit(documented, want)
        size = context.abs(want)
        agrees = context.max(context.multiply(self.rtol, size), self.atol)
        if not want:
            agrees = context.max(agrees, _NOISE)
        if unit is None:
            return agrees, _NOTHING
        telling = places >= 3 or unit <= context.multiply(_PERCENT, size)
        rounds = context.multiply(_ONE_AND_A_HALF, unit) if telling else _NOTHING
        return context.max(agrees, context.multiply(_HALF, unit)), rounds

    def value(self, text: str) -> Decimal:
        """A float as a number; infinite where it is too large to be one."""
        return _decimal(text, self._fitting(len(text)))

    def span(self, documented: str, level: _Level, ordered: Sequence[Decimal]) -> tuple[int, int]:
        """The stretch of finite, ordered numbers that are as near to a documented float as `level` asks."""
        context = self._fitting(len(documented))
        want = _decimal(documented, context)
        if not want.is_finite():
            return 0, 0
        agrees, rounds = self._margins(documented, want, context)
        first = bisect_left(ordered, context.subtract(want, agrees))
        last = bisect_right(ordered, context.add(want, agrees))
        if level is _Level.OK or rounds <= agrees:
            return first, last
        return bisect_right(ordered, context.subtract(want, rounds)), bisect_left(ordered, context.add(want, rounds))


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
    if all(token.kind is not _Kind.DOTS for token in want):
        return _straight(want, got, tolerance)
    if _lay(want, _Printed(got, tolerance, _Level.OK)) is None:
        return _Level.OK, ""
    failed = _lay(want, _Printed(got, tolerance, _Level.ROUNDING))
    if failed is None:
        return _Level.ROUNDING, "a number is one unit of its last documented digit off"
    if failed == len(want):
        return _Level.MISMATCH, "more was printed after all that is documented"
    return _Level.MISMATCH, f"documented {want[failed].text!r}, printed at no place that '...' allows"


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
    shown = _tail_shown(want, i)
    for _ in _TAILS:  # a repr has each at most once
        if j == len(got) or not got[j].tail or got[j + 1].text == shown:
            break
        j = got[j].tail
    return j


# --- A document with `...` -----------------------------------------------------------------------------------------

# Sets of places among the printed tokens are the bits of one integer, so a documented token is laid on all places that
# come into question in one step: the time grows with the documented times the printed tokens, but 64 of them at once.

_STEP = 64


class _Printed:
    """What was printed, as the places where each documented token may stand so that they agree as well as `level`."""

    def __init__(self, got: Sequence[_Token], tolerance: _Tolerance, level: _Level) -> None:
        self.end = len(got)
        self._tolerance, self._level = tolerance, level
        self._equal, self._overloads = _places(got)
        self._tails = _tail_places(got)
        self._any_tail = _bits(i for i, token in enumerate(got) if token.tail)
        self._found: dict[tuple[_Kind, str], int] = {}
        floats = [(tolerance.value(token.text), i) for i, token in enumerate(got) if token.kind is _Kind.FLOAT]
        ordered = sorted(item for item in floats if item[0].is_finite())
        self._values, self._order = [value for value, _ in ordered], [place for _, place in ordered]
        self._smallest = [0]
        for start in range(0, len(ordered), _STEP):
            self._smallest.append(self._smallest[-1] | _bits(self._order[start : start + _STEP]))

    def places(self, token: _Token) -> int:
        """The places of all tokens that agree with a documented one."""
        key = token.kind, token.text
        if key not in self._found:
            self._found[key] = self._look_up(token)
        return self._found[key]

    def _look_up(self, token: _Token) -> int:
        found = self._equal[_key(token)]
        if token.kind is _Kind.TEXT:
            found |= self._overloads[_without_overload(token.text)]
        if token.kind is _Kind.FLOAT:
            first, last = self._tolerance.span(token.text, self._level, self._values)
            found |= self._up_to(last) ^ self._up_to(first)
        return found

    def _up_to(self, count: int) -> int:
        """The places of the smallest floats, as many as that."""
        rest = count % _STEP
        return self._smallest[count // _STEP] | _bits(self._order[count - rest : count])

    def past_tails(self, places: int, shown: str) -> int:
        """The places, and those that follow from them by leaving out tails, but for the one that is shown."""
        for _ in _TAILS:
            if not places & self._any_tail:
                break
            for (name, length), starts in self._tails.items():
                if name != shown:
                    places |= (places & starts) << length
        return places


def _places(got: Sequence[_Token]) -> tuple[defaultdict[tuple[_Kind, str], int], defaultdict[str, int]]:
    """The places of equal tokens; those of words in which the digit of an overload does not count."""
    equal: defaultdict[tuple[_Kind, str], list[int]] = defaultdict(list)
    overloads: defaultdict[str, list[int]] = defaultdict(list)
    for place, token in enumerate(got):
        equal[_key(token)].append(place)
        if token.overload and token.kind is _Kind.TEXT:
            overloads[_without_overload(token.text)].append(place)
    return (
        defaultdict(int, {key: _bits(places) for key, places in equal.items()}),
        defaultdict(int, {word: _bits(places) for word, places in overloads.items()}),
    )


def _key(token: _Token) -> tuple[_Kind, str]:
    """The same for tokens that `_pair` takes as equal, floats within a tolerance and overloads aside."""
    if token.kind in (_Kind.FLOAT, _Kind.DOTS):
        return (_Kind.TEXT if token.kind is _Kind.DOTS else _Kind.FLOAT), token.text
    return token.kind, _PLAIN[token.kind](token.text)


def _tail_places(got: Sequence[_Token]) -> dict[tuple[str, int], int]:
    """Where tails start, by name and length."""
    starts: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for place, token in enumerate(got):
        if token.tail:
            starts[got[place + 1].text, token.tail - place].append(place)
    return {key: _bits(places) for key, places in starts.items()}


def _bits(places: Iterable[int]) -> int:
    chosen = list(places)
    found = bytearray(max(chosen, default=0) // 8 + 1)
    for place in chosen:
        found[place // 8] |= 1 << place % 8
    return int.from_bytes(found, "little")


def _lay(want: Sequence[_Token], printed: _Printed) -> int | None:
    """The index of the first documented token that finds no place, after the last one if more was printed, else None.

    Of all ways to lay the tokens none is tried: `reached` holds how far the printed ones may have been used up by now.
    """
    reached, everywhere = 1, (1 << printed.end + 1) - 1
    for i, token in enumerate(want):
        if token.kind is _Kind.DOTS:
            reached = everywhere & -(reached & -reached)  # from the lowest place on
        else:
            reached = (printed.past_tails(reached, _tail_shown(want, i)) & printed.places(token)) << 1
        if not reached:
            return i
    ended = printed.past_tails(reached, "") >> printed.end & 1
    return None if ended else len(want)


# --- For people ----------------------------------------------------------------------------------------------------

_DIFF_LINES = 400
"""Beyond this many lines the line diff pairs lines by position: difflib's time grows with the square."""

_DIFF_TOKENS = 120
"""Beyond this many tokens all that stands between the first and the last difference of a line is marked."""


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
    changed = _changed_runs([token.text for token in want], [token.text for token in got])
    gone = tuple((want[a0].start, want[a1 - 1].end) for a0, a1, _, _ in changed if a1 > a0)
    come = tuple((got[b0].start, got[b1 - 1].end) for _, _, b0, b1 in changed if b1 > b0)
    return gone, come


def _changed_runs(want: Sequence[str], got: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """The runs of tokens that are not common to two lines: first and last in the one, first and last in the other."""
    if max(len(want), len(got)) <= _DIFF_TOKENS:
        matcher = difflib.SequenceMatcher(None, want, got, autojunk=False)
        return [code[1:] for code in matcher.get_opcodes() if code[0] != "equal"]
    before = _common(want, got)
    after = _common(want[before:][::-1], got[before:][::-1])
    return [(before, len(want) - after, before, len(got) - after)]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many tokens two lines begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
