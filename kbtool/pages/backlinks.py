"""Who mentions a note, with the sentence in which it does; and the canvases that it is on."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import islice

from markupsafe import Markup

from kbtool.links import Mention
from kbtool.pages.frame import Frame
from kbtool.pages.outline import outline

__all__ = ["backlinks", "sentence"]

# A note that everybody mentions says how many there are; its page does not grow with the vault.
_MOST_NOTES = 40
_MOST_SENTENCES = 3
_AROUND = 130


def backlinks(path: str, frame: Frame) -> tuple[Markup, int, int]:
    """The mentions as items of a list, how many notes it shows, and how many there are in all."""
    view = outline(frame.site)
    found = [(source, said) for source, said in frame.site.mentions(path) if view.is_published(source)]
    items = [_item(source, said, frame) for source, said in found[:_MOST_NOTES]]
    canvases = [_canvas(source, frame) for source in frame.site.shown_on(path) if frame.site.url(source) is not None]
    return Markup("".join((*items, *canvases))), len(items) + len(canvases), len(found) + len(canvases)


def _item(source: str, mentions: Iterable[Mention], frame: Frame) -> str:
    sentences = dict.fromkeys(sentence(mention) for mention in mentions)
    quotes = "".join(f"<q>{words}</q>" for words in islice(sentences, _MOST_SENTENCES))
    return f"{frame.item(source).removesuffix('</li>')}{quotes}</li>\n"


def _canvas(path: str, frame: Frame) -> str:
    """A canvas with the note on it."""
    href, name = frame.href(frame.site.url(path) or ""), path.rpartition("/")[2].removesuffix(".canvas")
    kind = escape(frame.words["body.canvas"], quote=False)
    return f'<li><a href="{escape(href)}">{escape(name, quote=False)}</a> <span class="quiet">{kind}</span></li>\n'


def sentence(mention: Mention) -> str:
    """The sentence with the link's words marked, cut to what stands around them."""
    text, (start, end) = mention
    before, words, after = text[:start], text[start:end], text[end:]
    if len(before) > _AROUND:
        before = "…" + before[-_AROUND:].partition(" ")[2]
    if len(after) > _AROUND:
        after = after[:_AROUND].rpartition(" ")[0] + "…"
    marked = f"<mark>{escape(words, quote=False)}</mark>" if words else ""
    return f"{escape(before, quote=False)}{marked}{escape(after, quote=False)}"
