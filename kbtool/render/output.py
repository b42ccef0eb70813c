"""One thing that came out of a block, as HTML: text, warnings, tables, pictures, tensors.

Of several forms the richest that a page can show is taken.  HTML made by a block is cleaned: a note is not trusted to
run scripts in the reader's browser, nor to call other hosts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from kbtool.render.figure import image, svg
from kbtool.render.math import typeset
from kbtool.render.printed import printed
from kbtool.render.tensor import tensor
from kbtool.run.results import Output
from kbtool.words import Words

__all__ = ["Place", "joined", "outputs_html", "telling"]

# What pyplot's functions give back says nothing beside the figure that they drew, and its address is never the same.
_DRAWN = re.compile(r"<(?:matplotlib|mpl_toolkits)\.[\w.]+ object at 0x|<\w+ object of \d+ artists>|\AText\([-\d]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the outputs stand: the note, the block's number, a prefix for ids, and the words for figures."""

    note: str
    block: int
    prefix: str
    caption: str
    alternative: str
    words: Words


def outputs_html(outputs: Sequence[Output], place: Place) -> str:
    """The outputs in order; printed text that came in pieces is one."""
    html: list[str] = []
    pictures = 0
    named: set[str] = set()
    for output in joined(telling(outputs), _STREAMS):
        kind, form = _richest(output)
        pictures += kind in _PICTURES
        piece = _FORMS[kind](form, output, place, pictures)
        if piece and output.kind in _NOISE and output.kind not in named:
            named.add(output.kind)
            html.append(f'<p class="kind {output.kind}">{escape(place.words[f"cell.{output.kind}"])}</p>')
        html.append(piece)
    if place.caption and not pictures:
        html.append(f'<p class="cap">{escape(place.caption)}</p>')
    return "\n".join(piece for piece in html if piece)


# What does not belong to the result: named at its first coming, marked at each.
_NOISE = ("stderr", "warning")
_STREAMS = {"stdout": "stdout", "stderr": "stderr"}


def telling(outputs: Sequence[Output]) -> Sequence[Output]:
    """The outputs without what only repeats that something was drawn."""
    if not any(output.kind == "figure" for output in outputs):
        return outputs
    return [output for output in outputs if output.kind != "value" or not _DRAWN.search(output.text)]


def joined(outputs: Iterable[Output], streams: Mapping[str, str]) -> Iterator[Output]:
    """The outputs, those that one stream gave one after the other as one; `streams` names the stream of a kind."""
    held: Output | None = None
    for output in outputs:
        stream = streams.get(output.kind)
        if held is not None and stream is not None and stream == streams.get(held.kind):
            held = Output(held.kind, held.text + output.text)
            continue
        if held is not None:
            yield held
        held = output
    if held is not None:
        yield held


# ---------------------------------------------------------------- text


def _text(form: str, output: Output, place: Place, _nth: int) -> str:
    noise = output.kind in _NOISE
    label = place.words[f"cell.{output.kind}" if noise else "cell.output"]
    return printed(form or output.text, label, place.words, f"err {output.kind}" if noise else "")


# ---------------------------------------------------------------- rich forms


def _tensor(form: str, output: Output, place: Place, _nth: int) -> str:
    return tensor(form, output.text, place.words) or _text("", output, place, 0)


def _svg(form: str, output: Output, place: Place, nth: int) -> str:
    drawing = svg(form, _name("cell.figure", place, nth), f"{place.prefix}-{nth}-")
    return _figure(drawing, place, nth) if drawing else _text("", output, place, 0)


def _image(kind: str) -> Callable[[str, Output, Place, int], str]:
    def render(form: str, _output: Output, place: Place, nth: int) -> str:
        return _figure(image(kind, form, _name("cell.image", place, nth)), place, nth)

    return render


def _name(key: str, place: Place, nth: int) -> str:
    return place.alternative or place.caption or place.words.say(key, n=place.block, k=nth, note=place.note)


def _figure(drawing: str, place: Place, nth: int) -> str:
    # The caption belongs to the block; it stands under its first picture.
    caption = f'<figcaption class="cap">{escape(place.caption)}</figcaption>' if place.caption and nth == 1 else ""
    return f'<figure class="fig">{drawing}{caption}</figure>'


def _html(form: str, output: Output, place: Place, _nth: int) -> str:
    return _rich(form, place) or _text("", output, place, 0)


def _markdown(form: str, _output: Output, place: Place, _nth: int) -> str:
    # MathML does not pass through the cleaner: a mark stands for it until that is done.  No text can know its own
    # digest, so only the renderer makes a mark: one in an attribute would let a formula out of it.
    formulas = _Formulas(blake2b(form.encode(errors="surrogatepass"), digest_size=16).hexdigest())
    html = _rich(_markdown_parser().render(form, {"formulas": formulas}), place)
    return re.sub(f"{formulas.mark}:([0-9]+);", lambda match: formulas.made[int(match[1])], html)


@dataclass(slots=True)
class _Formulas:
    """The formulas of one text, and what stands for them until it is clean."""

    mark: str
    made: list[str] = field(default_factory=list)

    def put(self, html: str) -> str:
        self.made.append(html)
        return f"{self.mark}:{len(self.made) - 1};"


def _formula(
    _renderer: object, tokens: Sequence[Token], index: int, _options: object, env: dict[str, _Formulas]
) -> str:
    token = tokens[index]
    return env["formulas"].put(typeset(token.content.strip(), display=token.type != "math_inline").html)


def _latex(form: str, output: Output, place: Place, _nth: int) -> str:
    tex = form.strip().strip("$").removeprefix(r"\displaystyle").strip()
    formula = typeset(tex, display=True)
    label = escape(place.words["cell.output"])
    if not formula.mathml:
        return _text("", output, place, 0)
    return f'<div class="eq" tabindex="0" role="group" aria-label="{label}">{formula.html}</div>'


def _rich(source: str, place: Place) -> str:
    cleaned = nh3.clean(source, attributes=_RICH_ATTRIBUTES, attribute_filter=_safe, url_schemes=_SCHEMES).strip()
    cleaned = _EMPTY_HEADER.sub(r"<td\1></td>", cleaned)
    label = escape(place.words.say("cell.table", n=place.block) if "<table" in cleaned else place.words["cell.output"])
    return f'<div class="rich scroll" tabindex="0" role="group" aria-label="{label}">{cleaned}</div>' if cleaned else ""


# The corner of a table over its index: a header that says nothing is none.
_EMPTY_HEADER = re.compile(r"<th((?: [^>]*)?)>\s*</th>")
_SCHEMES = {"http", "https", "mailto", "data"}
_RICH_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"title", "lang", "dir"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "th": {"colspan", "rowspan", "scope", "align"},
    "td": {"colspan", "rowspan", "align"},
    "ol": {"start"},
}


def _safe(_tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src" and not value.startswith("data:image/"):
        return None
    if attribute == "href" and value.startswith("data:"):
        return None
    return value


@cache
def _markdown_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).use(dollarmath_plugin)
    for kind in ("math_inline", "math_inline_double", "math_block", "math_block_label"):
        parser.add_render_rule(kind, _formula)
    return parser


_FORMS: Mapping[str, Callable[[str, Output, Place, int], str]] = {
    "application/vnd.kbtool.tensor+json": _tensor,
    "image/svg+xml": _svg,
    "text/html": _html,
    "text/latex": _latex,
    "image/png": _image("image/png"),
    "image/jpeg": _image("image/jpeg"),
    "image/webp": _image("image/webp"),
    "image/gif": _image("image/gif"),
    "text/markdown": _markdown,
    "text/plain": _text,
}
_PICTURES = {kind for kind in _FORMS if kind.startswith("image/")}


def _richest(output: Output) -> tuple[str, str]:
    for kind in _FORMS:
        form = output.data.get(kind)
        if form:
            return kind, form
    return "text/plain", output.text
