"""The package as a whole: its examples run, it loads nothing unasked, it stands alone."""

import ast
import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kbtool import concepts

ROOT = Path(concepts.__file__).parent
MODULES = sorted(m.name for m in pkgutil.walk_packages([str(ROOT)], "kbtool.concepts."))
ALLOWED = {"torch", "numpy", "tiktoken", "regex", *sys.stdlib_module_names}


def public_functions(path: Path) -> list[ast.FunctionDef | ast.ClassDef]:
    tree = ast.parse(path.read_text())
    return [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")]


@pytest.mark.parametrize("name", ["kbtool.concepts", *MODULES])
def test_the_examples_run(name: str):
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0
    assert found.attempted > 0 or name.endswith("positions"), "no example was found"


LESSONS = sorted(path for path in ROOT.rglob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_is_short_and_begins_with_a_formula_and_its_source(path: Path):
    source = path.read_text()
    text = ast.get_docstring(ast.parse(source)) or ""
    assert len(source.splitlines()) <= 150, "one idea a file: part it"
    assert re.search(r"\bSources?:\s", text), "the lesson names no source"
    assert re.search(r"^    \S", text, re.MULTILINE), "the lesson has no formula, set off by four spaces"


def is_layer(node: ast.FunctionDef | ast.ClassDef) -> bool:
    return isinstance(node, ast.ClassDef) and any("Module" in ast.unparse(base) for base in node.bases)


def described(path: Path) -> dict[str, tuple[ast.FunctionDef | ast.ClassDef, str]]:
    """Public functions and layers with their docstrings; overloads come before the function, which counts."""
    return {
        node.name: (node, ast.get_docstring(node) or "")
        for node in public_functions(path)
        if isinstance(node, ast.FunctionDef) or is_layer(node)
    }


def raised(node: ast.AST, path: Path) -> set[str]:
    """The exceptions that a function raises by itself or by a private helper of its file."""
    helpers = {
        n.name: n for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef) and n.name[0] == "_"
    }
    called = {ast.unparse(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)}
    bodies = [node, *(helper for name, helper in helpers.items() if name in called)]
    exceptions = [n.exc for body in bodies for n in ast.walk(body) if isinstance(n, ast.Raise) and n.exc]
    return {ast.unparse(exc.func if isinstance(exc, ast.Call) else exc) for exc in exceptions}


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_docstring_says_what_one_would_ask(path: Path):
    """What it costs, where it is from, what it raises, shapes and dtypes of tensors, and an example."""
    for name, (node, text) in described(path).items():
        assert ">>>" in text, f"{name} has no example"
        assert re.search(r"\bO\(|Cost: ", text), f"{name} does not say what it costs"
        assert re.search(r"\bSources?:\s", text), f"{name} has no source"
        for exception in raised(node, path):
            assert exception in text, f"{name} does not say that it raises {exception}"
        if "Tensor" in ast.unparse(node):
            assert re.search(r"\((\.\.\.|[A-Z0-9a-z_]+(,|\)))", text), f"{name} does not say which shapes"
            assert re.search(r"dtype|int64|float|bool", text, re.IGNORECASE), f"{name} does not say which dtypes"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_imports_only_torch_numpy_tiktoken_and_other_lessons(path: Path):
    """And jaxtyping where only type checkers look."""
    tree = ast.parse(path.read_text())
    unseen = {id(n) for block in tree.body if isinstance(block, ast.If) for n in ast.walk(block)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= ALLOWED
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            assert str(node.module) == "jaxtyping" if id(node) in unseen else str(node.module).split(".")[0] in ALLOWED


def test_the_package_loads_nothing_until_a_lesson_is_named():
    code = """
import sys
import kbtool.concepts
heavy = {"torch", "numpy", "tiktoken", "jaxtyping", "beartype"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
assert kbtool.concepts.bpe.train("aa", 257).merges == ((97, 97),)
assert "torch" not in sys.modules
assert kbtool.concepts.attention.causal_mask(1).item()
assert "jaxtyping" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT.parents[1])


def test_the_list_of_lessons_is_complete():
    top = {name.removeprefix("kbtool.concepts.") for name in MODULES if name.count(".") == 2}
    assert set(concepts.LESSONS) == top
    assert set(concepts.LESSONS) <= set(dir(concepts))
    with pytest.raises(AttributeError, match="no lesson 'magic'"):
        _ = concepts.magic
