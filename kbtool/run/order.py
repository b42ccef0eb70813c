"""In what order notes run: what a note requires comes before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["closure", "order"]


def closure(wanted: Iterable[str], requires: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The wanted notes and all that they require, directly or not.

    >>> sorted(closure(["b"], {"b": ("a",), "a": (), "c": ()}))
    ['a', 'b']
    """
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(requires.get(path, ()))
    return found


def order(requires: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The notes in an order in which each comes after those it requires, and the circles among them.

    Notes on a circle, or that need one, are left out of the order.  A circle is given as the chain of its notes, the
    first repeated at the end.  Deterministic: by path where nothing else decides.

    >>> order({"b": ("a",), "a": (), "x": ("y",), "y": ("x",)})
    (('a', 'b'), (('x', 'y', 'x'),))
    """
    done: dict[str, bool] = {}
    circles: list[tuple[str, ...]] = []
    result: list[str] = []
    for root in sorted(requires):
        _visit(root, requires, done, circles, result)
    return tuple(result), tuple(circles)


def _visit(
    root: str,
    requires: Mapping[str, tuple[str, ...]],
    done: dict[str, bool],
    circles: list[tuple[str, ...]],
    result: list[str],
) -> None:
    # Depth first with its own stack: a chain may be longer than Python's recursion limit.
    if root in done:
        return
    trail: list[str] = [root]
    on_trail = {root}
    waiting = [iter(requires.get(root, ()))]
    sound = [True]
    while trail:
        child = next(waiting[-1], None)
        if child is None:
            path = trail.pop()
            on_trail.discard(path)
            waiting.pop()
            done[path] = sound.pop()
            if done[path]:
                result.append(path)
            elif sound:
                sound[-1] = False
        elif child in on_trail:
            circles.append((*trail[trail.index(child) :], child))
            sound[-1] = False
        elif child in done:
            sound[-1] = sound[-1] and done[child]
        else:
            trail.append(child)
            on_trail.add(child)
            waiting.append(iter(requires.get(child, ())))
            sound.append(True)
