"""Any text is a note: nothing raises, every link is where it says, and no text takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kbtool.note import Document, parse

PIECES = [
    *"#>-*+_`~=<>[]()!&\\|:1.%$^{} \n\t\r\x00aé",
    *("\n\n", "\n> ", "\n- ", "\n1. ", "\n    ", "\n---\n", "---\n", "\n===\n"),
    *("```", "\n```python\n", "\n```output\n", "#| label: a\n", "{python} 1"),
    *("](", "[[", "]]", "![[", "[[a]]", "[[N#H|x]]", "![[i.png|100]]", "[a](b.md)", "![a](b.md)", "[[a\\|b]]", "| - |"),
    *("%%", "\n%%\n", "$$", "\n$$\n", "==", "#t", " ^id\n", "[^1]", "\n[^1]: ", "^[", "> [!note] T\n", "- [ ] "),
    *("<b>", "<!--", "-->", "<%", "%>", "{{< a >}}", "a: [[b]]\n", 'k: "[[b]]"\n', "&amp;", "https://a.b"),
    *("\u00a0", "\u2028", "\ufeff", "🎉", "n\u0303"),
]  # fmt: skip
NOTES = st.one_of(st.lists(st.sampled_from(PIECES), max_size=60).map("".join), st.text(max_size=200))
FRONT_MATTER = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))


@settings(max_examples=1500, deadline=None)
@example("\u00a0\n    a: [[b]]\n", False)
@given(NOTES, st.booleans())
def test_every_link_is_where_it_says(text: str, strict: bool) -> None:
    document, _ = parse("Nota.md", text, strict_line_breaks=strict)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").split("\n")
    for link in document.note.links:
        assert lines[link.line - 1][link.start : link.end] == link.raw
        assert link.raw.startswith(("[", "![")) and "[[" in link.raw if link.kind == "wiki" else link.raw[:1] in "[!"
        assert link.sentence[slice(*link.mention)] or not link.display.strip() or link.kind != "wiki"
    places = [(link.line, link.start) for link in document.note.links]
    assert places == sorted(places)


@settings(max_examples=700, deadline=None)
@given(NOTES)
def test_what_opens_closes(text: str) -> None:
    document, _ = parse("Nota.md", text)
    for tokens in (document.tokens, *(token.children or () for token in document.tokens)):
        depth = 0
        for token in tokens:
            depth += token.nesting
            assert depth >= 0
        assert depth == 0


@settings(max_examples=700, deadline=None)
@given(FRONT_MATTER, NOTES)
def test_any_properties_keep_the_body_in_its_lines(properties: str, body: str) -> None:
    document, _ = parse("Nota.md", f"---\n{properties}\n---\n{body}\n\n[[última]]\n")
    lines = f"---\n{properties}\n---\n{body}\n\n[[última]]\n".replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for link in document.note.property_links:
        assert link.end == 0 or lines[link.line - 1][link.start : link.end] == link.raw
    for link in document.note.links:
        if link.target == "última":
            assert link.line == len(lines) - 1


DELIMITERS = [
    *("[", "[[", "]", "*", "**", "_", "$", "$$", "`", "``", "%%", "%", ">", "==", "=", "![[", "![", "<", "<%", "<!--"),
    *("#", "^", "|", "\n", "~", "&", "\\", "{{<", "(", "[^", "^[", "- ", "> ", "1. ", "# ", "#a "),
    *("*a ", "**a ", "_a ", "[a](", "a*"),
    *("```\n", "%%\n", "$$\n", "| a ", "|-", "://", "[a]", " ^a", "\t", "a"),
]  # fmt: skip


def seconds(text: str) -> float:
    start = time.process_time()
    parse("Nota.md", text)
    return time.process_time() - start


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("before", ["", "x"])
def test_a_row_of_one_delimiter_is_read_in_linear_time(before: str, delimiter: str) -> None:
    # A quadratic reading of 60,000 characters takes minutes.
    assert seconds(before + delimiter * (60_000 // len(delimiter))) < 2


@pytest.mark.slow
@pytest.mark.parametrize("delimiter", ["[", "[[", "*", "_", "$", "`", "%%", ">", "==", "![[", "<", "#", "^", "|", "\n"])
def test_a_megabyte_of_one_delimiter_takes_seconds(delimiter: str) -> None:
    assert seconds("x" + delimiter * (1_000_000 // len(delimiter))) < 5


def test_a_line_of_a_megabyte() -> None:
    assert seconds("palabra " * 125_000) < 2


def test_ten_thousand_links() -> None:
    document, _ = parse("Nota.md", "ver [[Capa|la capa]] ya " * 10_000)
    assert len(document.note.links) == 10_000
    assert document.note.links[-1].sentence.endswith("ver la capa ya")


def texts(document: Document) -> str:
    return " ".join(token.content for token in document.tokens if token.type == "inline")


@pytest.mark.parametrize("note", [
    "> " * 100 + "fondo",
    "\n".join("  " * depth + "- nivel" for depth in range(100)) + "\n" + "  " * 100 + "- fondo",
    "- " * 100 + "fondo",
    "1. > " * 60 + "fondo",
], ids=["quotes", "lists", "lists in a line", "lists and quotes"])  # fmt: skip
def test_a_hundred_containers_deep_the_text_is_still_read(note: str) -> None:
    document, _ = parse("Nota.md", note)
    assert "fondo" in texts(document)


@pytest.mark.parametrize("deep", ["[" * 100_000, "{a: " * 50_000, "- " * 50_000 + "x", "a:\n" + "- - " * 500])
def test_properties_nested_without_end_are_bad_properties(deep: str) -> None:
    document, diagnostics = parse("Nota.md", f"---\n{deep}\n---\ncuerpo")
    assert [d.code for d in diagnostics] == ["bad-front-matter"]
    assert texts(document) == "cuerpo"


def test_a_few_aliases_cannot_make_a_million_values() -> None:
    rows = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    _, diagnostics = parse("Nota.md", "---\n" + "\n".join(rows) + "\n---\n")
    assert [d.code for d in diagnostics] == ["bad-front-matter"]


@pytest.mark.parametrize("text", ["https://a" + ")" * 50_000, "https://a.b/ " * 5_000, "a https" + "://" * 20_000])
def test_urls_are_read_in_linear_time(text: str) -> None:
    assert seconds(text) < 2
