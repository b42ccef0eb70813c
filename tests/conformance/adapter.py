"""Ties the judge to kbtool: what a vault holds, the site made of it, comparison of outputs, write-back."""

from pathlib import Path
from typing import Any

from kbtool import edit, facts
from kbtool.build import render_vault
from kbtool.edit import BlockOutput
from kbtool.run import compare as comparison


def read(vault: Path) -> dict[str, Any]:
    return facts.read(vault)


def render(vault: Path, out: Path) -> dict[str, Path]:
    return render_vault(vault, out)


def compare(documented: str, actual: str, rtol: float = 1e-4, atol: float = 0.0) -> str:
    return comparison.compare(documented, actual, rtol, atol).verdict


def write_back(note: bytes, outputs: list[Any]) -> bytes:
    return edit.write_back(note, [_output(entry) for entry in outputs], comparison.compare)


def _output(entry: Any) -> BlockOutput | None:
    if entry is None or isinstance(entry, BlockOutput):
        return entry
    return BlockOutput(entry) if isinstance(entry, str) else BlockOutput(entry["text"], tuple(entry["figures"]))
