"""LaTeX to MathML at build time: no script in the page, one font, a few microseconds a formula.

`typeset` asks math-core.  What it refuses is rewritten where a cure is known and asked once more; what is still refused
is shown as its source, with the fault named.  Numbers of equations and `\\eqref` need all formulas of a note at once:
`renumber` does that for the few notes that have any.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html import escape

from math_core import LatexError, LatexToMathML

from kbtool.render.latex import cure, definitions, weight, without_gaps

__all__ = ["Formula", "is_numbered", "renumber", "typeset"]

# The engine calls itself for every level of a formula, and a stack that is full takes the whole process with it.
_BUDGET = 1500
_ORDINARY = 1000


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula made ready: `mathml` (empty = refused), the LaTeX that was finally set, and what was wrong.

    `html` is the element for the page; it carries its own source, for readers who copy and for scripts that look.
    `offset` is where in `tex` the engine stumbled, counted in characters.
    """

    tex: str
    display: bool
    set_from: str
    mathml: str
    fault: str = ""
    offset: int = 0
    html: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "html", _element(self))

    @property
    def is_empty(self) -> bool:
        """True for a formula that only defines commands: it leaves nothing to see."""
        return self.mathml.endswith("></math>") and self.mathml.count("<") == 2

    @property
    def is_wide(self) -> bool:
        """True where the equation's number stands at the far end of the line."""
        return 'style="width: 100%"' in self.mathml


def _element(formula: Formula) -> str:
    text = escape(formula.tex, quote=False)
    facts = f'data-tex="{text.replace(chr(34), "&quot;")}" data-display="{"true" if formula.display else "false"}"'
    if not formula.mathml:
        return f'<code class="tex" {facts}>{text}</code>'
    alone = _REFERENCE.fullmatch(formula.mathml)
    if alone:
        return f"<span {facts}>{alone[1]}</span>"
    return f"<math {facts}{_LINK.sub('', formula.mathml.removeprefix('<math'))}"


# A formula that is only `\eqref{x}` is a link, and nothing of mathematics.  In a larger one the number stands alone:
# what is announced as one sign can hold no link that a keyboard reaches.
_LINK = re.compile("<a href=[^>]*>|</a>")
_REFERENCE = re.compile(r"<math[^>]*><mtext>(<a href=[^<]*</a>)</mtext></math>")


@lru_cache(maxsize=16384)
def typeset(tex: str, display: bool, prelude: str = "") -> Formula:
    """`tex` as MathML; `prelude` holds the definitions that the note made before it."""
    source = prelude + without_gaps(tex)
    mathml, refusal = _attempt(source, display)
    if not refusal:
        return Formula(tex, display, source, mathml)
    cured = cure(source)
    mathml, _ = _attempt(cured, display) if cured != source else ("", "")
    if mathml:
        return Formula(tex, display, cured, mathml)
    # The first refusal speaks of what the author wrote; the second would speak of our rewriting.
    offset, message = _explain(refusal)
    return Formula(tex, display, source, "", message, max(0, offset - (len(source) - len(tex))))


def _attempt(source: str, display: bool) -> tuple[str, str]:
    """The MathML, or else why there is none."""
    expansions = _expansions(source)
    if not expansions:
        return "", "it is too long or nested too deeply"
    try:
        return _dressed(_engine(expansions).convert_with_local_state(source, displaystyle=display)), ""
    except LatexError as refusal:
        return "", str(refusal)


_PRIMED = re.compile("<msup>(<mi>[^<]*</mi>)<mo>([′″‴⁗])</mo></msup>")
_PRIME = re.compile("<mo>([′″‴⁗])</mo>")
# The engine's own marks: an arrow without a width of its own, and a tilde that does not stretch.
_ACCENTS = {
    '<mo stretchy="false">\u20d7</mo>': '<mo stretchy="false" class="vec">→</mo>',
    '<mo stretchy="true">~</mo>': '<mo stretchy="true">\u0303</mo>',
}


def _dressed(mathml: str) -> str:
    """The MathML as browsers show it best: a prime, for one, is a raised sign already and must not be raised again."""
    if "′" in mathml or "″" in mathml or "‴" in mathml:
        mathml = _PRIMED.sub(r'<mrow>\1<mo lspace="0" rspace="0">\2</mo></mrow>', mathml)
        mathml = _PRIME.sub(r'<mo class="prime">\1</mo>', mathml)
    if "color:#" in mathml:
        mathml = _COLOUR.sub(lambda m: f"color:{_legible(m[1])}", mathml)
    for plain, better in _ACCENTS.items():
        mathml = mathml.replace(plain, better)
    return mathml


# --- colours that the author chose ------------------------------------------------------------------------------------

_COLOUR = re.compile('(?<=<mrow style=")color:(#[0-9A-F]{6})')
# The luminance of the page, and the contrast that text needs: WCAG 2.2, 1.4.3.
_LIGHT, _DARK, _CONTRAST = 0.98, 0.009, 4.5


@lru_cache(maxsize=256)
def _legible(colour: str) -> str:
    """The colour in both themes: of its hue, as far from the author's as reading asks."""
    hue, lightness, saturation = rgb_to_hls(*(int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)))
    darker = (lightness * k / 50 for k in range(50, -1, -1))
    lighter = (lightness + (1 - lightness) * k / 50 for k in range(51))
    found = [
        next(rgb for rgb in (hls_to_rgb(hue, each, saturation) for each in steps) if _contrast(rgb, page) >= _CONTRAST)
        for steps, page in ((darker, _LIGHT), (lighter, _DARK))
    ]
    return "light-dark({},{})".format(*("#" + "".join(f"{round(part * 255):02x}" for part in rgb) for rgb in found))


def _contrast(rgb: tuple[float, float, float], page: float) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb]
    own = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return (max(own, page) + 0.05) / (min(own, page) + 0.05)


# --- the engine -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _engine(expansions: int) -> LatexToMathML:
    # An id is written by \label only; the prefix keeps it apart from the ids of headings and blocks.
    return LatexToMathML(fancy_error=False, allow_unreliable_rendering=True, id_prefix="eq-", max_expansions=expansions)


_DEFINER = re.compile(r"\\(?:[a-z]*def|let|[a-z]*command|Declare[A-Za-z]*)(?![A-Za-z])")


def _expansions(source: str) -> int:
    """How often the formula's own commands may be expanded before it gets too deep; 0 if it is so as it stands."""
    left = _BUDGET - weight(source)
    if left <= 0:
        return 0
    definers = len(_DEFINER.findall(source))
    if not definers:
        return _ORDINARY
    own = definitions(source).split("\\def")[1:]
    # A definition in a form that we do not take apart may hold all the rest.
    heaviest = max(map(weight, own)) if len(own) == definers else weight(source)
    return max(1, left // max(1, heaviest))


def _explain(refusal: str) -> tuple[int, str]:
    offset, _, message = refusal.partition(": ")
    return (int(offset), message) if offset.isdigit() else (0, refusal)


# --- numbers and references ------------------------------------------------------------------------------------------

_NUMBERED = re.compile(r"\\(?:label|ref|eqref)\b|\\begin\{(?:equation|align|gather|multline|alignat|flalign)\}")


def is_numbered(formula: Formula) -> bool:
    """True if what this formula shows depends on the other formulas of its note."""
    return bool(formula.mathml) and _NUMBERED.search(formula.set_from) is not None


def renumber(formulas: Sequence[Formula]) -> list[Formula]:
    """The formulas of one note with equation numbers that run through it and references that point forward too."""
    good = [formula for formula in formulas if formula.mathml]
    engine = _engine(min((_expansions(formula.set_from) for formula in good), default=_ORDINARY))
    try:
        fresh = iter(engine.convert_all([(formula.set_from, formula.display) for formula in good]))
    except LatexError:
        return list(formulas)  # A label defined twice: each formula keeps the form that it has alone.
    return [replace(formula, mathml=_dressed(next(fresh))) if formula.mathml else formula for formula in formulas]
