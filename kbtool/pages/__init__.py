"""The kinds of pages a site has: one row each, one file each."""

from __future__ import annotations

from collections.abc import Mapping

from kbtool.pages import (
    base,
    canvas,
    feed,
    folder,
    folders,
    graph,
    home,
    missing,
    note,
    notebook,
    redirect,
    search,
    status,
    tag,
)
from kbtool.pages.frame import load_templates
from kbtool.pages.outline import outline
from kbtool.plan import REDIRECT, Page, PageKind, Rendered, redirects
from kbtool.render import Site

__all__ = ["PAGES", "prepare", "render"]

PAGES: tuple[PageKind, ...] = (
    PageKind("home", home.plan, home.render),
    PageKind("status", status.plan, status.render),
    PageKind("graph", graph.plan, graph.render),
    PageKind("graph-data", graph.plan_data, graph.render_data),
    PageKind("missing", missing.plan, missing.render),
    PageKind("search", search.plan, search.render),
    PageKind("search-index", search.plan_index, search.render_index),
    PageKind("search-terms", search.plan_terms, search.render_terms),
    PageKind("search-texts", search.plan_texts, search.render_texts),
    PageKind("feed", feed.plan_feed, feed.render_feed),
    PageKind("sitemap", feed.plan_sitemap, feed.render_sitemap),
    PageKind("folder", folder.plan, folder.render),
    PageKind("folders", folders.plan, folders.render),
    PageKind("tag", tag.plan, tag.render),
    PageKind("note", note.plan, note.render),
    PageKind("canvas", canvas.plan, canvas.render),
    PageKind("base", base.plan, base.render),
    PageKind("notebook", notebook.plan, notebook.render),
    PageKind(REDIRECT, redirects, redirect.render),
)
"""In this order they are given their URLs: what the site itself needs comes before the folders and tags of a vault."""

_KINDS: Mapping[str, PageKind] = {kind.name: kind for kind in PAGES}


def prepare(site: Site) -> None:
    """Gathers what all pages share; called before workers are forked, they all have it."""
    view = outline(site)
    for path in view.paths:
        view.entry_of(path)
    _ = view.shown_from, view.turns, view.tags, site.links.sources
    if site.terms is not None:
        _ = view.found
    load_templates()


def render(page: Page, site: Site) -> Rendered:
    """One page of the plan."""
    return _KINDS[page.kind].render(page, site)
