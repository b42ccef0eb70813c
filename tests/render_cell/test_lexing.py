"""Running a Pygments lexer in our own way changes nothing but the time it takes."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.lexers import get_lexer_by_name

import kbtool.note
from kbtool.render.lexing import joins, lexer_of, tokens

SOURCE = Path(kbtool.note.__file__).read_text("utf-8")
JOINED = ("python", "javascript", "go", "java", "sql", "css", "html", "latex", "julia", "diff")
LEFT_ALONE = ("c", "rust", "json", "yaml", "toml", "bash", "console")

PIECES = [
    *"()[]{}:;,.@#%&|<>=+-*/\\\"'`$!?~^_ \n\tabfrué019",
    *("def f(x):\n", "class A(B):\n    ", "import os as o, re\n", "from a.b import c\n", "match x:\n    case _:\n"),
    *(
        '"""',
        "'''",
        'f"{x!r:>{w}} {{y}}"',
        "rb'\\x00'",
        "u'\\N{DASH}'",
        "# uno\n",
        "0x1F",
        "1e-5j",
        "1_000.5",
        "lambda: None",
    ),
    *(
        "<b class='a'>",
        "</b>",
        "<!-- x -->",
        "/* y */",
        "// z\n",
        "select * from t where",
        "@@ -1 +1 @@\n",
        "+a\n",
        "-b\n",
    ),
]
CODE = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def by_pygments(language: str, text: str) -> list[tuple[object, str]]:
    return [(kind, part) for _, kind, part in get_lexer_by_name(language).get_tokens_unprocessed(text)]


@pytest.mark.parametrize("language", [*JOINED, *LEFT_ALONE])
def test_real_code_has_the_tokens_of_pygments(language: str) -> None:
    assert list(tokens(lexer_of(language), SOURCE)) == by_pygments(language, SOURCE)


@settings(max_examples=400, deadline=None)
@given(CODE, st.sampled_from(JOINED))
def test_any_text_has_the_tokens_of_pygments(text: str, language: str) -> None:
    assert list(tokens(lexer_of(language), text)) == by_pygments(language, text)


@pytest.mark.parametrize("language", JOINED)
def test_the_rules_of_these_languages_are_joined(language: str) -> None:
    assert joins(lexer_of(language))


@pytest.mark.parametrize("language", LEFT_ALONE)
def test_lexers_that_work_in_a_way_of_their_own_are_left_alone(language: str) -> None:
    assert not joins(lexer_of(language))
