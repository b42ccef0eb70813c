"""One thing that came out of a block, as HTML: text, warnings, tables, pictures, tensors.

Of several forms the richest that a page can show is taken.  HTML made by a block is cleaned: a note is not trusted to
run scripts in the reader's browser, nor to call other hosts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

import nh3
from markdown_it import MarkdownIt

from kbtool.render.figure import image, svg
from kbtool.render.math import typeset
from kbtool.render.tensor import tensor
from kbtool.render.terminal import screen, styled
from kbtool.run.results import Output
from kbtool.words import Words

__all__ = ["Place", "outputs_html"]

# Output beyond this many lines is folded; what is shown before the fold; what is sent at all.
_FOLD, _SHOWN, _MOST = 20, 10, 2000


@dataclass(frozen=True, slots=True)
class Place:
    """Where the outputs stand: the block's number, a prefix for ids, and the words for figures."""

    block: int
    prefix: str
    caption: str
    alternative: str
    words: Words


def outputs_html(outputs: Sequence[Output], place: Place) -> str:
    """The outputs in order; printed text that came in pieces is one."""
    html: list[str] = []
    pictures = 0
    for output in _joined(outputs):
        kind, form = _richest(output)
        pictures += kind in _PICTURES
        html.append(_FORMS[kind](form, output, place, pictures))
    if place.caption and not pictures:
        html.append(f'<p class="cap">{escape(place.caption)}</p>')
    return "\n".join(piece for piece in html if piece)


def _joined(outputs: Sequence[Output]) -> Iterator[Output]:
    held: Output | None = None
    for output in outputs:
        if held is not None and output.kind == held.kind and output.kind in ("stdout", "stderr"):
            held = Output(held.kind, held.text + output.text)
            continue
        if held is not None:
            yield held
        held = output
    if held is not None:
        yield held


# ---------------------------------------------------------------- text


def _folded(text: str, label: str, rest: str, words: Words, style: str = "") -> str:
    """Printed text; a long one shows its beginning and folds the rest.  `rest` names the folded part."""
    lines = screen(text).rstrip("\n").split("\n")
    if len(lines) == 1 and not lines[0].strip():
        return ""
    shown = lines if len(lines) <= _FOLD else lines[:_SHOWN]
    folded = lines[len(shown) : _MOST]
    html = _pre("\n".join(shown), label, style)
    if not folded:
        return html
    cut = len(lines) - len(shown) - len(folded)
    more = f"\n{words.say('cell.cut', n=cut)}" if cut else ""
    summary = escape(words.say("cell.folded", n=len(lines) - len(shown)))
    body = _pre("\n".join(folded) + more, rest, style)
    return f'{html}\n<details class="more"><summary>{summary}</summary>{body}</details>'


def _pre(text: str, label: str, style: str) -> str:
    kind = f' class="{style}"' if style else ""
    return f'<pre{kind} tabindex="0" role="group" aria-label="{escape(label)}"><samp>{styled(text)}</samp></pre>'


def _text(_form: str, output: Output, place: Place, _nth: int) -> str:
    words = place.words
    if output.kind not in ("stderr", "warning"):
        return _folded(output.text, words["cell.output"], words["cell.rest"], words)
    label = words[f"cell.{output.kind}"]
    body = _folded(output.text, label, words["cell.rest"], words, "err")
    return f'<p class="kind {output.kind}">{escape(label)}</p>\n{body}' if body else ""


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
    return place.alternative or place.caption or place.words.say(key, n=place.block, k=nth)


def _figure(drawing: str, place: Place, nth: int) -> str:
    # The caption belongs to the block; it stands under its first picture.
    caption = f'<figcaption class="cap">{escape(place.caption)}</figcaption>' if place.caption and nth == 1 else ""
    return f'<figure class="fig">{drawing}{caption}</figure>'


def _html(form: str, output: Output, place: Place, _nth: int) -> str:
    return _rich(form, place) or _text("", output, place, 0)


def _markdown(form: str, _output: Output, place: Place, _nth: int) -> str:
    return _rich(_markdown_parser().render(form), place)


def _latex(form: str, output: Output, place: Place, _nth: int) -> str:
    tex = form.strip().strip("$").removeprefix(r"\displaystyle").strip()
    formula = typeset(tex, display=True)
    label = escape(place.words["cell.output"])
    if not formula.mathml:
        return _text("", output, place, 0)
    return f'<div class="eq" tabindex="0" role="group" aria-label="{label}">{formula.html}</div>'


def _rich(source: str, place: Place) -> str:
    cleaned = nh3.clean(source, attributes=_RICH_ATTRIBUTES, attribute_filter=_safe, url_schemes=_SCHEMES).strip()
    label = escape(place.words.say("cell.table", n=place.block) if "<table" in cleaned else place.words["cell.output"])
    return f'<div class="rich scroll" tabindex="0" role="group" aria-label="{label}">{cleaned}</div>' if cleaned else ""


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
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


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
