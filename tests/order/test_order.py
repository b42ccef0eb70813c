"""The order of running: requirements first, circles told, any depth."""

from hypothesis import given
from hypothesis import strategies as st

from kbtool.run.order import closure, order

NAMES = st.sampled_from("abcdefgh")
GRAPHS = st.dictionaries(NAMES, st.lists(NAMES, max_size=4, unique=True).map(tuple))


def test_requirements_come_first() -> None:
    assert order({"c": ("b",), "b": ("a",), "a": ()}) == (("a", "b", "c"), ())


def test_a_circle_is_told_as_a_chain_and_kept_out_with_what_needs_it() -> None:
    ordered, circles = order({"a": ("b",), "b": ("c",), "c": ("b",), "d": ()})
    assert ordered == ("d",)
    assert circles == (("b", "c", "b"),)


def test_a_note_that_requires_itself_is_a_circle() -> None:
    assert order({"a": ("a",)}) == ((), (("a", "a"),))


def test_a_chain_longer_than_the_recursion_limit() -> None:
    chain = {f"{n:05}": (f"{n + 1:05}",) for n in range(5000)} | {"05000": ()}
    ordered, circles = order(chain)
    assert ordered == tuple(f"{n:05}" for n in range(5000, -1, -1))
    assert circles == ()


@given(GRAPHS)
def test_every_note_stands_after_what_it_requires_or_is_left_out_for_a_circle(
    graph: dict[str, tuple[str, ...]],
) -> None:
    ordered, circles = order(graph)
    place = {name: n for n, name in enumerate(ordered)}
    for name in ordered:
        assert all(place[child] < place[name] for child in graph.get(name, ()))
    on_circle = {name for circle in circles for name in circle}
    left_out = {name for name in closure(graph, graph) if name not in place}
    assert all(closure([name], graph) & on_circle for name in left_out)
    assert all(circle[0] == circle[-1] for circle in circles)


@given(GRAPHS, NAMES)
def test_the_closure_is_closed(graph: dict[str, tuple[str, ...]], start: str) -> None:
    found = closure([start], graph)
    assert start in found
    assert all(set(graph.get(name, ())) <= found for name in found)
