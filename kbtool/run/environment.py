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
    # Where a note has several threads, those that wait sleep: spinning ones would keep others from a busy machine.
    "OMP_WAIT_POLICY": "PASSIVE",
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

# The same in every shell, so that results made in one hold in another; `[run] env` may let the real ones through.
_INSTEAD: Mapping[str, str] = {
    "PATH": os.pathsep.join((os.path.dirname(sys.executable), "/usr/local/bin", "/usr/bin", "/bin")),
    "USER": "kbtool",
}

# What says where things are on this machine.
_PASSED = (
    *(("PATH",) if sys.platform == "win32" else ()),
    "HOME",
    "TMPDIR",
    "LD_LIBRARY_PATH",
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
    return {**_INSTEAD, **passed, **_FIXED, "PYTHONPATH": _search_path(environ)}


def computing_environment(names: Iterable[str], environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What of it notes get to see: all but the place for temporary files, of which each note has its own."""
    return {name: value for name, value in child_environment(names, environ).items() if name != "TMPDIR"}


def _search_path(environ: Mapping[str, str]) -> str:
    # So that they find kbtool itself, however this process found it.
    package = str(Path(sys.modules["kbtool"].__file__ or "").resolve().parent.parent)
    return os.pathsep.join(filter(None, (package, environ.get("PYTHONPATH", ""))))
