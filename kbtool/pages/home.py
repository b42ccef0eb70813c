"""The home page: what there is, where to begin, and how the checks stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kbtool.pages.frame import Frame, Ref, site_title, without_title
from kbtool.pages.outline import HOME, Entry, Outline, description, home_note, lede, outline
from kbtool.plan import Contents, Page, Rendered
from kbtool.render import Site, fill

__all__ = ["plan", "render", "render_note"]

_MOST_LOOSE = 60
_MOST_ENTRIES = 8
_FIRST_NOTES = 3
# Names that a folder's own note goes by, beside the folder's.
_FOLDER_NOTES = ("index", "readme", "inicio", "_index")


@dataclass(frozen=True, slots=True)
class _Area:
    """A folder as the home page shows it."""

    href: str
    title: str
    summary: str
    n: int
    first: list[Ref]


def plan(inside: Contents) -> Iterable[Page]:
    """A home page of its own only where no note is the home page."""
    if not home_note(inside.published):
        yield Page("home", "", HOME, inside.config.title or inside.vault.name)


def render(page: Page, site: Site) -> Rendered:
    frame = Frame.of(page, site)
    intro = frame.words.say("home.intro", n=len(outline(site).entries()))
    own: dict[str, Any] = {"title_id": "", "heading": "", "notebook": ""}
    return frame.render("home.html", description=site_title(site), lede=intro, **own, **_contents(frame))


def render_note(page: Page, site: Site) -> Rendered:
    """The home page that is a note of the vault: its text first, then the way into the rest."""
    note = site.note(page.subject)
    frame = Frame.of(page, site, note.properties.get("lang"))
    body, title_id, heading = without_title(fill(page.subject, site, page.url), note)
    return frame.render(
        "home.html",
        body=body,
        note_path=note.path,
        title_id=title_id,
        heading=heading,
        description=description(note),
        lede=lede(note),
        notebook=frame.notebook(note),
        **_contents(frame),
    )


def _contents(frame: Frame) -> dict[str, Any]:
    view = outline(frame.site)
    top = _entrance(view)
    loose = [view.entry(path) for path in view.notes_in(top)[:_MOST_LOOSE]]
    entries, title = _worth_a_look(view)
    return {
        "counts": frame.counts(view.count()),
        "status_page": frame.status_page(),
        "areas": [_area(path, frame) for path in view.folders_in(top)],
        "loose": frame.rows(loose),
        "entries": frame.rows(entries),
        "entries_title": title,
    }


def _entrance(view: Outline) -> str:
    """The root, or the one folder that holds everything: a list of one leads nowhere."""
    folder = ""
    while not view.notes_in(folder) and len(view.folders_in(folder)) == 1:
        (folder,) = view.folders_in(folder)
    return folder


def _area(folder: str, frame: Frame) -> _Area:
    view = outline(frame.site)
    ref = frame.folder(folder, counted=True)
    own = folder_note(folder, view)
    first = [path for path in view.notes_in(folder) if path != own][:_FIRST_NOTES]
    return _Area(ref.href, ref.title, folder_summary(folder, view), ref.n, [frame.ref(path) for path in first])


def folder_note(folder: str, view: Outline) -> str:
    """The note that speaks for its folder: called as the folder is, or `index`; or the empty string."""
    named = {path.rpartition("/")[2].removesuffix(".md").casefold(): path for path in view.notes_in(folder)}
    names = (folder.rpartition("/")[2].casefold(), *_FOLDER_NOTES)
    return next((named[name] for name in names if name in named), "")


def folder_summary(folder: str, view: Outline) -> str:
    path = folder_note(folder, view)
    return view.entry(path).summary if path else ""


def _worth_a_look(view: Outline) -> tuple[list[Entry], str]:
    """The latest notes where notes have dates, else those that most others link to."""
    entries = [entry for entry in view.entries() if entry.path != view.home]
    if len(entries) <= _MOST_ENTRIES:
        return [], "home.recent"
    dated = sorted((e for e in entries if e.date), key=lambda e: e.date, reverse=True)
    if dated:
        return dated[:_MOST_ENTRIES], "home.recent"
    return [view.entry(path) for path in view.most_linked(_MOST_ENTRIES)], "home.central"
