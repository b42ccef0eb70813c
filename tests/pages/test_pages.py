"""What stands on the pages of a site."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from kbtool import pages
from kbtool.config import PagesConfig, RunConfig
from kbtool.run.results import Status

Make = Callable[..., Any]

PAIR = {
    "Conceptos/Atención.md": "La atención usa [[Softmax|una softmax]] por filas.\n",
    "Conceptos/Softmax.md": "---\ndescription: Pesos que suman uno.\ntags: [prob, prob/base]\n---\nExponenciales.\n",
}
CODE = "```python\n1 + 1\n```\n"


def texts(soup: Any, selector: str) -> list[str]:
    return [" ".join(found.get_text(" ").split()) for found in soup.select(selector)]


def hrefs(soup: Any, selector: str) -> list[str]:
    return [found["href"] for found in soup.select(selector)]


# ---------------------------------------------------------------- whole sites


def test_every_address_on_every_page_leads_somewhere_in_the_site(make: Make) -> None:
    made = make(
        {
            **PAIR,
            "Inicio.md": "# Hola\n\n[[Atención#Dos]] y [[Suelta]]\n",
            "Suelta.md": "# Uno\n\n## Dos\n\n## Dos\n\n" + CODE,
            "Conceptos/Muy/Honda.md": "[[Inicio]] #prob/otra\n",
        },
        {"Suelta.md": [Status.ERROR]},
        base_url="https://example.org/kb/",
    )
    dead = []
    for url in made.files:
        if not url.endswith(".html") or url == "404.html":
            continue
        soup = made[url]
        for address in [*hrefs(soup, "[href]"), *(s["src"] for s in soup.select("[src]"))]:
            if re.match(r"[a-z]+:|//", address):
                continue
            target, _, place = address.partition("#")
            joined = _joined(url, unquote(target.partition("?")[0])) if target else url
            if joined.startswith("assets/"):
                continue
            if joined not in made.files or (place and f'id="{unquote(place)}"' not in made.raw(joined)):
                dead.append((url, address))
    assert dead == []


def _joined(source: str, target: str) -> str:
    parts = source.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def test_nothing_is_loaded_from_another_host_and_no_script_stands_in_a_page(make: Make) -> None:
    made = make({"A.md": "![foto](https://example.org/x.png)\n\n<script>alert(1)</script>\n"})
    for url in made.files:
        soup = made[url]
        assert [s.get_text() for s in soup.select("script") if s.get_text().strip()] == []
        media = [tag for tag in soup.select("body img, iframe, video, audio") if not tag.find_parent("template")]
        assert [tag["src"] for tag in media if "//" in tag.get("src", "")] == []


def test_the_same_vault_gives_the_same_bytes(make: Make) -> None:
    assert {u: f.data for u, f in make(PAIR).files.items()} == {u: f.data for u, f in make(PAIR).files.items()}


def test_what_is_not_published_is_named_nowhere(make: Make) -> None:
    secret = "---\ndraft: true\ntags: [ocultísima]\n---\nVer [[Softmax]].\n"
    made = make({**PAIR, "Conceptos/Secreta.md": secret, "Privado/Oculta.md": secret}, base_url="https://example.org")
    for url in made.files:
        for word in ("Secreta", "Oculta", "secreta", "Privado", "ocultísima", "ocultisima"):
            assert word not in made.raw(url), url


def test_names_with_markup_in_them_are_only_text(make: Make) -> None:
    strange = "---\ndescription: '<i>x</i> \"y\"'\ntags: [t]\n---\n# <b>hola</b>\n\n[[B]]\n"
    made = make({"C/A & b's.md": strange, "C/B.md": "[[A & b's]]"})
    for url in made.files:
        assert "<i>x</i>" not in made.raw(url)
        assert "b's.md" not in made.raw(url)
    assert made["c/a-bs.html"].select_one(".lede").get_text() == '<i>x</i> "y"'


# ---------------------------------------------------------------- a note


def test_a_mention_is_shown_with_its_sentence_and_the_words_of_the_link_marked(make: Make) -> None:
    soup = make(PAIR)["conceptos/softmax.html"]
    assert texts(soup, "#s-back") == ["Se menciona en una nota"]
    assert texts(soup, ".back q") == ["La atención usa una softmax por filas."]
    assert texts(soup, ".back mark") == ["una softmax"]
    assert hrefs(soup, ".back a") == ["atencion.html"]


def test_a_note_that_everybody_mentions_does_not_grow_with_the_vault(make: Make) -> None:
    many = {f"N/{i:03}.md": f"Ver [[Centro]], número {i}.\n" for i in range(60)}
    soup = make({"Centro.md": "x\n", **many})["centro.html"]
    assert len(soup.select(".back li")) == 40
    assert "y 20 notas más" in soup.get_text()
    assert len(soup.select(".lg a")) == 9


def test_a_link_in_a_comment_is_no_mention(make: Make) -> None:
    assert make({"A.md": "%% [[B]] %%\n", "B.md": "x\n"})["b.html"].select(".back") == []


def test_the_first_heading_that_repeats_the_title_is_the_title(make: Make) -> None:
    soup = make({"A.md": "# Mi título\n\nTexto.\n\n[[#Mi título]]\n"})["a.html"]
    assert texts(soup, "h1") == ["Mi título"]
    assert soup.select_one("h1")["id"] == "mi-titulo"


def test_a_first_heading_that_says_something_else_stays(make: Make) -> None:
    soup = make({"A.md": "---\ntitle: Otro\n---\n# Mi título\n"})["a.html"]
    assert texts(soup, "h1") == ["Otro", "Mi título"]


def test_formulas_of_headings_are_set_in_the_contents_too(make: Make) -> None:
    made = make({"A.md": "# A\n\n## El coste $O(n^2)$ de <todo>\n\n## Por $5 o $\\nonsense$\n"})
    first, second = made["a.html"].select_one(".toc").select("a > span")
    assert str(first.math).startswith("<math><mi>O</mi>")
    assert first.get_text() == "El coste O(n2) de"
    assert second.get_text() == r"Por $5 o \nonsense"


def test_contents_carry_the_verdicts_of_the_blocks_under_each_heading(make: Make) -> None:
    text = f"{CODE}\n## Uno\n\n{CODE}\n### Dentro\n\n{CODE}\n## Dos\n"
    made = make({"A.md": text}, {"A.md": [Status.ERROR, Status.VERIFIED, Status.RAN]})
    rows = [(a["href"], [g["aria-label"] for g in a.select("svg")]) for a in made["a.html"].select(".right .toc a")]
    assert rows == [("#uno", ["verificado"]), ("#dentro", ["ejecutado"]), ("#dos", [])]


def test_the_head_has_a_glyph_for_each_block_that_leads_to_it(make: Make) -> None:
    made = make({"A.md": CODE + "\n" + CODE}, {"A.md": [Status.VERIFIED, Status.MISMATCH]})
    soup = made["a.html"]
    assert hrefs(soup, ".strip a") == ["#b-1", "#b-2"]
    assert [g["aria-label"] for g in soup.select(".strip svg")] == ["Bloque 1: verificado", "Bloque 2: difiere"]
    assert "1 de 2 bloques verificados en cpu, 1,00 s" in soup.select_one(".meta").get_text()


def test_a_note_whose_blocks_did_not_run_says_nothing_of_verdicts(make: Make) -> None:
    made = make({"A.md": CODE}, run=RunConfig(enabled=False, jobs=1))
    assert made["a.html"].select(".strip, .cell") == []
    assert "status.html" not in made.files


def test_properties_are_named_in_the_readers_language_and_links_are_links(make: Make) -> None:
    front = 'requires: "[[B]]"\nupdated: 2026-11-18\nhecho: true\nfuente: https://example.org/a\nlista: [uno, dos]\n'
    soup = make({"A.md": f"---\n{front}---\n", "B.md": "x"})["a.html"]
    rows = dict(zip(texts(soup, ".props dt"), texts(soup, ".props dd"), strict=True))
    assert rows == {
        "requiere": "B",
        "revisada": "18 nov 2026",
        "hecho": "sí",
        "fuente": "https://example.org/a",
        "lista": "uno, dos",
    }
    assert hrefs(soup, ".props a") == ["b.html", "https://example.org/a"]


def test_the_page_speaks_the_language_that_its_note_states(make: Make) -> None:
    made = make({"A.md": "---\nlang: en\n---\n[[B]]\n", "B.md": "[[A]]"})
    assert made["a.html"].html["lang"] == "en"
    assert texts(made["a.html"], "#s-back") == ["Mentioned in one note"]
    assert texts(made["b.html"], "#s-back") == ["Se menciona en una nota"]


def test_previous_and_next_are_the_neighbours_in_the_folder_in_reading_order(make: Make) -> None:
    made = make({f"F/{name}.md": "x" for name in ("10 Diez", "2 Dos", "Árbol", "Zeta")})
    assert hrefs(made["f/10-diez.html"], ".pn a") == ["2-dos.html", "arbol.html"]
    assert hrefs(made["f/2-dos.html"], ".pn a") == ["10-diez.html"]


def test_the_explorer_opens_the_notes_own_folder_and_shows_a_window_of_a_long_one(make: Make) -> None:
    files = {f"Larga/N{i:03}.md": "x" for i in range(60)} | {"Otra/B.md": "x"}
    soup = make(files)["larga/n030.html"]
    shown = texts(soup, ".tree .open li:not(.all)")
    assert len(shown) == 24
    assert "N030" in shown
    assert texts(soup, ".tree [aria-current]") == ["N030"]
    assert texts(soup, ".tree .all") == ["Las 60 notas"]
    assert hrefs(soup, ".tree > ul > li > a") == ["index.html", "../otra/index.html"]


def test_open_in_obsidian_names_vault_and_file(make: Make) -> None:
    made = make({"C/Á b.md": "x"}, pages=PagesConfig(open_in_obsidian=True))
    assert "obsidian://open?vault=vault&file=C%2F%C3%81%20b" in hrefs(made["c/a-b.html"], ".acts a")
    assert "obsidian:" not in make({"C/Á b.md": "x"}).raw("c/a-b.html")


def test_the_local_graph_draws_neighbours_and_the_links_among_them(make: Make) -> None:
    made = make({"A.md": "[[B]] [[C]]", "B.md": "[[C]]", "C.md": "x"})
    soup = made["a.html"]
    assert texts(soup, ".lg a text") == ["B", "C"]
    assert len(soup.select(".lg line")) == 3


def test_labels_of_the_local_graph_never_stand_on_one_line(make: Make) -> None:
    made = make(
        {"A.md": " ".join(f"[[Nota con un nombre largo {i}]]" for i in range(9))}
        | {f"Nota con un nombre largo {i}.md": "x" for i in range(9)}
    )
    places = [(float(t["y"]), t.get("text-anchor")) for t in made["a.html"].select(".lg a text")]
    for side in ("end", None):
        heights = sorted(y for y, anchor in places if anchor == side)
        assert all(b - a >= 14 for a, b in pairwise(heights))


# ---------------------------------------------------------------- home, folders, tags


def test_the_home_note_says_its_title_once(make: Make) -> None:
    soup = make({"Home.md": "# Hola\n\nTexto.\n"})["index.html"]
    assert texts(soup, "h1") == ["Hola"]


def test_a_note_at_the_root_called_inicio_is_the_home_page(make: Make) -> None:
    made = make({**PAIR, "Inicio.md": "---\ntitle: Bienvenida\n---\nEmpiece por [[Softmax]].\n"})
    soup = made["index.html"]
    assert texts(soup, "h1") == ["Bienvenida"]
    assert "conceptos/softmax.html" in hrefs(soup, ".prose a")
    assert "inicio.html" not in made.files


def test_without_one_the_home_page_lists_what_there_is(make: Make) -> None:
    made = make({**PAIR, "Suelta.md": "x"})
    soup = made["index.html"]
    assert texts(soup, "h1") == ["Cuaderno"]
    assert texts(soup, ".areas h3") == ["Conceptos"]
    assert "Suelta" in texts(soup, ".list a.t")


def test_the_latest_notes_come_first_and_undated_ones_are_not_called_recent(make: Make) -> None:
    dated = {f"N{i}.md": f"---\ndate: 2026-01-{i:02}\n---\n" for i in range(1, 12)}
    soup = make({**dated, "Sin fecha.md": "x", "F/G.md": "x"})["index.html"]
    assert texts(soup, ".nar .t") == [f"N{i}" for i in range(11, 3, -1)]


def test_an_empty_vault_has_a_home_page(make: Make) -> None:
    made = make({".obsidian/app.json": "{}"})
    assert set(made.files) == {"index.html", "404.html"}


def test_a_folder_page_lists_its_notes_and_folders_and_counts_verdicts_below(make: Make) -> None:
    made = make(
        {"A/B/Honda.md": CODE, "A/Nota.md": "---\ndescription: Algo.\n---\n"}, {"A/B/Honda.md": [Status.MISMATCH]}
    )
    soup = made["a/index.html"]
    assert texts(soup, ".crumbs li") == ["Inicio"]
    assert hrefs(soup, ".facts a") == ["b/index.html"]
    assert texts(soup, ".list li") == ["Nota Algo."]
    assert "Difiere 1" in texts(soup, ".facts li")


def test_a_tag_page_holds_the_notes_of_narrower_tags_too(make: Make) -> None:
    made = make({"A.md": "#llm/base", "B.md": "#LLM"})
    assert texts(made["tags/llm.html"], ".list a.t") == ["A", "B"]
    assert texts(made["tags/llm/base.html"], ".list a.t") == ["A"]
    assert texts(made["tags/llm.html"], ".facts li") == ["llm/base 1"]
    assert texts(made["tags/index.html"], ".facts li") == ["#llm 2"]


def test_a_site_without_tags_has_no_link_to_them(make: Make) -> None:
    made = make({"A.md": "x"})
    assert texts(made["a.html"], "header nav a") == ["Notas"]


# ---------------------------------------------------------------- status


def test_the_status_page_has_a_row_for_each_note_with_code_and_says_what_is_wrong(make: Make) -> None:
    made = make(
        {"A.md": CODE, "B.md": CODE + "\n" + CODE, "C.md": "sin código"},
        {"A.md": [Status.VERIFIED], "B.md": [Status.RAN, Status.TIMEOUT]},
    )
    soup = made["status.html"]
    assert [tr["data-st"] for tr in soup.select("tbody tr")] == ["verified", "timeout"]
    assert hrefs(soup, "tbody small a") == ["b.html#b-2"]
    assert soup.select_one("tbody .strip")["aria-label"] == "Bloque 1: verificado"
    assert texts(soup, ".sum .st") == ["1 verificado", "1 ejecutado sin comprobar", "1 sin terminar"]


@pytest.mark.parametrize(
    ("blocks", "whole"),
    [
        ([Status.VERIFIED, Status.RAN], "verified"),
        ([Status.RAN, Status.RAN], "ran"),
        ([Status.VERIFIED, Status.SKIPPED], "skipped"),
        ([Status.MISMATCH, Status.ERROR], "error"),
        ([Status.ROUNDING, Status.VERIFIED], "rounding"),
    ],
)
def test_a_note_is_as_good_as_its_worst_block(make: Make, blocks: list[Status], whole: str) -> None:
    made = make({"A.md": CODE + "\n" + CODE}, {"A.md": blocks})
    assert made["status.html"].select_one("tbody tr")["data-st"] == whole


def test_the_status_page_says_when_and_how_long_where_results_tell(make: Make) -> None:
    made = make({"A.md": CODE, "B.md": CODE}, {"A.md": [Status.VERIFIED], "B.md": [Status.SKIPPED]})
    heads = "thead th"
    assert texts(made["status.html"], heads)[-2:] == ["Dónde", "Tiempo"]
    assert texts(_status(made, moment="2026-11-22T09:20:13+00:00"), heads)[-2:] == ["Cuándo (UTC)", "Tiempo"]
    told = _status(made, moment="2026-11-22T09:20:13+00:00").select("time")
    assert [(time["datetime"], time.get_text()) for time in told] == [
        ("2026-11-22T09:20:13+00:00", "22 nov 2026, 09:20")
    ]
    assert texts(_status(made, seconds=0.0), heads)[-1] == "Dónde"


def _status(made: Any, **changes: object) -> BeautifulSoup:
    """The status page with these facts of each result changed."""
    changed = {path: result.with_blocks(**changes) for path, result in made.site.results.items()}
    page = next(page for page in made.site.plan.pages if page.kind == "status")
    return BeautifulSoup(pages.render(page, replace(made.site, results=changed)).data, "html.parser")


# ---------------------------------------------------------------- pages for machines


def test_feed_and_sitemap_need_the_sites_address(make: Make) -> None:
    assert not {"feed.xml", "sitemap.xml"} & make({"A.md": "---\ndate: 2026-01-02\n---\n"}).files.keys()


def test_the_feed_has_the_dated_notes_latest_first_with_whole_addresses(make: Make) -> None:
    made = make(
        {"C/Á & b.md": "---\ndate: 2026-01-02\n---\nUno.", "B.md": "---\nupdated: 2026-02-03\n---\n", "D.md": "x"},
        base_url="https://example.org/kb",
    )
    feed = ElementTree.fromstring(made.files["feed.xml"].data)
    atom = {"a": "http://www.w3.org/2005/Atom"}
    entries = [(e.findtext("a:title", "", atom), e.findtext("a:id", "", atom)) for e in feed.findall("a:entry", atom)]
    assert entries == [("B", "https://example.org/kb/b.html"), ("Á & b", "https://example.org/kb/c/a-b.html")]
    assert feed.findtext("a:updated", "", atom) == "2026-02-03T00:00:00Z"


def test_the_sitemap_lists_pages_that_people_read(make: Make) -> None:
    made = make({"A.md": "---\npermalink: corto\n---\n"}, base_url="https://example.org")
    places = [e.text for e in ElementTree.fromstring(made.files["sitemap.xml"].data).iter() if e.tag.endswith("loc")]
    assert places == ["https://example.org/", "https://example.org/a.html"]


def test_a_permalink_leads_on_to_its_note(make: Make) -> None:
    soup = make({"C/A.md": "---\npermalink: corto/\n---\n"})["corto/index.html"]
    assert soup.select_one("meta[http-equiv=refresh]")["content"] == "0; url=../c/a.html"
    assert hrefs(soup, "main a") == ["../c/a.html"]
    assert hrefs(soup, "link[rel=canonical]") == ["../c/a.html"]


def test_search_engines_are_led_to_the_note_and_not_to_what_leads_to_it(make: Make) -> None:
    made = make({"C/A.md": "---\npermalink: corto\n---\n"}, base_url="https://example.org/kb")
    assert hrefs(made["corto.html"], "link[rel=canonical]") == ["https://example.org/kb/c/a.html"]
    for url in ("corto.html", "404.html"):
        assert made[url].select_one("meta[name=robots]")["content"] == "noindex"
    assert made["c/a.html"].select("meta[name=robots]") == []


def test_the_page_for_lost_readers_works_at_any_address_of_a_served_site(make: Make) -> None:
    soup = make(PAIR, base_url="https://example.org/kb/")["404.html"]
    addresses = [*hrefs(soup, "a, link[rel=stylesheet]"), *(s["src"] for s in soup.select("script"))]
    assert [a for a in addresses if not a.startswith(("/kb/", "#"))] == []


def test_a_served_site_has_canonical_addresses(make: Make) -> None:
    made = make(PAIR, base_url="https://example.org/kb/")
    canonical = "link[rel=canonical]"
    assert hrefs(made["conceptos/atencion.html"], canonical) == ["https://example.org/kb/conceptos/atencion.html"]
    assert hrefs(made["index.html"], canonical) == ["https://example.org/kb/"]


def test_a_shared_link_shows_title_and_description(make: Make) -> None:
    files = {**PAIR, "Conceptos/Softmax.md": PAIR["Conceptos/Softmax.md"].replace("---", "---\nupdated: 2026-03-04", 1)}
    soup = make(files)["conceptos/softmax.html"]
    told = {tag["property"]: tag["content"] for tag in soup.select("meta[property]")}
    assert told["og:title"] == "Softmax"
    assert told["og:description"] == "Pesos que suman uno."
    assert told["article:modified_time"] == "2026-03-04"


def test_without_a_language_in_the_config_the_site_s_own_pages_speak_that_of_the_notes(make: Make) -> None:
    made = make({"A.md": "This is the first of the notes, and it is about the words. #tag"}, language="")
    assert "not here" in texts(made["404.html"], "title")[0]
    assert texts(made["tags/index.html"], "h1") == ["Tags"]
