"""Links lead where Obsidian leads them; every rule of its resolver in a vault of a few notes."""

import unicodedata

import pytest

from kbtool.links.paths import Paths


@pytest.mark.parametrize(
    ("files", "source", "link", "target"),
    [
        # the name, in any case and composition
        (["a/Nota.md"], "S.md", "nota", "a/Nota.md"),
        (["a/NOTA.MD"], "S.md", "Nota.md", "a/NOTA.MD"),
        (["Árbol.md"], "S.md", "ÁRBOL", "Árbol.md"),
        ([unicodedata.normalize("NFD", "Árbol.md")], "S.md", "Árbol", unicodedata.normalize("NFD", "Árbol.md")),
        (["Mi Nota.md"], "S.md", "Mi\u00a0Nota", "Mi Nota.md"),
        (["Arbol.md"], "S.md", "Árbol", None),
        # extensions
        (["Figura 1.png"], "S.md", "Figura 1", None),
        (["x/Figura 1.png"], "S.md", "figura 1.PNG", "x/Figura 1.png"),
        (["Plan.canvas"], "S.md", "Plan", None),
        (["v1.2.md"], "S.md", "v1.2", "v1.2.md"),
        (["2024.01.05.md"], "S.md", "2024.01.05", "2024.01.05.md"),
        (["foto.jpg", "foto.jpg.md"], "S.md", "foto.jpg", "foto.jpg"),
        (["foto.jpg.md"], "S.md", "foto.jpg", "foto.jpg.md"),
        # paths
        (["N.md", "dir/N.md"], "dir/S.md", "N", "N.md"),
        (["a/b/N.md"], "S.md", "b/N", "a/b/N.md"),
        (["a/bb/N.md"], "S.md", "b/N", None),
        (["y/N.md"], "S.md", "x/N", None),
        (["a/N.md", "b/N.md"], "S.md", "b/N", "b/N.md"),
        (["z/b/N.md", "b/N.md"], "z/S.md", "b/N", "b/N.md"),
        # several: one's own folder, then the shortest path by characters
        (["aaaa/N.md", "z/y/x/N.md"], "aaaa/S.md", "N", "aaaa/N.md"),
        (["aaaa/x/N.md", "b/N.md"], "aaaa/S.md", "N", "aaaa/x/N.md"),
        (["aaa/N.md", "b/N.md"], "aaa/c/S.md", "N", "b/N.md"),
        (["aa/N.md", "aab/N.md"], "aab/S.md", "N", "aab/N.md"),
        (["muylargo/N.md", "a/b/N.md"], "S.md", "N", "a/b/N.md"),
        # relative and absolute
        (["N.md", "a/N.md"], "a/S.md", "./N", "a/N.md"),
        (["N.md", "a/N.md"], "a/b/S.md", "../N", "a/N.md"),
        (["N.md"], "a/b/S.md", "../../N", "N.md"),
        (["N.md"], "a/S.md", "./N", "N.md"),
        (["c/N.md"], "a/S.md", "../b/N", None),
        (["c/N.md"], "a/S.md", "./N", None),
        (["N.md"], "S.md", "../../../N", "N.md"),
        (["dir/N.md", "a/dir/N.md"], "a/S.md", "/dir/N", "dir/N.md"),
        (["a/dir/N.md"], "S.md", "/dir/N", None),
        (["a/N.md"], "S.md", "/N", None),
        # names that mean something elsewhere
        (["constructor.md"], "S.md", "constructor", "constructor.md"),
        (["README.md", "a/index.md"], "S.md", "index", "a/index.md"),
        (["a/N.md"], "S.md", "a/", None),
        (["a/N.md"], "S.md", "https://example.org", None),
    ],
)
def test_a_link_leads_where_obsidian_leads_it(files, source, link, target):
    found = Paths([*files, source]).resolve(link, source)
    assert (found[0] if found else None) == target


def test_only_a_true_tie_is_several():
    paths = Paths(["a/N.md", "b/N.md", "ccc/N.md", "S.md", "a/S.md"])
    assert paths.resolve("N", "S.md") == ("a/N.md", "b/N.md")
    assert paths.resolve("N", "a/S.md") == ("a/N.md",)
    assert paths.resolve("b/N", "S.md") == ("b/N.md",)


@pytest.mark.parametrize(
    ("path", "text"),
    [("N.md", "N"), ("a/N.md", "a/N"), ("b/Sola.md", "Sola"), ("c/v1.md", "v1.md"), ("i/Foto.png", "Foto.png")],
)
def test_the_shortest_text_for_a_file_reaches_it(path, text):
    paths = Paths(["N.md", "a/N.md", "b/Sola.md", "c/v1.md", "v1", "i/Foto.png", "c/v1"])
    assert paths.shortest(path, "S.md") in (text, text.removesuffix(".md"))
    assert paths.resolve(paths.shortest(path, "S.md"), "S.md") == (path,)


def test_aliases_and_titles_are_no_targets(linked):
    named = {"Inteligencia artificial.md": "---\naliases: [IA]\ntitle: Título\n---\n"}
    index = linked({"S.md": "[[IA]] [[Título]]", **named})
    assert [r.target for r in index.resolutions["S.md"]] == [None, None]


def test_markdown_links_are_looked_up_like_wikilinks(linked):
    index = linked({"S.md": "[a](Mi%20Nota.md) [b](./Otra.md) ![c](foto.png)", "x/Mi Nota.md": "", "x/foto.png": ""})
    assert [r.target for r in index.resolutions["S.md"]] == ["x/Mi Nota.md", None, "x/foto.png"]


def test_a_link_without_a_path_leads_to_its_own_note(linked):
    index = linked({"S.md": "# Hola\n\n[[#Hola]]"})
    assert index.resolutions["S.md"][0].target == "S.md"
    assert list(index.edges()) == [("S.md", "S.md", 1)]


def test_edges_count_links_embeds_and_properties(linked):
    index = linked({"A.md": '---\nver: "[[B]]"\n---\n[[B]] [[b|otra]] ![[B]] [m](B.md) [[C]]', "B.md": ""})
    assert list(index.edges()) == [("A.md", "B.md", 5)]
    assert index.unresolved() == {"A.md": {"C": 1}}


def test_backlinks_know_their_links_and_canvases(linked):
    files = {"A.md": "Ver [[B#X]] y [[B]]. %%[[C]]%%", "B.md": "", "C.md": "", "M.canvas": "{}"}
    index = linked(files, canvases={"M.canvas": ["B.md", "falta.md"]})
    assert index.sources == {"B.md": ("A.md", "M.canvas"), "C.md": ("A.md",)}
    ((source, mentions),) = index.mentions("B.md")
    assert (source, [m.sentence[slice(*m.span)] for m in mentions]) == ("A.md", ["B > X", "B"])
    assert list(index.mentions("C.md")) == []


@pytest.mark.parametrize(
    "text",
    ["Inteligencia artificial", "c/Inteligencia artificial.md", "./c/Inteligencia artificial.md", "IA", "ia",
     "[[Inteligencia artificial|x]]", "[[IA#Historia]]", "La IA hoy", "inteligencia ártificial"],
)  # fmt: skip
def test_a_person_may_name_a_note_in_many_ways(linked, text):
    index = linked({"c/Inteligencia artificial.md": "---\naliases: IA\n---\n# La IA hoy\n", "B.md": "", "x.png": ""})
    assert index.find(text) == "c/Inteligencia artificial.md"


@pytest.mark.parametrize("text", ["", "x.png", "Nadie", "[[]]", "[["])
def test_what_is_no_note_is_not_found(linked, text):
    assert linked({"A.md": "", "x.png": ""}).find(text) is None
