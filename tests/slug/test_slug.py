"""Names become addresses that are safe everywhere, the same every time, and never the same for two things."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.slug import anchor_slug, fold, page_slug, relative_url, unique, url_path

NAMES = st.text(min_size=1, max_size=300).filter(lambda name: "/" not in name)
SEGMENTS = st.from_regex(r"[a-z0-9ñ日 ]{1,8}", fullmatch=True)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Tokenización", "tokenizacion"),
        ("Atención: ¿qué es Q·K?", "atencion-que-es-qk"),
        ("GPT-3.5 (small)", "gpt-3.5-small"),
        ("  A  —  B  ", "a-b"),
        ("Straße Œuvre Łódź", "strasse-oeuvre-lodz"),
        ("日本語 が", "日本語-が"),
        ("हिन्दी", "हिन्दी"),
        ("한국어", "한국어"),
        ("∇", "∇"),
        ("C++", "c++"),
        ("..", "n-"),
        ("¿?", "n-"),
        ("Foo.html", "foo-html"),
        ("v1.2", "v1.2"),
    ],
)
def test_a_name_becomes_one_segment(name, slug):
    assert page_slug(name) == slug or (slug == "n-" and page_slug(name).startswith(slug))


def test_composed_and_decomposed_names_get_one_slug():
    name = "Tokenización ñandú"
    assert page_slug(unicodedata.normalize("NFD", name)) == page_slug(unicodedata.normalize("NFC", name))


def test_two_unsayable_names_get_two_slugs():
    assert page_slug("¿?") != page_slug("¡!")


@given(NAMES)
def test_a_slug_is_a_safe_file_name(name):
    slug = page_slug(name)
    assert slug
    assert len(slug.encode()) <= 200
    assert not slug.startswith((".", "-"))
    assert re.search(r'[\s/\\:*?"<>|#%&]', slug) is None


@given(NAMES)
def test_a_slug_of_a_slug_is_itself(name):
    assert page_slug(page_slug(name)) == page_slug(name)


@given(NAMES)
def test_an_anchor_needs_no_escaping_in_a_selector(text):
    assert "." not in anchor_slug(text)


def test_a_path_loses_only_the_notes_extension():
    assert url_path("Conceptos/Tokenización.md") == "conceptos/tokenizacion"
    assert url_path("A b/Mapa.canvas") == "a-b/mapa.canvas"
    assert url_path("Ñ") == "n"


@given(st.lists(st.sampled_from(["a", "a-2", "b", "a-3", "a-2-2"]), max_size=40))
def test_no_two_get_the_same(slugs):
    taken: set[str] = set()
    given_out = [unique(slug, taken) for slug in slugs]
    assert len(set(given_out)) == len(slugs)


def test_numbers_count_up_without_gaps():
    taken: set[str] = set()
    assert [unique("x", taken) for _ in range(5)] == ["x", "x-2", "x-3", "x-4", "x-5"]


def test_ten_thousand_equal_names_are_no_trouble():
    taken: set[str] = set()
    assert [unique("x", taken) for _ in range(10_000)][-1] == "x-10000"


@pytest.mark.parametrize(
    ("target", "source", "url"),
    [
        ("a/b.html", "c/d.html", "../a/b.html"),
        ("a/b.html", "a/d.html", "b.html"),
        ("a/b.html", "a/b.html", "b.html"),
        ("b.html", "a/x/d.html", "../../b.html"),
        ("a/a.html", "a.html", "a/a.html"),
        ("a/b c/ñ.png", "i.html", "a/b%20c/%C3%B1.png"),
        ("a:b.png", "i.html", "a%3Ab.png"),
        ("50%.png", "i.html", "50%25.png"),
    ],
)
def test_a_page_sees_another(target, source, url):
    assert relative_url(target, source) == url


@given(st.lists(SEGMENTS, min_size=1, max_size=4), st.lists(SEGMENTS, min_size=1, max_size=4))
def test_following_a_relative_url_arrives(target, source):
    from urllib.parse import unquote, urljoin

    start = "http://h/" + "/".join(source)
    assert unquote(urljoin(start, relative_url("/".join(target), "/".join(source)))) == "http://h/" + "/".join(target)


@given(st.text())
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


def test_folding_forgets_case_and_accents():
    assert fold("TOKENIZACIÓN ñ") == fold("tokenizacion n")


@pytest.mark.parametrize("name", ["con", "CON", "Nul", "aux.x", "LPT1", "com9"])
def test_no_page_has_the_name_of_a_device_of_windows(name):
    assert page_slug(name).partition(".")[0] == f"{name.partition('.')[0].lower()}-"
    assert page_slug("consola") == "consola"
