"""What a program wrote to a terminal, as HTML: cursor movements obeyed, colours kept, all else dropped.

`screen` gives what stands there in the end, each line with its own colours, so that lines can be parted; `styled`
turns colours into spans.  The sixteen named colours become classes of the page's palette; any other is shown as it is,
moved only as far as it takes to be read on the page's paper.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby, repeat
from typing import Any

__all__ = ["bare", "screen", "styled"]

# A control sequence (its arguments, its letter), a title or link, another escape, a control character.
_CODE = re.compile(
    r"\x1b\[([0-?]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*([0-Z\\^-~])|\x1b"
    r"|([\x00-\x08\n-\x1f\x7f-\x9f])"
)
_COLOUR = re.compile(r"\x1b\[([\d;:]*)m")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

# No program moves farther than this on purpose, and none may make a page large by a few bytes.
_WIDEST, _TALLEST = 240, 200


# ---------------------------------------------------------------- the pen

# Six of the sixteen colours have a meaning in the page's palette; black and white are its ink.
_CLASSES: Mapping[int, str] = {1: "af", 2: "ao", 3: "aw", 4: "at", 5: "am", 6: "ac"}
_GREY = 8
# fmt: off
_NAMED = (
    "#24292f", "#cf222e", "#116329", "#d4a72c", "#0969da", "#8250df", "#1b7c83", "#d0d7de",
    "#57606a", "#ff6a69", "#2da44e", "#e3b341", "#54aeff", "#c297ff", "#39c5cf", "#ffffff",
)
# fmt: on
_LEVELS = (0, 95, 135, 175, 215, 255)


@dataclass(frozen=True, slots=True)
class _Pen:
    """How text is written.  A colour is a number below 16, or `#rrggbb`; None is the page's own."""

    bold: bool = False
    dim: bool = False
    italic: bool = False
    underlined: bool = False
    inverse: bool = False
    struck: bool = False
    ink: int | str | None = None
    ground: int | str | None = None

    def obey(self, arguments: str) -> _Pen:
        """The pen after `\\x1b[...m`."""
        pen, codes = self, [_number(code) or 0 for code in re.split("[;:]", arguments)]
        while codes:
            code = codes.pop(0)
            if code in (38, 48):
                colour = _wide_colour(codes)
                pen = replace(pen, ink=colour) if code == 38 else replace(pen, ground=colour)
            else:
                pen = pen._one(code)
        return pen

    def _one(self, code: int) -> _Pen:
        if code == 0:
            return _PLAIN
        if code in _SWITCHES:
            return replace(self, **_SWITCHES[code])
        tens, unit = divmod(code, 10)
        if unit > 7 or tens not in (3, 4, 9, 10):
            return self
        colour = unit + (8 if tens > 4 else 0)
        return replace(self, ink=colour) if tens in (3, 9) else replace(self, ground=colour)

    def codes(self) -> str:
        """The arguments of the one sequence that makes this pen from a plain one."""
        return ";".join(
            [
                *(code for code, name in _STYLES.items() if getattr(self, name)),
                *_colour_codes(self.ink, 30),
                *_colour_codes(self.ground, 40),
            ]
        )

    def write(self, text: str) -> str:
        html = escape(text, quote=False)
        attributes = self._attributes() if text and self != _PLAIN else ""
        return f"<span{attributes}>{html}</span>" if attributes else html

    def _attributes(self) -> str:
        classes = [name for field, name in _STYLE_CLASSES.items() if getattr(self, field)]
        ink, ground = (self.ground, self.ink) if self.inverse else (self.ink, self.ground)
        style = ""
        if ground is not None:
            style = _on_ground(ground, ink)
        elif self.inverse:
            classes.append("av")
        elif isinstance(ink, str):
            classes.append("ax")
            style = f"--f:{ink}"
        elif ink is not None:
            classes.append("aq" if ink == _GREY else _CLASSES.get(ink % 8, ""))
        named = " ".join(name for name in classes if name)
        return (f' class="{named}"' if named else "") + (f' style="{style}"' if style else "")


_PLAIN = _Pen()
_STYLES: Mapping[str, str] = {
    "1": "bold",
    "2": "dim",
    "3": "italic",
    "4": "underlined",
    "7": "inverse",
    "9": "struck",
}
_STYLE_CLASSES = {"bold": "ab", "dim": "aq", "italic": "ai", "underlined": "au", "struck": "as"}
_SWITCHES: Mapping[int, dict[str, Any]] = {
    **{int(code): {name: True} for code, name in _STYLES.items()},
    21: {"bold": False},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underlined": False},
    27: {"inverse": False},
    29: {"struck": False},
    39: {"ink": None},
    49: {"ground": None},
}


def _number(digits: str) -> int | None:
    return int(digits[:6]) if digits else None


def _wide_colour(codes: list[int]) -> int | str | None:
    """Takes `5;N` or `2;R;G;B` from the front of the arguments."""
    kind = codes.pop(0) if codes else 0
    taken = [codes.pop(0) for _ in range(min({5: 1, 2: 3}.get(kind, 0), len(codes)))]
    if kind == 2 and len(taken) == 3:
        return "#{:02x}{:02x}{:02x}".format(*(min(part, 255) for part in taken))
    return _of_256(min(taken[0], 255)) if kind == 5 and taken else None


def _of_256(number: int) -> int | str:
    """
    >>> _of_256(9), _of_256(208), _of_256(244)
    (9, '#ff8700', '#808080')
    """
    if number < 16:
        return number
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    cube = number - 16
    return "#{:02x}{:02x}{:02x}".format(*(_LEVELS[part] for part in (cube // 36, cube // 6 % 6, cube % 6)))


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _colour_codes(colour: int | str | None, base: int) -> Iterator[str]:
    if isinstance(colour, str):
        yield f"{base + 8};2;" + ";".join(map(str, _parts(colour)))
    elif colour is not None:
        yield str(base + colour if colour < 8 else base + 52 + colour)


def _on_ground(ground: int | str, ink: int | str | None) -> str:
    """A ground of its own carries an ink of its own: the one asked for, or the better of black and white."""
    under, over = (_NAMED[colour] if isinstance(colour, int) else colour for colour in (ground, ink))
    assert under is not None, "asked only where there is a ground"
    if over is None or _contrast(under, over) < 4.5:
        over = max(("#000000", "#ffffff"), key=lambda colour: _contrast(under, colour))
    return f"background:{under};color:{over}"


def _contrast(one: str, other: str) -> float:
    """By the rule of WCAG 2."""
    darker, lighter = sorted(_luminance(colour) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# ---------------------------------------------------------------- the screen

_Cell = tuple[str, _Pen]


class _Screen:
    """A terminal without an edge: rows of letters, each with its pen, and a cursor."""

    def __init__(self) -> None:
        self._rows: list[list[_Cell]] = [[]]
        self._row = self._column = 0
        self._pen = _PLAIN
        self._saved = (0, 0)

    def feed(self, text: str) -> None:
        """Takes what a program wrote."""
        at = 0
        for code in _CODE.finditer(text):
            self._write(text[at : code.start()])
            at = code.end()
            if code[2]:
                self._control(code[1], code[2])
            else:
                _KEYS.get(code[3] or code[4] or "", _ignore)(self)
        self._write(text[at:])

    def _write(self, text: str) -> None:
        if not text:
            return
        row = self._rows[self._row]
        if len(row) < self._column:
            row.extend(repeat((" ", _PLAIN), self._column - len(row)))
        row[self._column : self._column + len(text)] = zip(text, repeat(self._pen), strict=False)
        self._column += len(text)

    def _control(self, arguments: str, letter: str) -> None:
        if letter == "m":
            if re.fullmatch(r"[\d;:]*", arguments):
                self._pen = self._pen.obey(arguments)
        elif letter in _MOVES and re.fullmatch(r"[\d;]*", arguments):
            _MOVES[letter](self, [_number(n) for n in arguments.split(";")])

    # --- moving: what a terminal does at the edge of the paper is not imitated

    def to(self, row: int | None = None, column: int | None = None) -> None:
        """Puts the cursor somewhere; rows that are not there yet are made."""
        if row is not None:
            self._row = max(0, min(row, max(_TALLEST, len(self._rows) - 1)))
            self._rows.extend([] for _ in range(self._row + 1 - len(self._rows)))
        if column is not None:
            self._column = max(0, min(column, max(_WIDEST, len(self._rows[self._row]))))

    def move(self, rows: int, columns: int = 0) -> None:
        """Moves the cursor; downwards no farther than the last row."""
        if rows:
            self.to(row=min(self._row + rows, len(self._rows) - 1))
        if columns:
            self.to(column=self._column + columns)

    def begin_line(self, rows: int) -> None:
        """Moves up or down, to the beginning of the line."""
        self.move(rows)
        self.to(column=0)

    def next_line(self) -> None:
        self._row, self._column = self._row + 1, 0
        if self._row == len(self._rows):
            self._rows.append([])

    def save(self) -> None:
        self._saved = (self._row, self._column)

    def restore(self) -> None:
        self.to(*self._saved)

    # --- erasing

    def erase_in_line(self, what: int | None) -> None:
        row = self._rows[self._row]
        if what != 1:
            del row[0 if what == 2 else self._column :]
        else:
            row[: self._column + 1] = [(" ", _PLAIN)] * min(self._column + 1, len(row))

    def erase(self, what: int | None) -> None:
        self.erase_in_line(what)
        above, below = self._rows[: self._row], self._rows[self._row + 1 :]
        for row in {0: below, 1: above}.get(what or 0, above + below):
            row.clear()

    def delete(self, count: int) -> None:
        del self._rows[self._row][self._column : self._column + count]

    def lines(self) -> Iterator[str]:
        """The rows; where a colour is in force the row itself says so, and says where it ends."""
        for row in self._rows:
            yield "".join(_run(pen, cells) for pen, cells in groupby(row, key=lambda cell: cell[1]))


def _run(pen: _Pen, cells: Iterator[_Cell]) -> str:
    text = "".join(letter for letter, _ in cells)
    return text if pen == _PLAIN else f"\x1b[{pen.codes()}m{text}\x1b[0m"


def _ignore(_screen: _Screen) -> None:
    pass


_KEYS: Mapping[str, Callable[[_Screen], None]] = {
    "\n": _Screen.next_line,
    "\r": lambda screen: screen.to(column=0),
    "\b": lambda screen: screen.move(0, -1),
    "7": _Screen.save,
    "8": _Screen.restore,
}

_Numbers = Sequence[int | None]


def _far(numbers: _Numbers, place: int = 0) -> int:
    """An argument that counts from 1 and is 1 where it is missing."""
    return max(1, (numbers[place] if place < len(numbers) else None) or 1)


_MOVES: Mapping[str, Callable[[_Screen, _Numbers], None]] = {
    "A": lambda screen, n: screen.move(-_far(n)),
    "B": lambda screen, n: screen.move(_far(n)),
    "C": lambda screen, n: screen.move(0, _far(n)),
    "D": lambda screen, n: screen.move(0, -_far(n)),
    "E": lambda screen, n: screen.begin_line(_far(n)),
    "F": lambda screen, n: screen.begin_line(-_far(n)),
    "G": lambda screen, n: screen.to(column=_far(n) - 1),
    "d": lambda screen, n: screen.to(row=_far(n) - 1),
    "H": lambda screen, n: screen.to(_far(n) - 1, _far(n, 1) - 1),
    "f": lambda screen, n: screen.to(_far(n) - 1, _far(n, 1) - 1),
    "J": lambda screen, n: screen.erase(n[0]),
    "K": lambda screen, n: screen.erase_in_line(n[0]),
    "P": lambda screen, n: screen.delete(_far(n)),
    "s": lambda screen, _: screen.save(),
    "u": lambda screen, _: screen.restore(),
}


def screen(text: str) -> str:
    """The text as it stands on the screen in the end; of all codes only colours are left, and each line has its own.

    >>> screen("10 %\\r50 %\\r100 %\\nlisto")
    '100 %\\nlisto'
    >>> screen("uno\\n\\x1b[1A\\x1b[2Kdos \\x1b[31mrojo\\ny más\\x1b[0m.")
    'dos \\x1b[31mrojo\\x1b[0m\\n\\x1b[31my más\\x1b[0m.'
    """
    text = text.replace("\r\n", "\n")
    if not ("\x1b" in text or "\r" in text or "\b" in text):
        return _CONTROL.sub("", text)
    terminal = _Screen()
    terminal.feed(text)
    return "\n".join(terminal.lines())


def bare(text: str) -> str:
    """The text without any codes.

    >>> bare("\\x1b[31mno\\x1b[0m, \\x07no")
    'no, no'
    """
    return _CODE.sub(lambda code: "\n" if code[4] == "\n" else "", text)


def styled(text: str) -> str:
    """The text as HTML, its colours as spans.

    >>> styled("\\x1b[31mno\\x1b[0m <sí>")
    '<span class="af">no</span> &lt;sí&gt;'
    """
    if "\x1b" not in text:
        return escape(_CONTROL.sub("", text), quote=False)
    pen, html = _PLAIN, []
    for i, piece in enumerate(_COLOUR.split(text)):
        if i % 2:
            pen = pen.obey(piece)
        else:
            html.append(pen.write(bare(piece)))
    return "".join(html)
