"""Small vaults from text, and their bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kbtool import config, links, note, plan, vault, words
from kbtool.render import Body, Draft, Site, draft, fill
from kbtool.run.results import NoteResult

VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
FLOW = ("aside", "blockquote", "details", "div", "dl", "figure", "h1", "h2", "h3", "ol", "p", "pre", "table", "ul")


@dataclass(frozen=True)
class Shelf:
    """A vault that was read, and what its pages show."""

    site: Site
    drafts: Mapping[str, Draft]

    def body(self, path: str = "A.md") -> Body:
        url = self.site.plan.url(path)
        assert url is not None
        return fill(path, self.site, url)

    def html(self, path: str = "A.md") -> str:
        return self.body(path).html

    def faults(self, path: str = "A.md") -> list[tuple[str, str, int]]:
        """Code, path and line of what drafting and filling the page found."""
        found = (*self.drafts[path].diagnostics, *self.body(path).diagnostics)
        return [(d.code, d.path, d.line) for d in found]


@pytest.fixture
def shelve(tmp_path: Path) -> Callable[..., Shelf]:
    """Makes a vault of files given by path and text; `results` are those of its notes."""

    def make(
        files: Mapping[str, str | bytes], *, results: Mapping[str, NoteResult] | None = None, language: str = "en"
    ) -> Shelf:
        for path, content in files.items():
            place = tmp_path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
        return _shelf(tmp_path, results or {}, language)

    return make


def _shelf(root: Path, results: Mapping[str, NoteResult], language: str) -> Shelf:
    read = vault.read(root)
    strict = read.settings.strict_line_breaks
    documents = {
        file.path: note.parse(file.path, vault.load_text(file).text, strict_line_breaks=strict)[0]
        for file in read.files
        if file.kind is vault.FileKind.NOTE
    }
    notes = {path: document.note for path, document in documents.items()}
    drafts = {path: draft(document, strict_line_breaks=strict) for path, document in documents.items()}
    settings = config.Config(vault=root, site=root / "site")
    kinds = [plan.PageKind("note", _pages, _never), plan.PageKind("tag", _tags, _never)]
    planned, _ = plan.pages(read, notes, settings, kinds)
    index = links.build(read, notes)
    site = Site(settings, read, notes, drafts, planned, index, results, words.words(language))
    return Shelf(site, drafts)


def _pages(inside: plan.Contents) -> list[plan.Page]:
    notes = [plan.Page("note", path, plan.file_url(path), inside.notes[path].title) for path in inside.published]
    others = [("canvas", path) for path in inside.canvases] + [("base", path) for path in inside.bases]
    return notes + [plan.Page(kind, path, plan.file_url(path), path) for kind, path in others]


def _tags(inside: plan.Contents) -> list[plan.Page]:
    tags = sorted({tag for path in inside.published for tag in inside.notes[path].tags})
    return [plan.Page("tag", tag, f"tags/{tag}.html", tag) for tag in tags]


def _never(page: plan.Page, site: object) -> plan.Rendered:
    raise AssertionError(f"{page} is not rendered here, {site}")


class _Reader(HTMLParser):
    """Reads HTML as strictly as XML, and knows that a paragraph cannot hold a block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> says an attribute twice")
        if tag in FLOW and "p" in self.open:
            self.faults.append(f"<{tag}> inside <p>")
        if tag == "a" and "a" in self.open:
            self.faults.append("<a> inside <a>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if "math" not in self.open and "svg" not in self.open:
            self.faults.append(f"<{tag}/>")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> in {self.open[-3:]}")
        else:
            self.open.pop()


def _faults_of(html: str) -> list[str]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.faults + [f"<{tag}> is left open" for tag in reader.open]


@pytest.fixture(scope="session")
def faults_of() -> Callable[[str], list[str]]:
    """What keeps a piece of HTML from being whole: nothing, one hopes."""
    return _faults_of
