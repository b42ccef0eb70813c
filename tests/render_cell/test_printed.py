"""Printed text as boxes of the page."""

from __future__ import annotations

from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from kbtool.render.printed import printed
from kbtool.words import words

ES = words("es")


def boxes(text: str) -> list[str]:
    return [pre.get_text() for pre in BeautifulSoup(printed(text, "Salida", ES), "html.parser").select("pre")]


def summary(text: str) -> str:
    found = BeautifulSoup(printed(text, "Salida", ES), "html.parser").select_one("summary")
    return found.get_text() if found else ""


def test_blank_lines_around_are_not_shown_and_those_within_are() -> None:
    assert boxes("\n  \n   sangrado\n\nfin\n\n") == ["   sangrado\n\nfin"]
    assert printed("\n \n\n", "Salida", ES) == ""


def test_twenty_lines_stand_as_they_are() -> None:
    text = "\n".join(map(str, range(20)))
    assert boxes(text) == [text]


def test_a_long_output_shows_its_beginning_and_its_end_and_folds_all_that_is_between() -> None:
    lines = [str(i) for i in range(5000)]
    first, middle, last = boxes("\n".join(lines))
    assert (first.split("\n"), last.split("\n")) == (lines[:10], lines[-5:])
    assert middle.split("\n") == lines[10:-5]
    assert summary("\n".join(lines)) == "4985 líneas más"


def test_a_line_without_end_is_folded_by_letters_and_wraps() -> None:
    text = "abcdefghij" * 10_000
    assert "".join(boxes(text)) == text
    assert summary(text) == "98700 caracteres más"
    assert printed(text, "Salida", ES).count('class="wrap"') == 3


def test_a_repr_wraps_and_a_wide_table_does_not() -> None:
    assert 'class="wrap"' in printed("palabra " * 50, "Salida", ES)
    assert "wrap" not in printed("\n".join(["0 1 2 3 " * 40] * 3), "Salida", ES)


def test_a_colour_that_spans_lines_goes_on_behind_the_fold() -> None:
    html = printed("\x1b[31m" + "\n".join(map(str, range(100))), "Salida", ES)
    assert html.count('<span class="af">') == 100


LINES = st.text(st.characters(min_codepoint=33, blacklist_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=300)


@given(st.lists(LINES, min_size=1, max_size=60))
def test_nothing_is_lost(lines: list[str]) -> None:
    """Whatever is folded, all the text is in the page, in its order; only line ends at the folds are the boxes'."""
    assert "".join(boxes("\n".join(lines))).replace("\n", "") == "".join(lines)
