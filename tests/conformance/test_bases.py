"""kbtool reads these bases and canvases as Obsidian does: rows, cells, groups, what `this` is; nodes and edges."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent
CASES = sorted((HERE / "bases").iterdir())


def sibling(name: str) -> ModuleType:
    """A module beside this file: the tests are no package."""
    spec = importlib.util.spec_from_file_location(f"conformance_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


adapter, judge = sibling("adapter_bases"), sibling("judge_bases")


@pytest.mark.parametrize("folder", [pytest.param(folder, id=folder.name) for folder in CASES])
def test_a_base_or_canvas_is_read_as_in_obsidian(folder):
    expected = json.loads((folder / "expect.json").read_text("utf-8"))
    faults = list(judge.facts(expected, adapter.read(folder / "vault")))
    assert not faults, f"{expected['title']}: {faults}"
