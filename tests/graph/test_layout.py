"""Where notes stand in the graph: by paths and links alone, near what they link with, hardly moved by little."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from statistics import mean, median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbtool.pages.layout import Point, places

Targets = Mapping[str, Sequence[str]]


def vault(folders: int, each: int, seed: int = 1) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """Notes in folders: each links to four others, three of them in its folder."""
    chance = random.Random(seed)
    paths = [f"f{folder}/n{n}.md" for folder in range(folders) for n in range(each)]
    near = {path: [other for other in paths if other.partition("/")[0] == path.partition("/")[0]] for path in paths}
    return paths, {path: (*chance.sample(near[path], 3), chance.choice(paths)) for path in paths}


def placed(paths: Sequence[str], targets: Targets) -> dict[str, Point]:
    return dict(zip(paths, places(paths, targets), strict=True))


def far(points: Mapping[str, Point], pairs: Sequence[tuple[str, str]]) -> float:
    return mean(math.dist(points[a], points[b]) for a, b in pairs if a != b)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_notes_have_a_place_each(n: int) -> None:
    paths = [f"{i}.md" for i in range(n)]
    assert len(set(places(paths, {}))) == n


def test_the_order_of_notes_does_not_matter_more_than_a_rounding_does() -> None:
    paths, targets = vault(3, 20)
    backwards = placed(paths[::-1], targets)
    assert max(math.dist(point, backwards[path]) for path, point in placed(paths, targets).items()) < 3


def test_the_middle_is_at_zero_and_no_two_notes_lie_on_one_spot() -> None:
    paths, targets = vault(6, 40)
    points = places(paths, targets)
    assert abs(mean(x for x, _ in points)) < 1 > abs(mean(y for _, y in points))
    assert len(set(points)) == len(points)


def test_notes_that_are_linked_stand_nearer_than_others() -> None:
    paths, targets = vault(1, 60)
    # Two halves of one folder that know each other by a single link.
    left, right = paths[:30], paths[30:]
    chance = random.Random(2)
    targets = {path: tuple(chance.sample(left if path in left else right, 3)) for path in paths}
    targets[left[0]] = (right[0],)
    points = placed(paths, targets)
    linked = [(path, target) for path in paths for target in targets[path]]
    apart = [(a, b) for a in left for b in right]
    assert far(points, linked) < 0.6 * far(points, apart)


def test_a_note_or_a_link_more_moves_little() -> None:
    paths, targets = vault(8, 60)
    before = placed(paths, targets)
    width = max(math.dist((0, 0), point) for point in before.values()) * 2
    more = {**targets, "f1/new.md": (paths[3], paths[70])}
    linked = {**targets, paths[0]: (*targets[paths[0]], paths[200])}
    for now in (placed([*paths, "f1/new.md"], more), placed(paths, linked)):
        assert median(math.dist(before[path], now[path]) for path in paths) < 0.02 * width


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=40))
def test_whatever_links_to_whatever_each_note_has_a_place_of_its_own(pairs: list[tuple[int, int]]) -> None:
    paths = [f"{n % 2}/{n}.md" for n in range(15)]
    targets: dict[str, list[str]] = {path: [] for path in paths}
    for a, b in pairs:
        targets[paths[a]].append(paths[b])
    points = places(paths, targets)
    assert points == places(paths, targets)
    assert len(set(points)) == 15
    assert all(abs(value) < 5_000 for point in points for value in point)
