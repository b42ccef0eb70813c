"""Whatever three notes say, the way from their text to their pages never raises, and their HTML is whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hard_sites import Html
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kbtool import links, mend, note, plan
from kbtool import vault as vault_module
from kbtool.config import Config
from kbtool.edit import replace_spans
from kbtool.pages import PAGES
from kbtool.render import Site, draft, fill
from kbtool.words import words

PIECES = [
    *("texto ", "á", "\n", "\n\n", "\n> ", "\n- ", "\n1. ", "\n    ", "\t", "\r\n", "\n# T\n"),
    *("\n## T\n", "\n---\n", "\x00", "\x02W0:x\x03", "[[A]]", "[[b|x]]", "[[B#T]]", "[[C#^id]]"),
    *("![[A]]", "![[B]]", "![[C#T]]", "![[#T]]", "![[A#^id]]", "[[Ñu]]", "[[nu]]", "[[Alia]]"),
    *("![[i.png|10]]", "![x](i.png)", "[x](A.md#T)", "[x](<B.md>)", "[[b.md]]", "[[carpeta/A]]"),
    *("[[D\\|x]]", "[[", "]]", "![[", "](", "\n```python\n1\n```\n", "\n```output\n1\n```\n"),
    *("\n```dataview\nx\n```\n", "`{python} 1`", "`", "```", "~~~\n", " ^id\n", "\n^id\n\n", "[^1]"),
    *("\n[^1]: pie ![[B]]\n", "^[x [[A]]]", "%%", "$x$", "$$", "==", "**", "*", "_", "~~", "#t/u "),
    *("> [!note]- [[A]]\n> ", "- [ ] ", "|a|\n|-|\n|[[A\\|b]]|\n", "<div>", "</div>", "<p>", "<script>"),
    *("</script>", "<b>", "</b>", "<a href='#t'>", "</a>", "<img src='i.png'>", "<iframe src='//x'>"),
    *("<table>", "<td>", "<details>", "<summary>", "</details>", "<svg>", "<!--", "-->", "<title>"),
    *("<video src=x>", "<%", "tokenizaciÃ³n ", "[[AtenciÃ³n]]", "[[Ã‘u]]"),
]  # fmt: skip
PROPERTIES = [
    "aliases: [Alia, Beta]",
    "tags: [a, b/c]",
    "ver: '[[A]]'",
    "title: x",
    "draft: true",
    "lang: en",
    "a: [",
    "requires: ['[[B]]']",
]
BODIES = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
HEADS = st.lists(st.sampled_from(PROPERTIES), max_size=3).map(
    lambda rows: "---\n" + "\n".join(rows) + "\n---\n" if rows else ""
)
TEXTS = st.builds(str.__add__, HEADS, BODIES) | st.text(max_size=60)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])


@dataclass(frozen=True)
class Encoded:
    """A note as bytes: some have a mark, some other line ends."""

    text: str
    encoding: str
    newline: str

    @property
    def data(self) -> bytes:
        return self.text.replace("\n", self.newline).encode(self.encoding, "replace")


NOTES = st.builds(Encoded, TEXTS, ENCODINGS, st.sampled_from(["\n", "\r\n", "\r"]))


@pytest.fixture(scope="module")
def folder():
    """A folder in memory where there is one: thousands of small vaults are written."""
    memory = Path("/dev/shm")
    home = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    yield home / "V"
    shutil.rmtree(home)


def lay(root: Path, notes: Sequence[Encoded]) -> Config:
    shutil.rmtree(root, ignore_errors=True)
    (root / "carpeta").mkdir(parents=True)
    for path, content in zip(("A.md", "carpeta/B.md", "ñu.md"), notes, strict=True):
        (root / path).write_bytes(content.data)
    (root / "i.png").write_bytes(b"")
    return Config(vault=root, site=root.with_name("S"))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(NOTES, min_size=3, max_size=3))
def test_the_whole_path_never_raises_and_its_html_is_whole(folder, notes):
    config = lay(folder, notes)
    vault = vault_module.read(folder)
    documents = {f.path: note.parse(f.path, vault_module.load_text(f).text)[0] for f in vault.notes}
    parsed = {path: document.note for path, document in documents.items()}
    drafts = {path: draft(document, strict_line_breaks=False) for path, document in documents.items()}
    planned, _ = plan.pages(vault, parsed, config, PAGES)
    site = Site(config, vault, parsed, drafts, planned, links.build(vault, parsed), {}, words("es"))
    for path in sorted(planned.published):
        body = fill(path, site, planned.url(path) or "")
        assert Html(body.html).faults == []
        assert all(d.line <= parsed_lines(folder / d.path) for d in body.diagnostics)


def parsed_lines(path: Path) -> int:
    return vault_module.decode(path.read_bytes(), "").text.count("\n") + 1


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(NOTES, min_size=3, max_size=3))
def test_fixing_twice_is_fixing_once(folder, notes):
    config = lay(folder, notes)
    mend.fix(config)
    once = {path: path.read_bytes() for path in folder.rglob("*.md")}
    assert mend.fix(config) == ()
    assert {path: path.read_bytes() for path in folder.rglob("*.md")} == once


@dataclass(frozen=True)
class Edit:
    line: int
    start: int
    end: int
    new_text: str


EDITS = st.builds(
    Edit, st.integers(-1, 6), st.integers(-1, 9), st.integers(-1, 9), st.sampled_from(["", "x", "[[Ñ|x]]", "|"])
)


@settings(max_examples=300, deadline=None)
@given(NOTES, st.lists(EDITS, max_size=4))
def test_replacing_spans_changes_nothing_beside_them(content, edits):
    before = content.data
    after = replace_spans(before, edits)
    old, new = (vault_module.decode(data, "").text.split("\n") for data in (before, after))
    touched = {edit.line for edit in edits}
    assert len(old) == len(new)
    assert [a for n, (a, b) in enumerate(zip(old, new, strict=True), 1) if a != b and n not in touched] == []
    for number, (a, b) in enumerate(zip(old, new, strict=True), 1):
        starts = [max(edit.start, 0) for edit in edits if edit.line == number]
        ends = [edit.end for edit in edits if edit.line == number]
        assert a == b or (b.startswith(a[: min(starts)]) and b.endswith(a[max(ends) :]))
    assert vault_module.decode(before, "").bom == vault_module.decode(after, "").bom
