"""The notebooks of a site: where there are any, and that they show no more than its pages do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from kbtool.config import RunConfig
from kbtool.run.results import Status

Make = Callable[..., Any]
CODE = "```python\n1 + 1\n```\n"


def test_a_note_with_python_offers_itself_as_a_notebook(make: Make) -> None:
    made = make({"C/Con código.md": CODE, "C/Sin.md": "x", "C/Quieta.md": f"---\nrun: false\n---\n{CODE}"})
    (link,) = made["c/con-codigo.html"].select("a[download]")
    assert (link["href"], link.get_text()) == ("con-codigo.ipynb", "Descargar cuaderno")
    assert [url for url in made.files if url.endswith(".ipynb")] == ["c/con-codigo.ipynb"]
    assert made["c/sin.html"].select("a[download]") == []


def test_the_home_page_that_is_a_note_offers_it_too(make: Make) -> None:
    made = make({"Inicio.md": CODE, "A.md": "x"})
    assert [a["href"] for a in made["index.html"].select("a[download]")] == ["inicio.ipynb"]


def test_where_nothing_runs_there_are_no_notebooks(make: Make) -> None:
    made = make({"A.md": CODE}, run=RunConfig(enabled=False, jobs=1))
    assert not any(url.endswith(".ipynb") for url in made.files)


def test_a_notebook_shows_nothing_of_what_is_not_published(make: Make) -> None:
    secret = f"---\ndraft: true\ntitle: Ocultísima\n---\n# Parte\n\nSecreto. ![[secreta.gif]]\n\n{CODE}"
    note = f'---\nrequires: "[[Tapada]]"\n---\nVer ![[Tapada]], y esto:\n\n![[Tapada#Parte]]\n\n%% callado %%\n\n{CODE}'
    made = make({"A.md": note, "Tapada.md": secret, "secreta.gif": "GIF"}, base_url="https://example.org")
    text = made.raw("a.ipynb")
    for word in ("Ocultísima", "Secreto", "secreta", "callado", "Parte"):
        assert word not in text
    assert text.count("1 + 1") == 1
    assert "otra que no está publicada" in text


def test_a_notebook_has_the_results_and_whole_addresses(make: Make) -> None:
    made = make(
        {"A.md": f"[[B]] ![[p.gif]]\n\n{CODE}", "B.md": "x", "p.gif": "GIF"},
        {"A.md": [Status.VERIFIED]},
        base_url="https://example.org/kb",
    )
    cells = json.loads(made.raw("a.ipynb"))["cells"]
    assert cells[1]["source"] == ["[B](https://example.org/kb/b.html) ![p.gif](https://example.org/kb/p.gif)"]
    assert (cells[2]["execution_count"], cells[2]["metadata"]) == (1, {"kbtool": {"status": "verified"}})


def test_a_notebook_speaks_the_language_of_its_note(make: Make) -> None:
    made = make({"A.md": f'---\nlang: en\nrequires: "[[B]]"\n---\n{CODE}', "B.md": CODE})
    assert "First, the code of B" in made.raw("a.ipynb")
