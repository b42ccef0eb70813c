"""`docs/concepts.md`, the map: it names every lesson with every public name, and only what exists."""

import ast
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from kbtool import concepts

LESSONS = Path(concepts.__file__).parent
MAP = LESSONS.parents[1] / "docs" / "concepts.md"
ROW = re.compile(
    r"\| [^|]+ \| \[`(?P<file>[^`]+)`\]\([^)]*\): (?P<names>[^|]+) \| (?P<notes>[^|]+) \| (?P<source>[^|]+) \|"
)
ROWS = {row["file"]: row for row in map(ROW.fullmatch, MAP.read_text().splitlines()) if row}


def public_names(path: Path) -> set[str]:
    nodes = ast.parse(path.read_text()).body
    return {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")}


def test_every_lesson_has_a_row():
    files = {str(p.relative_to(LESSONS)) for p in LESSONS.rglob("*.py") if p.name != "__init__.py"}
    assert set(ROWS) == files


@pytest.mark.parametrize("file", ROWS)
def test_a_row_names_what_the_lesson_offers_and_its_source(file: str):
    assert set(re.findall(r"`(\w+)`", ROWS[file]["names"])) == public_names(LESSONS / file)
    assert re.search(r"\((18|19|20)\d\d\)", ROWS[file]["source"]), "a source has a year"


def test_what_it_links_to_exists():
    linked = [target or plain for target, plain in re.findall(r"\]\((?:<([^>]+)>|([^)\s]+))\)", MAP.read_text())]
    local = [target for target in linked if not target.startswith("http")]
    assert [target for target in local if not (MAP.parent / unquote(target)).is_file()] == []
    assert len([target for target in local if "vault/" in target]) > 20
