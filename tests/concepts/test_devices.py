"""The lessons on a GPU give what they give on the CPU, and the same seed the same tokens."""

import pytest
import torch
from torch import Tensor

from kbtool.concepts import (
    attention,
    contrastive,
    embedding,
    encoder_decoder,
    gpt,
    layers,
    multihead,
    online_softmax,
    positions,
    recurrent,
    sampling,
    training,
)

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]


def close(on_gpu: Tensor, on_cpu: Tensor, atol: float = 1e-5) -> None:
    assert on_gpu.device.type == "cuda"
    torch.testing.assert_close(on_gpu.cpu(), on_cpu, rtol=1e-5, atol=atol)


@pytest.mark.parametrize("function", [attention.attention, attention.fast_attention])
@pytest.mark.parametrize("causal", [False, True])
def test_attention_with_masks_made_on_the_cpu(function, causal: bool):
    q, k, v = torch.randn(3, 2, 4, 6, 8)
    seen = torch.rand(6, 6) > 0.3
    seen[2] = False
    bias = positions.alibi_bias(4, 6)
    for mask in (None, seen, seen.cuda(), bias, bias.cuda()):
        expected = function(q, k, v, mask=None if mask is None else mask.cpu(), causal=causal)
        close(function(q.cuda(), k.cuda(), v.cuda(), mask=mask, causal=causal), expected)


def test_pure_functions():
    q, k, v = torch.randn(3, 2, 6, 8)
    expected = online_softmax.online_attention(q, k, v, causal=True, block=4)
    close(online_softmax.online_attention(q.cuda(), k.cuda(), v.cuda(), causal=True, block=4), expected)
    close(positions.rope(q.cuda(), torch.arange(6)), positions.rope(q, torch.arange(6)))
    close(positions.xpos(q.cuda(), k.cuda(), torch.arange(6).cuda())[1], positions.xpos(q, k, torch.arange(6))[1])
    table = torch.randn(5, 8)
    close(positions.relative_scores(q.cuda(), table.cuda(), 6), positions.relative_scores(q, table, 6))
    close(positions.t5_bucket(torch.arange(-50, 50).cuda()), positions.t5_bucket(torch.arange(-50, 50)))
    close(layers.layer_norm(q.cuda()), layers.layer_norm(q))
    ids, weight = torch.tensor([[2, 0], [1, 1]]), torch.randn(3, 4)
    close(embedding.one_hot_lookup(ids.cuda(), weight.cuda()), embedding.lookup(ids, weight))
    close(contrastive.info_nce(q[0].cuda(), k[0].cuda()), contrastive.info_nce(q[0], k[0]))
    targets = torch.randint(8, (2, 6))
    close(training.cross_entropy_naive(q.cuda(), targets.cuda()), training.cross_entropy(q, targets))
    w_x, w_h, b = torch.randn(8, 3), torch.randn(3, 3), torch.randn(3)
    close(recurrent.rnn(q.cuda(), w_x.cuda(), w_h.cuda(), b.cuda()), recurrent.rnn(q, w_x, w_h, b))
    assert torch.equal(sampling.top_p(q.cuda(), 0.5).cpu(), sampling.top_p(q, 0.5))


def test_layers_moved_to_the_gpu():
    layer, x = multihead.MultiHeadAttention(8, 4, kv_heads=2), torch.randn(2, 6, 8)
    model, y = encoder_decoder.EncoderDecoder(1, 8, 2), torch.randn(2, 3, 8)
    bias = positions.T5Bias(4)
    expected = layer(x, causal=True, mask=bias(6, 6)[None]), model(x, y)
    for module in (layer, model, bias):
        module.cuda()
    close(layer(x.cuda(), causal=True, mask=bias(6, 6)[None]), expected[0])
    close(model(x.cuda(), y.cuda()), expected[1])


def test_the_same_seed_writes_the_same_text():
    model = gpt.GPT(gpt.GPTConfig(17, 12, 2, 2, 8), generator=torch.Generator().manual_seed(0))
    start = torch.tensor([[1, 2, 3]])

    def written() -> list[int]:
        ids = start.to(model.embedding.weight.device)
        found: list[int] = model.generate(ids, 8, generator=torch.Generator().manual_seed(1), k=5)[0].tolist()
        return found

    on_cpu = written()
    model.cuda()
    assert written() == on_cpu
