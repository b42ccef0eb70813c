"""What all notes of a run have in common and depend on: Python, this machine, the settings, kbtool's own side."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path

from kbtool.run.environment import computing_environment
from kbtool.run.job import Settings
from kbtool.run.outside import Outside
from kbtool.run.source import digest

__all__ = ["MATPLOTLIB", "hardware", "name_of", "surroundings"]


def name_of(facts: Mapping[str, str]) -> str:
    """A short name for surroundings."""
    return digest(*(text for fact in facts.items() for text in fact))


_ELSEWHERE = frozenset({"root", "vault", "device", "device_forced", "preload", "env"})
"""Settings that count in another form: as paths, as the device of a block, as packages and variables."""

_LIMITS = frozenset({"timeout", "memory", "jobs", "executor"})
"""Settings that do not count: who met a limit has no result that is stored, and all executors give the same."""


def surroundings(settings: Settings, outside: Outside) -> dict[str, str]:
    """Each with a name that a person understands, since a change of it is a reason to tell.

    A setting counts unless it is known not to: what a block may reach, for one, decides what it gives.
    """
    facts = {
        "kbtool": _own_sources(),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": hardware("cpu"),
        "project": str(settings.root.resolve()),
    }
    for setting in fields(settings):
        if setting.name not in _ELSEWHERE | _LIMITS:
            facts[setting.name] = str(getattr(settings, setting.name))
    for name in settings.preload:
        facts[f"package {name}"] = outside.token("package", name)
    seen = computing_environment(settings.env)
    for name, value in sorted(seen.items()):
        facts[f"variable {name}"] = digest(value)  # it may be a secret
    facts[MATPLOTLIB] = digest(*(outside.token("tree", path) for path in _own_settings_of_matplotlib(seen)))
    return facts


MATPLOTLIB = "the settings of matplotlib"


def _own_settings_of_matplotlib(environ: Mapping[str, str]) -> Iterator[str]:
    """What it reads in a person's home, before any note begins."""
    home = Path(environ.get("HOME", "~")).expanduser()
    shared = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "matplotlib"
    usual = shared if sys.platform.startswith(("linux", "freebsd")) else home / ".matplotlib"
    folder = Path(environ.get("MPLCONFIGDIR") or usual)
    yield from (str(folder / "matplotlibrc"), str(folder / "stylelib"))
    if "MATPLOTLIBRC" in environ:
        yield environ["MATPLOTLIBRC"]


@cache
def _own_sources() -> str:
    """Stands for this package: what is stored is what it captured, so other code makes it anew."""
    package = Path(__file__).parent
    files = sorted(package.rglob("*.py"))
    return digest(*(part for file in files for part in (file.relative_to(package).as_posix(), file.read_bytes())))


def hardware(kind: str) -> str:
    """What this machine computes with, by the kind of device; told without starting anything on it."""
    return _HARDWARE.get(kind, platform.platform)()


@cache
def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            lines = file.read(1 << 14).splitlines()
    except OSError:
        lines = []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return f"{platform.machine()} {model}".strip()


def _graphics() -> str:
    parts = [os.environ.get("CUDA_VISIBLE_DEVICES", "")]
    driver = Path("/proc/driver/nvidia")
    for file in (driver / "version", *sorted(driver.glob("gpus/*/information"))):
        try:
            lines = file.read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        parts += [line for line in lines if line.startswith(("NVRM", "Model"))]
    parts += sorted(map(str, Path("/dev").glob("nvidia[0-9]*")))
    return "\n".join(parts)


_HARDWARE: Mapping[str, Callable[[], str]] = {"cpu": _processor, "cuda": _graphics}
