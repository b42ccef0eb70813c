"""One row for each kind of change that a base may see: whether its page, and that of a note that embeds it, is made."""

from __future__ import annotations

import pytest
from stepwise import Files, Project, Row, assert_clean, edit

PIXEL = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
TAGGED = "filters: file.hasTag('one')\nviews:\n- type: list\n  name: T\n"
VAULT: Files = {
    "States.base": "filters: file.ext == 'md'\nviews:\n- type: table\n  name: T\n  order: [file.name, state]\n",
    "Tags.base": TAGGED,
    "Links.base": "filters: file.hasLink('Beta')\nviews:\n- type: list\n  name: T\n",
    "Sizes.base": "filters: file.ext == 'md' && file.size > 60\nviews:\n- type: list\n  name: T\n",
    "Files.base": "filters: file.ext == 'gif'\nviews:\n- type: list\n  name: T\n",
    "Days.base": "filters: file.ext == 'md' && date > today()\nviews:\n- type: list\n  name: T\n",
    "Alpha.md": "---\nstate: done\ntags: [one]\n---\n# Alpha\n\nSee [[Beta]] for more.\n",
    "Beta.md": "---\nstate: new\ndate: 2030-01-01\n---\n# Beta\n\nText. ![[pic.gif]]\n",
    "deep/Hidden.md": "---\ndraft: true\nstate: secret\ntags: [one]\n---\n# Hidden\n\n[[Beta]] ![[secret.gif]]\n",
    "deep/Shows.md": "# Shows\n\n![[States.base]]\n\n```base\n" + TAGGED + "```\n",
    "pic.gif": PIXEL,
    "secret.gif": PIXEL + b"s",
}
STATES, TAGS, LINKS = "states.base.html", "tags.base.html", "links.base.html"
SIZES, FILES, DAYS, SHOWS = "sizes.base.html", "files.base.html", "days.base.html", "deep/shows.html"
ALL_BASES = {STATES, TAGS, LINKS, SIZES, FILES, DAYS, SHOWS}


ROWS = {
    "prose": Row(edit("Alpha.md", "for more", "for less")),
    "prose of another length": Row(edit("Beta.md", "Text.", "More of a text than it was."), {SIZES}, {SIZES}),
    "a property that bases show": Row(edit("Alpha.md", "state: done", "state: gone"), {STATES, SHOWS}),
    "its type only": Row(edit("Alpha.md", "state: done", "state: true"), {STATES, SHOWS}),
    "a property that no base asks for": Row(edit("Alpha.md", "tags:", "mood: x\ntags:"), {SIZES}, {SIZES}),
    "a property of a note that is not published": Row(
        edit("deep/Hidden.md", "state: secret", "state: covert"), {STATES, SHOWS}, {STATES, SHOWS}
    ),
    "a date": Row(edit("Beta.md", "2030", "1999"), {DAYS}),
    "a tag more": Row(edit("Beta.md", "state: new", "state: new\ntags: [one]"), {TAGS, SHOWS, SIZES}, {SIZES}),
    "a link more": Row(edit("Beta.md", "Text.", "[[Alpha]]."), {LINKS, SIZES}, {LINKS, SIZES}),
    "an attachment that readers are led to": Row(
        edit("Alpha.md", "for more", "![[secret.gif]]"), ALL_BASES, {STATES, TAGS, LINKS, DAYS, SHOWS, SIZES}
    ),
    "a base's own text": Row(edit("Tags.base", "list", "table"), {TAGS}),
    "a base that is embedded": Row(edit("States.base", "file.name, ", ""), {STATES, SHOWS}),
    "a draft less": Row(edit("deep/Hidden.md", "draft: true", "draft: false"), ALL_BASES, {DAYS}),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_what_a_change_makes_again_of_bases(project: Project, row: Row) -> None:
    project.put(VAULT)
    assert project.build().made >= ALL_BASES
    row.change(project)
    outcome = project.build()
    assert_clean(project, outcome)
    assert outcome.made & ALL_BASES == row.made
    assert outcome.written & ALL_BASES == row.made - row.same
    assert project.build().stood


def test_only_bases_that_ask_for_the_day_are_made_again_on_another(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    project.put(VAULT)
    project.build()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "2000000000")
    outcome = project.build()
    assert_clean(project, outcome)
    assert outcome.made == {DAYS}
    assert outcome.written == {DAYS}


def test_nothing_of_what_is_not_published_is_in_a_base(project: Project) -> None:
    project.put(VAULT)
    project.put(
        {
            "All.base": "views:\n- type: table\n  name: T\n  order: [file.path, state, file.backlinks, file.links]\n",
            "Reach.base": "formulas:\n  s: link('Hidden').asFile().properties.state\n  n: file('secret.gif').name\n"
            "views:\n- type: table\n  name: T\n  order: [formula.s, formula.n]\n",
            "Beta.md": "# Beta\n\n%% [[Hidden|covert]] %% %% ![[secret.gif]] %%\n",
        }
    )
    project.build()
    pages = "".join((project.site / f"{name}.base.html").read_text("utf-8") for name in ("all", "reach"))
    assert "Alpha.md" in pages
    for secret in ("Hidden", "secret", "covert"):
        assert secret not in pages
