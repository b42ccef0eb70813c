"""A vault that is changed at random, built now and then, at times only half: each whole build equals a clean one.

`make fuzz` walks for longer; `KBTOOL_WALKS` says how often.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from stepwise import NOTHING, Project, assert_clean, empty_project, without_store

from kbtool import build as pipeline
from kbtool import ledger as ledger_module
from kbtool import site as site_module
from kbtool.cache import store_path
from kbtool.config import PagesConfig, PublishConfig
from kbtool.diagnostics import Severity
from kbtool.project import Wishes

# Few names and few words, so that everything meets everything: names that differ by case and accents share URLs.
FOLDERS = st.sampled_from(["", "", "a/", "a/c/", "B/", "b/"])
NAMES = st.sampled_from(["One", "one", "Two", "Ñu", "Nu", "v1.2", "index", "a"])
PICTURES = st.sampled_from(["pic.gif", "Pic.gif", "other.gif"])
NOTE_PATHS = st.builds(lambda folder, name: f"{folder}{name}.md", FOLDERS, NAMES)
PICTURE_PATHS = st.builds(lambda folder, name: folder + name, FOLDERS, PICTURES)
PIECES = st.sampled_from(
    [
        "Plain words of a note.",
        "Unas palabras de la nota, que son de otra lengua.",
        "See [[One]] and [[two]].",
        "See [[a/One|this]] there.",
        "To [[Ñu#Part]] and [[nu#^blk]].",
        "[[v1.2]], [[Missing]], [[Onee]].",
        "[md](../a/One.md#part) and [other](Two.md)",
        "%% hidden [[Two]] %%",
        "![[One]]",
        "![[Two#Part]]",
        "![[Ñu#^blk]]",
        "![[a]]",
        "![[pic.gif]]",
        "![[Some.base]] and ![[a/Some.base#Two]]",
        "![[Some.base]]",
        "![[Map.canvas]] and [[a/Map.canvas]]",
        "```base\nfilters: file.hasLink(this)\nviews: [{type: list, name: L, order: [file.name, n]}]\n```",
        "![](other.gif) [file](a/pic.gif)",
        '<img src="pic.gif"> <a href="Two.md">two</a>',
        '<img src=" other.gif ">',
        "A word #tag and #Tag/sub.",
        "#TAG",
        "# A title",
        "# Part",
        "## Part",
        "## Part [x][r]",
        "[[One#Part x r]] [[a/Two#Part]]",
        "[r]: https://example.org",
        "A block. ^blk",
        "A note[^1].\n\n[^1]: Foot with [[One]].",
        "one line\nanother line",
        "$x^2$",
        "### Rotary angles of phases",
        "### Phases and angles, rotary",
    ]
)
PROPERTIES = st.sampled_from(
    [
        "title: Given",
        "title: Other",
        "aliases: [Missing, Onee]",
        "tags: [tag, more/of]",
        "description: Said of it.",
        "date: 2026-01-02",
        "date: 2025-05-06",
        "draft: true",
        "draft: 1",
        "publish: false",
        "publish: true",
        "permalink: short",
        "permalink: a/one",
        "lang: es",
        'up: "[[One]]"',
        'see: ["[[Two#Part]]", "[[Missing]]"]',
        "n: [unclosed",
    ]
)
TEXTS = st.builds(
    lambda rows, pieces: ("---\n" + "\n".join(rows) + "\n---\n" if rows else "") + "\n\n".join(pieces) + "\n",
    st.lists(PROPERTIES, max_size=3),
    st.lists(PIECES, max_size=5),
)
BASES = st.builds(
    lambda filters, order, kind: (
        f"filters: {filters}\nviews:\n- {{type: {kind}, name: One, order: [file.path, {order}]}}\n"
        "- {type: list, name: Two}\n"
    ),
    st.sampled_from(
        [
            "file.hasTag('tag')",
            "file.hasLink('One')",
            "file.ext == 'gif'",
            "file.size > 40",
            "draft",
            "up == link('One')",
            "file('Two').hasLink(file)",
            "[unclosed",
        ]
    ),
    st.sampled_from(
        ["title", "file.links", "file.backlinks", "file.tags", "date, file.mtime", "see", "lang", "file.size"]
    ),
    st.sampled_from(["table", "cards"]),
)
CARDS = st.sampled_from(
    [
        {"type": "text", "text": "To [[One]], [[Missing]] and [[Two#Part]].[^1]\n\n[^1]: Foot."},
        {"type": "text", "text": "![[One]] ![[pic.gif]] ![[Some.base]]"},
        {"type": "file", "file": "One.md"},
        {"type": "file", "file": "a/Two.md", "subpath": "#Part"},
        {"type": "file", "file": "Ñu.md", "subpath": "#^blk", "height": 60},
        {"type": "file", "file": "pic.gif"},
        {"type": "file", "file": "a/Some.base"},
        {"type": "file", "file": "Map.canvas"},
        {"type": "link", "url": "https://example.org"},
        {"type": "group", "label": "Frame", "background": "other.gif"},
    ]
)
CANVASES = st.one_of(
    st.just('{"nodes": ['),
    st.lists(CARDS, max_size=4).map(
        lambda cards: json.dumps(
            {
                "nodes": [
                    {"id": str(n), "x": 300 * n, "y": 0, "width": 250, "height": 200, **card}
                    for n, card in enumerate(cards)
                ],
                "edges": [{"id": "e", "fromNode": "0", "toNode": "1", "label": "to"}],
            }
        )
    ),
)
CONFIGS = st.sampled_from(
    [
        {"title": "Site"},
        {"title": "Another"},
        {"language": "en"},
        {"language": ""},
        {"base_url": ""},
        {"base_url": "https://example.org/x"},
        {"publish": PublishConfig()},
        {"publish": PublishConfig(only=True)},
        {"publish": PublishConfig(exclude=("a/c",), excluded=True)},
        {"pages": PagesConfig()},
        {"pages": PagesConfig(alias_redirects=True, open_in_obsidian=True)},
        {"diagnostics": {}},
        {"diagnostics": {"broken-link": Severity.INFO, "orphan-note": Severity.OFF}},
    ]
)
SETTINGS = st.sampled_from(
    [
        "{}",
        "{bad",
        '{"strictLineBreaks": true}',
        '{"userIgnoreFilters": ["b/"]}',
        '{"userIgnoreFilters": ["/(/"]}',
        '{"showUnsupportedFiles": true}',
    ]
)
WALKS = int(os.environ.get("KBTOOL_WALKS", "40"))


class _CutOffError(Exception):
    """The moment at which a build is killed."""


class Walk(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.root = Path(tempfile.mkdtemp(prefix="walk"))
        self.project: Project = empty_project(self.root, self.patch)
        self.harmed = False
        self.put("One.md", "# One\n\n[[Two]]\n")
        self.put("a/Two.md", "## Part\n\nA block. ^blk\n\n![[pic.gif]]\n")
        self.put("pic.gif", "GIF89a")
        # Two related notes.
        self.put("v1.2.md", "### Rotary angles of phases\n")
        self.put("b/Nu.md", "### Phases and angles, rotary\n")

    def teardown(self) -> None:
        try:
            self.build(second=False)
        finally:
            self.patch.undo()
            shutil.rmtree(self.root)

    # ------------------------------------------------------------ the vault

    def files(self) -> list[str]:
        found = (path.relative_to(self.project.vault) for path in self.project.vault.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in found if path.parts[0] != ".obsidian")

    def has_files(self) -> bool:
        return bool(self.files())

    def one(self, data: st.DataObject, suffix: str = "") -> str:
        return data.draw(st.sampled_from([name for name in self.files() if name.endswith(suffix)]))

    def put(self, name: str, text: str) -> None:
        self.project.put({name: text})

    @rule(name=NOTE_PATHS, text=TEXTS)
    def write_a_note(self, name: str, text: str) -> None:
        self.put(name, text)

    @precondition(lambda self: any(name.endswith(".md") for name in self.files()))
    @rule(data=st.data(), piece=PIECES)
    def add_to_a_note(self, data: st.DataObject, piece: str) -> None:
        name = self.one(data, ".md")
        self.put(name, (self.project.vault / name).read_text("utf-8") + "\n" + piece + "\n")

    @precondition(lambda self: any(name.endswith(".md") for name in self.files()))
    @rule(data=st.data(), row=PROPERTIES)
    def state_a_property(self, data: st.DataObject, row: str) -> None:
        name = self.one(data, ".md")
        text = (self.project.vault / name).read_text("utf-8")
        rest = text.removeprefix("---\n") if text.startswith("---\n") else f"---\n{text}"
        self.put(name, f"---\n{row}\n{rest}")

    @precondition(lambda self: any(name.endswith(".md") for name in self.files()))
    @rule(data=st.data())
    def take_a_line_out(self, data: st.DataObject) -> None:
        name = self.one(data, ".md")
        lines = (self.project.vault / name).read_text("utf-8").split("\n")
        del lines[data.draw(st.integers(0, len(lines) - 1))]
        self.put(name, "\n".join(lines))

    @rule(folder=FOLDERS, text=BASES)
    def write_a_base(self, folder: str, text: str) -> None:
        self.put(f"{folder}Some.base", text)

    @rule(folder=FOLDERS, text=CANVASES)
    def write_a_canvas(self, folder: str, text: str) -> None:
        self.put(f"{folder}Map.canvas", text)

    @rule(name=PICTURE_PATHS, content=st.sampled_from(["GIF89a", "GIF89b", "GIF89 longer"]))
    def write_a_picture(self, name: str, content: str) -> None:
        self.put(name, content)

    @precondition(has_files)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.project.put({self.one(data): None})

    @precondition(has_files)
    @rule(data=st.data(), folder=FOLDERS, name=NAMES, picture=PICTURES)
    def move(self, data: st.DataObject, folder: str, name: str, picture: str) -> None:
        old = self.one(data)
        self.project.move(old, folder + (f"{name}.md" if old.endswith(".md") else picture))

    @precondition(lambda self: len(self.files()) > 1)
    @rule(data=st.data())
    def exchange(self, data: st.DataObject) -> None:
        kind = self.one(data)[-4:]
        one, other = self.one(data, kind), self.one(data, kind)
        vault = self.project.vault
        (vault / one).rename(vault / "aside")
        if one != other:
            (vault / other).rename(vault / one)
        (vault / "aside").rename(vault / other)

    @precondition(has_files)
    @rule(data=st.data())
    def touch(self, data: st.DataObject) -> None:
        self.project.age(self.project.vault / self.one(data))

    @precondition(has_files)
    @rule(data=st.data())
    def edit_and_keep_size_and_time(self, data: st.DataObject) -> None:
        path = self.project.vault / self.one(data)
        info, content = path.stat(), path.read_bytes()
        path.write_bytes(content.replace(b"One", b"Two").replace(b"89a", b"89c"))
        os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))

    @rule(changes=CONFIGS)
    def configure(self, changes: dict[str, object]) -> None:
        self.project.configure(**changes)

    @rule(text=SETTINGS)
    def change_settings(self, text: str) -> None:
        self.put(".obsidian/app.json", text)

    # ------------------------------------------------------------ what must do no harm

    @rule(data=st.data(), kept=st.booleans())
    def harm_the_site(self, data: st.DataObject, kept: bool) -> None:
        site = self.project.site
        files = sorted(path for path in site.rglob("*") if path.is_file() and ".kbtool" not in path.as_posix())
        if files:
            path = data.draw(st.sampled_from(files))
            if kept:
                path.write_bytes(b"scribbled")
            else:
                path.unlink()

    @rule(where=st.floats(0, 1))
    def harm_the_store(self, where: float) -> None:
        self.harmed, path = True, store_path(self.project.vault)
        if path.exists():
            size = path.stat().st_size
            with path.open("r+b") as file:
                file.seek(int(where * max(0, size - 64)))
                file.write(b"\xff" * 64)

    @rule()
    def lose_the_store(self) -> None:
        shutil.rmtree(self.root / "stores", ignore_errors=True)

    @rule()
    def check(self) -> None:
        pipeline.check(self.project.config, Wishes())

    @rule(after=st.integers(0, 30))
    def be_cut_off_while_writing(self, after: int) -> None:
        left = iter(range(after))
        put = site_module._replace

        def replace(*arguments: object) -> None:
            if next(left, None) is None:
                raise _CutOffError
            put(*arguments)  # type: ignore[arg-type]

        self.cut_off(site_module, "_replace", replace)

    @rule()
    def be_cut_off_before_the_ledger(self) -> None:
        def save(*_: object) -> None:
            raise _CutOffError

        self.cut_off(ledger_module, "save", save)

    def cut_off(self, module: object, name: str, hook: object) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, hook)
            with suppress(_CutOffError):
                self.project.build()

    # ------------------------------------------------------------ what must hold

    @rule(second=st.booleans(), wish=st.sampled_from([{}, {}, {}, {"force": True}, {"swap": True}, {"run": False}]))
    def build(self, second: bool, wish: dict[str, bool] | None = None) -> None:
        first = self.project.config.site
        if second:
            self.project.configure(site=self.root / "second")
        try:
            outcome = self.project.build(**(wish or {}))
            assert_clean(self.project, outcome, **(wish or {}))
            again = self.project.build()
            assert (again.written, again.removed) == (NOTHING, NOTHING)
            # What is wrong with a store may show late, and then nothing is known of the last build.
            assert self.harmed or not again.made
            if wish != {"run": False}:
                assert without_store(again.diagnostics) == without_store(outcome.diagnostics)
        finally:
            self.project.configure(site=first)


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=WALKS, stateful_step_count=25, deadline=None)
