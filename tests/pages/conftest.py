"""Small vaults in, pages out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from kbtool import pages
from kbtool.build import site_of
from kbtool.config import Config, PagesConfig, RunConfig
from kbtool.plan import Rendered
from kbtool.reading import read
from kbtool.render import Site
from kbtool.run.results import BlockResult, How, NoteResult, Status


@dataclass(frozen=True)
class Made:
    """A site in memory: `made["a.html"]` is a page as one reads it."""

    site: Site
    files: Mapping[str, Rendered]

    def __getitem__(self, url: str) -> BeautifulSoup:
        return BeautifulSoup(self.files[url].data, "html.parser")

    def raw(self, url: str) -> str:
        return self.files[url].data.decode()


Make = Callable[..., Made]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes all pages of a vault given as path -> text; `verdicts` gives each block of a note its status."""

    def made(files: Mapping[str, str], verdicts: Mapping[str, list[Status]] | None = None, **settings: object) -> Made:
        vault = tmp_path / "vault"
        for name, text in files.items():
            path = vault / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        stated: dict[str, object] = {"language": "es", "title": "Cuaderno", "run": RunConfig(enabled=True, jobs=1)}
        config = Config(vault=vault, site=tmp_path / "site", **{**stated, **settings})  # type: ignore[arg-type]
        reading = read(config)
        site = site_of(reading, {path: _result(reading.notes[path], found) for path, found in (verdicts or {}).items()})
        return Made(site, {item.url: item for item in (pages.render(page, site) for page in reading.plan.pages)})

    return made


def _result(note: object, statuses: list[Status]) -> NoteResult:
    blocks = tuple(
        BlockResult(note.path, block.index, block.label, block.line, status, How.RAN, 0.5, "cpu")  # type: ignore[attr-defined]
        for block, status in zip(note.code, statuses, strict=True)  # type: ignore[attr-defined]
    )
    return NoteResult(note.path, blocks)  # type: ignore[attr-defined]


OBSIDIAN = PagesConfig(open_in_obsidian=True)
