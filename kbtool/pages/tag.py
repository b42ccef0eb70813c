"""The page of a tag, and the list of all tags."""

from __future__ import annotations

from collections.abc import Iterable

from kbtool.pages.frame import Frame, Ref
from kbtool.pages.outline import outline, spellings, tags_of, words_of
from kbtool.plan import Contents, Page, Rendered
from kbtool.render import Site
from kbtool.slug import page_slug

__all__ = ["plan", "render"]

_FOLDER = "tags"


def plan(inside: Contents) -> Iterable[Page]:
    """A page for each tag, with the tag in lower case as its subject; the empty subject is the list of all."""
    names = tags_of(inside.published, inside.notes)
    if names:
        yield Page("tag", "", f"{_FOLDER}/index.html", words_of(inside)["tag.title"])
    spelled = spellings(inside.published, inside.notes)
    for tag in names:
        slug = "/".join(page_slug(part) for part in tag.split("/"))
        yield Page("tag", tag, f"{_FOLDER}/{slug}.html", f"#{spelled[tag]}")


def render(page: Page, site: Site) -> Rendered:
    return _one(page, site) if page.subject else _all(page, site)


def _all(page: Page, site: Site) -> Rendered:
    frame = Frame.of(page, site)
    return frame.render("tags.html", tags=_refs([tag for tag in outline(site).all_tags() if "/" not in tag], frame))


def _one(page: Page, site: Site) -> Rendered:
    frame, view = Frame.of(page, site), outline(site)
    notes = view.tagged(page.subject)
    depth = page.subject.count("/") + 1
    narrower = [tag for tag in view.all_tags() if tag.startswith(page.subject + "/") and tag.count("/") == depth]
    return frame.render(
        "folder.html",
        description=page.title,
        lede=frame.words.say("count.notes", n=len(notes)),
        crumbs=frame.crumbs_of(_trail(page.subject, frame)),
        folders=[],
        narrower=_refs(narrower, frame),
        entries=frame.rows(view.entry(path) for path in notes),
        counts=[],
        tags=[],
        aside=False,
    )


def _refs(tags: list[str], frame: Frame) -> list[Ref]:
    return frame.tags(tags, {tag: len(outline(frame.site).tagged(tag)) for tag in tags})


def _trail(tag: str, frame: Frame) -> list[Ref]:
    """All tags, then the wider ones."""
    parts = tag.split("/")[:-1]
    wider = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
    index = frame.site.page_url("tag", "")
    first = [Ref(frame.href(index), frame.words["tag.title"])] if index else []
    return first + [Ref(ref.href, f"#{ref.title}") for ref in frame.tags(wider)]
