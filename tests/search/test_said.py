"""What search reads of a note is what a reader sees of it."""

from __future__ import annotations

import pytest

from kbtool import note
from kbtool.render import Said, draft, said_in


def said(text: str) -> Said:
    document, _ = note.parse("Nota.md", text)
    return said_in(document.note, draft(document, strict_line_breaks=False))


def lines(text: str) -> list[str]:
    return [line for section in said(text).sections for line in section.lines]


def test_lines_stand_under_their_headings() -> None:
    found = said("Antes.\n\n# Uno\n\nTexto.\n\n## Dos & tres\n\n- a\n- b\n")
    assert [tuple(section) for section in found.sections] == [
        ("", 0, ("Antes.",)),
        ("uno", 1, ("Uno", "Texto.")),
        ("dos-tres", 2, ("Dos & tres", "a", "b")),
    ]


SEEN = {
    "a link": ("Ver [[Otra|la otra]] y [[Más]].", ["Ver la otra y Más."]),
    "marks": ("Un **gran** `x < 1` ==fin==.", ["Un gran x < 1 fin."]),
    "a paragraph of two lines": ("Una frase\nen dos.", ["Una frase en dos."]),
    "a table": ("| a | b |\n|---|---|\n| c | d |", ["a", "b", "c", "d"]),
    "a callout": ("> [!tip] Ojo\n> Esto.", ["Ojo", "Esto."]),
    "a block": ("```python\n#| label: x\nprint(1 < 2)\n```", ["print(1 < 2)"]),
    "a formula": ("La suma $a+b$ es.\n\n$$c$$", ["La suma … es."]),
    "a footnote": ("Aquí.[^1]\n\n[^1]: Al pie.", ["Aquí.", "Al pie."]),
}
UNSEEN = {
    "a comment": "%%secreto%%",
    "a comment of HTML": "<!-- secreto -->\n\ny <!-- secreto --> más",
    "a script": "<script>secreto</script>",
    "a script within a line": "y <script>secreto</script> más",
    "properties": "---\nclave: secreto\n---\n",
    "a block that is not shown": "```python\n#| echo: false\nsecreto\n```",
    "what a block is said to print": "```python\n1\n```\n```output\nsecreto\n```",
    "an embed": "![[secreto]]",
    "an attribute": '<b title="secreto">x</b>',
    "a formula": "$secreto$",
}


@pytest.mark.parametrize(("text", "expected"), SEEN.values(), ids=SEEN.keys())
def test_what_is_shown_is_read(text: str, expected: list[str]) -> None:
    assert lines(text) == expected


@pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN.keys())
def test_what_is_not_shown_is_not_read(text: str) -> None:
    assert "secreto" not in " ".join(lines(f"{text}\n\nFin."))
