"""The scripts by which the explorer opens folders: small, complete, and of nothing that is not published."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from kbtool.pages import folders

Make = Callable[..., Any]


def told(made: Any, url: str = "folders.js") -> tuple[str, Any, str]:
    """What a script says: the address of its folder, what is in it, and the words for a long list."""
    call = re.fullmatch(r"kbtoolFolders\((.*)\);\n", made.raw(url))
    assert call
    address, contents, words = json.loads(f"[{call[1]}]")
    return address, contents, words


def test_a_small_site_has_all_folders_in_one_script(make: Make) -> None:
    made = make({"Uno/A.md": "x", "Uno/Dos/B.md": '---\ntitle: "</script> B"\n---\n', "C.md": "x", "Inicio.md": "x"})
    inner = [[], ["</script> B", "uno/dos/b.html"]]
    uno = [[["Dos", "uno/dos/index.html", inner]], ["A", "uno/a.html"]]
    assert told(made) == ("", [[["Uno", "uno/index.html", uno]], ["C", "c.html"]], "Las {n} notas")
    assert [url for url in made.files if url.endswith("folders.js")] == ["folders.js"]


def test_a_site_without_folders_has_none(make: Make) -> None:
    assert "folders.js" not in make({"A.md": "x", "Inicio.md": "x"}).files


def test_what_is_not_published_stands_in_no_script(make: Make) -> None:
    made = make({"Uno/A.md": "x", "Uno/B.md": "---\ndraft: true\n---\n", "Oculta/C.md": "---\npublish: false\n---\n"})
    assert told(made)[1] == [[["Uno", "uno/index.html", [[], ["A", "uno/a.html"]]]], []]


def test_a_heavy_tree_is_cut_and_what_is_light_stays_with_its_parent(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_HEAVY", 500)
    many = {f"Grande/{n:02} {'largo ' * 5}.md": "x" for n in range(20)}
    made = make({**many, "Grande/Dentro/B.md": "x", "Otra/A.md": "x"})
    address, (below, _notes), _ = told(made)
    assert address == ""
    assert below == [
        ["Grande", "grande/index.html", "grande/folders.js"],
        ["Otra", "otra/index.html", [[], ["A", "otra/a.html"]]],
    ]
    address, (below, notes), _ = told(made, "grande/folders.js")
    assert (address, len(notes)) == ("grande/index.html", 40)
    assert [name for name, *_ in below] == ["Dentro"]


def test_of_a_very_long_folder_the_first_notes_are_listed_and_the_rest_counted(make: Make) -> None:
    made = make({f"F/{n:03}.md": "x" for n in range(230)})
    contents = told(made)[1][0][0][2]
    assert len(contents[1]) == 400
    assert contents[2] == 230
