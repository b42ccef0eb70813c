"""The package as a whole: its examples run, it loads nothing unasked, it stands alone."""

import ast
import doctest
import importlib
import pkgutil
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
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.stem)
def test_a_public_function_has_an_example_and_a_lesson_its_source(path: Path):
    tree = ast.parse(path.read_text())
    last_of_each_name = {node.name: node for node in public_functions(path)}  # overloads come before the function
    for node in last_of_each_name.values():
        example_needed = isinstance(node, ast.FunctionDef) or any(
            b.attr == "Module" for b in node.bases if isinstance(b, ast.Attribute)
        )
        text = ast.get_docstring(node)
        assert text, f"{node.name} has no docstring"
        assert ">>>" in text or not example_needed, f"{node.name} has no example"
    if path.name != "__init__.py":
        assert "ource" in (ast.get_docstring(tree) or ""), "the lesson names no source"


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.stem)
def test_a_lesson_imports_only_torch_numpy_tiktoken_and_other_lessons(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= ALLOWED
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            assert str(node.module).split(".")[0] in ALLOWED


def test_the_package_loads_nothing_until_a_lesson_is_named():
    code = """
import sys
import kbtool.concepts
heavy = {"torch", "numpy", "tiktoken"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
assert kbtool.concepts.bpe.train("aa", 257).merges == ((97, 97),)
assert "torch" not in sys.modules
assert kbtool.concepts.attention.causal_mask(1).item()
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT.parents[1])


def test_the_list_of_lessons_is_complete():
    top = {name.removeprefix("kbtool.concepts.") for name in MODULES if name.count(".") == 2}
    assert set(concepts.LESSONS) == top
    assert set(concepts.LESSONS) <= set(dir(concepts))
    with pytest.raises(AttributeError, match="no lesson 'magic'"):
        _ = concepts.magic
