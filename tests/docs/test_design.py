"""The rank table of docs/design.md, the import contracts and the package name the same modules."""

from __future__ import annotations

import re
import tomllib

import pytest

# No rank: entry points, the lessons, a folder of files for the browser.
OUTSIDE = {"__init__", "__main__", "__pycache__", "concepts", "web"}


@pytest.fixture(scope="module")
def ranks(repository) -> list[set[str]]:
    """The modules of each rank, lowest first, as the document has them."""
    page = (repository / "docs/design.md").read_text("utf-8")
    rows = re.findall(r"^\| \d+ \| `([^`]+)` \|", page, re.MULTILINE)
    return [set(row.replace("/", "").split()) for row in rows]


@pytest.fixture(scope="module")
def contracts(repository):
    contracts = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    return {contract["name"].split()[0]: contract for contract in contracts}


@pytest.fixture(scope="module")
def modules(repository) -> set[str]:
    package = repository / "kbtool"
    return {p.stem for p in package.glob("*.py")} | {p.parent.name for p in package.glob("*/*.py")}


def test_the_contract_has_the_ranks_of_the_document(ranks, contracts):
    layers = [set(re.findall(r"\w+", layer)) - OUTSIDE for layer in contracts["Imports"]["layers"]]
    assert [layer for layer in reversed(layers) if layer] == ranks


def test_every_module_has_a_rank(ranks, modules):
    assert modules - set().union(*ranks) - OUTSIDE == set()


def test_the_other_contracts_name_every_module(contracts, modules):
    named = {"The": modules - OUTSIDE, "Heavy": modules - OUTSIDE - {"run"}}
    keys = {"The": "forbidden_modules", "Heavy": "source_modules"}
    for contract, expected in named.items():
        listed = {name.removeprefix("kbtool.") for name in contracts[contract][keys[contract]]}
        assert expected - listed == set()
        assert listed - modules - {"web"} == set()
