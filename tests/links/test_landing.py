"""What follows the `#` of a link finds its heading or block as in Obsidian."""

import pytest

from kbtool import note

GUIDE = """# Modelo

## ¿Qué es BPE?

### Paso #1

## C#: intro | a^b

### Paso #1

## **Negrita** y `código`

## it's self-attention

## snake_case

## Ver [[Otra]]

## Ver [[Otra|la otra]]

Un párrafo. ^Id-1

- a
- b

^lista
"""


@pytest.mark.parametrize(
    ("fragment", "line"),
    [
        ("Modelo", 1),
        ("modelo", 1),
        ("¿Qué es BPE?", 3),
        ("¿Qué es BPE", 3),
        ("Paso 1", 5),
        ("Paso #1", None),
        ("C intro a b", 7),
        ("C intro a b#Paso 1", 9),
        ("Modelo#Paso 1", 5),
        ("¿Qué es BPE#Negrita y código", None),
        ("Negrita y código", 11),
        ("its self-attention", None),
        ("it's self attention", None),
        ("It's   self-attention", 13),
        ("snake case", None),
        ("Ver Otra", 17),
        ("^id-1", 21),
        ("^ID-1", 21),
        ("^lista", 23),
        ("^nada", None),
        ("!!!", None),
        ("Paso 1#Modelo", None),
    ],
)
def test_a_fragment_lands(linked, fragment, line):
    index = linked({"S.md": f"[x](<G.md#{fragment}>)" if "|" in fragment else f"[[G#{fragment}]]", "G.md": GUIDE})
    (resolution,) = index.resolutions["S.md"]
    assert resolution.target == "G.md"
    guide = note.parse("G.md", GUIDE)[0].note
    lines = {place.anchor: place.line for place in (*guide.headings, *guide.block_ids)}
    assert (lines[resolution.lands.anchor] if resolution.lands else None) == line
    assert bool(resolution.missing) == (line is None)


def test_an_empty_fragment_is_none(linked):
    (resolution,) = linked({"S.md": "[[G#]]", "G.md": GUIDE}).resolutions["S.md"]
    assert (resolution.lands, resolution.missing) == (None, "")


def test_a_fragment_of_a_file_that_is_no_note_is_not_looked_up(linked):
    (resolution,) = linked({"S.md": "![[d.pdf#page=3]]", "d.pdf": ""}).resolutions["S.md"]
    assert (resolution.target, resolution.missing) == ("d.pdf", "")
