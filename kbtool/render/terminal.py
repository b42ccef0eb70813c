"""What a program wrote to a terminal, as HTML: carriage returns obeyed, colours kept as classes, all else dropped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

__all__ = ["screen", "styled"]

_COLOUR = re.compile(r"\x1b\[([\d;:]*)m")
# Window titles, cursor movements, other escapes, control characters that a page cannot hold.
_OTHER = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]|\x1b|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]"
)

# Six of the sixteen colours have a meaning in the palette; the rest is ink.
_CLASSES = {1: "af", 2: "ao", 3: "ad", 4: "at", 5: "at", 6: "at"}
_QUIET = 90


@dataclass(slots=True)
class _Pen:
    """The state that colour codes change."""

    bold: bool = False
    ink: str = ""

    def obey(self, codes: str) -> None:
        numbers = [int(code) if code else 0 for code in re.split("[;:]", codes)]
        for code in numbers:
            if code in (38, 48):
                return  # 256 colours and RGB: their arguments are no codes
            self._one(code)

    def _one(self, code: int) -> None:
        if code == 0:
            self.bold, self.ink = False, ""
        elif code in (1, 22):
            self.bold = code == 1
        elif code == 39:
            self.ink = ""
        elif code == _QUIET:
            self.ink = "aq"
        elif 30 <= code < 38 or 90 < code < 98:
            self.ink = _CLASSES.get(code % 10, "")

    def write(self, text: str) -> str:
        classes = " ".join(name for name in ("ab" if self.bold else "", self.ink) if name)
        html = escape(text, quote=False)
        return f'<span class="{classes}">{html}</span>' if classes and text else html


def screen(text: str) -> str:
    """The text as it stands on the screen in the end: of a line that was overwritten, the last state.

    >>> screen("10 %\\r50 %\\r100 %\\nlisto")
    '100 %\\nlisto'
    """
    if "\r" not in text:
        return text
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def styled(text: str) -> str:
    """The text as HTML, its colours as spans.

    >>> styled("\\x1b[31mno\\x1b[0m <sí>")
    '<span class="af">no</span> &lt;sí&gt;'
    """
    if "\x1b" not in text:
        return escape(_OTHER.sub("", text), quote=False)
    pen, html = _Pen(), []
    for i, piece in enumerate(_COLOUR.split(text)):
        if i % 2:
            pen.obey(piece)
        else:
            html.append(pen.write(_OTHER.sub("", piece)))
    return "".join(html)
