"""kbtool reads and shows each of these vaults as Obsidian does."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent
CASES = [*sorted((HERE / "open").iterdir()), *sorted((HERE / "own").iterdir())]


def sibling(name: str) -> ModuleType:
    """A module beside this file: the tests are no package."""
    spec = importlib.util.spec_from_file_location(f"conformance_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


adapter, judge = sibling("adapter"), sibling("judge")


def shown(expected: dict[str, Any], vault: Path, out: Path) -> Iterator[str]:
    """What is wrong with the pages."""
    pages = {path: Path(page).resolve() for path, page in adapter.render(vault, out).items()}
    for path, assertions in expected.items():
        if assertions and path not in pages:
            yield f"page of {path} missing"
        elif assertions:
            page = judge.Page(pages[path])
            for assertion in assertions:
                yield from judge.assertion(assertion, page, pages, out, vault)


@pytest.mark.parametrize("folder", [pytest.param(folder, id=folder.name) for folder in CASES])
def test_a_vault_is_read_and_shown_as_in_obsidian(folder, tmp_path):
    expected = json.loads((folder / "expect.json").read_text("utf-8"))
    vault = folder / "vault"
    faults = list(judge.facts(expected, adapter.read(vault), vault))
    faults += shown(expected.get("html", {}), vault, tmp_path.resolve() / "site") if expected.get("html") else []
    assert not faults, f"{expected['title']}: {faults}"
