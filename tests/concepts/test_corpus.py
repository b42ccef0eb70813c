"""The prose of notes: what is left of a note when all that is no sentence has gone."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.concepts import corpus

NOTE = """---
title: El mar
tags:
  - agua
---
El **mar** es ==salado==[^1] y lo cuenta la [[Tierra#Agua|Tierra]]. Pesa $m$ kilos. Es *grande*: mucho.

## Un apartado

- [ ] Se mueve con la [luna](https://example.org/luna).
1. Llama a `mar()` y espera. Vuelve.

| tabla | fuera |
|:--|--:|
| a | b |

$$
E = mc^2
$$

```python
print("fuera")
```
```output
fuera
```

![[figura.svg]]
%% un comentario %%

> [!warning] Cuidado
> Quema la piel.
>
> ```python
> 1 + 1
> ```
> Y moja.

^nombre

[^1]: Una nota al pie.

## Referencias

- A. Autor (2001), «The Sea».
"""


def test_what_is_left_of_a_note():
    assert corpus.prose(NOTE).split("\n") == [
        "El mar es salado y lo cuenta la Tierra. Es grande: mucho.",
        "Se mueve con la luna.",
        "Vuelve.",
        "Quema la piel.",
        "Y moja.",
    ]


def test_a_sentence_with_a_hole_goes_and_those_beside_it_stay():
    assert corpus.prose("Uno. Dos con $x$ y más. Tres.") == "Uno. Tres."
    assert corpus.prose("Vale 1,5 y. no acaba aquí $x$. Fin.") == "Fin."


def test_notes_are_parted_by_an_empty_line_and_can_be_had_apart():
    notes = ["Uno.\n\nDos.", "| solo | tabla |", "Tres."]
    assert corpus.corpus(notes) == "Uno.\nDos.\n\nTres.\n"
    assert corpus.corpus(notes).rstrip("\n").split("\n\n") == ["Uno.\nDos.", "Tres."]


def test_letters_with_accents_are_single_characters():
    assert corpus.corpus(["i\u0301"]) == "í\n"


def test_the_file_holds_the_notes_by_path_whatever_order_the_folder_has():
    with TemporaryDirectory() as folder:
        for name in ("b.md", "a/z.md", "c.txt"):
            path = Path(folder, "notas", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"Soy {name}.", encoding="utf-8-sig")
        file = Path(folder, "datos", "corpus.txt")
        for _ in range(2):
            corpus.main([f"{folder}/notas", str(file)])
            assert file.read_bytes() == b"Soy a/z.md.\n\nSoy b.md.\n"


@pytest.mark.parametrize("arguments", [[], ["a"], ["no such folder", "b"], ["a", "b", "c"]])
def test_other_arguments_get_the_usage(arguments: list[str]):
    with pytest.raises(SystemExit, match="usage"):
        corpus.main(arguments)


@given(st.text(st.sampled_from("ab.$`|#>- \n*[]"), max_size=80))
def test_any_text_gives_lines_without_code_or_formulas(text: str):
    lines = corpus.prose(text).split("\n")
    assert not any("\0" in line for line in lines)
    assert all(line for line in lines) or lines == [""]
