"""LaTeX rewritten: what authors write and the engine refuses, in words that it takes; and the commands they define."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

__all__ = ["cure", "definitions", "weight", "without_gaps"]

# Longer than any formula that a person wrote; the search for closing braces is not made for such a thing.
_LONGEST = 5000


def weight(tex: str) -> int:
    """How much there is to be nested in: no part of the formula can lie deeper than that."""
    return tex.count("\\") + tex.count("{") + tex.count("[")


# --- definitions -------------------------------------------------------------------------------------------------

_DEFINES = re.compile(r"\\(?:(?:(?:re)?new|provide)command|DeclareMathOperator|def)\b")


def definitions(tex: str) -> str:
    """The definitions in `tex`, to stand before later formulas of the note, as MathJax keeps them in Obsidian."""
    if len(tex) > _LONGEST or ("\\def" not in tex and "command" not in tex and "\\DeclareMathOperator" not in tex):
        return ""
    found = []
    for match in _DEFINES.finditer(tex):
        end = _definition_end(tex, match.end())
        found.append(cure(tex[match.start() : end]))
    return "".join(found)


def _definition_end(tex: str, start: int) -> int:
    """Where the definition whose keyword ends at `start` ends: after the last of its brace groups."""
    name = re.compile(r"\*?\s*(?:\{\\[A-Za-z]+\}|\\[A-Za-z]+)\s*(?:\[\d\]|(?:#\d)*)\s*").match(tex, start)
    return _group_end(tex, name.end()) if name else start


# --- cures -------------------------------------------------------------------------------------------------------

_ROW_GAP = re.compile(r"\\\\\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|mu|in)\s*\]")


def without_gaps(tex: str) -> str:
    """Rows of an array without `[4pt]` between them, which the engine accepts but shows as text."""
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
        opening = start
        while tex[opening : opening + 1].isspace():
            opening += 1
        end = _group_end(tex, opening)
        if end == opening:
            break
        found.append(tex[opening + 1 : end - 1])
        start = end
    return found, start


def _rewrite(command: str, count: int, form: Callable[..., str]) -> Callable[[str], str]:
    """A cure that replaces `\\command` with its `count` arguments by what `form` makes of them."""
    pattern = re.compile(rf"\\{command}(?![A-Za-z])\s*")

    def step(tex: str) -> str:
        done, at = [], 0
        while match := pattern.search(tex, at):
            arguments, end = _arguments(tex, match.end(), count)
            if len(arguments) == count:
                done.append(tex[at : match.start()] + form(*arguments))
                at = end
            elif tex.startswith("{", end):
                break  # A group that never closes: neither does any that begins in it.
            else:
                done.append(tex[at : match.end()])
                at = match.end()
        return "".join(done) + tex[at:]

    return step


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
    """`\\mathop{\\rm arg\\,max}`: a name, set upright without being told to; `\\mathop{\\mathbb{E}}` is none."""
    upright = re.sub(r"\\(?:rm|mathrm|text)(?![A-Za-z])", "", name)
    return f"\\mathop{{{name}}}" if re.search(r"\\[A-Za-z]", upright) else f"\\operatorname*{{{upright}}}"


_LIMIT = re.compile(r"\s*\\limits\s*_\s*(?:(\\[A-Za-z]+|[^\s{}\\])|(?=\{))")


def _limits_below(tex: str) -> str:
    """`\\mathop{\\mathbb{E}}\\limits_{x}`: what stands below it, said so that the engine puts it there."""
    at = 0
    while (at := tex.find("\\mathop{", at)) >= 0:
        start = at + len("\\mathop")
        end = _group_end(tex, start)
        limit = _LIMIT.match(tex, end) if end > start else None
        if limit:
            after = _group_end(tex, limit.end())
            below = limit[1] or tex[limit.end() + 1 : after - 1]
            tex = f"{tex[:at]}\\underset{{{below}}}{tex[start:end]}{tex[after:]}"
        at += 1
    return tex


def _character(match: re.Match[str]) -> str:
    number = int(match[1][1:], 16) if match[1].startswith("x") else int(match[1])
    return chr(number) if 0x20 < number < 0xD800 or 0xE000 <= number < 0x110000 else ""


def _struck(kind: str, inner: str) -> str:
    """`\\enclose{circle}{x}`: a frame or a stroke through it, whichever is nearer."""
    return f"\\cancel{{{inner}}}" if "strike" in kind else f"\\boxed{{{inner}}}"


_NUMBERED_ENVIRONMENT = re.compile(r"\\begin\{(?:equation|align|alignat|flalign|gather|multline)\*?\}")


def _outside_environment(tex: str) -> str:
    """A tag or label belongs to a numbered environment; a bare formula is put into one."""
    if not re.search(r"\\(?:tag|label)\b", tex) or _NUMBERED_ENVIRONMENT.search(tex):
        return tex
    environment = "equation*" if "\\tag" in tex else "equation"
    return f"\\begin{{{environment}}}{tex}\\end{{{environment}}}"


_CURES: Sequence[Callable[[str], str]] = (
    _replace(r"\\(?:(?:re)?new|provide)command\*?\s*\{?(\\[A-Za-z]+)\}?\s*(?:\[(\d)\])?\s*(?=\{)", _new_command),
    _rewrite(r"DeclareMathOperator\*", 2, lambda name, text: f"\\def{name}{{\\operatorname*{{{text}}}}}"),
    _rewrite("DeclareMathOperator", 2, lambda name, text: f"\\def{name}{{\\operatorname{{{text}}}}}"),
    _replace(r"\\require\s*\{[^{}]*\}", ""),
    _replace(r"\\ref(?![A-Za-z])", r"\\eqref"),
    _rewrite("substack", 1, lambda rows: f"\\begin{{subarray}}{{c}}{rows}\\end{{subarray}}"),
    _replace(r"\\(begin|end)\{split\}", r"\\\1{aligned}"),
    _replace(r"\\begin\{eqnarray\*?\}", r"\\begin{array}{rcl}"),
    _replace(r"\\end\{eqnarray\*?\}", r"\\end{array}"),
    _replace(r"\\begin\{alignedat\}\s*\{\d+\}", r"\\begin{aligned}"),
    _replace(r"\\end\{alignedat\}", r"\\end{aligned}"),
    _replace(r"\\begin\{smallmatrix\}", r"\\begin{subarray}{" + "c" * 10 + "}"),
    _replace(r"\\end\{smallmatrix\}", r"\\end{subarray}"),
    _replace(r"\\begin\{([bpvBV]?matrix)\*\}\s*(?:\[[lcr]\])?", r"\\begin{\1}"),
    _replace(r"\\end\{([bpvBV]?matrix)\*\}", r"\\end{\1}"),
    _rewrite("intertext", 1, lambda words: f"{_text(words)}\\\\"),
    _rewrite("mbox", 1, _text),
    _rewrite("text", 1, _text),
    _rewrite("texttt", 1, lambda words: f"\\mathtt{{{words}}}"),
    _rewrite("mathop", 1, _operator),
    _replace(r"\\operatorname\s*\{([^{}]*)\}\s*\\limits", r"\\operatorname*{\1}"),
    _limits_below,
    _replace(r"\}\s*\\limits(?![A-Za-z])", "}"),
    _rewrite("smash", 1, lambda inner: f"{{{inner}}}"),
    _rewrite("ensuremath", 1, lambda inner: f"{{{inner}}}"),
    _rewrite("nicefrac", 2, lambda over, under: f"{{{over}}}/{{{under}}}"),
    _rewrite("sfrac", 2, lambda over, under: f"{{{over}}}/{{{under}}}"),
    _rewrite("(?:math)?[lrc]lap", 1, lambda inner: f"{{{inner}}}"),
    _rewrite("enclose", 2, _struck),
    _rewrite("(?:href|class|style|cssId|htmlClass|htmlId)", 2, lambda _, inner: f"{{{inner}}}"),
    _rewrite("colorbox", 2, lambda _, words: f"{{{_text(words)}}}"),
    _rewrite("fcolorbox", 3, lambda _line, _fill, words: f"\\boxed{{{_text(words)}}}"),
    _rewrite("raisebox", 2, lambda _, words: _text(words)),
    _replace(r"\\(?:raise|lower)\s*-?[\d.]+\s*[a-z]{2}(?![A-Za-z])", ""),
    _replace(r"\\rule\s*(?:\[[^\]]*\])?\s*(?:\{0[a-z]*\}\s*\{[^{}]*\}|\{[^{}]*\}\s*\{0[a-z]*\})", ""),
    _replace(r"\\textcolor\s*\{#([0-9A-Fa-f]{6})\}\s*\{", r"{\\color[HTML]{\1}"),
    _replace(r"\\color\s*\{#([0-9A-Fa-f]{6})\}", r"\\color[HTML]{\1}"),
    _replace(r"\\unicode\s*\{(x[0-9A-Fa-f]{1,5}|\d{1,6})\}", _character),
    _replace(r"\\verb\*?([^\sA-Za-z])(.*?)\1", r"\\mathtt{\2}"),
    _replace(r"\\(?:mathbbm|mathds|Bbb)(?![A-Za-z])", r"\\mathbb"),
    _replace(r"\\hfill?(?![A-Za-z])", r"\\quad "),
    _replace(r"\\strut(?![A-Za-z])", r"\\mathstrut"),
    _replace(r"\\qed(?![A-Za-z])", r"\\square"),
    _replace(r"\\dots([co])(?![A-Za-z])", r"\\ldots"),
    _replace(r"\\dots([bmi])(?![A-Za-z])", r"\\cdots"),
    _replace(r"\\bbox\s*(?:\[[^\]]*\])?\s*(?=\{)", r"\\boxed"),
    _replace(r"\\framebox(?![A-Za-z])", r"\\fbox"),
    _replace(r"\\(?:mathbfit|pmb)(?![A-Za-z])", r"\\boldsymbol"),
    _replace(r"\\(?:tiny|scriptsize|footnotesize|small|normalsize|[lL]arge|LARGE|[hH]uge)(?![A-Za-z])", ""),
    _replace(r"\\cr(?![A-Za-z])", r"\\\\"),
    _outside_environment,
)
"""What the engine refuses and authors write all the same: definitions first, the frame around it all last."""


def cure(tex: str) -> str:
    """The formula with every known cure applied; the same formula where none is needed."""
    if len(tex) > _LONGEST:
        return tex
    for step in _CURES:
        tex = step(tex)
    return tex
