"""Source code in five inks."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.render.highlight import highlight


def spans(html: str) -> list[tuple[str, str]]:
    return re.findall(r'<span class="([ksmcf])">(.*?)</span>', html, re.DOTALL)


def test_python_has_keywords_strings_numbers_comments_and_names_being_defined() -> None:
    html = highlight('def paso(x):\n    return x + 1, "a"  # uno', "python")
    assert spans(html) == [("k", "def"), ("f", "paso"), ("k", "return"), ("m", "1"), ("s", '"a"'), ("c", "# uno")]


def test_a_docstring_is_a_comment_and_not_a_string() -> None:
    assert ("c", '"""Dice."""') in spans(highlight('def f():\n    """Dice."""', "python"))


def test_neighbours_of_one_ink_share_a_span() -> None:
    assert highlight("x is not None", "python") == 'x <span class="k">is not None</span>'


def test_an_unknown_language_is_escaped_text() -> None:
    assert highlight("a < b & c", "klingon") == "a &lt; b &amp; c"


@pytest.mark.parametrize("language", ["python", "bash", "json", "html", "sql", "pycon", "diff", "toml", "no such"])
@given(source=st.text(alphabet="ab \n\t<>&\"'#=1.()ñ-", max_size=80))
def test_nothing_but_spans_is_added(language: str, source: str) -> None:
    """Taking the tags off gives back the source, for any source, so that copied code is the code."""
    bare = unescape(re.sub(r"</?span[^>]*>", "", highlight(source, language)))
    assert bare == source
