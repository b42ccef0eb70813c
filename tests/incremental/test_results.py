"""What blocks gave, on the pages that show it: a result that changes makes again what tells of it."""

from __future__ import annotations

import pytest
from stepwise import NOTHING, Files, Project, assert_clean

from kbtool.config import RunConfig


def block(code: str, documented: str = "") -> str:
    told = f"```output\n{documented}\n```\n" if documented else ""
    return f"```python\n{code}\n```\n{told}"


# Each a vault and the changes that follow each other; None takes a file away.
STEPS: dict[str, tuple[Files, ...]] = {
    "a block that ends otherwise": (
        {"A.md": block("print(1)", "1"), "B.md": "[[A]]\n", "f/C.md": "![[A]]\n", "f/D.md": block("2", "2")},
        {"A.md": block("print(1)", "2")},
        {"A.md": block("raise ValueError(3)")},
        {"A.md": block("4")},
        {"A.md": block("#| eval: false\n4")},
    ),
    "the first and the last block": (
        {"A.md": "a\n", "f/B.md": "[[A]]\n"},
        {"A.md": block("1")},
        {"f/C.md": block("2")},
        {"A.md": "a\n", "f/C.md": "---\ndraft: true\n---\n" + block("2")},
    ),
    "a value that another note sets": (
        {"A.md": block("x = 1"), "f/B.md": '---\nrequires: ["[[A]]"]\n---\n' + block("x") + "It is `{python} x`.\n"},
        {"A.md": block("x = 2")},
        {"A.md": "---\ndraft: true\n---\n" + block("x = 3")},
        {"A.md": "no code\n"},
    ),
    "what a notebook shows of other notes": (
        {
            "A.md": '---\nrequires: "[[B]]"\n---\n![[C#Part]]\n\n[[D]] ![[p.gif]]\n\n' + block("b"),
            "B.md": '---\nrequires: "[[E]]"\n---\n' + block("b = 1"),
            "C.md": "# C\n\n## Part\n\nText.\n",
            "D.md": "# D\n",
            "E.md": block("e = 1"),
            "p.gif": "GIF89a",
        },
        {"E.md": block("e = 2")},
        {"B.md": block("b = 3")},
        {"C.md": "# C\n\n## Part\n\nOther text.\n"},
        {"D.md": "---\ndraft: true\n---\n# D\n", "p.gif": "GIF89b"},
        {"C.md": "# C\n\n## Piece\n", "p.gif": None},
        {"B.md": "---\npublish: false\n---\n" + block("b = 3")},
        {"A.md": "---\nrun: false\n---\n" + block("b")},
    ),
    "a name": (
        {"A.md": block("1", "1"), "B.md": "[[A]]\n"},
        {"A.md": None, "f/A.md": block("1", "1")},
    ),
}


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS.keys())
def test_every_step_gives_what_a_clean_build_gives(
    project: Project, monkeypatch: pytest.MonkeyPatch, steps: tuple[Files, ...]
) -> None:
    # Without times and moments two runs of a block are the same.
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    project.configure(run=RunConfig(enabled=True, executor="inline"))
    for files in steps:
        project.put(files)
        outcome = project.build()
        assert_clean(project, outcome)
        again = project.build()
        assert again.did == (NOTHING, NOTHING, NOTHING)
        assert again.diagnostics == outcome.diagnostics


def test_other_notes_and_pages_than_those_that_show_a_result_stay(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    project.configure(run=RunConfig(enabled=True, executor="inline"))
    project.put({"A.md": block("1", "1"), "B.md": "[[A]]\n", "f/C.md": "c\n", "f/D.md": block("2", "2") + "![[A]]\n"})
    project.build()
    project.put({"A.md": block("1", "3")})
    outcome = project.build()
    # How it ended: its own page and notebook, those that embed it, the lists and the drawing that show how notes and
    # folders stand.
    lists = {"index.html", "status.html", "graph.html", "graph.js"}
    assert outcome.written == lists | {"a.html", "a.ipynb", "f/d.html", "f/d.ipynb"}
    assert outcome.made - outcome.written == {"search/texts-0.js"}  # to the same bytes
    assert_clean(project, outcome)
