"""Words that mean the same are found with each other, and others are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.search.stems import folded, stem, words

FAMILIES = [
    "entrenar entrena entrenando entrenado entrenamiento entrenamientos",
    "token tokens tokenizar tokenización tokenizador tokenization tokenizer tokenized",
    "vector vectores vectors",
    "matriz matrices",
    "probabilidad probabilidades probability probabilities",
    "embedding embeddings embed embedded",
    "capa capas",
    "loss losses",
    "transformer transformers transformar",
    "función funciones",
]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_one_stem(family: str) -> None:
    assert len({stem(folded(word)) for word in family.split()}) == 1


@pytest.mark.parametrize("pair", ["entrada entre", "loss los", "string strong", "red rojo", "norma normal", "gpt2 gpt"])
def test_these_are_no_family(pair: str) -> None:
    one, other = pair.split()
    assert stem(folded(one)) != stem(folded(other))


@given(st.text())
def test_a_stem_begins_its_word(text: str) -> None:
    for word in words(folded(text)):
        assert word.startswith(stem(word))
        assert stem(word)[:2] == word[:2]


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_each_sign_of_chinese_is_a_word() -> None:
    assert words("注意力 attention") == ["注", "意", "力", "attention"]


def test_data_are_no_words() -> None:
    assert words("a" * 33) == []
