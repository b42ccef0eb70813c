"""The toy model tells the story's numbers."""

import pytest
import torch

from kbtool.concepts import softmax as lesson
from kbtool.concepts import toy


def test_the_people():
    assert toy.INCOMES["Jorge"] == 3 * toy.INCOMES["Valeria"]
    assert toy.INCOMES["Alicia"] - toy.INCOMES["Valeria"] == toy.INCOMES["Jorge"]


def test_the_tokens_and_their_ids():
    assert dict(toy.TOKENS) == {"azul": 227, "cielo": 350, "frio": 402, "el": 578, "es": 698}
    assert toy.VECTORS.keys() == toy.TOKENS.keys()


def test_the_products_and_f1():
    x = toy.flatten(["el", "cielo", "es"])
    assert x.tolist() == [0.3, -0.6, 0.8, -0.1, 0.1, -0.1]
    expected = torch.tensor([0.3, -0.3, 1.2, -0.1, 0.05, -0.15], dtype=torch.float64)
    torch.testing.assert_close(toy.products(x, toy.W_F1), expected, rtol=0, atol=1e-15)
    assert toy.neuron(x, toy.W_F1).item() == pytest.approx(1.0, abs=1e-15)


def test_the_order_of_the_words_matters():
    assert toy.neuron(toy.flatten(["cielo", "el", "es"]), toy.W_F1).item() != pytest.approx(1.0, abs=0.05)


def test_the_five_probabilities():
    scores = toy.scores(toy.neuron(toy.flatten(), toy.W_F1))
    expected = torch.tensor([0.49815094, 0.08234380, 0.30214382, 0.04994404, 0.06741740], dtype=torch.float64)
    torch.testing.assert_close(toy.softmax(scores), expected, rtol=0, atol=5e-9)
    torch.testing.assert_close(lesson.softmax(scores), expected, rtol=0, atol=5e-9)
    assert (
        f"{toy.softmax(scores)[-1].item():.4f}" == "0.0674"
    )  # not 0.0675, which would make the rounded ones add up to 1


def test_f2_is_proportional_to_f1():
    assert toy.scores(2.0).tolist() == [2 * w for w in toy.W_F2]
    assert toy.scores(0.0).abs().max() == 0


def test_plain_division_gives_others_in_the_same_order():
    divided = toy.divide(toy.W_F2)
    assert [round(p, 4) for p in divided.tolist()] == [0.4237, 0.1186, 0.3390, 0.0339, 0.0847]
    assert divided.argsort().tolist() == toy.softmax(toy.W_F2).argsort().tolist()


def test_only_these_scores_give_both_rows_of_probabilities():
    """Softmax fixes the differences, division the ratios: s = (log p) + c with s_i / s_0 given has one solution c."""
    log_p = toy.softmax(toy.W_F2).log()
    ratio = toy.divide(toy.W_F2)[1] / toy.divide(toy.W_F2)[0]
    c = (ratio * log_p[0] - log_p[1]) / (1 - ratio)
    torch.testing.assert_close(log_p + c, torch.tensor(toy.W_F2, dtype=torch.float64), rtol=0, atol=1e-12)


def test_a_thousand_draws_favour_azul_and_frio():
    draws = toy.sample(toy.softmax(toy.W_F2), 1000, torch.Generator().manual_seed(123))
    assert draws.bincount(minlength=5).tolist() == [525, 74, 269, 57, 75]


def test_another_weight_gives_another_ranking():
    heavier_cielo = [2.5, 3.0, 2.0, 0.2, 0.5]
    assert toy.softmax(heavier_cielo).argmax().item() == 1
    assert toy.softmax(toy.W_F2).argmax().item() == 0


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match=r"no vector for \['frío'\]"):
        toy.flatten(["el", "frío"])
    with pytest.raises(ValueError, match=r"inputs \(6,\) and weights \(2,\)"):
        toy.neuron(toy.flatten(), [1.0, 2.0])
    with pytest.raises(ValueError, match="positive scores"):
        toy.divide([1.0, -1.0])
