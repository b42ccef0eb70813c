"""A link that leads nowhere is told with its place and its cure, and the cure can be applied."""

import time

import pytest

from kbtool.edit import replace_spans
from kbtool.links import LinkIndex
from kbtool.nearest import Nearest, is_typo


def faults(index: LinkIndex) -> list[tuple[str, str]]:
    return [(d.code, d.hint) for d in index.diagnostics if d.code != "orphan-note"]


NOTES = {
    "Embeddings.md": "# Capas ocultas\n\nTexto. ^uno\n",
    "c/Inteligencia artificial.md": "---\naliases: [IA]\n---\n",
    "Tokenizacion.md": "---\ntitle: Partir el texto\n---\n",
    "Self-Attention.md": "",
    "GPT-2.md": "",
    "img/Figura 1.png": "",
    "img/Atención.svg": "",
    "Mapa.canvas": "{}",
}


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("[[Embedings]]", "broken-link", "did you mean [[Embeddings]]?"),
        ("[[IA]]", "alias-link", "write [[Inteligencia artificial|IA]]"),
        ("[[ia|la IA]]", "alias-link", "write [[Inteligencia artificial|la IA]]"),
        ("[[IA#Historia]]", "alias-link", "write [[Inteligencia artificial#Historia|IA > Historia]]"),
        ("[[Tokenización]]", "accent-link", "write [[Tokenizacion|Tokenización]]"),
        ("[[Tokenización.md]]", "accent-link", "write [[Tokenizacion|Tokenización.md]]"),
        ("[t](Tokenización.md)", "accent-link", "write [t](Tokenizacion.md)"),
        ("[t](<IA.md>)", "alias-link", "write [t](Inteligencia%20artificial.md)"),
        ("[[Partir el texto]]", "broken-link", "did you mean [[Tokenizacion|Partir el texto]]?"),
        ("[[self attention]]", "broken-link", "did you mean [[Self-Attention|self attention]]?"),
        ("[[x/Embeddings]]", "broken-link", "did you mean [[Embeddings]]?"),
        ("[[Figura 1]]", "broken-link", "did you mean [[Figura 1.png]]?"),
        ("[[Mapa]]", "broken-link", "did you mean [[Mapa.canvas]]?"),
        ("[[GPT-3]]", "broken-link", ""),
        ("[[Cualquier cosa]]", "broken-link", ""),
        ("[[https://example.org]]", "broken-link", ""),
        ("![[Embedings]]", "broken-embed", "did you mean ![[Embeddings]]?"),
        ("![[IA]]", "alias-link", "write ![[Inteligencia artificial]]"),
        ("![[Figura 1.jpg]]", "missing-attachment", "did you mean ![[Figura 1.png]]?"),
        ("![[Figura 2.png|100]]", "missing-attachment", ""),
        ("![[atencion.svg]]", "accent-link", "write ![[Atención.svg]]"),
        ("![x](nada.png)", "missing-attachment", ""),
        ("[[Embeddings#Capas oculta]]", "broken-heading", "did you mean [[Embeddings#Capas ocultas]]?"),
        ("[[Embeddings#capas-ocultas|x]]", "broken-heading", "did you mean [[Embeddings#Capas ocultas|x]]?"),
        ("[x](Embeddings.md#capas-ocultas)", "broken-heading", "did you mean [x](Embeddings.md#Capas%20ocultas)?"),
        ("[[Embeddings#Nada que ver]]", "broken-heading", ""),
        ("[[Embeddings#^dos]]", "broken-block", ""),
        ("![[Embeddings#Nada que ver]]", "broken-embed", ""),
        ("![[Embeddings#^dos]]", "broken-embed", ""),
    ],
)
def test_a_broken_link_is_told_with_its_cure(linked, text, code, hint):
    assert faults(linked({**NOTES, "S.md": f"uno\n\ndos {text} tres\n"})) == [(code, hint)]


def test_the_place_is_that_of_the_link(linked):
    (fault, *_) = linked({**NOTES, "S.md": "# T\n\nVer [[Nadie]]."}).diagnostics
    assert (fault.path, fault.line, fault.column) == ("S.md", 3, 5)


def test_a_link_in_the_properties_has_its_line(linked):
    index = linked({**NOTES, "S.md": '---\nrequires:\n  - "[[Embeddings]]"\n  - "[[Embedings]]"\n---\n'})
    fault = index.diagnostics[0]
    assert (fault.code, fault.line) == ("broken-link", 4)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Ver [[IA]] y [[IA|eso]].\n", "Ver [[Inteligencia artificial|IA]] y [[Inteligencia artificial|eso]].\n"),
        ("a\r\n[[Tokenización]]\r\n", "a\r\n[[Tokenizacion|Tokenización]]\r\n"),
        ("| a | b |\n|---|---|\n| [[IA]] | x |\n", "| a | b |\n|---|---|\n| [[Inteligencia artificial\\|IA]] | x |\n"),
        ("| a |\n|---|\n| [[IA\\|ella]] |\n", "| a |\n|---|\n| [[Inteligencia artificial\\|ella]] |\n"),
        ('---\nver: "[[IA]]"\n---\n', '---\nver: "[[Inteligencia artificial|IA]]"\n---\n'),
        ("> [!note] [[Embedings]]\n> - ![[Embedings]]\n", "> [!note] [[Embeddings]]\n> - ![[Embeddings]]\n"),
        ("\ufeff[[Embedings]]", "\ufeff[[Embeddings]]"),
        ("[[Nadie]] [[GPT-3]]\n", "[[Nadie]] [[GPT-3]]\n"),
    ],
)
def test_certain_cures_can_be_applied(linked, before, after):
    index = linked({**NOTES, "S.md": before.removeprefix("\ufeff")})
    fixes = [fix for fix in index.fixes if fix.certain]
    assert replace_spans(before.encode(), fixes).decode() == after


def test_of_two_candidates_none_is_certain(linked):
    index = linked({"a/N.md": "---\naliases: X\n---", "b/M.md": "---\naliases: X\n---", "S.md": "[[X]]"})
    assert faults(index) == [("alias-link", "did you mean [[N|X]] or [[M|X]]?")]
    assert not any(fix.certain for fix in index.fixes)


def test_a_name_that_cannot_stand_in_a_link_is_not_offered(linked):
    index = linked({"C# y F#.md": "---\naliases: sostenido\n---", "S.md": "[[sostenido]]"})
    assert faults(index) == [("alias-link", "")]
    assert index.fixes == ()


def test_a_tie_is_told_with_the_one_that_is_taken(linked):
    index = linked({"a/N.md": "", "b/N.md": "", "S.md": "[[N]]"})
    assert index.resolutions["S.md"][0].target == "a/N.md"
    (fault,) = [d for d in index.diagnostics if d.code == "ambiguous-link"]
    assert "a/N.md, b/N.md" in fault.message
    assert "[[a/N]]" in fault.hint


def test_several_namesakes_are_no_fault_where_obsidian_knows_which(linked):
    assert faults(linked({"a/N.md": "", "bb/N.md": "", "S.md": "[[N]]"})) == []


def test_templates_are_not_checked(linked):
    index = linked({"Plantillas/Nota.md": "[[{{title}}]] [[IA]]", "S.md": ""}, templates=("Plantillas",))
    assert faults(index) == []


def test_links_in_comments_count(linked):
    assert faults(linked({"S.md": "%% [[Nadie]] %%"})) == [("broken-link", "")]


def test_notes_that_nobody_links_to_are_told(linked):
    index = linked({"index.md": "[[A]]", "A.md": "[[A]]", "B.md": "[[B]]"})
    assert [d.path for d in index.diagnostics if d.code == "orphan-note"] == ["B.md"]


def test_a_single_note_is_no_orphan(linked):
    assert linked({"A.md": ""}).diagnostics == ()


@pytest.mark.parametrize(
    ("wrong", "right", "typo"),
    [
        ("Embedings", "Embeddings", True),
        ("Atneción", "Atención", True),
        ("Tokens", "Token", False),
        ("tokenizador", "Tokenizadores", False),
        ("Capa 12", "Capa 13", False),
        ("softmaxx", "softmax", True),
        ("transformar", "transformer", True),
    ],
)
def test_a_typo_is_one_slip_in_a_long_word(wrong, right, typo):
    assert is_typo(wrong, right) is typo
    assert is_typo(right, wrong) is typo


@pytest.mark.parametrize(
    ("wrong", "best"),
    [
        ("Mecanismo de atencion", "El mecanismo de atención"),
        ("Retropropagcaion", "Retropropagación"),
        ("Descenso gradiente", "Descenso por gradiente"),
        ("zzz", None),
        ("", None),
        ("GPT-4", None),
    ],
)
def test_the_nearest_name_is_found(wrong, best):
    names = ["El mecanismo de atención", "Retropropagación", "Descenso por gradiente", "GPT-2", "Gradiente"]
    found = Nearest(names).find(wrong)
    assert (found[0] if found else None) == best


def test_thousands_of_broken_links_take_no_time_to_speak_of(linked):
    notes = {f"c/Concepto de prueba {i}.md": f"[[Conceptto de prueba {i}]] [[Otro {i} perdido]]" for i in range(2000)}
    start = time.process_time()
    index = linked(notes)
    assert len([d for d in index.diagnostics if d.code == "broken-link"]) == 4000
    assert time.process_time() - start < 20
