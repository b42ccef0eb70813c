"""Any vault becomes a whole site: no page lost, no address astray, nothing outside touched, every oddity told."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest
from hard_sites import Site, state
from hard_vaults import FAMILIES, vault

from kbtool import build as pipeline
from kbtool.config import Config
from kbtool.project import Wishes
from kbtool.reading import read

pytestmark = pytest.mark.xdist_group("hard-vaults")

# Seed -> what the vault goes without; the two families of settings would overwrite each other's.
WITHOUT = {1: {"unsupported", "big"}, 2: {"settings", "big"}, 3: FAMILIES.keys() - {"big", "deep"}}


class Build:
    """A vault, its site, and all that was said and left behind."""

    def __init__(self, folders) -> None:
        self.vault, self.root, self.home = folders.vault, folders.root, folders.home
        self.config = Config(vault=folders.root, site=folders.site, title="V")
        self.before = state(folders.root)
        self.built = pipeline.build(self.config, Wishes())
        self.after = state(folders.root)
        self.plan = read(self.config).plan
        self.site = Site(folders.site)


@pytest.fixture(scope="module", params=sorted(WITHOUT))
def made(request, lay):
    families = [name for name in FAMILIES if name not in WITHOUT[request.param]]
    return Build(lay(vault(request.param, families)))


def test_every_note_has_its_page(made):
    urls = {page.subject: page.url for page in made.plan.pages if page.kind == "note"}
    assert made.vault.notes - urls.keys() == set()
    assert set(urls.values()) - made.site.files == set()


def test_hidden_notes_have_none(made):
    assert made.vault.hidden & {page.subject for page in made.plan.pages} == set()


def test_every_oddity_is_told(made):
    told = {(d.path, d.code) for d in made.built.diagnostics}
    assert made.vault.told - told == set()


def test_every_address_on_every_page_leads_somewhere(made):
    assert made.site.astray()[:20] == []


def test_the_html_of_every_page_is_whole_and_runs_nothing_of_the_notes(made):
    faults = {url: page.faults[:3] for url, page in made.site.pages.items() if page.faults}
    assert faults == {}


def test_no_two_files_share_a_name_on_a_disk_without_case(made):
    def name(url):
        return unicodedata.normalize("NFC", unicodedata.normalize("NFD", url).casefold().upper())

    folders = {url.rpartition("/")[0] for url in made.site.files}
    shared = [key for key, n in Counter(map(name, made.site.files)).items() if n > 1]
    assert shared == []
    assert {name(url) for url in made.site.files} & {name(folder) for folder in folders} == set()


def test_every_name_can_be_copied_to_any_disk(made):
    segments = {segment for url in made.site.files for segment in url.split("/")}
    assert [s for s in segments if len(s.encode()) > 255 or s != s.strip(" ") or s.endswith(".")] == []
    assert [s for s in segments if any(c in '<>:"\\|?*' or ord(c) < 32 for c in s)] == []
    assert [s for s in segments if s.partition(".")[0] in ("con", "nul", "aux", "lpt1")] == []


def test_the_vault_is_untouched_and_nothing_is_written_beside_the_site(made):
    assert made.before == made.after
    assert {path.name for path in made.home.iterdir()} == {"V", "S", "fuera"}
    assert {path.name for path in (made.home / "fuera").rglob("*")} == {"dentro", "carta.md", "x.md"}


@pytest.mark.parametrize("made", [2], indirect=True)
def test_building_again_writes_nothing(made):
    again = pipeline.build(made.config, Wishes())
    assert (again.written, again.removed) == (0, 0)


def test_no_page_tells_where_on_this_computer_the_vault_lies(made):
    holding = [url for url in made.site.files if str(made.home).encode() in (made.site.root / url).read_bytes()]
    assert holding == []
