"""Where each note stands in the drawing of all notes: a function of the notes' paths and links, and of nothing else.

A note starts at a point that follows from its path.  Links then draw neighbours together a fixed number of times,
which sorts out what belongs together; after that all notes push each other apart, so that they do not lie in one heap.
There is no chance in it and no search for the best drawing: a new note or link moves what is near it, and a build that
knows the last drawing makes the same as one that does not.

Only additions, multiplications, divisions and square roots: those come out alike on every machine, and sines do not.
A step costs as much as there are notes and links, because notes that are far away push as one, from the middle of
their cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from math import sqrt

__all__ = ["Point", "places"]

Point = tuple[int, int]

_GATHERINGS = 8
# Up to so many notes, so many pushes: of ten thousand notes the picture is a cloud anyway, and each push costs more.
_PUSHES = ((100, 80), (400, 30), (3_000, 12), (1 << 60, 4))
_UNIT = 40
_PUSH, _PULL, _LENGTH, _INWARDS = 0.9, 0.5, 1.0, 0.014
# How strongly the notes of one folder keep together: enough to see folders where links are random, no more.
_TOGETHER = 0.35
_CLOSEST = 0.04
_MOST_CELLS = 20

_Cell = tuple[float, float, list[int]]


def places(paths: Sequence[str], targets: Mapping[str, Sequence[str]]) -> list[Point]:
    """A point for each note, in the order of `paths`; neighbours are some 40 apart, the middle is (0, 0)."""
    drawing = _Drawing(paths, targets)
    for _ in range(_GATHERINGS):
        drawing.gather()
    drawing.spread(paths)
    pushes = next(pushes for most, pushes in _PUSHES if len(paths) <= most)
    for step in range(pushes):
        drawing.push(step, 1 - step / pushes)
    return [(round(x * _UNIT), round(y * _UNIT)) for x, y in zip(*drawing.centred(), strict=True)]


class _Drawing:
    """Notes by number: where each is, and the pairs that are linked, each once."""

    def __init__(self, paths: Sequence[str], targets: Mapping[str, Sequence[str]]) -> None:
        numbers = {path: n for n, path in enumerate(paths)}
        starts = [_start(path) for path in paths]
        self.x = [x for x, _ in starts]
        self.y = [y for _, y in starts]
        self.links = sorted(set(_pairs(paths, targets, numbers)))
        folders: dict[str, list[int]] = defaultdict(list)
        for n, path in enumerate(paths):
            folders[path.rpartition("/")[0]].append(n)
        self.folders = [inside for inside in folders.values() if 1 < len(inside) < len(paths) * 0.8]
        self.degrees = [0] * len(paths)
        for a, b in self.links:
            self.degrees[a] += 1
            self.degrees[b] += 1

    def gather(self) -> None:
        """Each note goes halfway to the middle of those that it is linked with; then all is as wide as before."""
        self.x, self.y = (_as_wide(self._halfway(of)) for of in (self.x, self.y))

    def _halfway(self, of: list[float]) -> list[float]:
        sums = [0.0] * len(of)
        for a, b in self.links:
            sums[a] += of[b]
            sums[b] += of[a]
        moved = [(here + total / n) / 2 if n else here for here, total, n in zip(of, sums, self.degrees, strict=True)]
        for inside in self.folders:
            middle = sum(of[n] for n in inside) / len(inside)
            for n in inside:
                moved[n] += (middle - moved[n]) * _TOGETHER
        return moved

    def spread(self, paths: Sequence[str]) -> None:
        """Gives each note about as much room as it will have; those that came to lie on one spot come apart."""
        width = sqrt(len(paths)) * 0.6
        for n, path in enumerate(paths):
            x, y = _start(path)
            self.x[n] = (self.x[n] + x * 0.2) * width
            self.y[n] = (self.y[n] + y * 0.2) * width

    def push(self, step: int, heat: float) -> None:
        """Moves each note as its links, the others and the middle want it, less far each time."""
        dx = [-_INWARDS * x for x in self.x]
        dy = [-_INWARDS * y for y in self.y]
        self._push_apart(dx, dy, self._cells(step))
        self._pull_together(dx, dy)
        self._keep_folders(dx, dy)
        limit = 0.1 + heat
        for n, (x, y) in enumerate(zip(dx, dy, strict=True)):
            wish = sqrt(x * x + y * y)
            scale = heat * (limit / wish if wish > limit else 1.0)
            self.x[n] += x * scale
            self.y[n] += y * scale

    def _pull_together(self, dx: list[float], dy: list[float]) -> None:
        """Links are springs; one of many is weak, and of its two ends the one with fewer links moves more."""
        xs, ys, degrees = self.x, self.y, self.degrees
        for a, b in self.links:
            x, y = xs[b] - xs[a], ys[b] - ys[a]
            of_a, of_b = degrees[a], degrees[b]
            stretched = 1 - _LENGTH / sqrt(x * x + y * y + _CLOSEST)
            pull = _PULL * stretched / (of_a if of_a < of_b else of_b) / (of_a + of_b)
            dx[a] += x * pull * of_b
            dy[a] += y * pull * of_b
            dx[b] -= x * pull * of_a
            dy[b] -= y * pull * of_a

    def _keep_folders(self, dx: list[float], dy: list[float]) -> None:
        for inside in self.folders:
            x, y = (sum(of[n] for n in inside) / len(inside) for of in (self.x, self.y))
            for n in inside:
                dx[n] += _TOGETHER * (x - self.x[n])
                dy[n] += _TOGETHER * (y - self.y[n])

    def _push_apart(self, dx: list[float], dy: list[float], cells: Sequence[_Cell]) -> None:
        for cell in cells:
            x, y = _pushed_by_cells(cell, cells)
            for n in cell[2]:
                dx[n] += x
                dy[n] += y
            self._push_within(dx, dy, cell[2])

    def _push_within(self, dx: list[float], dy: list[float], inside: list[int]) -> None:
        xs, ys = self.x, self.y
        for i, a in enumerate(inside):
            ax, ay, pushed_x, pushed_y = xs[a], ys[a], 0.0, 0.0
            for b in inside[i + 1 :]:
                x, y = ax - xs[b], ay - ys[b]
                push = _PUSH / (x * x + y * y + _CLOSEST)
                pushed_x += x * push
                pushed_y += y * push
                dx[b] -= x * push
                dy[b] -= y * push
            dx[a] += pushed_x
            dy[a] += pushed_y

    def _cells(self, step: int) -> list[_Cell]:
        """The notes by cells of a grid, which lies elsewhere at each step, so that its lines leave no mark."""
        across = min(_MOST_CELLS, 1 + int(sqrt(len(self.x)) / 3))
        left, low = min(self.x, default=0.0), min(self.y, default=0.0)
        side = max(max(self.x, default=0.0) - left, max(self.y, default=0.0) - low) / across + _CLOSEST
        left, low = left - side * (step % 5) / 5, low - side * (step % 3) / 3
        found: dict[tuple[int, int], list[int]] = defaultdict(list)
        for n, (x, y) in enumerate(zip(self.x, self.y, strict=True)):
            found[int((x - left) / side), int((y - low) / side)].append(n)
        return [
            (sum(self.x[n] for n in inside) / len(inside), sum(self.y[n] for n in inside) / len(inside), inside)
            for inside in found.values()
        ]

    def centred(self) -> tuple[list[float], list[float]]:
        middle_x, middle_y = (sum(of) / max(1, len(of)) for of in (self.x, self.y))
        return [x - middle_x for x in self.x], [y - middle_y for y in self.y]


def _pushed_by_cells(cell: _Cell, cells: Sequence[_Cell]) -> tuple[float, float]:
    """How the notes of all other cells push those of this one."""
    here_x, here_y, own = cell
    pushed_x = pushed_y = 0.0
    for other_x, other_y, inside in cells:
        if inside is not own:
            x, y = here_x - other_x, here_y - other_y
            push = _PUSH * len(inside) / (x * x + y * y + 0.5)
            pushed_x += x * push
            pushed_y += y * push
    return pushed_x, pushed_y


def _pairs(
    paths: Sequence[str], targets: Mapping[str, Sequence[str]], numbers: Mapping[str, int]
) -> Iterator[tuple[int, int]]:
    for a, path in enumerate(paths):
        for target in targets.get(path, ()):
            b = numbers[target]
            if a != b:
                yield (a, b) if a < b else (b, a)


def _start(path: str) -> tuple[float, float]:
    """A point in the square from (-1, -1) to (1, 1); notes of a folder start near each other.

    >>> _start("Notas/RoPE.md") == _start("Notas/RoPE.md") != _start("Notas/ALiBi.md")
    True
    """
    x, y = _point(path)
    folder_x, folder_y = _point(path.rpartition("/")[0])
    return (x + folder_x) / 2, (y + folder_y) / 2


def _point(name: str) -> tuple[float, float]:
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest[:4], "big") / (1 << 31) - 1, int.from_bytes(digest[4:], "big") / (1 << 31) - 1


def _as_wide(of: list[float]) -> list[float]:
    """The numbers around their middle, at a mean distance of one from it."""
    if not of:
        return of
    middle = sum(of) / len(of)
    wide = sqrt(sum((value - middle) ** 2 for value in of) / len(of)) or 1.0
    return [(value - middle) / wide for value in of]
