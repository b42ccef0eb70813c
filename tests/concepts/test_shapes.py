"""The shapes that the lessons state are stated everywhere, and are checked (by `conftest.py`)."""

import importlib
import inspect
import pkgutil
import types
from collections.abc import Iterator

import jaxtyping
import pytest
import torch
from torch import Tensor

from kbtool import concepts
from kbtool.concepts import embedding, multihead, similarity

NAMES = sorted(m.name for m in pkgutil.walk_packages(concepts.__path__, "kbtool.concepts."))


def functions(lesson: types.ModuleType) -> Iterator[tuple[str, types.FunctionType]]:
    """Public functions, and the methods of public classes that a user calls."""
    for name, value in vars(lesson).items():
        if name.startswith("_") or getattr(value, "__module__", None) != lesson.__name__:
            continue
        if isinstance(value, types.FunctionType):
            yield name, value
        elif isinstance(value, type):
            for key, method in vars(value).items():
                if isinstance(method, types.FunctionType) and not key.startswith("_"):
                    yield f"{name}.{key}", method


@pytest.mark.parametrize("name", NAMES)
def test_every_tensor_has_a_shape_and_every_call_is_checked(name: str):
    for title, function in functions(importlib.import_module(name)):
        hints = inspect.unwrap(function).__annotations__
        assert function.__code__.co_name == "call" or "Float[" not in str(hints), f"{title} is not watched"
        for place, hint in hints.items():
            bare = str(hint).replace("[Tensor,", "").replace("Callable[[Tensor], Tensor]", "")
            assert "Tensor" not in bare, f"{title} does not say the shape of {place}: {hint}"


def test_a_wrong_shape_would_be_noticed():
    with pytest.raises(jaxtyping.TypeCheckError, match=r"Expected type: .*Float\[Tensor, '\*#N C'\]"):
        similarity.cosine(torch.zeros(2, dtype=torch.int64), torch.zeros(2))  # it calculates, but was not to be asked
    layer = multihead.MultiHeadAttention(4, 2)
    layer.output = torch.nn.Linear(4, 6)
    with pytest.raises(jaxtyping.TypeCheckError, match="checking the return value"):
        layer(torch.zeros(1, 3, 4))


def test_a_call_that_raises_keeps_its_own_error():
    with pytest.raises(ValueError, match="must be integers"):
        embedding.lookup(torch.zeros(2), torch.zeros(3, 2))


def test_results_of_nested_calls_are_not_mixed_up():
    def layer(x: Tensor) -> Tensor:
        return similarity.cosine(x, x)[..., None] * x

    from kbtool.concepts import layers

    assert layers.residual(torch.ones(2, 3), layer).tolist() == [[2, 2, 2], [2, 2, 2]]
