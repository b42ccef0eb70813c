"""What of a vault is published, and where each page and file of the site lies."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from kbtool import note
from kbtool.config import Config, PagesConfig, PublishConfig
from kbtool.plan import REDIRECT, Contents, Page, PageKind, Plan, Rendered, contents, file_url, pages, redirects
from kbtool.vault import FileKind, ObsidianSettings, SourceFile, Vault, kind_of


def config(**publish) -> Config:
    return Config(vault=Path("/v"), site=Path("/s"), publish=PublishConfig(**publish))


def vault_of(files: Iterable[str], **facts) -> Vault:
    sources = tuple(
        SourceFile(path, f"/v/{path}", kind_of(path) or FileKind.ATTACHMENT, 0, 0, 0, 0) for path in sorted(files)
    )
    return Vault(Path("/v"), "v", sources, **facts)


def contents_of(files: Mapping[str, str], wishes: Config | None = None, **facts) -> Contents:
    vault = vault_of(files, **facts)
    notes = {f.path: note.parse(f.path, files[f.path])[0].note for f in vault.notes}
    return contents(vault, notes, wishes or config())


def never(page: Page, _site: object) -> Rendered:
    raise AssertionError(page)


def files_of(kind: str, paths: str) -> PageKind:
    return PageKind(kind, lambda c: (Page(kind, p, file_url(p), p) for p in getattr(c, paths)), never)


KINDS = (
    PageKind("home", lambda _: [Page("home", "", "index.html", "Inicio")], never),
    PageKind("tag", lambda _: [Page("tag", t, f"tags/{t.lower()}.html", t) for t in ("X", "x")], never),
    files_of("note", "published"),
    files_of("canvas", "canvases"),
    PageKind(REDIRECT, redirects, never),
)


def planned(files: Mapping[str, str], wishes: Config | None = None, **facts) -> tuple[Plan, list[tuple[str, str]]]:
    inside = contents_of(files, wishes, **facts)
    plan, faults = pages(inside.vault, inside.notes, inside.config, KINDS)
    return plan, [(d.code, d.path) for d in faults]


@pytest.mark.parametrize(
    ("properties", "only", "reason"),
    [
        ("", False, None),
        ("draft: true", False, "draft"),
        ("draft: false", False, None),
        ("draft: 'yes'", False, "draft"),
        ("Draft: true", False, "draft"),
        ("publish: false", False, "unpublished"),
        ("publish: no", False, "unpublished"),
        ("publish: true", True, None),
        ("publish: true\ndraft: true", True, "draft"),
        ("", True, "unmarked"),
    ],
)
def test_a_note_says_itself_whether_it_is_published(properties, only, reason):
    inside = contents_of({"N.md": f"---\n{properties}\n---\n"}, config(only=only))
    assert inside.unpublished.get("N.md") == reason
    assert inside.published == (() if reason else ("N.md",))


@pytest.mark.parametrize(
    ("pattern", "hidden"),
    [
        ("Diario/**", ["Diario/2024/b.md", "Diario/a.md"]),
        ("diario", ["Diario/2024/b.md", "Diario/a.md", "x/Diario/c.md"]),
        ("/Diario", ["Diario/2024/b.md", "Diario/a.md"]),
        ("Diario/*.md", ["Diario/a.md"]),
        ("**/2024", ["Diario/2024/b.md"]),
        ("*.privado.md", ["x/d.privado.md"]),
        ("?.md", ["Diario/2024/b.md", "Diario/a.md", "x/Diario/c.md"]),
        ("foto.png", ["x/foto.png"]),
        ("[", []),
        ("", []),
        ("/", []),
    ],
)
def test_the_config_withholds_by_pattern(pattern, hidden):
    files = ["Diario/a.md", "Diario/2024/b.md", "x/Diario/c.md", "x/d.privado.md", "x/foto.png"]
    inside = contents_of(dict.fromkeys(files, ""), config(exclude=(pattern,)))
    assert sorted(inside.unpublished) == hidden


def test_templates_and_excluded_files_are_not_published():
    files = dict.fromkeys(["Plantillas/t.md", "Archivo/a.md", "Archivo/i.png", "n.md"], "")
    facts = {
        "settings": ObsidianSettings(templates=("plantillas",)),
        "excluded": frozenset({"Archivo/a.md", "Archivo/i.png"}),
    }
    assert contents_of(files, **facts).unpublished == {
        "Plantillas/t.md": "template",
        "Archivo/a.md": "excluded",
        "Archivo/i.png": "excluded",
    }
    assert set(contents_of(files, config(excluded=True), **facts).unpublished) == {"Plantillas/t.md"}


def test_only_marked_notes_leave_canvases_out_and_keep_attachments_at_hand():
    inside = contents_of({"m.canvas": "{}", "b.base": "", "i.png": ""}, config(only=True))
    assert (inside.canvases, inside.bases) == ((), ())
    assert "i.png" not in inside.unpublished


def test_every_published_file_has_a_url_and_no_other():
    files = {"Conceptos/Tokenización.md": "", "b.md": "---\ndraft: true\n---\n", "M.canvas": "", "Fig 1.PNG": ""}
    plan, faults = planned(files)
    assert plan.url("Conceptos/Tokenización.md") == "conceptos/tokenizacion.html"
    assert plan.url("M.canvas") == "m.canvas.html"
    assert plan.url("Fig 1.PNG") == "fig-1.png"
    assert plan.url("b.md") is None
    assert plan.url("falta.md") is None
    assert plan.published == {"Conceptos/Tokenización.md", "M.canvas"}
    assert faults == []


def test_of_two_notes_with_one_url_the_first_by_path_keeps_it():
    plan, faults = planned({"Tokenización.md": "", "tokenizacion.md": "", "Tokenizacion.md": "", "x.md": ""})
    assert [plan.url(p) for p in ("Tokenizacion.md", "Tokenización.md", "tokenizacion.md")] == [
        "tokenizacion.html",
        "tokenizacion-2.html",
        "tokenizacion-3.html",
    ]
    assert faults == [("page-collision", "Tokenización.md"), ("page-collision", "tokenizacion.md")]


def test_a_second_page_does_not_push_out_the_note_that_has_its_number():
    plan, _ = planned({"A.md": "", "a.md": "", "a 2.md": ""})
    assert len({plan.url(p) for p in ("A.md", "a.md", "a 2.md")}) == 3


def test_the_sites_own_pages_keep_their_urls():
    plan, faults = planned({"index.md": "", "tags/X.md": ""})
    home = plan.page("home", "")
    assert home is not None
    assert home.url == "index.html"
    assert plan.url("index.md") == "index-2.html"
    assert [plan.page("tag", t).url for t in ("X", "x")] == ["tags/x.html", "tags/x-2.html"]  # type: ignore[union-attr]
    assert faults == []


def test_attachments_with_one_url_are_told_apart():
    plan, _ = planned({"Foto 1.png": "", "foto-1.PNG": "", "foto 1.jpg": ""})
    assert sorted(plan.attachments.values()) == ["foto-1-2.png", "foto-1.jpg", "foto-1.png"]


@pytest.mark.parametrize(
    ("permalink", "url"),
    [
        ("corta", "corta.html"),
        ("/a/Corta", "a/Corta.html"),
        ("a/", "a/index.html"),
        ("x.html", "x.html"),
        ("../../etc/x", "etc/x.html"),
        ("..", None),
        ("3", "3.html"),
        ("N", None),
        ("n", None),
    ],
)
def test_a_permalink_leads_to_its_note(permalink, url):
    plan, _ = planned({"N.md": f"---\npermalink: '{permalink}'\n---\n"})
    redirect = plan.page(REDIRECT, "N.md")
    assert (redirect.url if redirect else None) == url
    assert plan.url("N.md") == "n.html"


def test_aliases_lead_to_their_note_where_the_config_wants_it():
    wants = Config(vault=Path("/v"), site=Path("/s"), pages=PagesConfig(alias_redirects=True))
    plan, _ = planned({"c/Inteligencia artificial.md": "---\naliases: [IA, B]\n---\n", "c/B.md": ""}, wants)
    assert [p.url for p in plan.pages if p.kind == REDIRECT] == ["c/ia.html"]


def test_no_page_can_leave_the_site_or_be_two():
    odd = ["../x.md", "a/../b.md", "¿?.md", "CON.md", "x.html.md", "x.html/y.md", "404.md", ".md.md"]
    files = [*odd, "a b.md", "a-b.md"]
    plan, _ = planned(dict.fromkeys(files, ""))
    urls = [page.url for page in plan.pages]
    assert len(set(urls)) == len(urls)
    folders = {url.rpartition("/")[0] for url in urls}
    assert not folders & set(urls)
    assert not any(segment in ("", ".", "..") for url in urls for segment in url.split("/"))


@pytest.mark.parametrize(
    ("files", "urls"),
    [
        (["á.png/x.md", "a.png"], {"á.png/x.md": "a.png/x.html", "a.png": "a-2.png"}),
        (["a.png", "á.png/b.png"], {"a.png": "a.png", "á.png/b.png": "a.png-2/b.png"}),
        (
            ["assets/icon.svg", "Assets/Icon.svg"],
            {"assets/icon.svg": "assets/icon-3.svg", "Assets/Icon.svg": "assets/icon-2.svg"},
        ),
        (["ς.md", "σ.md"], {"ς.md": "σ.html", "σ.md": "σ-2.html"}),
    ],
)
def test_no_disk_would_have_to_hold_two_files_in_one_place(files, urls):
    plan, _ = planned(dict.fromkeys(files, ""))
    assert {path: plan.url(path) for path in files} == urls


@pytest.mark.parametrize("wish", ["A/B", "n.html/x", "x" * 300, "\\ud800", "assets/style.css/x"])
def test_a_permalink_that_cannot_be_a_file_is_not_followed(wish):
    plan, _ = planned({"a/b.md": "", "N.md": f"---\npermalink: '{wish}'\n---\n"})
    urls = [page.url for page in plan.pages]
    assert len({url.casefold() for url in urls}) == len(urls)
    assert not any(len(segment.encode()) > 255 for url in urls for segment in url.split("/"))
