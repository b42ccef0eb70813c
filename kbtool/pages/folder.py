"""The page of a folder: its folders and notes, and how its blocks stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from kbtool.pages.frame import Frame, Ref
from kbtool.pages.home import folder_summary
from kbtool.pages.outline import folders_of, home_note, outline
from kbtool.plan import Contents, Page, Rendered
from kbtool.render import Site
from kbtool.slug import url_path

__all__ = ["plan", "render", "tag_counts"]

_MOST_TAGS = 20


def plan(inside: Contents) -> Iterable[Page]:
    """A page for each folder that has a published note in it or below."""
    home = home_note(inside.published)
    for folder in folders_of(path for path in inside.published if path != home).values():
        if folder.path:
            yield Page("folder", folder.path, f"{url_path(folder.path + '/x')[:-1]}index.html", folder.name)


def render(page: Page, site: Site) -> Rendered:
    frame, view = Frame.of(page, site), outline(site)
    notes = view.notes_in(page.subject)
    summary = folder_summary(page.subject, view)
    counts = frame.counts(view.count(page.subject))
    tags = tag_counts(notes, frame)
    return frame.render(
        "folder.html",
        description=summary or page.title,
        lede=summary,
        crumbs=frame.crumbs(page.subject.rpartition("/")[0]),
        folders=[frame.folder(path, counted=True) for path in view.folders_in(page.subject)],
        narrower=[],
        entries=frame.rows(view.entry(path) for path in notes),
        counts=counts,
        status_page=frame.status_page(),
        tags=tags,
        aside=bool(counts or tags),
    )


def tag_counts(paths: Iterable[str], frame: Frame) -> list[Ref]:
    """The tags of these notes, the most frequent first."""
    view = outline(frame.site)
    tally = Counter(tag.casefold() for path in paths for tag in dict.fromkeys(view.entry(path).tags))
    common = sorted(tally.items(), key=lambda item: (-item[1], item[0]))[:_MOST_TAGS]
    return frame.tags([tag for tag, _ in common], dict(common))
