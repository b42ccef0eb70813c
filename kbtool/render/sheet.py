"""The sheet that a note is drafted on: the HTML written so far, and what has to be remembered while writing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kbtool.diagnostics import Diagnostic, fault
from kbtool.note import Note
from kbtool.render import holes
from kbtool.render.html import RawHtml
from kbtool.render.latex import definitions
from kbtool.render.math import Formula, is_numbered, renumber, typeset

__all__ = ["Sheet"]

_EQUATION_ID = re.compile(r' id="(eq-[^"]*)"')
_LABEL = holes.word("body.formula")
_COMMAND = re.compile(r"\\[A-Za-z]+\s*|[{}\s^_]")
_PHONE = 24
_EQUATION_LINK = re.compile(r' href="(#eq-[^"]*)"')


@dataclass(slots=True)
class _Placed:
    """A formula and the part of the sheet that shows it."""

    parts: list[str]
    index: int
    formula: Formula
    tag: str


class Sheet:
    """Where the parts of a draft are written, one after the other.

    `line` is the line of the source that is being written; `link_end` is how the link ends that is open, empty outside
    of links: no other link may stand in one.  Formulas wait until the end, because the number of an equation depends on
    those before and after it.
    """

    __slots__ = (
        "_formulas",
        "_prelude",
        "_swallow_from",
        "diagnostics",
        "line",
        "link_end",
        "note",
        "parts",
        "raw",
        "soft_break",
    )

    def __init__(self, note: Note, soft_break: str = "\n") -> None:
        self.note = note
        self.soft_break = soft_break
        self.parts: list[str] = []
        self.raw = RawHtml()
        self.line = 1
        self.link_end = ""
        self.diagnostics: list[Diagnostic] = []
        self._formulas: list[_Placed] = []
        self._prelude = ""
        # Where the swallowed part of each open container begins: one may swallow within another.
        self._swallow_from = [0]

    def blame(self, code: str, message: str, hint: str = "", line: int = 0) -> None:
        self.diagnostics.append(fault(code, self.note.path, line or self.line, 0, message, hint))

    # --- raw HTML ---

    def html(self, source: str) -> None:
        """A piece of the note's own HTML."""
        was_swallowing = self.raw.swallowing
        html = self.raw.feed(source, in_link=bool(self.link_end))
        if was_swallowing and (html or not self.raw.swallowing):
            del self.parts[self._swallow_from[-1] :]
        self.parts.append(html)
        if self.raw.swallowing and (html or not was_swallowing):
            self._swallow_from[-1] = len(self.parts)
        if self.raw.removed:
            removed = ", ".join(dict.fromkeys(self.raw.removed))
            self.blame("unsafe-html", f"removed from the note's HTML: {removed}", "kbtool shows HTML, and runs none")
            self.raw.removed.clear()

    def enter(self) -> None:
        """A container of the document begins: what raw HTML opens in it ends with it."""
        self.raw.enter()
        self._swallow_from.append(len(self.parts))

    @property
    def here(self) -> int:
        """How many parts stay: what an element that is not shown has swallowed so far goes again."""
        return self._swallow_from[-1] if self.raw.swallowing else len(self.parts)

    def leave(self) -> None:
        begin = self._swallow_from.pop()
        if self.raw.swallowing:
            del self.parts[begin:]
        end = self.raw.leave()
        if end:
            self.parts.append(end)

    # --- formulas ---

    def formula(self, tex: str, *, display: bool, tag: str = "") -> None:
        """A formula; a display formula gets a box of its own, `tag`, which scrolls when the formula is too wide."""
        formula = typeset(tex, display, self._prelude)
        own = definitions(tex)
        if own not in self._prelude:
            self._prelude += own
        if not formula.mathml:
            self._blame_formula(formula)
        self._formulas.append(_Placed(self.parts, len(self.parts), formula, tag if display else ""))
        self.parts.append(_boxed(formula, tag if display else ""))

    def _blame_formula(self, formula: Formula) -> None:
        line = self.line + formula.tex.count("\n", 0, formula.offset)
        shown = " ".join(formula.tex.split())
        shown = shown if len(shown) <= 60 else shown[:59] + "…"
        hint = "its source is shown instead; see the documentation for the commands that are understood"
        self.blame("bad-math", f"the formula '{shown}' cannot be typeset: {formula.fault}", hint, line)

    def settle(self) -> bool:
        """Numbers the equations, now that all are known; True if the note has any formula."""
        if any(is_numbered(placed.formula) for placed in self._formulas):
            fresh = renumber([placed.formula for placed in self._formulas])
            for placed, formula in zip(self._formulas, fresh, strict=True):
                # Not one that an unclosed <script> took with it.
                if placed.parts[placed.index : placed.index + 1] == [_boxed(placed.formula, placed.tag)]:
                    placed.parts[placed.index] = _boxed(formula, placed.tag)
        return any(placed.formula.mathml for placed in self._formulas)


def _boxed(formula: Formula, tag: str) -> str:
    html = formula.html
    if "eq-" in html:
        html = _EQUATION_ID.sub(lambda m: holes.hole(holes.EQUATION, m[1]), html)
        html = _EQUATION_LINK.sub(lambda m: holes.address(m[1]), html)
    if formula.is_empty:
        return html
    if not tag:
        return (
            f'<span class="im" tabindex="0" role="group" aria-label="{_LABEL}">{html}</span>'
            if _is_long(formula)
            else html
        )
    css = "eq num" if formula.is_wide else "eq"
    return f'<{tag} class="{css}" tabindex="0" role="group" aria-label="{_LABEL}">{html}</{tag}>'


def _is_long(formula: Formula) -> bool:
    """Whether a formula in the text may be wider than a phone, where it has to scroll: browsers do not break MathML."""
    return not formula.display and bool(formula.mathml) and len(_COMMAND.sub("x", formula.tex)) > _PHONE
