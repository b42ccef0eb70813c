"""Who mentions a note, with the sentence in which it does."""

from __future__ import annotations

from html import escape
from itertools import islice

from markupsafe import Markup

from kbtool.links import Backlink
from kbtool.note import Link
from kbtool.pages.frame import Frame
from kbtool.pages.outline import outline

__all__ = ["backlinks", "sentence"]

# A note that everybody mentions says how many there are; its page does not grow with the vault.
_MOST_NOTES = 40
_MOST_SENTENCES = 3
_AROUND = 130


def backlinks(path: str, frame: Frame) -> tuple[Markup, int, int]:
    """The mentions as items of a list, how many notes it shows, and how many there are in all."""
    published = outline(frame.site).published
    by_source: dict[str, list[Backlink]] = {}
    for backlink in frame.site.links.backlinks.get(path, ()):
        hidden = backlink.link is not None and backlink.link.hidden
        if backlink.source != path and not hidden and backlink.source in published:
            by_source.setdefault(backlink.source, []).append(backlink)
    items = [_item(source, found, frame) for source, found in islice(by_source.items(), _MOST_NOTES)]
    return Markup("".join(items)), len(items), len(by_source)


def _item(source: str, found: list[Backlink], frame: Frame) -> str:
    sentences = dict.fromkeys(sentence(b.link) for b in found if b.link is not None and _says_something(b.link))
    quotes = "".join(f"<q>{words}</q>" for words in islice(sentences, _MOST_SENTENCES))
    return f"{frame.item(source).removesuffix('</li>')}{quotes}</li>\n"


def _says_something(link: Link) -> bool:
    """A property names a note without a sentence around it."""
    return bool(link.sentence) and link.kind != "property"


def sentence(link: Link) -> str:
    """The sentence with the link's words marked, cut to what stands around them."""
    text, (start, end) = link.sentence, link.mention
    before, words, after = text[:start], text[start:end], text[end:]
    if len(before) > _AROUND:
        before = "…" + before[-_AROUND:].partition(" ")[2]
    if len(after) > _AROUND:
        after = after[:_AROUND].rpartition(" ")[0] + "…"
    marked = f"<mark>{escape(words, quote=False)}</mark>" if words else ""
    return f"{escape(before, quote=False)}{marked}{escape(after, quote=False)}"
