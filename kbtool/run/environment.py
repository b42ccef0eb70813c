"""The environment in which notes run: a fixed list, so that a note gives the same on every machine and every day."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

__all__ = ["child_environment", "computing_environment"]

_FIXED: Mapping[str, str] = {
    # One thread for the server: OpenMP's pool does not survive a fork, and small tensors gain nothing from more.
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    # Huge pages for the heap: half the cost of a fork.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    # Asking whether there is a GPU must not start CUDA in the server: no forked process could use it afterwards.
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}

# What says where things are on this machine, and nothing about what a note computes.
_PASSED = (
    "PATH",
    "HOME",
    "USER",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "VIRTUAL_ENV",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "MPLCONFIGDIR",
    "CUDA_HOME",
    "CUDA_VISIBLE_DEVICES",
    "SYSTEMROOT",
)


def child_environment(names: Iterable[str], environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of the processes that run notes; `names` are the further variables that they get to see."""
    environ = os.environ if environ is None else environ
    passed = {name: environ[name] for name in (*_PASSED, *names) if name in environ}
    return {**passed, **_FIXED, "PYTHONPATH": _search_path(environ)}


def computing_environment(names: Iterable[str], environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """That part of it which may decide what a note computes: all but where things are on this machine."""
    child = child_environment(names, environ)
    return {name: child[name] for name in (*_FIXED, *names, "PYTHONPATH") if name in child}


def _search_path(environ: Mapping[str, str]) -> str:
    # So that they find kbtool itself, however this process found it.
    package = str(Path(sys.modules["kbtool"].__file__ or "").resolve().parent.parent)
    return os.pathsep.join(filter(None, (package, environ.get("PYTHONPATH", ""))))
