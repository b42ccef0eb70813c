"""One row for each kind of change: exactly the pages that are made again for it, and what of the site is written."""

from __future__ import annotations

from collections.abc import Set

import pytest
from stepwise import NOTHING, Change, Files, Project, Row, assert_clean, edit, files

from kbtool.config import PagesConfig, PublishConfig
from kbtool.diagnostics import Severity

PIXEL = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
VAULT: Files = {
    "Alpha.md": "# Alpha\n\nSee [[Beta]] for more.\n\n![[Gamma]]\n",
    "Beta.md": "---\ntags: [one]\n---\n# Beta\n\n## Part\n\nText of beta,\non two lines.\n\nA block. ^blk\n",
    "Gamma.md": "---\ntags: [two]\n---\n# Gamma\n\nThe middle.\n\n![[Delta#End]]\n",
    "deep/Delta.md": "# Delta\n\nFirst words.\n\n## End\n\nLast words. ![[pic.gif]]\n",
    "deep/Echo.md": "# Echo\n\n[[Beta#Part]], [[Beta#^blk]].\n",
    "other/Broken.md": "# Broken\n\n[[Nowhere]] is missing. [[Hidden]] is private.\n",
    "other/Foxtrot.md": '# Foxtrot\n\nAlone. <img src="raw.gif">\n',
    "other/Hidden.md": "---\ndraft: true\n---\n# Hidden\n\n![[secret.gif]]\n",
    "pic.gif": PIXEL,
    "raw.gif": PIXEL + b"raw",
    "secret.gif": PIXEL + b"secret",
    "unused.gif": PIXEL + b"unused",
}
ALPHA, BETA, GAMMA = "alpha.html", "beta.html", "gamma.html"
DELTA, ECHO = "deep/delta.html", "deep/echo.html"
BROKEN, FOXTROT, HIDDEN = "other/broken.html", "other/foxtrot.html", "other/hidden.html"
HOME, MISSING, DEEP, OTHER = "index.html", "404.html", "deep/index.html", "other/index.html"
TAGS, ONE, TWO = "tags/index.html", "tags/one.html", "tags/two.html"
EXPLORER = "folders.js"
NOTES = {ALPHA, BETA, GAMMA, DELTA, ECHO, BROKEN, FOXTROT}
ALL = NOTES | {HOME, MISSING, EXPLORER, DEEP, OTHER, TAGS, ONE, TWO}
# Every page of a note shows the notes and folders at the root.
SHOW_THE_ROOT = NOTES | {HOME, EXPLORER}
WITHOUT_BETA = SHOW_THE_ROOT - {BETA} | {TAGS, TWO}
GONE = {DELTA, ECHO, DEEP}


def move(old: str, new: str) -> Change:
    return lambda project: project.move(old, new)


def configure(**changes: object) -> Change:
    return lambda project: project.configure(**changes)


def state(row: str, name: str = "Beta.md") -> Change:
    """Adds a property to a note that has some."""
    return edit(name, "---\n#", f"{row}\n---\n#")


def touched(project: Project) -> None:
    for path in project.vault.rglob("*.*"):
        project.age(path)


LONG = "long " * 60
TEXT = {
    "the first words": Row(edit("other/Foxtrot.md", "Alone.", "Solitary."), {FOXTROT, OTHER, HOME}, same={HOME}),
    "words that no list shows": Row(edit("deep/Echo.md", "blk]].", f"blk]].\n\n{LONG}"), {ECHO}),
    "a sentence with a link": Row(edit("Alpha.md", "for more", "for less"), {ALPHA, BETA, HOME}),
    "a new link": Row(edit("other/Foxtrot.md", "Alone.", "To [[Beta]]."), {FOXTROT, BETA, OTHER, HOME}, same={HOME}),
    # Gamma's drawing of what is around it might have had the line from Alpha to Beta.
    "a link less": Row(edit("Alpha.md", "See [[Beta]] for", "See for"), {ALPHA, BETA, GAMMA, HOME}, same={GAMMA}),
    "a link to another part": Row(
        edit("deep/Echo.md", "[[Beta#Part]]", "[[Beta]]"), {ECHO, BETA, DEEP, HOME}, same={HOME}
    ),
    "a heading that others link to": Row(edit("Beta.md", "## Part", "## Piece"), {BETA, ECHO}),
    "a heading that nobody links to": Row(
        edit("deep/Delta.md", "## End", "## New\n\n## End"), {DELTA, GAMMA, ALPHA}, same={GAMMA, ALPHA}
    ),
    "the heading of an embedded part": Row(edit("deep/Delta.md", "## End", "## Ending"), {DELTA, GAMMA, ALPHA}),
    "a block id": Row(edit("Beta.md", "^blk", "^other"), {BETA, ECHO}),
    "the end of a chain of embeds": Row(edit("deep/Delta.md", "Last words", "Other words"), {DELTA, GAMMA, ALPHA}),
    "the middle of a chain of embeds": Row(edit("Gamma.md", "The middle.", "A middle."), {GAMMA, ALPHA, TWO, HOME}),
}
FACTS = {
    "the title by its heading": Row(edit("Beta.md", "# Beta", "# Bet"), SHOW_THE_ROOT | {ONE}),
    "the title by a property": Row(state("title: Bet"), SHOW_THE_ROOT | {ONE}),
    "the title of a note in a folder": Row(
        edit("other/Foxtrot.md", "# Fox", "# F"), {FOXTROT, BROKEN, OTHER, HOME, EXPLORER}
    ),
    "an alias": Row(state("aliases: [B]"), {BETA}),
    "an alias that a broken link means": Row(state("aliases: [Nowhere]"), {BETA}),
    "a new tag": Row(
        edit("Beta.md", "[one]", "[one, new]"), {BETA, HOME, ONE, TWO, TAGS, "tags/new.html"}, same={HOME, ONE, TWO}
    ),
    # It makes Beta and Gamma, to both of which Alpha leads, related notes.
    "a tag of another note": Row(
        edit("Beta.md", "[one]", "[one, two]"), {BETA, GAMMA, HOME, ONE, TWO, TAGS}, same={HOME, ONE}
    ),
    "a tag less": Row(edit("Beta.md", "[one]", "[two]"), {BETA, GAMMA, HOME, TWO, TAGS}, same={HOME}, removed={ONE}),
    "the last tag": Row(
        files({"Gamma.md": "# Gamma\n", "Beta.md": "# Beta\n"}),
        ALL - {TAGS, ONE, TWO, EXPLORER},
        removed={TAGS, ONE, TWO},
    ),
    "the case of a tag": Row(edit("Beta.md", "[one]", "[One]"), {BETA, HOME, ONE, TAGS}, same={HOME}),
    "a description": Row(state("description: Said."), {BETA, HOME, ONE}),
    "a date": Row(state("date: 2026-01-02"), {BETA, HOME, ONE}),
    "any property": Row(state("mood: good"), {BETA}),
    "the language of a note": Row(state("lang: es"), {BETA}),
    "a permalink": Row(state("permalink: short"), {BETA, "short.html"}, same={BETA}),
}
FILES = {
    "a note for a broken link": Row(
        files({"other/Nowhere.md": "# Nowhere\n"}), {"other/nowhere.html", BROKEN, FOXTROT, OTHER, HOME, EXPLORER}
    ),
    "a note at the root": Row(files({"Nowhere.md": "# Nowhere\n"}), SHOW_THE_ROOT | {"nowhere.html"}),
    "a note that takes links over": Row(files({"Delta.md": "# Near\n\n## End\n"}), SHOW_THE_ROOT | {"delta.html"}),
    "a second note that a link may mean": Row(
        files({"a/Delta.md": "# A\n\n## End\n", "b/Delta.md": "# B\n"}),
        SHOW_THE_ROOT | {MISSING, "a/delta.html", "a/index.html", "b/delta.html", "b/index.html"},
    ),
    "a note in a folder": Row(
        files({"other/New.md": "# New\n"}), {"other/new.html", BROKEN, FOXTROT, OTHER, HOME, EXPLORER}
    ),
    "a note in a new folder": Row(
        files({"new/New.md": "# New\n"}), SHOW_THE_ROOT | {MISSING, "new/new.html", "new/index.html"}
    ),
    "a note that is the home page": Row(files({"index.md": "# Welcome\n"}), {HOME}),
    "a name that others link to": Row(
        move("Beta.md", "Bet.md"),
        SHOW_THE_ROOT - {BETA} | {"bet.html", ONE, TWO, TAGS},
        same={TWO, TAGS},
        removed={BETA},
    ),
    "a name that nobody links to": Row(
        move("other/Foxtrot.md", "other/Fox.md"), {"other/fox.html", BROKEN, OTHER, HOME, EXPLORER}, removed={FOXTROT}
    ),
    "only the case of a name": Row(
        move("other/Foxtrot.md", "other/foxtrot.md"),
        {FOXTROT, BROKEN, OTHER, HOME, EXPLORER},
        same={BROKEN, OTHER, HOME, EXPLORER},
    ),
    "a folder": Row(
        move("deep/Delta.md", "other/Delta.md"),
        {ALPHA, GAMMA, ECHO, BROKEN, FOXTROT, "other/delta.html", DEEP, OTHER, HOME, EXPLORER},
        removed={DELTA},
    ),
    "a note less": Row(files({"deep/Echo.md": None}), {BETA, DELTA, DEEP, HOME, EXPLORER}, removed={ECHO}),
    "a note less that others link to": Row(files({"Beta.md": None}), WITHOUT_BETA, same={TWO}, removed={BETA, ONE}),
    "a folder less": Row(
        files({"other/Foxtrot.md": None, "other/Broken.md": None}),
        SHOW_THE_ROOT - {FOXTROT, BROKEN} | {MISSING},
        removed={FOXTROT, BROKEN, OTHER, "raw.gif"},
    ),
    "a draft more": Row(state("draft: true"), WITHOUT_BETA, same={TWO}, removed={BETA, ONE}),
    "a draft less": Row(
        edit("other/Hidden.md", "draft: true", "draft: false"),
        {HIDDEN, FOXTROT, BROKEN, OTHER, HOME, EXPLORER},
        copied={"secret.gif"},
    ),
    "a note that is not to be published": Row(state("publish: false"), WITHOUT_BETA, same={TWO}, removed={BETA, ONE}),
    "a private note": Row(edit("other/Hidden.md", "# Hidden", "# Secret"), NOTHING),
    "a picture": Row(files({"pic.gif": PIXEL + b"new"}), copied={"pic.gif"}),
    "a picture in raw HTML": Row(files({"raw.gif": PIXEL + b"new"}), copied={"raw.gif"}),
    "a picture less": Row(files({"pic.gif": None}), {DELTA, GAMMA, ALPHA}, removed={"pic.gif"}),
    "a picture less in raw HTML": Row(files({"raw.gif": None}), {FOXTROT}, removed={"raw.gif"}),
    "the folder of a picture": Row(
        move("pic.gif", "deep/pic.gif"), {DELTA, GAMMA, ALPHA}, copied={"deep/pic.gif"}, removed={"pic.gif"}
    ),
    "the folder of a picture in raw HTML": Row(
        move("raw.gif", "a/raw.gif"), {FOXTROT}, copied={"a/raw.gif"}, removed={"raw.gif"}
    ),
    "a picture that only a private note shows": Row(files({"secret.gif": PIXEL + b"new"})),
    "a picture that nobody shows": Row(files({"unused.gif": None, "more.gif": PIXEL})),
    "times only": Row(touched),
}
SETTINGS = {
    "the site's title": Row(configure(title="New"), ALL, same={EXPLORER}),
    "the language": Row(configure(language="es"), ALL),
    "the site's address": Row(configure(base_url="https://example.org/x"), ALL | {"sitemap.xml"}, same={EXPLORER}),
    "aliases as addresses": Row(configure(pages=PagesConfig(alias_redirects=True)), ALL, same=ALL),
    "the weight of a fault": Row(configure(diagnostics={"broken-link": Severity.INFO}), ALL, same=ALL),
    "a folder that is not published": Row(
        configure(publish=PublishConfig(exclude=("deep",))),
        ALL - GONE,
        same={ONE, OTHER, TAGS, TWO},
        removed={*GONE, "pic.gif"},
    ),
    "Obsidian's line breaks": Row(files({".obsidian/app.json": '{"strictLineBreaks": true}'}), ALL, same=ALL - {BETA}),
    "Obsidian's excluded files": Row(
        files({".obsidian/app.json": '{"userIgnoreFilters": ["deep/"]}'}),
        ALL - GONE,
        same={ONE, OTHER, TAGS, TWO},
        removed={*GONE, "pic.gif"},
    ),
    "Obsidian's settings are damaged": Row(files({".obsidian/app.json": "{"})),
    "a folder of templates": Row(
        files({".obsidian/templates.json": '{"folder": "deep"}'}),
        ALL - GONE,
        same={ONE, OTHER, TAGS, TWO},
        removed={*GONE, "pic.gif"},
    ),
}
# Search and the graph have rows of their own, in `test_search` and `test_graph`.
OTHERS = ("search.html", "search/", "graph.html", "graph.js")
ROWS = {**TEXT, **FACTS, **FILES, **SETTINGS}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_what_a_change_makes_again(project: Project, row: Row) -> None:
    project.put(VAULT)
    assert _but_others(project.build().made) == ALL
    row.change(project)
    outcome = project.build()
    assert_clean(project, outcome)
    assert (_but_others(outcome.made), _but_others(outcome.removed)) == (row.made, row.removed)
    assert _but_others(outcome.written) == (row.made - row.same) | row.copied
    again = project.build()
    assert again.stood
    assert again.diagnostics == outcome.diagnostics


def _but_others(urls: Set[str]) -> frozenset[str]:
    return frozenset(url for url in urls if not url.startswith(OTHERS))


def test_pages_made_by_several_processes(project: Project) -> None:
    project.put({f"f{n % 3}/N{n:03}.md": f"# Note {n}\n\n[[N000]] [[N{n // 2:03}]] #t{n % 5}\n" for n in range(150)})
    assert_clean(project, project.build())
    project.edit("f0/N000.md", "# Note 0", "# Zero")
    outcome = project.build()
    assert len(outcome.made) > 150
    assert_clean(project, outcome)
    project.edit("f1/N100.md", "# Note 100", "# Hundred")
    outcome = project.build()
    assert len(_but_others(outcome.made)) < 40
    assert_clean(project, outcome)
