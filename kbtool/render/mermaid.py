"""Mermaid diagrams as drawings in the page's own colours, where the `mermaid` extra (mmdr) is installed.

The renderer is asked for a theme of sentinel colours; each stands for one of the page's variables, so that one drawing
is right in light and dark.  Its style sheet, made for every diagram of the kind, is cut down to what this one uses.
What cannot be drawn stays source.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from colorsys import rgb_to_hls
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from html import unescape
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec

from kbtool.render.figure import svg

__all__ = ["Diagram", "draw"]


@dataclass(frozen=True, slots=True)
class Diagram:
    """A diagram made ready: `svg` (empty = not drawn), what it is about in a few words, and why it was not drawn.

    `fault` is empty too where the renderer is not installed: then nothing is wrong with the note.
    """

    svg: str = ""
    name: str = ""
    fault: str = ""


@lru_cache(maxsize=512)
def draw(source: str) -> Diagram:
    """The diagram as inline SVG with an empty accessible name, for the caller to fill in."""
    render = _renderer()
    if render is None:
        return Diagram()
    try:
        drawn = render(_themed(source), "merman")
    except ValueError as refusal:
        return Diagram(fault=" ".join(str(refusal).split()))
    prefix = "m" + blake2b(source.encode(errors="surrogatepass"), digest_size=4).hexdigest()
    return Diagram(_fitted(drawn, prefix), _name(source, drawn))


@cache
def _renderer() -> Callable[[str, str], str] | None:
    """The part of mmdr that draws, or None where it is not installed.

    The package as a whole also loads a library that makes pixels.  Nobody needs those here, and it complains on stderr
    about its own leaks when the process ends.
    """
    package = find_spec("mmdr")
    spec = PathFinder.find_spec("_mmdr", package.submodule_search_locations) if package else None
    if spec is None or spec.loader is None:
        return None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    render: Callable[[str, str], str] = module.render
    return render


# --- the theme -------------------------------------------------------------------------------------------------------


def _tint(colour: str, share: int) -> str:
    return f"color-mix(in srgb,var(--{colour}) {share}%,var(--paper))"


_LINES = ("c1", "c2", "c3", "c4", "c5")
# Role -> what the page paints there.  Text is `ink` on every fill, so fills are tints; `line1`... are lines and dots.
_ROLES: Mapping[str, str] = {
    "ink": "currentColor",
    "quiet": "var(--ink2)",
    "edge": "var(--edge)",
    "rule": "var(--rule)",
    "paper": "var(--paper)",
    "tint": "var(--tint)",
    "wash": "var(--wash)",
    "border": "var(--c1)",
    "fault": _tint("fail", 25),
    **{f"line{k}": f"var(--{name})" for k, name in enumerate(_LINES)},
    **{f"fill{k}": _tint(name, 20) for k, name in enumerate(_LINES)},
    **{f"deep{k}": _tint(name, 34) for k, name in enumerate(_LINES)},
}
_SENTINEL = {role: f"#5b{number:02x}a3" for number, role in enumerate(_ROLES)}
_PAINT = list(_ROLES.values())

# Role -> the theme's variables that it paints.
_VARIABLES: Mapping[str, str] = {
    "ink": """primaryTextColor secondaryTextColor tertiaryTextColor textColor lineColor titleColor nodeTextColor
        actorTextColor signalColor signalTextColor labelTextColor loopTextColor noteTextColor taskTextColor
        taskTextOutsideColor taskTextLightColor taskTextDarkColor taskTextClickableColor transitionColor
        transitionLabelColor stateLabelColor defaultLinkColor classText specialStateColor errorTextColor arrowheadColor
        requirementTextColor relationColor relationLabelColor commitLabelColor tagLabelColor pieTitleTextColor
        pieSectionTextColor pieLegendTextColor quadrantPointTextFill quadrantXAxisTextFill quadrantYAxisTextFill
        quadrantTitleFill quadrant1TextFill quadrant2TextFill quadrant3TextFill quadrant4TextFill archEdgeColor
        archEdgeArrowColor""",
    "edge": """actorLineColor gridColor vertLineColor clusterBorder secondaryBorderColor tertiaryBorderColor
        quadrantInternalBorderStrokeFill quadrantExternalBorderStrokeFill archGroupBorderColor compositeBorder""",
    "paper": """edgeLabelBackground primaryColor mainBkg nodeBkg background stateBkg actorBkg labelBoxBkgColor
        compositeBackground requirementBackground pieStrokeColor attributeBackgroundColorOdd rowOdd sequenceNumberColor
        innerEndBackground""",
    "tint": """labelBackgroundColor labelBackground relationLabelBackground clusterBkg
        tertiaryColor altBackground sectionBkgColor2 altSectionBkgColor excludeBkgColor commitLabelBackground
        attributeBackgroundColorEven rowEven quadrant1Fill quadrant3Fill""",
    "wash": """secondaryColor activationBkgColor compositeTitleBackground sectionBkgColor tagLabelBackground
        doneTaskBkgColor quadrant2Fill quadrant4Fill personBkg""",
    "border": """primaryBorderColor nodeBorder actorBorder labelBoxBorderColor activationBorderColor taskBorderColor
        activeTaskBorderColor doneTaskBorderColor requirementBorderColor tagLabelBorder pieOuterStrokeColor
        personBorder stateBorder quadrantPointFill""",
    "fill0": "taskBkgColor",
    "fill1": "noteBkgColor",
    "line1": "noteBorderColor todayLineColor",
    "deep1": "activeTaskBkgColor",
    "fault": "critBkgColor errorBkgColor",
}
_SCALES: Mapping[str, tuple[str, int, int]] = {
    # The name of numbered variables, the role whose five shades they take in turn, and their first number.
    "cScale": ("fill", 0, 12),
    "cScalePeer": ("line", 0, 12),
    "cScaleInv": ("line", 0, 12),
    "fillType": ("fill", 0, 8),
    "git": ("line", 0, 8),
    "gitInv": ("line", 0, 8),
    "pie": ("deep", 1, 13),
}


def _variables() -> Iterator[tuple[str, str]]:
    for role, names in _VARIABLES.items():
        yield from ((name, _SENTINEL[role]) for name in names.split())
    for name, (role, first, end) in _SCALES.items():
        yield from ((f"{name}{k}", _SENTINEL[f"{role}{(k - first) % 5}"]) for k in range(first, end))
    yield from ((f"cScaleLabel{k}", _SENTINEL["ink"]) for k in range(12))
    yield from ((f"gitBranchLabel{k}", _SENTINEL["paper"]) for k in range(8))


# Boxes are measured for larger letters than are shown: the page's font, whichever it is, may be wider than the measure.
_MEASURED, _SHOWN = 15, 13
_PLOT = ",".join(_SENTINEL[f"line{k}"] for k in range(5))
_XY = (
    "titleColor xAxisLabelColor xAxisTitleColor xAxisTickColor xAxisLineColor "
    "yAxisLabelColor yAxisTitleColor yAxisTickColor yAxisLineColor"
)
_SETTINGS = {
    "theme": "base",
    "look": "classic",
    "htmlLabels": False,
    "flowchart": {"htmlLabels": False, "minNodeWidth": 0},
    "themeVariables": {
        **dict(_variables()),
        "fontFamily": "sans-serif",
        "fontSize": f"{_MEASURED}px",
        "pieOpacity": "1",
        "pieTitleTextSize": "18px",
        "xyChart": {
            "backgroundColor": "transparent",
            "plotColorPalette": _PLOT,
            **dict.fromkeys(_XY.split(), _SENTINEL["ink"]),
        },
        "radar": {"axisColor": _SENTINEL["edge"], "graticuleColor": _SENTINEL["rule"], "curveOpacity": 0.6},
        "packet": {
            **dict.fromkeys(("startByteColor", "endByteColor", "labelColor", "titleColor"), _SENTINEL["ink"]),
            "blockStrokeColor": _SENTINEL["border"],
            "blockFillColor": _SENTINEL["paper"],
        },
    },
}
_DIRECTIVE = f"%%{{init: {json.dumps(_SETTINGS)}}}%%"


# Letters of a drawing know no HTML; `<br>`, which divides lines, is understood.
_INLINE_HTML = re.compile(
    r"</?(?:b|i|u|em|strong|small|sub|sup|span|font|code|center|div|p)(?:\s[^<>]*)?>", re.IGNORECASE
)


def _themed(source: str) -> str:
    """The source under the page's theme.  The last directive wins, so it stands behind those that the author wrote."""
    return f"{_INLINE_HTML.sub('', source)}\n{_DIRECTIVE}\n"


# --- fitting it into the page ----------------------------------------------------------------------------------------

_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_ROOT = re.compile(r'<svg id="([\w-]+)"')
_ANIMATION = re.compile(r"@[\w-]+[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_CLASS = re.compile(r'\sclass="([^"]*)"')
_TAG = re.compile(r"<([a-zA-Z]+)")
_WORD = re.compile(r"([.#]?)([a-zA-Z][\w-]*)")
_SELECTOR_STATE = re.compile(r"\[[^\]]*\]|:[\w-]+(?:\([^)]*\))?")
# The renderer's shadows are for its own look; the line for today would make tomorrow's page another one.
_UNWANTED = re.compile(r'<filter .*?</filter>|<g class="today">.*?</g>', re.DOTALL)
_HOLLOW = re.compile(r"<defs>\s*</defs>|<g>\s*</g>")
_NOT_FOR_PAGES = ("url(", "expression", "\\", "@", "<", "/*", "filter:", "font-family:", "blend")
_TOO_LARGE, _FITTING = f"font-size:{_MEASURED}px", f"font-size:{_SHOWN}px"
_HALF_HIDDEN = re.compile(r"(edgeLabel(?: \.label)? rect\{[^}]*?)opacity:0\.5;")
_DOT = re.compile(r"\.(?=[a-zA-Z])")
_COLOUR = re.compile(r"#5b([0-9a-f]{2})a3\b|rgba?\(91, ?(\d+), ?163(?:, ?[\d.]+)?\)", re.IGNORECASE)
_WORD_SPAN = re.compile(r'<tspan font-style="normal" class="text-inner-tspan" font-weight="normal">([^<]*)</tspan>')
_DEFINITION = re.compile(r'<(marker|symbol|linearGradient) id="([^"]*)".*?</\1>', re.DOTALL)
_REFERENCE = re.compile(r"""(?:url\(["']?|href=")#([^)"']+)""")
_GREYS = ("", "paper", "ink", "edge")
_ELEMENT = re.compile(r"<([a-z]+)[^>]*>", re.IGNORECASE)
# Attributes that mean nothing on their element, and which a validator would not let pass.
_STRAY: Mapping[str, re.Pattern[str]] = {
    "g": re.compile(r'\s(?:x|y|dy|dominant-baseline)="[^"]*"'),
    "circle": re.compile(r'\s(?:width|height|overflow)="[^"]*"'),
    "tspan": re.compile(r'\sfont-(?:weight|style)="(?:normal)?"'),
}
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}(?![\w%])")
# The names of states and the labels between them, which the renderer does not centre.
_STATE_NAME = re.compile(r'(<g class="label" transform="translate\()-[\d.]+,( ?-?[\d.]+\)"><text y="[-\d.]+")(?= ?>)')
_STATE_LABEL = re.compile(r'(<rect class="background"[^>]*/><g transform="translate\([\d.]+,) ?[\d.]+\)')
# As with the font's size: bold letters are measured as plain ones, and sequences are drawn for 16 px whatever one asks.
_LETTERS = {"font-weight:bolder": "font-weight:500", "font-size:16px": f"font-size:{_SHOWN}px"}
# Multiplied with a dark page, colours turn black.
_BLENDING = re.compile(r"mix-blend-mode: ?multiply;?")
_PLAIN = re.compile(r'(?<=fill|roke)="(?:(white|#fff|#FFF)|(black|#000|#000000|#222|#333)|(#444444|#666|#999))"')
_WIDTH = re.compile(r'style="max-width: ?([\d.]+)px;?"')
_ALSO = frozenset({"class", "marker-start", "marker-mid", "marker-end", "alignment-baseline", "clip-rule", "overflow"})


def _fitted(drawn: str, prefix: str) -> str:
    """The drawing, cleaned and at its own size: what is wider than the text scrolls and stays legible."""
    root = _ROOT.search(drawn)
    sheet = _HALF_HIDDEN.sub(r"\1", unescape("".join(_STYLE.findall(drawn))))
    bare = _without_unused(_STYLE.sub("", _UNWANTED.sub("", drawn)))
    body = svg(_short(bare.replace(' width="100%"', "", 1)), "", prefix, also=_ALSO)
    rules = "".join(_once(_rules(sheet, f"#{root[1] if root else ''}", f".{prefix}", body)))
    sized = _WIDTH.sub(lambda m: f'style="width:{float(m[1]):.0f}px"', body, count=1).replace(' class="plate"', "", 1)
    head, bracket, rest = _with_class(sized, prefix).partition(">")
    inner = _FILLED.sub(_legible, _CLASS.sub(_own_classes, rest))
    return _painted(f"{head}{bracket}<style>{rules}</style>{inner}")


def _once(rules: Iterable[str]) -> list[str]:
    """Each rule once, where it stood last."""
    return list(dict.fromkeys(reversed(list(rules))))[::-1]


def _without_unused(drawn: str) -> str:
    """Without the markers, symbols and gradients of the kind that this diagram does not use."""
    used = set(_REFERENCE.findall(drawn))
    return _HOLLOW.sub("", _DEFINITION.sub(lambda m: m[0] if m[2] in used else "", drawn))


def _short(drawn: str) -> str:
    """The same drawing in half the bytes: no element for each word, no coordinates of 17 digits."""
    text = _WORD_SPAN.sub(r"\1", _BLENDING.sub("", drawn))
    for measured, shown in _LETTERS.items():
        text = text.replace(measured, shown)
    text = _STATE_LABEL.sub(r"\1 1)", _STATE_NAME.sub(r'\g<1>0,\2 text-anchor="middle"', text))
    return _PLAIN.sub(lambda m: f'="{_SENTINEL[_GREYS[m.lastindex or 0]]}"', _ELEMENT.sub(_rounded, text))


def _rounded(element: re.Match[str]) -> str:
    tidy = _STRAY.get(element[1])
    text = tidy.sub("", element[0]) if tidy else element[0]
    return _LONG_NUMBER.sub(lambda number: f"{float(number[0]):.1f}".removesuffix(".0"), text)


def _with_class(text: str, name: str) -> str:
    head, bracket, rest = text.partition(">")
    return f'{_CLASS.sub("", head)} class="{name}"{bracket}{rest}'


def _own_classes(match: re.Match[str]) -> str:
    """Class names that the page does not know: neither the renderer's nor the author's may mean anything there."""
    return f' class="{" ".join(f"m-{name}" for name in match[1].split())}"'


def _rules(sheet: str, root: str, own: str, body: str) -> Iterator[str]:
    """The rules that something in `body` may match, each for this drawing alone."""
    known = {f".{name}" for names in _CLASS.findall(body) for name in names.split()} | set(_TAG.findall(body))
    for selectors, declarations in _RULE.findall(_ANIMATION.sub("", sheet)):
        kept = [s for s in map(str.strip, selectors.split(",")) if s.startswith(root) and _fits(s[len(root) :], known)]
        said = ";".join(d for d in declarations.split(";") if d.strip() and not any(x in d for x in _NOT_FOR_PAGES))
        if kept and said:
            inner = ",".join(own + _DOT.sub(".m-", selector[len(root) :]) for selector in kept)
            yield f"{inner}{{{_OTHER.sub(_adapted, said).replace(_TOO_LARGE, _FITTING)}}}"
            own_fill = _AUTHORS_FILL.search(said)
            if own_fill and inner.endswith(" rect"):
                yield f"{inner.removesuffix(' rect')}{{color:{_ink_on(own_fill[1])}}}"


def _fits(selector: str, known: Iterable[str]) -> bool:
    if any(mark in selector for mark in ("[data-look", "[id=", "<")):
        return False
    parts = _WORD.findall(_SELECTOR_STATE.sub("", selector))
    return all(mark + name in known for mark, name in parts if name != "svg")


def _painted(text: str) -> str:
    def paint(match: re.Match[str]) -> str:
        number = int(match[1], 16) if match[1] else int(match[2])
        return _PAINT[number] if number < len(_PAINT) else match[0]

    return _COLOUR.sub(paint, text)


# --- colours that are not the theme's --------------------------------------------------------------------------------

_OTHER = re.compile(r"(fill|stroke|color): ?(#[0-9a-f]{3,6}\b|hsla?\([^)]*\)|black\b|white\b)(?!\s*!)", re.IGNORECASE)
_AUTHORS_FILL = re.compile(r"fill: ?(#(?!5b..a3)[0-9a-f]{3}(?:[0-9a-f]{3})?)\s*!important", re.IGNORECASE)
_FILLED = re.compile(
    r'(<g class="m-node[^"]*")([^>]*>(?:<g[^>]*>)?<[a-z]+[^>]* style="[^"]*' + _AUTHORS_FILL.pattern + ")"
)
_NAMED = {"black": "#000", "white": "#fff"}


def _adapted(match: re.Match[str]) -> str:
    """A colour that the renderer computed or has fixed, as the role that it plays."""
    if _COLOUR.fullmatch(match[2]):
        return match[0]
    saturation, lightness = _hue(_NAMED.get(match[2].lower(), match[2]))
    if match[1] != "fill":
        role = "edge"
    elif saturation > 0.4:
        role = "fill0"
    else:
        role = "ink" if lightness < 0.5 else "paper"
    return f"{match[1]}:{_SENTINEL[role]}"


def _hue(colour: str) -> tuple[float, float]:
    """Saturation and lightness."""
    if colour.startswith("hsl"):
        _, saturation, lightness, *_ = re.findall(r"[\d.]+", colour)
        return float(saturation) / 100, float(lightness) / 100
    _, lightness, saturation = rgb_to_hls(*_channels(colour))
    return saturation, lightness


def _channels(colour: str) -> tuple[float, float, float]:
    digits = colour.removeprefix("#")
    pairs = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits[:3])
    red, green, blue = (int(pairs[k : k + 2], 16) / 255 for k in (0, 2, 4))
    return red, green, blue


def _ink_on(fill: str) -> str:
    """What can be read on a colour that the author chose, which is the same in light and dark."""
    red, green, blue = _channels(fill)
    return "#1a1e26" if 0.3 * red + 0.59 * green + 0.11 * blue > 0.5 else "#fff"


def _legible(node: re.Match[str]) -> str:
    return f'{node[1]} style="color:{_ink_on(node[3])}"{node[2]}'


# --- what it is about ------------------------------------------------------------------------------------------------

_TITLE = re.compile(r"^\s*(?:accTitle\s*:|title\s*:?(?=\s)|pie\s+(?:showData\s+)?title\s)\s*(.+?)\s*$", re.MULTILINE)
_DESCRIPTION = re.compile(r"^\s*accDescr\s*(?::\s*(.+?)\s*$|\{([^}]*)\})", re.MULTILINE)
_TEXT = re.compile(r"<text[^>]*>(.*?)</text>", re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>")
_LONGEST = 80


def _name(source: str, drawn: str) -> str:
    """Its title and description where the author gave them, else the first words that stand in it."""
    title, description = _TITLE.search(source), _DESCRIPTION.search(source)
    stated = [title[1].strip("\"'")] if title else []
    if description:
        stated.append(" ".join((description[1] or description[2]).split()))
    return ". ".join(stated) or _first_words(drawn)


def _first_words(drawn: str) -> str:
    nodes = drawn.partition('<g class="nodes"')[2] or drawn
    words: list[str] = []
    for text in _TEXT.findall(nodes):
        word = " ".join(unescape(_MARKUP.sub(" ", text)).split())
        if word and word not in words:
            words.append(word)
        if len(", ".join(words)) > _LONGEST:
            return ", ".join(words[:-1] or [f"{word[:_LONGEST]}…"]) + ("…" if words[1:] else "")
    return ", ".join(words)
