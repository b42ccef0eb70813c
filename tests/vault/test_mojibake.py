"""Text that was decoded wrongly is repaired; text that only looks strange is left alone."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kbtool.mojibake import repair


def words(text: str) -> list[str]:
    return text.split(" ")


SPANISH = words(
    "la tokenización parte el texto en símbolos más pequeños ¿qué pasa después? ¡así es! año ñandú pingüino "
    "«él» “África” —dijo Ángel— Óscar Úrsula Íñigo Ñoño 3.ª 2.º 20 °C ½ × ÷ ± µ § … • – — ‘sí’ él ó á"
)
MATHS = words(
    "√π √2 √∑ √∞ ∑x ∫f ∂y/∂x ≤ ≥ ≠ ≈π ≈ ∞ π²r √(x²+y²) Δx ∆π λ·Ω ¬p ±1 x² y³ ∏ µ=0 ‖x‖ ∈ ∀x∃y → ⇒ ⊗ √πr 2√πr x√π"
)
OTHERS = words(
    "MANHÃ ÂNGELO “MANHÃ” Ângela coração hotărât «Âge» naïve Ærø 日本語 Привет Γειά ’tis l’été œuvre fiancée Ÿ"
)
WORDS = SPANISH + MATHS + OTHERS


def spoiled(text: str, encoding: str) -> str:
    """The text as a program shows it that takes its UTF-8 bytes for something else."""
    if encoding == "cp1252":
        return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in text.encode())
    return text.encode().decode(encoding)


@pytest.mark.parametrize("encoding", ["mac_roman", "cp1252", "latin-1"])
@pytest.mark.parametrize(
    "text",
    [
        "La tokenización de Ñandú",
        "¿Qué es “eso”? — Sí: ∑ x² → año",
        "razón",
        "# Índice\n\n- más\n- también\n",
        "Una frase con emoji 😀 y café…",
    ],
)
def test_what_was_decoded_wrongly_comes_back(text, encoding):
    assert repair(spoiled(text, encoding)) == text


def test_what_was_decoded_wrongly_twice_comes_back():
    assert repair(spoiled(spoiled("canción española", "cp1252"), "cp1252")) == "canción española"


def test_sound_lines_beside_damaged_ones_stay():
    assert repair("El valor de √π está aquí.\nLa tokenizaci√≥n.\n") == "El valor de √π está aquí.\nLa tokenización.\n"


def test_the_tokens_of_a_listing_are_no_damage():
    listing = "Los tokens de GPT-2:\n\n```output\n['T', 'oken', 'izaciÃ³n', 'ĠaÃ±o']\n```\n\ny en línea `ciÃ³n`.\n"
    assert repair(listing) is None


def test_code_is_repaired_with_its_note():
    note = "La raz√≥n:\n\n```python\n# el a√±o\n```\n"
    assert repair(note) == "La razón:\n\n```python\n# el año\n```\n"


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
@example("MANHÃ” MANHÃ…")
@example("√π ≈π ∆π «él» …¿ —él “África")
@example("El área es πr², con r = √π/2; ¬(p∨q) ≡ ¬p∧¬q.")
def test_spanish_mathematics_and_other_languages_are_sound(text):
    assert repair(text) is None


DAMAGED = ["tokenizaci√≥n", "canci√≥n", "a√±o", "‚Äúcoraz√≥n‚Äù"]


@given(st.lists(st.sampled_from(WORDS + DAMAGED), min_size=1, max_size=30))
def test_beside_damaged_words_sound_ones_stay(text):
    repaired = repair(" ".join(text))
    assert (repaired is not None) == any(word in DAMAGED for word in text)
    for word, now in zip(text, (repaired or " ".join(text)).split(" "), strict=True):
        assert now == word or word in DAMAGED


TEXTS = st.lists(st.sampled_from(SPANISH), min_size=1, max_size=20).map(" ".join)


@given(TEXTS, st.sampled_from(["mac_roman", "cp1252"]))
def test_a_repair_is_exact_or_not_made(text, encoding):
    damaged = spoiled(text, encoding)
    repaired = repair(damaged)
    if repaired is not None:
        # Every word is what the author typed, or was left as it is.
        for word, bad, typed in zip(repaired.split(" "), damaged.split(" "), text.split(" "), strict=True):
            assert word in (typed, bad)
