"""The graph: all notes and their links as one drawing, with the same notes as a list for whoever wants or needs that.

The page has the list; the drawing is made from a script of data, which no other page loads.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kbtool.pages.frame import Frame, Ref
from kbtool.pages.layout import places
from kbtool.pages.outline import Node, outline, words_of
from kbtool.plan import Contents, Page, Rendered
from kbtool.render import Site
from kbtool.run.results import Status

__all__ = ["plan", "plan_data", "render", "render_data"]

DATA = "graph-data"
_FAILING = frozenset({Status.MISMATCH, Status.ERROR, Status.TIMEOUT, Status.KILLED})
# As many colours as one can tell apart; and as many notes of a folder are listed, its page has the others.
_COLOURS = 7
_MOST = 200


def plan(inside: Contents) -> Iterable[Page]:
    """Where there are two notes that could be linked."""
    if len(inside.published) > 1:
        yield Page("graph", "", "graph.html", words_of(inside)["nav.graph"])


def plan_data(inside: Contents) -> Iterable[Page]:
    for page in plan(inside):
        yield Page(DATA, "", "graph.js", page.title)


# ---------------------------------------------------------------- the page


@dataclass(frozen=True, slots=True)
class _Listed:
    """A folder in the list: its name, its notes with their addresses from the root, and where all are if these are not.

    A note's page leads to the graph with that address behind the `#`: without a script that is a place in the list.
    """

    name: str
    notes: list[tuple[str, Ref]]
    rest: Ref | None


def render(page: Page, site: Site) -> Rendered:
    frame, nodes = Frame.of(page, site), outline(site).nodes()
    return frame.render(
        "graph.html",
        description=frame.words["graph.lede"],
        data=frame.href(site.page_url(DATA, "")),
        listed=_listed(nodes, frame),
        hues=[(n, name) if name else ("x", frame.words["graph.others"]) for n, name in enumerate(_groups(nodes).names)],
        some_fail=any(node.status in _FAILING for node in nodes),
        n=len(nodes),
    )


def _listed(nodes: Sequence[Node], frame: Frame) -> list[_Listed]:
    """The notes by folder, those at the top first; the order of folders and of notes is the reading order."""
    folders: dict[str, list[Node]] = {"": []}
    for node in nodes:
        folders.setdefault(node.folder, []).append(node)
    return [_list(folder, inside, frame) for folder, inside in folders.items() if inside]


def _list(folder: str, inside: Sequence[Node], frame: Frame) -> _Listed:
    notes = [(node.url, Ref(frame.href(node.url), node.title)) for node in inside[:_MOST]]
    if len(notes) == len(inside):
        return _Listed(folder, notes, None)
    url = frame.site.page_url("folder", folder) if folder else "index.html"
    return _Listed(folder, notes, Ref(frame.href(url), frame.words.say("note.folder-all", n=len(inside))))


# ---------------------------------------------------------------- colours


@dataclass(frozen=True, slots=True)
class _Groups:
    """Which notes have one colour; the last group, without a name, is all that has none of its own."""

    names: tuple[str, ...]
    of: tuple[int, ...]


def _groups(nodes: Sequence[Node]) -> _Groups:
    """By folder; where nearly all notes lie in one folder, by their first tag."""
    folders = [node.folder for node in nodes]
    shared = _common([folder for folder in folders if folder])
    by_folder = [_top_folder(folder, shared) for folder in folders]
    crowded = Counter(by_folder).most_common(1)
    if crowded and crowded[0][1] > len(nodes) * 0.9:
        return _largest([node.tags[0].partition("/")[0].casefold() if node.tags else "" for node in nodes])
    return _largest(by_folder)


def _largest(wishes: Sequence[str]) -> _Groups:
    """A group for each of the most common wishes, in the order of their names."""
    found = Counter(wish for wish in wishes if wish)
    names = sorted(sorted(found, key=lambda name: (-found[name], name))[:_COLOURS])
    number = {name: n for n, name in enumerate(names)}
    of = tuple(number.get(wish, len(names)) for wish in wishes)
    return _Groups((*names, "") if len(names) in of else tuple(names), of)


def _common(folders: Sequence[str]) -> str:
    """The folder that all lie in or are."""
    low, high = (folder.split("/") for folder in (min(folders, default=""), max(folders, default="")))
    same = 0
    while same < min(len(low), len(high)) and low[same] == high[same]:
        same += 1
    return "/".join(low[:same])


def _top_folder(folder: str, common: str) -> str:
    """The name under which notes of a folder are put: the first one below what all have in common.

    >>> _top_folder("Curso/Redes/Capas", "Curso"), _top_folder("Curso", "Curso")
    ('Redes', 'Curso')
    """
    below = folder[len(common) :].strip("/") if f"{folder}/".startswith(f"{common}/") else folder
    return below.partition("/")[0] or folder.rpartition("/")[2]


# ---------------------------------------------------------------- the data


def render_data(page: Page, site: Site) -> Rendered:
    """What `assets/graph.js` draws; notes are told apart by their place in the lists."""
    view = outline(site)
    nodes, targets = view.nodes(), view.all_targets()
    paths = [node.path for node in nodes]
    facts = {
        "titles": [node.title for node in nodes],
        "urls": [node.url for node in nodes],
        "at": [place for point in places(paths, targets) for place in point],
        "groups": _groups(nodes).of,
        "failing": [n for n, node in enumerate(nodes) if node.status in _FAILING],
        "folders": _gathered(nodes, lambda node: _above(node.folder)),
        "tags": _gathered(nodes, lambda node: [tag.casefold() for tag in node.tags]),
        "links": _links(paths, targets),
    }
    data = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    return Rendered(page.url, f"kbtoolGraph={data};\n".encode(errors="replace"))


def _links(paths: Sequence[str], targets: Mapping[str, Sequence[str]]) -> list[int]:
    """Pairs of notes one after the other, each pair once."""
    numbers = {path: n for n, path in enumerate(paths)}
    ends = ((n, numbers[target]) for n, path in enumerate(paths) for target in targets.get(path, ()))
    pairs = {(a, b) if a < b else (b, a) for a, b in ends if a != b}
    return [end for pair in sorted(pairs) for end in pair]


def _gathered(nodes: Sequence[Node], names: Callable[[Node], Iterable[str]]) -> list[tuple[str, list[int]]]:
    """Each name with the notes that have it."""
    found: dict[str, list[int]] = {}
    for n, node in enumerate(nodes):
        for name in dict.fromkeys(names(node)):
            found.setdefault(name, []).append(n)
    return sorted(found.items())


def _above(folder: str) -> list[str]:
    """A folder and those that it lies in."""
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
