"""Documents of other tools become readable pages, and what kbtool cannot honour is said."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.xdist_group("foreign")


def test_all_five_become_pages_and_none_stops_the_build(foreign):
    names = {"atencion.html", "vecinos.html", "capitulo-4.html", "cuaderno.html", "transformadores.html"}
    assert names <= set(foreign.site.pages)
    assert foreign.status == 0


@pytest.mark.parametrize(
    ("page", "sentences"),
    [
        (
            "vecinos.html",
            ["Vecinos en el espacio", "contamos letras", "cos(u, v) = dot(u, v)", "Esto es pseudocódigo."],
        ),
        ("capitulo-4.html", ["Chapter 4: The window", "a text is a list of numbers", "Stride", "97"]),
        ("cuaderno.html", ["Una tabla de vectores", "torch.nn.Embedding(4, 2)", "0.1288"]),
        ("transformadores.html", ["dos notas en una", "Dos bloques se apilan", "las redes", "ver ademas"]),
    ],
)
def test_a_page_holds_the_text_of_its_document(foreign, page, sentences):
    text = foreign.site.pages[page].text
    assert [sentence for sentence in sentences if sentence not in text] == []


class TestTextDecodedWithTheWrongEncoding:
    def test_is_told_once_with_the_text_as_it_was_meant(self, foreign):
        (told,) = foreign.told("atencion.md", "mojibake")
        assert any(word in told["message"] + told["hint"] for word in ("Atención", "título", "atención", "La atención"))

    def test_can_be_repaired(self, foreign, kbtool, tmp_path, write):
        from_site = foreign  # the document itself is the same
        assert from_site.codes("atencion.md") >= {"mojibake"}
        garbled = "# La atención pregunta “¿quién?”\n\nMás allá, señal y razón.\n"
        vault = write(tmp_path / "v", {"a.md": garbled.encode("utf-8").decode("mac_roman")})
        kbtool("check", vault, "--fix", cwd=tmp_path)
        assert (vault / "a.md").read_text("utf-8") == garbled


class TestHugoPost:
    def test_each_kind_of_shortcode_is_told(self, foreign):
        told = foreign.told("vecinos.md", "foreign-shortcode")
        assert told
        assert min(d["line"] for d in told) == 9

    def test_its_properties_are_read(self, foreign):
        page = foreign.site.pages["vecinos.html"]
        assert "Vecinos en el espacio" in page.text
        assert any("vectores" in reference for reference in page.references)

    def test_its_pseudo_code_does_not_run(self, foreign):
        assert not any(code.startswith("block-") for code in foreign.codes("vecinos.md"))


class TestMdBookPage:
    def test_includes_are_told(self, foreign):
        assert [d["line"] for d in foreign.told("capitulo-4.md", "foreign-shortcode")][:1] == [5]

    def test_relative_links_to_missing_chapters_are_told(self, foreign):
        messages = " ".join(d["message"] for d in foreign.told("capitulo-4.md", "broken-link"))
        assert "ch03-vocabulary" in messages
        assert "glossary" in messages

    def test_a_relative_link_to_a_note_that_is_there_works(self, foreign):
        assert "vecinos.html" in foreign.site.pages["capitulo-4.html"].references


class TestNotebookPastedAsText:
    def test_its_prompts_are_told(self, foreign):
        assert [d["line"] for d in foreign.told("cuaderno.md", "foreign-residue")] == [5, 11, 15, 20]

    def test_its_missing_neighbours_are_told(self, foreign):
        codes = foreign.codes("cuaderno.md")
        assert codes & {"missing-attachment", "broken-link", "broken-embed"}
        told = " ".join(d["message"] for d in foreign.diagnostics if d["path"] == "cuaderno.md")
        assert "5_posiciones.ipynb" in told
        assert "4.2.png" in told

    def test_its_words_after_a_hash_are_tags_as_in_obsidian(self, foreign):
        tags = [name for name in foreign.site.pages if "ejemplo" in name]
        assert tags


class TestNoteWithEmbedsAndFrames:
    def test_missing_files_are_told_by_name(self, foreign):
        told = " ".join(d["message"] for d in foreign.diagnostics if d["path"] == "transformadores.md")
        assert "Pasted image 20240301101500.png" in told
        assert "Charla.mp4" in told
        assert "Redes profundas" in told

    def test_nothing_on_the_page_runs_or_loads_by_itself(self, foreign):
        page = foreign.site.pages["transformadores.html"]
        assert "taken over" not in page.html
        assert "onerror" not in page.html
        assert "<script>document" not in page.html
        assert 'src="https://' not in page.live

    def test_the_video_can_still_be_reached(self, foreign):
        assert "abcdefghijk" in foreign.site.pages["transformadores.html"].html

    def test_an_embedded_section_of_another_note_is_shown(self, foreign):
        assert "a text is a list of numbers" in foreign.site.pages["transformadores.html"].text
