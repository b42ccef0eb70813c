"""Changes whose effect is easy to miss: each gives what a clean build gives."""

from __future__ import annotations

import pytest
from stepwise import NOTHING, Files, Project, assert_clean

from kbtool.config import PublishConfig

# Name -> the vault, and the changes that follow each other; None takes a file away.
STEPS: dict[str, tuple[Files, ...]] = {
    "a number that equals a truth value": (
        {"A.md": "---\ndraft: 1\n---\nx\n", "B.md": "[[A]]\n"},
        {"A.md": "---\ndraft: true\n---\nx\n"},
        {"A.md": "---\ndraft: 1\n---\nx\n"},
    ),
    "an anchor that a definition elsewhere in its note makes": (
        {"A.md": "## Part [x][r]\n\nwords\n", "B.md": "[[A#Part x r]]\n"},
        {"A.md": "## Part [x][r]\n\nwords\n\n[r]: https://example.org\n"},
    ),
    "an anchor of a block that had two names": (
        {"A.md": "x ^a\n\n^b\n", "B.md": "[[A#^b]]\n"},
        {"A.md": "x ^a\n\ny ^b\n"},
    ),
    "an anchor that a heading before it takes": (
        {"A.md": "# A\n\n### Part\n\nx ^part\n", "B.md": "[[A#Part]] [[A#^part]]\n"},
        {"A.md": "# A\n\n> # Part\n\n## Block part\n\n### Part\n\nx ^part\n"},
    ),
    "an address in raw HTML with blanks": (
        {"A.md": '<img src=" pic.gif ">\n'},
        {"pic.gif": "GIF"},
        {"pic.gif": None},
    ),
    "an address in raw HTML with a coded hash": (
        {"A.md": '<a href="b/C%23x/y.md">c</a>\n'},
        {"b/C.md": "c\n"},
        {"b/C.md": None},
    ),
    "an address in raw HTML with a place": (
        {"A.md": '<a href="sub/B.md#at/x">b</a> <a href="Sub/B">b</a>\n'},
        {"sub/B.md": "b\n"},
        {"sub/B.md": None},
    ),
    "a name that differs in case and composition": (
        {"A.md": "[[CAFE\u0301]] [[x/TWO]]\n", "a/x/Two.md": "deep\n", "a/Café.md": "deep\n"},
        {"b/Cafe\u0301.md": "near\n", "x/two.md": "near\n"},
        {"Café.md": "nearest\n"},
    ),
    "a name with dots": (
        {"A.md": "[[v1.2]] [[pic.gif]] ![[pic.gif]]\n"},
        {"v1.2.md": "one\n", "pic.gif.md": "two\n"},
        {"pic.gif": "GIF"},
        {"v1.2.md": None},
    ),
    "an address that another note leaves or takes": (
        {"Ñu.md": "one\n", "nu.md": "two\n", "C.md": "[[Ñu]] [[nu]]\n"},
        {"nu.md": None},
        {"Nu.md": "three\n"},
    ),
    "a permalink that a note takes": (
        {"A.md": "---\npermalink: b\n---\nx\n"},
        {"B.md": "b\n"},
        {"B.md": None},
    ),
    "the spelling of a tag of which the first note goes": (
        {"A.md": "#TAG\n", "B.md": "#Tag\n", "C.md": "#tag/Sub\n"},
        {"A.md": None},
        {"B.md": "---\npublish: false\n---\n#Tag\n"},
    ),
    "a tag that only a narrower one keeps": (
        {"A.md": "#a #b\n", "B.md": "#a/x #b\n"},
        {"A.md": "#b\n"},
        {"B.md": "#a/y #b\n"},
    ),
    "the home page": (
        {"A.md": "# A\n\n[[index]]\n", "f/B.md": "# B\n"},
        {"Home.md": "# Home\n"},
        {"index.md": "# Index\n\n#tag\n"},
        {"Home.md": None},
        {"index.md": "---\ndraft: true\n---\n# Index\n"},
    ),
    "a home page that tells what is new": (
        {f"{n}.md": f"# Note {n}\n\n[[1]] [[2]]\n" for n in range(1, 12)},
        {"3.md": "---\ndate: 2026-02-03\n---\n# Note 3\n"},
        {"4.md": "---\ndate: 2026-02-04\n---\n# Note 4\n\n[[5]]\n"},
        {"3.md": "# Note 3\n", "4.md": "# Note 4\n"},
    ),
    "a folder of more notes than its explorer shows": (
        {f"f/N{n:02}.md": f"# Note {n}\n" for n in range(24)},
        {"f/N99.md": "# Last\n"},
        {"f/N00.md": None},
        {"f/N03.md": "# Another title\n"},
        {f"f/N{n:02}.md": None for n in range(5, 15)},
    ),
    "more folders than the explorer shows": (
        {f"f{n:02}/N.md": f"# Note {n}\n" for n in range(26)},
        {"f25/N.md": None},
        {"f00/N.md": None, "f01/N.md": None},
    ),
    "one folder that holds everything": (
        {"all/A.md": "# A\n", "all/in/B.md": "# B\n"},
        {"all/C.md": "# C\n"},
        {"all/A.md": None, "all/C.md": None},
        {"D.md": "# D\n"},
    ),
    "the note that speaks for its folder": (
        {"f/A.md": "# A\n", "f/g/B.md": "# B\n"},
        {"f/f.md": "---\ndescription: Of f.\n---\n# F\n"},
        {"f/f.md": "---\ndescription: Still of f.\n---\n# F\n"},
        {"f/index.md": "# I\n\nSaid here.\n", "f/f.md": None},
    ),
    "embeds in a circle": (
        {"A.md": "![[B]]\n", "B.md": "![[C]]\n", "C.md": "end\n"},
        {"C.md": "![[A]]\n"},
        {"B.md": "no more\n"},
    ),
    "an embed that is private": (
        {"A.md": "![[B]] [[B]]\n", "B.md": "words\n"},
        {"B.md": "---\ndraft: true\n---\nwords\n"},
        {"B.md": "words\n"},
    ),
    "footnotes of what is embedded": (
        {"A.md": "![[B]]\n\nOwn[^1].\n\n[^1]: own\n", "B.md": "Text[^1].\n\n[^1]: foot with [[C]]\n", "C.md": "c\n"},
        {"B.md": "Text[^1].\n\n[^1]: other foot with [[C]]\n"},
        {"C.md": None},
    ),
    "the language that most notes speak": (
        {"A.md": "The words of this note are in English, and so is the rest of it.\n"},
        {
            "B.md": "Las palabras de esta nota están en español, y también todo lo que sigue en ella, que no es poco.\n"
            * 3
        },
        {"B.md": None},
    ),
    "a file that no page shows takes the place of a page": (
        {".obsidian/app.json": '{"showUnsupportedFiles": true}', "A.md": "![[b.html]]\n", "B.md": "b\n"},
        {"B.md": None, "b.html": "<p>mine</p>"},
        {"b.html": None, "B.md": "b\n"},
    ),
    "settings that are damaged and mended": (
        {"A.md": "a\nb\n"},
        {".obsidian/app.json": "{"},
        {".obsidian/app.json": "{}"},
        {".obsidian/app.json": '{"strictLineBreaks": true}'},
        {".obsidian/app.json": None},
    ),
    "an alias that broken links mean": (
        {"A.md": "[[Aleph]] [[Beth]]\n", "B.md": "# B\n"},
        {"B.md": "---\naliases: [Aleph]\n---\n# B\n"},
        {"B.md": "# Beth\n"},
        {"Beth.md": "x\n"},
    ),
    "plugins' content": (
        {"A.md": "```dataview\nLIST\n```\n", "B.md": "x\n"},
        {"B.md": "```dataview\nTABLE\n```\n"},
        {"A.md": "x\n"},
    ),
    "a property that leads to a note": (
        {"A.md": '---\nup: "[[B#Part]]"\n---\nx\n', "B.md": "## Part\n"},
        {"B.md": "## Other\n"},
        {"B.md": None},
    ),
}


@pytest.mark.parametrize("language", ["en", ""])
@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS.keys())
def test_every_step_gives_what_a_clean_build_gives(project: Project, steps: tuple[Files, ...], language: str) -> None:
    project.configure(language=language, base_url="https://example.org")
    for files in steps:
        project.put(files)
        outcome = project.build()
        assert_clean(project, outcome)
        again = project.build()
        assert (again.made, again.stood) == (NOTHING, True)
        assert again.diagnostics == outcome.diagnostics


def test_a_note_that_takes_links_over_from_one_without_faults(project: Project) -> None:
    project.put({"A.md": "[[Two]]\n", "b/Two.md": "far\n", "C.md": "[[A]] [[b/Two]]\n"})
    project.build()
    project.put({"Two.md": "near\n"})
    outcome = project.build()
    assert {"a.html", "b/two.html"} <= outcome.written
    assert_clean(project, outcome)


def test_what_is_said_of_blocks_follows_what_was_asked(project: Project) -> None:
    project.put({"A.md": "```python\n1\n```\n"})
    for wishes in ({}, {"run": False}, {}):
        outcome = project.build(**wishes)
        assert_clean(project, outcome, **wishes)
        assert [d.code for d in outcome.diagnostics] == ([] if wishes else ["run-disabled"])


def test_what_is_hidden_by_the_config_comes_back(project: Project) -> None:
    project.put({"A.md": "[[B]] ![[f/pic.gif]]\n", "f/B.md": "# B\n", "f/pic.gif": "GIF"})
    for publish in (PublishConfig(), PublishConfig(exclude=("f",)), PublishConfig(only=True), PublishConfig()):
        project.configure(publish=publish)
        assert_clean(project, project.build())
