"""LaTeX to MathML at build time: no script in the page, one font, a few microseconds a formula.

`typeset` asks math-core.  What it refuses is rewritten where a cure is known and asked once more; what is still refused
is shown as its source, with the fault named.  Numbers of equations and `\\eqref` need all formulas of a note at once:
`renumber` does that for the few notes that have any.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html import escape

from math_core import LatexError, LatexToMathML

__all__ = ["Formula", "definitions", "is_numbered", "renumber", "typeset"]

# An id is written by \label only; the prefix keeps it apart from the ids of headings and blocks.
_ENGINE = LatexToMathML(fancy_error=False, allow_unreliable_rendering=True, id_prefix="eq-")


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
    return f"<math {facts}{formula.mathml.removeprefix('<math')}"


@lru_cache(maxsize=16384)
def typeset(tex: str, display: bool, prelude: str = "") -> Formula:
    """`tex` as MathML; `prelude` holds the definitions that the note made before it."""
    source = prelude + _always(tex)
    try:
        return Formula(tex, display, source, _convert(source, display))
    except LatexError as refusal:
        return _second_try(tex, display, source, refusal)


def _second_try(tex: str, display: bool, source: str, refusal: LatexError) -> Formula:
    cured = _cure(source)
    if cured != source:
        try:
            return Formula(tex, display, cured, _convert(cured, display))
        except LatexError:
            pass  # The first refusal speaks of what the author wrote; the second would speak of our rewriting.
    offset, message = _explain(refusal)
    return Formula(tex, display, source, "", message, max(0, offset - (len(source) - len(tex))))


def _convert(source: str, display: bool) -> str:
    return _ENGINE.convert_with_local_state(source, displaystyle=display)


def _explain(refusal: LatexError) -> tuple[int, str]:
    offset, _, message = str(refusal).partition(": ")
    return (int(offset), message) if offset.isdigit() else (0, str(refusal))


# --- numbers and references ------------------------------------------------------------------------------------------

_NUMBERED = re.compile(r"\\(?:label|ref|eqref)\b|\\begin\{(?:equation|align|gather|multline|alignat|flalign)\}")


def is_numbered(formula: Formula) -> bool:
    """True if what this formula shows depends on the other formulas of its note."""
    return bool(formula.mathml) and _NUMBERED.search(formula.set_from) is not None


def renumber(formulas: Sequence[Formula]) -> list[Formula]:
    """The formulas of one note with equation numbers that run through it and references that point forward too."""
    good = [formula for formula in formulas if formula.mathml]
    try:
        fresh = iter(_ENGINE.convert_all([(formula.set_from, formula.display) for formula in good]))
    except LatexError:
        return list(formulas)  # A label defined twice: each formula keeps the form that it has alone.
    return [replace(formula, mathml=next(fresh)) if formula.mathml else formula for formula in formulas]


# --- definitions that later formulas use -----------------------------------------------------------------------------

_DEFINES = re.compile(r"\\(?:(?:re|provide)?newcommand|providecommand|DeclareMathOperator|def)\b")


def definitions(tex: str) -> str:
    """The definitions in `tex`, to stand before later formulas of the note, as MathJax keeps them in Obsidian."""
    if "\\def" not in tex and "command" not in tex and "\\DeclareMathOperator" not in tex:
        return ""
    found = []
    for match in _DEFINES.finditer(tex):
        end = _definition_end(tex, match.end())
        found.append(_cure(tex[match.start() : end]))
    return "".join(found)


def _definition_end(tex: str, start: int) -> int:
    """Where the definition whose keyword ends at `start` ends: after the last of its brace groups."""
    name = re.compile(r"\*?\s*(?:\{\\[A-Za-z]+\}|\\[A-Za-z]+)\s*(?:\[\d\]|(?:#\d)*)\s*").match(tex, start)
    return _group_end(tex, name.end()) if name else start


# --- cures -----------------------------------------------------------------------------------------------------------

_ROW_GAP = re.compile(r"\\\\\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|mu|in)\s*\]")


def _always(tex: str) -> str:
    # Accepted by the engine, but shown as the text "[4pt]".
    return _ROW_GAP.sub(r"\\\\", tex) if "[" in tex else tex


def _group_end(tex: str, start: int) -> int:
    """The index after the brace group that opens at `start`; `start` itself if none opens there or it never closes."""
    if not tex.startswith("{", start):
        return start
    depth = 0
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(tex, start):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    return start


def _arguments(tex: str, start: int, count: int) -> tuple[list[str], int]:
    """The next `count` brace groups, without their braces, and where they end; fewer if there are fewer."""
    found: list[str] = []
    while len(found) < count:
        opening = start + len(tex[start:]) - len(tex[start:].lstrip())
        end = _group_end(tex, opening)
        if end == opening:
            break
        found.append(tex[opening + 1 : end - 1])
        start = end
    return found, start


def _rewrite(command: str, count: int, form: Callable[..., str]) -> Callable[[str], str]:
    """A cure that replaces `\\command` with its `count` arguments by what `form` makes of them."""
    pattern = re.compile(rf"\\{command}(?![A-Za-z])\s*")

    def cure(tex: str) -> str:
        done, at = [], 0
        while match := pattern.search(tex, at):
            arguments, end = _arguments(tex, match.end(), count)
            if len(arguments) < count:
                done.append(tex[at : match.end()])
                at = match.end()
            else:
                done.append(tex[at : match.start()] + form(*arguments))
                at = end
        return "".join(done) + tex[at:]

    return cure


def _replace(pattern: str, form: str | Callable[[re.Match[str]], str]) -> Callable[[str], str]:
    compiled = re.compile(pattern)
    return lambda tex: compiled.sub(form, tex)


def _new_command(match: re.Match[str]) -> str:
    parameters = "".join(f"#{k}" for k in range(1, int(match[2] or 0) + 1))
    return f"\\def{match[1]}{parameters}"


def _text(words: str) -> str:
    """`\\text{si $x$ es}` as text, formula, text: the engine sets no formula inside text."""
    pieces = re.split(r"(?<!\\)\$", words)
    return "".join(f"{{{piece}}}" if k % 2 else f"\\text{{{piece}}}" for k, piece in enumerate(pieces) if piece)


def _operator(name: str) -> str:
    """`\\mathop{\\rm arg\\,max}`: a name, set upright without being told to."""
    upright = re.sub(r"\\(?:rm|mathrm|text)(?![A-Za-z])", "", name)
    return f"\\operatorname*{{{upright}}}"


def _outside_environment(tex: str) -> str:
    """A tag or label belongs to a numbered environment; a bare formula is put into one."""
    if not re.search(r"\\(?:tag|label)\b", tex) or re.search(r"\\begin\{(?:equation|align|gather|multline)", tex):
        return tex
    environment = "equation*" if "\\tag" in tex else "equation"
    return f"\\begin{{{environment}}}{tex}\\end{{{environment}}}"


_CURES: Sequence[Callable[[str], str]] = (
    _replace(r"\\(?:re|provide)?newcommand\*?\s*\{?(\\[A-Za-z]+)\}?\s*(?:\[(\d)\])?\s*(?=\{)", _new_command),
    _replace(r"\\providecommand\*?\s*\{?(\\[A-Za-z]+)\}?\s*(?:\[(\d)\])?\s*(?=\{)", _new_command),
    _rewrite(r"DeclareMathOperator\*", 2, lambda name, text: f"\\def{name}{{\\operatorname*{{{text}}}}}"),
    _rewrite("DeclareMathOperator", 2, lambda name, text: f"\\def{name}{{\\operatorname{{{text}}}}}"),
    _replace(r"\\require\s*\{[^{}]*\}", ""),
    _rewrite("substack", 1, lambda rows: f"\\begin{{subarray}}{{c}}{rows}\\end{{subarray}}"),
    _replace(r"\\(begin|end)\{split\}", r"\\\1{aligned}"),
    _replace(r"\\begin\{eqnarray\*?\}", r"\\begin{array}{rcl}"),
    _replace(r"\\end\{eqnarray\*?\}", r"\\end{array}"),
    _replace(r"\\(begin|end)\{smallmatrix\}", r"\\\1{matrix}"),
    _rewrite("mbox", 1, _text),
    _rewrite("text", 1, _text),
    _rewrite("texttt", 1, lambda words: f"\\mathtt{{{words}}}"),
    _rewrite("mathop", 1, _operator),
    _replace(r"\\operatorname\s*\{([^{}]*)\}\s*\\limits", r"\\operatorname*{\1}"),
    _replace(r"(\\operatorname\*\{[^{}]*\})\s*\\limits", r"\1"),
    _rewrite("smash", 1, lambda inner: f"{{{inner}}}"),
    _rewrite("ensuremath", 1, lambda inner: f"{{{inner}}}"),
    _rewrite("nicefrac", 2, lambda over, under: f"{{{over}}}/{{{under}}}"),
    _rewrite("sfrac", 2, lambda over, under: f"{{{over}}}/{{{under}}}"),
    _rewrite("(?:colorbox|href|class|style|cssId|htmlClass|htmlId)", 2, lambda _, inner: f"{{{inner}}}"),
    _replace(r"\\bbox\s*(?:\[[^\]]*\])?\s*(?=\{)", r"\\boxed"),
    _replace(r"\\framebox(?![A-Za-z])", r"\\fbox"),
    _replace(r"\\(?:mathbfit|pmb)(?![A-Za-z])", r"\\boldsymbol"),
    _replace(r"\\(?:tiny|scriptsize|footnotesize|small|normalsize|[lL]arge|LARGE|[hH]uge)(?![A-Za-z])", ""),
    _replace(r"\\cr(?![A-Za-z])", r"\\\\"),
    _outside_environment,
)
"""What the engine refuses and authors write all the same: definitions first, the frame around it all last."""


def _cure(tex: str) -> str:
    for cure in _CURES:
        tex = cure(tex)
    return tex
