"""One row for each kind of change that the graph may see: whether its page and its drawing are made again for it."""

from __future__ import annotations

import pytest
from stepwise import Files, Project, Row, assert_clean, edit, files

VAULT: Files = {
    "Alpha.md": "# Alpha\n\nSee [[Beta]] for more.\n",
    "Beta.md": "---\ntags: [one]\n---\n# Beta\n\n## Part\n\nText.\n",
    "deep/Gamma.md": "---\ntags: [two]\n---\n# Gamma\n\n[[Alpha]]\n",
    "deep/Hidden.md": "---\ndraft: true\n---\n# Hidden\n\n[[Beta]]\n",
}
PAGE, DATA = "graph.html", "graph.js"
BOTH = {PAGE, DATA}


ROWS = {
    "words": Row(edit("Beta.md", "Text.", "Words.")),
    "the first words, which lists show": Row(edit("Alpha.md", "See", "Look at")),
    "a heading": Row(edit("Beta.md", "## Part", "## Piece")),
    "a title": Row(edit("Beta.md", "# Beta\n", "# Bet\n"), BOTH),
    "a new link": Row(edit("Beta.md", "Text.", "[[Gamma]]"), {DATA}),
    "the same link once more": Row(edit("Alpha.md", "more", "more [[Beta]]")),
    # The drawing does not tell who of the two links.
    "a link back": Row(edit("Beta.md", "Text.", "[[Alpha]]"), {DATA}, same={DATA}),
    "a link less": Row(edit("Alpha.md", "[[Beta]]", "Beta"), {DATA}),
    "a tag": Row(edit("Beta.md", "[one]", "[one, two]"), BOTH, same={PAGE}),
    "a note more": Row(files({"deep/New.md": "# New\n"}), BOTH),
    "a note less": Row(files({"deep/Gamma.md": None}), BOTH),
    "a note elsewhere": Row(lambda project: project.move("deep/Gamma.md", "other/Gamma.md"), BOTH),
    "a draft less": Row(edit("deep/Hidden.md", "true", "false"), BOTH),
    "words of a draft": Row(edit("deep/Hidden.md", "[[Beta]]", "[[Alpha]]")),
    "an attachment more": Row(files({"pic.gif": b"GIF89a"})),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_what_a_change_makes_again_of_the_graph(project: Project, row: Row) -> None:
    project.put(VAULT)
    assert project.build().made >= BOTH
    row.change(project)
    outcome = project.build()
    assert_clean(project, outcome)
    assert outcome.made & BOTH == row.made
    assert outcome.written & BOTH == row.made - row.same
    assert project.build().stood


def test_it_comes_with_the_second_note_and_goes_with_it(project: Project) -> None:
    project.put({"Alpha.md": "# Alpha\n"})
    assert not project.build().made & BOTH
    project.put({"Beta.md": "# Beta\n"})
    outcome = project.build()
    assert_clean(project, outcome)
    assert outcome.made >= BOTH | {"index.html"}
    project.put({"Beta.md": None})
    outcome = project.build()
    assert_clean(project, outcome)
    assert outcome.removed >= BOTH
