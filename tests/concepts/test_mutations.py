"""The suite goes red for each fault of `mutations.MUTATIONS`, and the table leaves out no public function."""

import ast
import importlib
import importlib.util
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

HERE = Path(__file__).parent
LESSONS = "kbtool.concepts"
RECORDS = {"gpt_sizes.GPTConfig", "network.MLP", "adamw.Moments"}  # fields only; the table has what uses them


def load(path: Path) -> types.ModuleType:
    """A fresh copy of a file of this folder as a module, which no other test sees."""
    spec = importlib.util.spec_from_file_location(f"_mutated_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[spec.name]
    return module


@pytest.fixture(autouse=True, scope="module")
def _examples_without_shrinking() -> Iterator[None]:
    """That a property fails is all we ask; how small a counterexample can be made would take the most time."""
    settings.register_profile("mutations", deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    before = settings.get_current_profile_name()
    settings.load_profile("mutations")
    yield
    settings.load_profile(before)


table = load(HERE / "mutations.py")


def mutated(lesson: str, old: str, new: str) -> types.ModuleType:
    """The lesson with the fault in it; its imports of other lessons are the true ones."""
    original = importlib.import_module(f"{LESSONS}.{lesson}")
    source = Path(str(original.__file__)).read_text()
    assert source.count(old) >= 1, f"{lesson} holds no {old!r}"
    module = types.ModuleType(f"{original.__name__}_mutated")
    module.__package__, module.__file__ = original.__package__, original.__file__
    sys.modules[module.__name__] = module
    try:
        exec(compile(source.replace(old, new), str(original.__file__), "exec"), vars(module))
    finally:
        del sys.modules[module.__name__]
    return module


def replace(test_file: types.ModuleType, mutant: types.ModuleType, lesson: str) -> None:
    """Every lesson the test file imported gets the mutant's functions in place of those of the mutated lesson."""
    origin = f"{LESSONS}.{lesson}"
    for name, module in list(vars(test_file).items()):
        if not (isinstance(module, types.ModuleType) and module.__name__.startswith(LESSONS)):
            continue
        view = types.ModuleType(module.__name__)
        vars(view).update(vars(mutant if module.__name__ == origin else module))
        for key, value in vars(module).items():  # re-exports, as `attention.causal_mask` of `masks`
            if getattr(value, "__module__", None) == origin and hasattr(mutant, key):
                setattr(view, key, getattr(mutant, key))
        setattr(test_file, name, view)


def named_test(test_file: types.ModuleType, name: str) -> Callable[[], None]:
    """The test as a function: it must need no arguments of pytest's (those of hypothesis it has)."""
    function: Callable[[], None] = getattr(test_file, f"test_{name}")
    return function


@pytest.mark.parametrize("row", table.MUTATIONS, ids=lambda row: f"{row.lesson}: {row.new[:30]!r} for {row.old[:30]!r}")
def test_the_suite_notices(row):
    file, _, name = row.noticed_by.partition("::")
    test_file = load(HERE / f"test_{file}.py")
    test = named_test(test_file, name)
    replace(test_file, mutated(row.lesson, row.old, row.new), row.lesson)
    with pytest.raises((AssertionError, pytest.fail.Exception)):  # a wrong value; a crash would not be worth a row
        test()


@pytest.mark.parametrize("noticed_by", sorted({row.noticed_by for row in table.MUTATIONS}))
def test_the_test_that_notices_passes_on_the_lesson_as_it_is(noticed_by: str):
    """Through the same door as above, so that it is the fault that turns it red and not the door."""
    file, _, name = noticed_by.partition("::")
    test_file = load(HERE / f"test_{file}.py")
    for lesson in {row.lesson for row in table.MUTATIONS if row.noticed_by == noticed_by}:
        replace(test_file, mutated(lesson, "import", "import"), lesson)
    named_test(test_file, name)()


def test_every_public_function_and_layer_of_a_lesson_has_a_mutation():
    """A row counts for the functions and classes that hold its `old`, or call a private helper that does."""
    forgotten = set()
    for path in sorted(Path(importlib.import_module(LESSONS).__path__[0]).rglob("*.py")):
        lesson = ".".join(path.relative_to(importlib.import_module(LESSONS).__path__[0]).with_suffix("").parts)
        source = path.read_text()
        rows = [row for row in table.MUTATIONS if row.lesson == lesson]
        nodes = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        text = {node.name: ast.get_source_segment(source, node) or "" for node in nodes}
        helpers = {name for name in text if name.startswith("_")}
        for name, body in text.items():
            reached = body + "".join(text[helper] for helper in helpers if helper + "(" in body)
            if name not in helpers and not any(row.old in reached for row in rows):
                forgotten.add(f"{lesson}.{name}")
    assert forgotten - RECORDS == set()
