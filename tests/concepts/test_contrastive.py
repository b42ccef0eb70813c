"""Aligning two spaces."""

import math

import pytest
import torch
from torch import nn

from kbtool.concepts import contrastive


def test_similarities_are_cosines():
    a, b = torch.randn(3, 4), torch.randn(5, 4)
    expected = nn.functional.normalize(a, dim=-1) @ nn.functional.normalize(b, dim=-1).T
    torch.testing.assert_close(contrastive.similarities(a, b), expected, rtol=0, atol=1e-6)


def test_the_loss_by_its_formula():
    a, b = torch.randn(4, 3, dtype=torch.float64), torch.randn(4, 3, dtype=torch.float64)
    s = nn.functional.normalize(a, dim=-1) @ nn.functional.normalize(b, dim=-1).T / 0.2
    expected = -(s.log_softmax(1).diagonal().mean() + s.log_softmax(0).diagonal().mean()) / 2
    torch.testing.assert_close(contrastive.info_nce(a, b, 0.2), expected, rtol=0, atol=1e-12)


def test_the_loss_is_symmetric_ignores_lengths_and_falls_from_ln_n_to_nought():
    a, b = torch.randn(2, 6, 8, dtype=torch.float64).unbind()
    loss = contrastive.info_nce(a, b)
    torch.testing.assert_close(contrastive.info_nce(b, a), loss)
    torch.testing.assert_close(contrastive.info_nce(3 * a, 0.1 * b), loss)
    assert contrastive.info_nce(torch.eye(6), torch.eye(6)).item() < 1e-4
    assert contrastive.info_nce(torch.ones(6, 2), torch.ones(6, 2)).item() == pytest.approx(math.log(6))
    assert contrastive.info_nce(torch.eye(6), torch.eye(6).roll(1, 0)).item() > 10


def test_several_modalities_meet_at_their_anchor():
    anchor, *others = torch.randn(4, 5, 3, dtype=torch.float64)
    named = dict(zip(("text", "sound", "touch"), others, strict=True))
    pairs = [contrastive.info_nce(anchor, other, 0.2) for other in others]
    torch.testing.assert_close(contrastive.anchored_loss(anchor, named, 0.2), sum(pairs) / 3)


def test_retrieval_counts_the_nearest_with_the_right_label():
    a = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [-1.0, 0.0]])
    b = torch.tensor([[5.0, 0.1], [0.1, 5.0], [-1.0, -0.1]])
    labels = torch.tensor([0, 1, 2])
    assert contrastive.retrieval_accuracy(a, b, torch.tensor([0, 1, 9, 2]), labels) == 0.75


def test_two_views_that_were_never_paired_meet_through_a_third():
    """b is trained with a, c with a; then b finds c. Eight classes, chance 1/8."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(8, (256,), generator=generator)
    maps = torch.randn(3, 8, 12, generator=generator)  # each view shows the class through its own random map
    views = [maps[i, labels] + 0.2 * torch.randn(256, 12, generator=generator) for i in range(3)]
    encoders = [(torch.randn(12, 6, generator=generator) / 12**0.5).requires_grad_() for _ in range(3)]

    def found() -> float:
        with torch.no_grad():
            b, c = (views[i] @ encoders[i] for i in (1, 2))
            return contrastive.retrieval_accuracy(b, c, labels, labels)

    before = found()
    optimiser = torch.optim.AdamW(encoders, lr=2e-2)
    for _ in range(150):
        batch = torch.randint(256, (64,), generator=generator)
        a, b, c = (view[batch] @ encoder for view, encoder in zip(views, encoders, strict=True))
        loss = contrastive.info_nce(a, b, 0.2) + contrastive.info_nce(a, c, 0.2)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert before < 0.5
    assert found() > 0.8


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match=r"need \(N, C\) and \(M, C\), not \(2, 3\) and \(2, 4\)"):
        contrastive.similarities(torch.zeros(2, 3), torch.zeros(2, 4))
    with pytest.raises(ValueError, match=r"pairs need one shape: \(2, 3\) and \(3, 3\)"):
        contrastive.info_nce(torch.zeros(2, 3), torch.zeros(3, 3))
    with pytest.raises(ValueError, match="temperature must be above 0"):
        contrastive.info_nce(torch.eye(2), torch.eye(2), 0.0)
    with pytest.raises(ValueError, match="at least one other modality"):
        contrastive.anchored_loss(torch.zeros(2, 3), {})
    with pytest.raises(ValueError, match=r"are \[\(2, 3\), \(2, 3\), \(3,\), \(2,\)\]: need"):
        contrastive.retrieval_accuracy(*torch.zeros(2, 2, 3), torch.zeros(3), torch.zeros(2))
