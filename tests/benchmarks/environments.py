"""Environments of their own for the programs that kbtool is measured beside, made the first time they are needed."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

from bench import SkippedError

__all__ = ["environment", "version_in"]

_STAMP = "installed.txt"


def environment(folder: Path, *requirements: str, with_ours: bool = False) -> Path:
    """The folder of an environment that holds these packages; `with_ours` adds those of the environment we run in.

    Raises SkippedError where it cannot be made, as without a network.
    """
    wanted, stamp = "\n".join(requirements) + "\n", folder / _STAMP
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return folder
    try:
        _run(sys.executable, "-m", "venv", "--clear", "--without-pip", folder)
        if with_ours:
            # `--system-site-packages` would give those of the base installation, not of this environment.
            (_packages(folder) / "benchmarks.pth").write_text(sysconfig.get_path("purelib") + "\n")
        python = folder / "bin" / "python"
        _run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *requirements)
    except (subprocess.CalledProcessError, OSError) as error:
        raise SkippedError(f"pip could not install {', '.join(requirements)}: {_last_line(error)}") from error
    stamp.write_text(wanted, "utf-8")
    return folder


def version_in(folder: Path, package: str) -> str:
    """The version of a package in an environment, by the name of the folder that describes it."""
    described = _packages(folder).glob(f"{package.replace('-', '_')}-*.dist-info")
    return next((found.stem.rpartition("-")[2] for found in described), "")


def _packages(folder: Path) -> Path:
    return next((folder / "lib").glob("python*/site-packages"))


def _last_line(error: subprocess.CalledProcessError | OSError) -> str:
    said = str(getattr(error, "stderr", "") or error).strip()
    return said.splitlines()[-1][:200]


def _run(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
