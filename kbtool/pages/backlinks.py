"""Who mentions a note, with the sentence in which it does."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from markupsafe import Markup

from kbtool.links import Backlink
from kbtool.note import Link
from kbtool.pages.frame import Frame
from kbtool.pages.outline import outline

__all__ = ["Mention", "backlinks"]

# A note that everybody mentions says how many there are; its page does not grow with the vault.
_MOST_NOTES = 40
_MOST_SENTENCES = 3
_AROUND = 130


@dataclass(frozen=True, slots=True)
class Mention:
    """One note that links here. `sentences` are HTML with the link's words marked."""

    href: str
    title: str
    sentences: tuple[Markup, ...]


def backlinks(path: str, frame: Frame) -> tuple[list[Mention], int]:
    """The first mentions, in reading order of the notes they stand in, and how many notes there are in all."""
    published = outline(frame.site).published
    by_source: dict[str, list[Backlink]] = {}
    for backlink in frame.site.links.backlinks.get(path, ()):
        hidden = backlink.link is not None and backlink.link.hidden
        if backlink.source != path and not hidden and backlink.source in published:
            by_source.setdefault(backlink.source, []).append(backlink)
    shown = islice(by_source.items(), _MOST_NOTES)
    return [_mention(source, found, frame) for source, found in shown], len(by_source)


def _mention(source: str, found: list[Backlink], frame: Frame) -> Mention:
    ref = frame.ref(source)
    sentences = dict.fromkeys(sentence(b.link) for b in found if b.link is not None and b.link.sentence)
    return Mention(ref.href, ref.title, tuple(sentences)[:_MOST_SENTENCES])


def sentence(link: Link) -> Markup:
    """The sentence with the link's words marked, cut to what stands around them."""
    text, (start, end) = link.sentence, link.mention
    before, words, after = text[:start], text[start:end], text[end:]
    if len(before) > _AROUND:
        before = "…" + before[-_AROUND:].partition(" ")[2]
    if len(after) > _AROUND:
        after = after[:_AROUND].rpartition(" ")[0] + "…"
    return Markup("{}<mark>{}</mark>{}").format(before, words, after) if words else Markup("{}{}").format(before, after)
