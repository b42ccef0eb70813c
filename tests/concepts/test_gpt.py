"""The whole model: its size, its causality, its cache, that it learns."""

import math

import pytest
import torch
from torch import Tensor

from kbtool.concepts import gpt, gpt_sizes, sampling

SMALL = gpt.GPTConfig(vocab_size=17, context=12, n_layers=2, n_heads=2, d_model=8)


def model(seed: int = 0) -> gpt.GPT:
    return gpt.GPT(SMALL, generator=torch.Generator().manual_seed(seed))


def close(a: Tensor, b: Tensor, atol: float = 1e-6) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=atol)


def test_gpt_2_small_has_124_439_808_weights():
    with torch.device("meta"):  # counted, not allocated
        large = gpt.GPT(gpt.GPTConfig())
    assert large.n_parameters == 124_439_808


def test_the_sizes_of_gpt_2_have_the_weights_one_counts():
    counts = [gpt_sizes.count_weights(config) for config in gpt.GPT2_SIZES.values()]
    assert counts == [124_439_808, 354_823_168, 774_030_080, 1_557_611_200]
    with torch.device("meta"):  # shapes without numbers
        assert [gpt.GPT(config).n_parameters for config in gpt.GPT2_SIZES.values()] == counts


def test_logits_are_the_final_state_against_every_token_s_own_vector():
    """Weight tying, spelt out through the parts."""
    net, ids = model(), torch.randint(17, (2, 5))
    x = net.embedding.weight[ids] + net.positions.weight[:5]
    for block in net.blocks:
        x = block(x)
    close(net(ids), net.norm(x) @ net.embedding.weight.T)


def test_a_block_is_two_residual_branches_each_reading_a_normalised_x():
    block, x = gpt.Block(8, 2), torch.randn(1, 4, 8)
    middle = x + block.attention(block.norm1(x), causal=True)
    close(block(x), middle + block.feed_forward(block.norm2(middle)))


def test_a_later_token_changes_no_bit_of_an_earlier_prediction():
    net, ids = model(), torch.randint(17, (2, 8))
    before = net(ids)
    ids[:, 5:] = (ids[:, 5:] + 1) % 17
    assert torch.equal(net(ids)[:, :5], before[:, :5])
    assert not torch.equal(net(ids)[:, 5:], before[:, 5:])


def test_with_caches_piece_by_piece_is_as_all_at_once():
    net, ids = model(), torch.randint(17, (2, 9))
    caches = net.new_caches()
    with torch.no_grad():
        logits = [net(part, caches) for part in ids.split([4, 1, 1, 3], dim=1)]
        close(torch.cat(logits, dim=1), net(ids))


def test_the_first_weights_are_those_of_gpt_2_and_of_the_seed():
    config = gpt.GPTConfig(vocab_size=500, context=64, n_layers=2, n_heads=4, d_model=64)
    net = gpt.GPT(config, generator=torch.Generator().manual_seed(3))
    again = gpt.GPT(config, generator=torch.Generator().manual_seed(3))
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), again.parameters(), strict=True))
    block = net.blocks[0]
    assert block.feed_forward.expand.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert block.attention.output.weight.std().item() == pytest.approx(0.01, rel=0.05)  # 0.02 / √(2 · 2)
    assert block.attention.query.bias.abs().max() == 0
    ids = torch.randint(500, (4, 64))
    assert net.loss(ids, ids.roll(-1, 1)).item() == pytest.approx(math.log(500), abs=0.1)


def test_greedy_generation_takes_the_likeliest_each_time():
    net, ids = model(), torch.randint(17, (2, 3))
    written = net.generate(ids, 6, temperature=0)
    assert torch.equal(written[:, :3], ids)
    for t in range(3, 9):
        assert torch.equal(written[:, t], net(written[:, :t])[:, -1].argmax(-1))


def test_sampled_generation_follows_the_seed_and_the_cut():
    net, ids = model(), torch.zeros(1, 1, dtype=torch.int64)

    def write(seed: int, **options: float) -> list[int]:
        return net.generate(ids, 11, generator=torch.Generator().manual_seed(seed), **options)[0].tolist()

    assert write(1) == write(1) != write(2)
    assert write(1, k=1) == write(2, temperature=0)
    assert write(1, p=1e-9) == write(2, temperature=0)
    # The same draws, token by token, without a cache.
    generator, expected = torch.Generator().manual_seed(1), ids
    for _ in range(11):
        drawn = sampling.sample(net(expected)[:, -1], generator=generator, temperature=0.8, k=5)
        expected = torch.cat((expected, drawn[:, None]), dim=1)
    assert write(1, temperature=0.8, k=5) == expected[0].tolist()


def test_it_learns_a_sentence_by_heart():
    net = model()
    ids = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]])
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-2)
    for _ in range(80):
        loss = net.loss(ids[:, :-1], ids[:, 1:])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.05
    assert torch.equal(net.generate(ids[:, :3], 9, temperature=0), ids)


def test_what_does_not_fit_is_said():
    net = model()
    with pytest.raises(ValueError, match=r"ids must be \(B, T\), not \(3,\)"):
        net(torch.zeros(3, dtype=torch.int64))
    with pytest.raises(ValueError, match="positions 0 to 12 do not fit a table of 12"):
        net(torch.zeros(1, 13, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"10 \+ 3 tokens exceed the context of 12"):
        net.generate(torch.zeros(1, 10, dtype=torch.int64), 3)
    with pytest.raises(IndexError, match="id 17 is outside a vocabulary of 17"):
        net(torch.tensor([[17]]))
