"""The faster engine reads CommonMark exactly as markdown-it does."""

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from kbtool.syntax import paragraph, table
from kbtool.syntax.engine import Parser

PIECES = [
    *"#>-*+_`~=<>[]()!&\\|:1. \n\t",
    *("\n\n", "\n> ", "\n- ", "\n1. ", "\n    ", "\n---\n", "\n===\n", "| - |", "[a]: b"),
    *("```", "](", "a", "é", "<b>", "&amp;", "https://a.b"),
    *("\na | b\n-|-\n", "\n| a | b\\|c |\n| :-: | --- |\n| 1 |\n", "\n|-|\n", "|||"),
]
MARKDOWN = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def bare() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": 210}).enable(["table", "strikethrough"])


def engine() -> Parser:
    md = Parser(strict_line_breaks=True)
    paragraph.install(md)
    table.install(md)
    return md.compile()


def without_columns(tokens: list[Token]) -> list[Token]:
    """Where the text of a cell stands in its line is our addition."""
    for token in tokens:
        token.meta.pop("column", None)
    return tokens


BARE, ENGINE = bare(), engine()


@settings(max_examples=1500, deadline=None)
@given(MARKDOWN)
def test_without_obsidians_rules_every_token_is_markdown_its(text: str) -> None:
    assert without_columns(ENGINE.parse(text)) == BARE.parse(text)


def test_an_underline_far_below_makes_all_lines_a_heading() -> None:
    text = "uno\ndos\ntres\n====\ncuatro"
    assert ENGINE.parse(text) == BARE.parse(text)
    assert ENGINE.parse(text)[0].tag == "h1"


def test_rules_are_asked_in_the_order_in_which_they_were_put() -> None:
    asked: list[str] = []

    def asking(name: str) -> RuleFuncInlineType:
        def rule(_state: StateInline, _silent: bool) -> bool:
            asked.append(name)
            return False

        return rule

    md = Parser(strict_line_breaks=True)
    md.inline.add("link", "second", asking("second"), "[")
    md.inline.add("second", "first", asking("first"), "[")
    md.compile().parse("a[")
    assert asked == ["first", "second"]
