"""Small vaults in, notebooks out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from kbtool.build import export_note
from kbtool.config import Config, RunConfig
from kbtool.project import Wishes


@dataclass(frozen=True)
class Notebook:
    """An exported note: its bytes, and its cells as texts."""

    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def cells(self) -> list[dict[str, Any]]:
        return list(self.json["cells"])

    def sources(self, kind: str = "") -> list[str]:
        return ["".join(cell["source"]) for cell in self.cells if kind in ("", cell["cell_type"])]

    def outputs(self) -> list[list[dict[str, Any]]]:
        return [cell["outputs"] for cell in self.cells if cell["cell_type"] == "code"]


Export = Callable[..., Notebook]


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Export:
    """Exports the first note of a vault given as path -> text; nothing runs unless `run` says so."""
    monkeypatch.setenv("KBTOOL_CACHE", str(tmp_path / "stores"))

    def exported(files: Mapping[str, str | bytes], name: str = "", *, run: bool = False, **settings: Any) -> Notebook:
        vault = tmp_path / "vault"
        for path, content in files.items():
            (vault / path).parent.mkdir(parents=True, exist_ok=True)
            (vault / path).write_bytes(content.encode() if isinstance(content, str) else content)
        stated: dict[str, Any] = {"language": "en", "run": RunConfig(enabled=run, jobs=1, executor="inline")}
        config = Config(vault=vault, site=tmp_path / "site", root=tmp_path, **{**stated, **settings})
        found = Notebook(export_note(config, name or next(iter(files)), Wishes()).notebook)
        nbformat.validate(found.json)
        return found

    return exported
