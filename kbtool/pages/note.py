"""The page of one note: its text, and around it what the vault knows of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from kbtool.note import Note
from kbtool.pages import home
from kbtool.pages.around import further, local_graph
from kbtool.pages.backlinks import backlinks
from kbtool.pages.contents import contents
from kbtool.pages.explorer import explorer
from kbtool.pages.frame import Frame, day, without_title
from kbtool.pages.outline import HOME, description, home_note, lede, outline, stated_date
from kbtool.pages.properties import properties
from kbtool.plan import Contents, Page, Rendered, file_url
from kbtool.render import Site, fill
from kbtool.render.cell import anchor
from kbtool.render.verdict import duration, glyph
from kbtool.run.results import BlockResult, Status
from kbtool.words import Words

__all__ = ["plan", "render", "strip"]

_MOST_LINKS = 12


def plan(inside: Contents) -> Iterable[Page]:
    """A page for each published note; the one that is the home page has its address."""
    first = home_note(inside.published)
    for path in inside.published:
        yield Page("note", path, HOME if path == first else file_url(path), inside.notes[path].title)


def render(page: Page, site: Site) -> Rendered:
    if page.url == HOME:
        return home.render_note(page, site)
    note = site.note(page.subject)
    frame = Frame.of(page, site, note.properties.get("lang"))
    body, anchor_of_title, heading = without_title(fill(page.subject, site, page.url), note)
    return frame.render(
        "note.html",
        body=body,
        note_path=note.path,
        title_id=anchor_of_title,
        heading=heading,
        og_type="article",
        description=description(note),
        lede=lede(note),
        crumbs=frame.crumbs(page.subject.rpartition("/")[0]),
        explorer=explorer(frame, page.subject),
        **_head(note, frame),
        **_after(note, frame),
    )


# ---------------------------------------------------------------- above the text


def _head(note: Note, frame: Frame) -> dict[str, Any]:
    blocks = outline(frame.site).blocks(note.path)
    date = stated_date(note)
    return {
        "blocks": blocks,
        "strip": strip(note, blocks, frame.words, link="#"),
        "tally": _tally(blocks, frame.words),
        "status_page": frame.status_page(),
        "date": date,
        "day": day(date, frame.words),
        "tags": frame.tags(note.tags),
        "notebook": frame.notebook(note),
        "obsidian": _obsidian(note, frame.site),
        "properties": properties(note, frame),
        "contents": contents(note, blocks, frame.words),
    }


def strip(note: Note, blocks: Sequence[BlockResult], words: Words, link: str = "") -> Markup:
    """A glyph for each block; with `link` each leads to its cell there, and speaks for itself."""
    if not link:
        return Markup("".join(glyph(block.status) for block in blocks))
    pieces = []
    for block in blocks:
        label = f"{words.say('cell.block', n=block.index + 1)}: {words[f'verdict.{block.status}'].lower()}"
        pieces.append(f'<a href="{link}{escape(anchor(note.code[block.index]))}">{glyph(block.status, label)}</a>')
    return Markup("".join(pieces))


def _tally(blocks: Sequence[BlockResult], words: Words) -> str:
    """`3 de 6 bloques verificados en cpu, 0,21 s`."""
    verified = sum(block.status is Status.VERIFIED for block in blocks)
    devices = dict.fromkeys(b.device for b in blocks if b.device and b.status is not Status.SKIPPED)
    on = words.say("count.on", device=", ".join(devices)) if devices else ""
    told = words.say("count.of", n=verified, total=len(blocks))
    time = duration(sum(block.seconds for block in blocks), words)
    return ", ".join(piece for piece in (f"{told} {on}".strip(), time) if piece)


def _obsidian(note: Note, site: Site) -> str:
    if not site.config.pages.open_in_obsidian:
        return ""
    vault, file = quote(site.vault.name, safe=""), quote(note.path.removesuffix(".md"), safe="")
    return f"obsidian://open?vault={vault}&file={file}"


# ---------------------------------------------------------------- below the text


def _after(note: Note, frame: Frame) -> dict[str, Any]:
    view = outline(frame.site)
    previous, following = view.turn(note.path)
    targets = view.targets(note.path)
    mentions, shown, total = backlinks(note.path, frame)
    graph, more = local_graph(note.path, frame)
    return {
        "backlinks": mentions,
        "mentions": total,
        "mentions_more": total - shown,
        "graph": graph,
        "graph_more": more,
        "further": further(frame) if graph else "",
        "related": Markup("".join(frame.item(path) for path in view.related(note.path))),
        "outgoing": Markup("".join(frame.item(path) for path in targets[:_MOST_LINKS])),
        "outgoing_more": max(0, len(targets) - _MOST_LINKS),
        "previous": frame.ref(previous) if previous else None,
        "next": frame.ref(following) if following else None,
    }
