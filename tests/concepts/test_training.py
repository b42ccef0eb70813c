"""Loss, optimiser, schedule, clipping: against torch and by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from kbtool.concepts import training


def close(a: Tensor, b: Tensor, atol: float = 1e-6) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=atol)


def test_cross_entropy_by_hand():
    """Probabilities 1/4 and 3/4 of the targets: the mean of ln 4 and ln 4/3."""
    logits = torch.tensor([[0.0, math.log(3.0)], [0.0, math.log(3.0)]])
    expected = torch.tensor((math.log(4) + math.log(4 / 3)) / 2)
    for function in (training.cross_entropy, training.cross_entropy_naive):
        close(function(logits, torch.tensor([0, 1])), expected)


def test_cross_entropy_fast_and_naive_agree_and_padding_does_not_count():
    logits, targets = torch.randn(2, 5, 7, dtype=torch.float64), torch.randint(7, (2, 5))
    targets[0, 3:] = training.IGNORED
    fast = training.cross_entropy(logits, targets)
    close(fast, training.cross_entropy_naive(logits, targets), atol=1e-12)
    logits[0, 3:] = 99
    close(training.cross_entropy(logits, targets), fast, atol=1e-12)


def test_knowing_nothing_costs_the_logarithm_of_the_vocabulary():
    loss = training.cross_entropy(torch.zeros(3, 50_257), torch.tensor([0, 7, 50_256]))
    assert loss.item() == pytest.approx(math.log(50_257), abs=1e-5)


def test_the_gradient_is_probability_minus_truth():
    logits = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    targets = torch.tensor([0, 4, 2, 2])
    training.cross_entropy(logits, targets).backward()
    truth = torch.eye(5, dtype=torch.float64)[targets]
    assert logits.grad is not None
    close(logits.grad, (logits.detach().softmax(-1) - truth) / 4, atol=1e-12)


@given(st.floats(0, 0.3), st.floats(1e-4, 0.1))
def test_adamw_equals_torch_s_over_many_steps(weight_decay: float, lr: float):
    weight = torch.randn(3, 2, dtype=torch.float64)
    parameter = torch.nn.Parameter(weight.clone())
    options = {"lr": lr, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": weight_decay}
    optimiser = torch.optim.AdamW([parameter], **options)
    moments = training.Moments.zeros(weight)
    for _ in range(5):
        gradient = torch.randn(3, 2, dtype=torch.float64)
        parameter.grad = gradient.clone()
        optimiser.step()
        weight, moments = training.adamw_step(weight, gradient, moments, **options)
        close(weight, parameter.detach(), atol=1e-12)
    assert moments.step == 5


def test_adamw_s_defaults_are_torch_s():
    weight, gradient = torch.randn(4), torch.randn(4)
    parameter = torch.nn.Parameter(weight.clone())
    parameter.grad = gradient
    torch.optim.AdamW([parameter]).step()
    close(training.adamw_step(weight, gradient, training.Moments.zeros(weight))[0], parameter.detach(), atol=1e-7)


def test_the_first_step_has_the_length_of_the_rate_whatever_the_gradient():
    for size in (1e-3, 1e3):
        start = torch.zeros(1)
        new, _ = training.adamw_step(start, torch.tensor([size]), training.Moments.zeros(start), lr=0.1)
        assert new.item() == pytest.approx(-0.1, rel=1e-4)


def test_the_schedule_rises_then_falls_along_a_cosine():
    def rate(step: int) -> float:
        return training.cosine_schedule(step, peak=2.0, warmup=4, total=14, floor=0.5)

    assert [rate(step) for step in range(5)] == pytest.approx([0.5, 1.0, 1.5, 2.0, 2.0])
    assert rate(9) == pytest.approx(1.25)  # half-way down
    assert rate(14) == rate(99) == pytest.approx(0.5)
    falling = [rate(step) for step in range(4, 15)]
    assert falling == sorted(falling, reverse=True)
    assert training.cosine_schedule(0, peak=1.0, warmup=0, total=1) == 1.0


def test_the_first_transformer_s_schedule_peaks_at_the_end_of_the_warm_up():
    def rate(step: int) -> float:
        return training.inverse_sqrt_schedule(step, d_model=512, warmup=4000)

    assert rate(4000) == pytest.approx(1 / math.sqrt(512 * 4000))
    assert [rate(1), rate(1000)] == pytest.approx([512**-0.5 * 4000**-1.5, 1000 * 512**-0.5 * 4000**-1.5])
    assert rate(16_000) == pytest.approx(rate(4000) / 2)
    assert max(range(3990, 4010), key=rate) == 4000


def test_a_hundred_steps_of_adamw_are_torch_s():
    """Loss after loss of a real problem, float32 and float64; the gradients come from the weights themselves."""
    for dtype, bound in ((torch.float64, 1e-12), (torch.float32, 2e-5)):
        target, weight = torch.randn(2, 4, 3, dtype=dtype)
        parameter = torch.nn.Parameter(weight.clone())
        optimiser = torch.optim.AdamW([parameter], lr=0.05, weight_decay=0.1)
        moments = training.Moments.zeros(weight)
        for _ in range(100):
            optimiser.zero_grad()
            (parameter - target).pow(4).sum().backward()
            optimiser.step()
            gradient = 4 * (weight - target).pow(3)
            weight, moments = training.adamw_step(weight, gradient, moments, lr=0.05, weight_decay=0.1)
        close(weight, parameter.detach(), atol=bound)


def test_smoothed_targets_equal_torch_s():
    logits, targets = torch.randn(2, 5, 7, dtype=torch.float64), torch.randint(7, (2, 5))
    targets[1, 2:] = training.IGNORED
    expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), label_smoothing=0.2)
    for function in (training.cross_entropy, training.cross_entropy_naive):
        close(function(logits, targets, smoothing=0.2), expected, atol=1e-12)


def test_clipping_equals_torch_s():
    gradients = [torch.randn(3), torch.randn(2, 2)]
    for limit in (0.1, 100.0):
        parameters = [torch.nn.Parameter(torch.zeros_like(g)) for g in gradients]
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient.clone()
        length = torch.nn.utils.clip_grad_norm_(parameters, limit)
        clipped, ours = training.clip_norm(gradients, limit)
        close(ours, length)
        for parameter, gradient in zip(parameters, clipped, strict=True):
            close(gradient, parameter.grad, atol=1e-5 * limit)


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match=r"logits \(2, 3\) do not fit targets \(3,\)"):
        training.cross_entropy(torch.zeros(2, 3), torch.zeros(3, dtype=torch.int64))
    for target in (3, -1):
        with pytest.raises(IndexError, match=rf"target {target} is outside a vocabulary of 3"):
            training.cross_entropy_naive(torch.zeros(2, 3), torch.tensor([0, target]))
    with pytest.raises(ValueError, match=r"must have one shape, not \[\(2,\), \(1,\), \(2,\)\]"):
        training.adamw_step(torch.zeros(2), torch.zeros(1), training.Moments.zeros(torch.zeros(2)))
    with pytest.raises(ValueError, match="warmup 5 must lie before total 5"):
        training.cosine_schedule(0, peak=1, warmup=5, total=5)
    with pytest.raises(ValueError, match="steps count from 0, not -1"):
        training.cosine_schedule(-1, peak=1, warmup=0, total=5)
    with pytest.raises(ValueError, match="steps count from 1, not 0"):
        training.inverse_sqrt_schedule(0, d_model=4, warmup=4)
    with pytest.raises(ValueError, match="d_model 4 and warmup 0 must be at least 1"):
        training.inverse_sqrt_schedule(1, d_model=4, warmup=0)
    with pytest.raises(ValueError, match="limit above 0"):
        training.clip_norm([torch.zeros(1)], 0)
