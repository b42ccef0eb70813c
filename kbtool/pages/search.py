"""Search: its page, and the scripts that the browser loads for a query.

`index.js` tells how the index is shared out, `terms-N.js` which notes a word stands in, `texts-N.js` what the notes of
a group say.  They are scripts because a page that was opened as a file may load nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from kbtool.pages.frame import Frame
from kbtool.pages.outline import outline, words_of
from kbtool.plan import Contents, Page, Rendered
from kbtool.render import Section, Site
from kbtool.search import ENDINGS, WHOLE_WORDS, postings, shares_of

__all__ = ["plan", "plan_index", "plan_terms", "plan_texts", "render", "render_index", "render_terms", "render_texts"]

_WORDS = ("title", "field", "hits", "hint", "none", "many", "many.one", "more", "close", "failed")


def plan(inside: Contents) -> Iterable[Page]:
    if inside.published:
        yield Page("search", "", "search.html", words_of(inside)["search.title"])


def plan_index(inside: Contents) -> Iterable[Page]:
    if inside.published:
        yield Page("search-index", "", "search/index.js", "")


def plan_terms(inside: Contents) -> Iterable[Page]:
    if inside.published:
        for shard in range(shares_of(inside.published).shards):
            yield Page("search-terms", str(shard), f"search/terms-{shard}.js", "")


def plan_texts(inside: Contents) -> Iterable[Page]:
    for group, notes in enumerate(shares_of(inside.published).groups):
        if notes:
            yield Page("search-texts", str(group), f"search/texts-{group}.js", "")


def render(page: Page, site: Site) -> Rendered:
    frame, view = Frame.of(page, site), outline(site)
    folders = [frame.folder(path) for path in view.folders_in("")]
    return frame.render("search.html", description=frame.words["search.lede"], folders=folders)


def render_index(page: Page, site: Site) -> Rendered:
    shares = outline(site).shares()
    facts = {
        "shards": shares.shards,
        "groups": [len(group) for group in shares.groups],
        "endings": " ".join(ENDINGS),
        "whole": " ".join(sorted(WHOLE_WORDS)),
        "lang": site.words.language,
        "words": {word: site.words[f"search.{word}"] for word in _WORDS},
    }
    return _script(page, "kbtoolIndex", facts)


def render_terms(page: Page, site: Site) -> Rendered:
    shard = int(page.subject)
    return _script(page, "kbtoolTerms", shard, postings(outline(site).index(shard), shard))


def render_texts(page: Page, site: Site) -> Rendered:
    group, view = int(page.subject), outline(site)
    return _script(page, "kbtoolTexts", group, [_note(path, site) for path in view.group(group)])


def _note(path: str, site: Site) -> list[Any]:
    """Address, title, folder, then by turns the anchor of a section and its lines."""
    label = outline(site).label(path)
    sections = [piece for section in site.said(path).sections for piece in _section(section)]
    return [label.url, label.title, path.rpartition("/")[0].rpartition("/")[2], *sections]


def _section(section: Section) -> tuple[str, str]:
    return section.anchor, "\n".join(section.lines)


def _script(page: Page, function: str, *facts: object) -> Rendered:
    """A script that hands facts to a function of `search.js`."""
    call = ",".join(json.dumps(fact, ensure_ascii=False, separators=(",", ":")) for fact in facts)
    return Rendered(page.url, f"{function}({call});\n".encode(errors="replace"))
