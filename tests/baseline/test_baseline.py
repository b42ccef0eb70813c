"""A baseline: what it knows does not count again, whatever moved; what is new does."""

from dataclasses import replace
from pathlib import Path

import pytest

from kbtool.baseline import BadBaselineError, against, record
from kbtool.diagnostics import fault

OLD = fault("broken-link", "A.md", 3, 1, "no note is called 'B'")
NEW = fault("broken-link", "A.md", 4, 1, "no note is called 'C'")


def test_what_was_recorded_is_known_even_on_another_line(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    record([OLD], path)
    assert against([replace(OLD, line=30), NEW], path) == (NEW,)


def test_a_fault_that_multiplied_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    record([OLD], path)
    again = replace(OLD, line=9)
    assert against([OLD, again], path) == (again,)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"known": 3}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "known.json"
    path.write_text(text)
    with pytest.raises(BadBaselineError, match="not a baseline"):
        against([OLD], path)
