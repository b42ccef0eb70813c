"""Imports what notes use once, so that each note has it for free; third-party packages only, never the project's."""

from __future__ import annotations

import functools
import gc
import importlib
import io
import os
import platform
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kbtool.run import figures
from kbtool.run.devices import available
from kbtool.run.packages import loaded

__all__ = ["Loaded", "preload"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is there: versions of packages (and of Python), names of those that are missing, devices.

    `packages`: the files and folders of installed packages from which anything was imported.
    """

    versions: Mapping[str, str]
    missing: tuple[str, ...]
    devices: tuple[str, ...]
    packages: tuple[str, ...] = ()


def preload(names: Iterable[str]) -> Loaded:
    """Imports and warms the packages; one that is missing or broken is a note's fault only once a note imports it."""
    versions, missing = {"python": platform.python_version()}, []
    for name in names:
        try:
            module = importlib.import_module(name)
            _WARMERS.get(name, lambda: None)()
        except Exception:  # a broken installation raises what it likes
            missing.append(name)
        else:
            if hasattr(module, "__version__"):
                versions[name] = str(module.__version__)
    devices = available()
    gc.collect()
    gc.freeze()  # what is frozen is not touched by the collector, so its pages stay shared after a fork
    return Loaded(versions, tuple(missing), devices, loaded())


def _warm_numpy() -> None:
    import numpy

    numpy.random.seed(0)  # imported at its first use, which would cost every note 20 ms


def _warm_torch() -> None:
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    x = torch.ones(1, 1, 4, 8, requires_grad=True)
    y = torch.nn.functional.scaled_dot_product_attention(x, x, x).sum()
    y.backward()  # type: ignore[no-untyped-call]
    repr(torch.tensor([[0.5, 1.0]]))
    _announce_saves(torch)


def _announce_saves(torch: Any) -> None:
    """`torch.save` opens its file in C++, unheard; what a note writes is to be known (see `record`)."""
    save = torch.save
    if hasattr(save, "__wrapped__"):
        return

    @functools.wraps(save)
    def announced(obj: object, f: Any, *args: Any, **options: Any) -> None:
        if isinstance(f, str | os.PathLike):
            sys.audit("open", os.fspath(f), "wb", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        save(obj, f, *args, **options)

    torch.save = torch.serialization.save = announced


def _warm_optimizers() -> None:
    """The first step of the first optimizer imports torch's compiler, which would cost every note that trains 1.6 s."""
    import torch

    weight = torch.zeros(1, requires_grad=True)
    weight.sum().backward()  # type: ignore[no-untyped-call]
    torch.optim.SGD([weight], lr=0.1).step()


def _warm_matplotlib() -> None:
    figures.configure()
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    figure.colorbar(axes.imshow([[0, 1]]))
    axes.plot([0, 1], [0, 1], label="x")
    axes.legend()
    figure.savefig(io.StringIO(), format="svg")
    pyplot.close("all")


_WARMERS: Mapping[str, Callable[[], None]] = {
    "numpy": _warm_numpy,
    "torch": _warm_torch,
    "torch.optim": _warm_optimizers,
    "matplotlib": _warm_matplotlib,
}


def cuda_untouched() -> bool:
    """Whether a forked child could still use CUDA."""
    torch = sys.modules.get("torch")
    return torch is None or not hasattr(torch, "cuda") or not torch.cuda.is_initialized()
