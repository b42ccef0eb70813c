"""What every Python that `requires-python` allows can do; Debian 12 has 3.11.2."""

from __future__ import annotations

import importlib
import pkgutil
import re
from re import _constants, _parser

import pytest

import kbtool

MODULES = [m.name for m in pkgutil.walk_packages(kbtool.__path__, "kbtool.") if not m.name.endswith("__main__")]


def possessive_groups(pattern: re.Pattern[str]) -> list[str]:
    """The possessive repeats of what can itself backtrack: Python before 3.11.5 matches them wrongly."""
    found = []

    def walk(items) -> None:
        for operator, argument in items:
            if operator in (_constants.POSSESSIVE_REPEAT, _constants.ATOMIC_GROUP):
                body = argument[-1] if operator is _constants.POSSESSIVE_REPEAT else argument
                simple = len(body) == 1 and body[0][0] in (
                    _constants.IN,
                    _constants.LITERAL,
                    _constants.NOT_LITERAL,
                    _constants.ANY,
                )
                if not simple:
                    found.append(str(body))
            for part in argument if isinstance(argument, list | tuple) else [argument]:
                if isinstance(part, _parser.SubPattern):
                    walk(part)
                elif isinstance(part, list):
                    for branch in part:
                        if isinstance(branch, _parser.SubPattern):
                            walk(branch)

    walk(_parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))
    return found


@pytest.mark.parametrize(
    ("pattern", "hazards"),
    [(r"(?:a++|b)++c", 1), (r"x(?:y|(?:a|bc)*+)z", 1), (r"(?>a|ab)c", 1), (r"[^a]++b*+", 0), (r"(?:a+|b)+", 0)],
)
def test_the_search_finds_possessive_groups(pattern, hazards):
    assert len(possessive_groups(re.compile(pattern))) == hazards


@pytest.mark.parametrize("name", MODULES)
def test_no_pattern_repeats_a_group_possessively(name):
    module = importlib.import_module(name)
    owners = [module, *(value for value in vars(module).values() if isinstance(value, type))]
    values = [value for owner in owners for value in vars(owner).values()]
    patterns = {value for value in values if isinstance(value, re.Pattern) and isinstance(value.pattern, str)}
    assert {p.pattern: hazards for p in patterns if (hazards := possessive_groups(p))} == {}
