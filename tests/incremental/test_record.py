"""Pages read nothing that their record does not tell: neither by the look of the code, nor while they are made."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from stepwise import Project

from kbtool import build as pipeline
from kbtool.config import RunConfig
from kbtool.pages import PAGES, prepare
from kbtool.plan import Plan
from kbtool.project import Wishes
from kbtool.reading import read
from kbtool.render import Site

PACKAGE = Path(pipeline.__file__).parent
# What a `Site` holds that its methods hand out with a note in the record.
UNRECORDED = {"notes", "drafts", "plan", "links", "results", "cards", "brief", "order", "vault"}
# Who may go past the methods, and to what: what gathers for all pages, and what is the same in every build that keeps
# pages (the config, the name of the vault, whether a path is that of a note, whether it is that of an attachment).
ALLOWED = {
    ("pages/__init__.py", "prepare"): {"links"},
    ("pages/outline.py", "with_results"): {"results"},
    ("pages/outline.py", "count"): {"results"},
    ("pages/outline.py", "entry_of"): {"cards", "plan", "results"},
    ("pages/outline.py", "shown"): {"links"},
    ("pages/outline.py", "tags"): {"cards"},
    ("pages/outline.py", "outline"): {"cards", "order", "plan"},
    ("pages/frame.py", "site_title"): {"vault"},
    ("pages/note.py", "_obsidian"): {"vault"},
    ("render/fill.py", "fill"): {"drafts"},
    ("render/fill.py", "to"): {"plan"},
    ("render/surface.py", "opening"): {"notes"},
    # Whether a base is published: its address, which `to` notes, changes with that.
    ("render/fill.py", "_embed"): {"notes", "plan"},
    # For `export` only: notebooks of a site carry no pictures.
    ("pages/notebook.py", "_carried"): {"vault"},
    ("render/miniature.py", "_name"): {"notes"},
    ("render/pinboard.py", "_file"): {"notes"},
    # Asked for the note itself, which it notes.
    ("render/values.py", "_fragment"): {"notes", "links"},
}


def reads_of(tree: ast.AST, function: str = "") -> Iterator[tuple[str, str]]:
    """Each `site.FIELD` of a piece of code, with the function that it stands in."""
    for node in ast.iter_child_nodes(tree):
        inside = node.name if isinstance(node, ast.FunctionDef) else function
        if isinstance(node, ast.Attribute) and node.attr in UNRECORDED and _is_site(node.value):
            yield inside, node.attr
        yield from reads_of(node, inside)


def _is_site(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id == "site") or (
        isinstance(node, ast.Attribute) and node.attr == "site"
    )


def test_no_page_goes_past_the_record() -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for path in sorted([*(PACKAGE / "pages").glob("*.py"), *(PACKAGE / "render").glob("*.py")]):
        name = path.relative_to(PACKAGE).as_posix()
        if name != "render/site.py":
            for function, field in reads_of(ast.parse(path.read_text("utf-8"))):
                found.setdefault((name, function), set()).add(field)
    assert found == ALLOWED


def test_the_guard_sees_what_it_looks_for() -> None:
    code = (
        "def page(site):\n def inner():\n  return frame.site.results\n return site.notes['x'], sites.plan, site.note\n"
    )
    assert sorted(reads_of(ast.parse(code))) == [("inner", "results"), ("page", "notes")]


# ---------------------------------------------------------------- while pages are made


class Spied(Mapping[str, Any]):
    """A mapping that tells which of its values were taken."""

    def __init__(self, values: Mapping[str, Any], kind: str, taken: set[tuple[str, str]]) -> None:
        self._values, self._kind, self._taken = values, kind, taken

    def __getitem__(self, key: str) -> Any:
        self._taken.add((self._kind, key))
        return self._values[key]

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def items(self) -> Any:
        """Going through all of them is what a fact about all is for."""
        return self._values.items()


class SpiedPlan(Plan):
    """A plan that tells which addresses and pages were asked for."""

    taken: set[tuple[str, str]]

    def page(self, kind: str, subject: str) -> Any:
        self.taken.add(("page", f"{kind}\n{subject}"))
        return super().page(kind, subject)

    def url(self, path: str) -> str | None:
        self.taken.add(("url", path))
        return super().url(path)


def spied(site: Site) -> tuple[Site, set[tuple[str, str]]]:
    """The site with its fields watched, and the set of the facts that are taken from them."""
    taken: set[tuple[str, str]] = set()
    plan = SpiedPlan(site.plan.pages, site.plan.attachments, site.plan.published, site.plan.unpublished)
    object.__setattr__(plan, "taken", taken)
    watched = replace(
        site,
        notes=Spied(site.notes, "note", taken),
        drafts=Spied(site.drafts, "note", taken),
        results=Spied(site.results, "result", taken),
        plan=plan,
        links=replace(
            site.links,
            resolutions=Spied(site.links.resolutions, "out", taken),
            property_resolutions=Spied(site.links.property_resolutions, "out", taken),
        ),
    )
    return watched, taken


@pytest.fixture
def site(project: Project) -> Site:
    """A site with everything that pages show."""
    project.configure(run=RunConfig(enabled=True, executor="inline"), base_url="https://example.org")
    project.put(
        {
            "index.md": "# Welcome\n\n![[A]]\n",
            "A.md": "---\nup: '[[B]]'\ntags: [x/y, z]\npermalink: short\n---\n[[B#Part]] [[C]][^1]\n\n[^1]: [[f/D]]\n",
            "B.md": "# B\n\n## Part\n\n![[C]] ![[f/D#^blk]] #z\n\n```python\nprint(1)\n```\n",
            "C.md": "---\ndate: 2026-01-02\n---\n[[A]] [[B]] [[gone]] ![[private]] <img src='pic.gif'> `{python} 1`\n",
            "f/D.md": "A block of [[A]], with [[B]]. ^blk\n",
            "f/private.md": "---\ndraft: true\n---\n[[A]]\n",
            "pic.gif": "GIF",
            **{f"g/h/N{n:02}.md": f"# Note {n}\n\n[[A]] [[N{n + 1:02}]] #t{n % 3}\n" for n in range(30)},
        }
    )
    reading = read(project.config)
    results = pipeline.check(project.config, Wishes()).results
    return pipeline.site_of(reading, results)


def test_what_a_page_takes_is_in_its_record(site: Site) -> None:
    watched, taken = spied(site)
    prepare(watched)
    kinds = {kind.name: kind.render for kind in PAGES}
    for page in watched.plan.pages:
        taken.clear()
        watched.reads.take()
        kinds[page.kind](page, watched)
        missed = taken - watched.reads.take()
        assert not missed, f"{page.url} takes what its record does not tell"


def test_a_page_is_recorded_the_same_whatever_was_made_before_it(site: Site) -> None:
    """What pages share is kept with the facts that it was made from."""
    kinds = {kind.name: kind.render for kind in PAGES}

    def recorded(site: Site, *, backwards: bool) -> dict[str, tuple[bytes, frozenset[tuple[str, str]]]]:
        found = {}
        for page in sorted(site.plan.pages, key=lambda page: page.url, reverse=backwards):
            site.reads.take()
            found[page.url] = kinds[page.kind](page, site).data, site.reads.take()
        return found

    assert recorded(site, backwards=False) == recorded(replace(site), backwards=True)
