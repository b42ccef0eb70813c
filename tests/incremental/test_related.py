"""Related notes as a vault changes: exactly the pages are made again on which the list is another one."""

from __future__ import annotations

import pytest
from stepwise import Change, Project, assert_clean

PHASES = "# Rotary phase\n\n## Angles of queries\n\nProse.\n"
ANGLES = "# Rotary angles\n\n## Phase of queries\n\nProse.\n"
VAULT = {
    "deep/A.md": PHASES,
    "more/B.md": ANGLES,
    "other/C.md": "# Bread\n\n## Yeast and flour\n\nProse.\n",
    "Hidden.md": f"---\ndraft: true\n---\n{PHASES}",
}
A, B, C = "deep/a.html", "more/b.html", "other/c.html"
ROWS: dict[str, tuple[Change, set[str]]] = {
    "prose that is not what the note is about": (lambda p: p.edit("deep/A.md", "Prose.", "Prose. Other prose."), {A}),
    "the last words in common": (lambda p: p.edit("deep/A.md", "Angles of queries", "Sleep"), {A, B}),
    "words in common": (lambda p: p.put({"other/C.md": PHASES}), {A, B, C}),
    "a link": (lambda p: p.edit("deep/A.md", "Prose.", "Prose, [[B]]."), {A, B}),
    "a note less": (lambda p: p.put({"deep/A.md": None}), {B, C}),
    "a draft more": (lambda p: p.edit("deep/A.md", "# Rot", "---\ndraft: true\n---\n# Rot"), {B, C}),
    "a draft that changes": (lambda p: p.edit("Hidden.md", "Prose", "Angles, queries"), set()),
    "the title of a related note": (lambda p: p.edit("more/B.md", "# Rotary angles", "# Rotary angles!"), {A, B}),
}


@pytest.mark.parametrize(("change", "made"), ROWS.values(), ids=ROWS.keys())
def test_what_a_change_makes_again(project: Project, change: Change, made: set[str]) -> None:
    project.put(VAULT)
    project.build()
    assert ">Rotary angles</a>" in related_on(project, A)
    assert ">Rotary phase</a>" in related_on(project, B)
    assert related_on(project, C) == ""
    change(project)
    outcome = project.build()
    assert_clean(project, outcome)
    assert outcome.made & {A, B, C} == made


def test_what_is_not_published_is_related_to_nothing(project: Project) -> None:
    project.put({name: text for name, text in VAULT.items() if name != "deep/A.md"})
    project.build()
    assert related_on(project, B) == ""


def related_on(project: Project, url: str) -> str:
    """The list of related notes on a page; empty where there is none."""
    return (project.site / url).read_text("utf-8").partition('id="s-related"')[2].partition("</section>")[0]
