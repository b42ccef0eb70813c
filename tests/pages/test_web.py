"""What all pages share: small enough, and still the same program."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.web import assets, minified_css, minified_js


def test_style_and_scripts_leave_half_of_a_pages_20_kb_to_the_note() -> None:
    every_page = ("assets/style.css", "assets/app.js", "assets/theme.js")
    packed = {url: len(gzip.compress(assets()[url], 9)) for url in every_page}
    assert sum(packed.values()) < 10_500, packed


def test_each_font_comes_with_its_licence() -> None:
    fonts = {url.rpartition("/")[2] for url in assets() if url.startswith("assets/fonts/")}
    assert {"math.woff2", "text.woff2", "text-italic.woff2", "math-LICENSE.txt", "text-LICENSE.txt"} == fonts


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("a :hover { color: red }", "a :hover{color: red}"),
        ("a{\n  width:calc(1px + 2px);\n}\n", "a{width:calc(1px + 2px)}"),
        ("/* uno\n dos */a{}", "a{}"),
    ],
)
def test_blanks_that_mean_something_in_a_style_stay(written: str, sent: str) -> None:
    assert minified_css(written) == sent


@given(st.lists(st.sampled_from(["  // why", "f(); // not mine", "", "    const a = `x`;", "}"]), max_size=8))
def test_of_a_script_only_comment_lines_blank_lines_and_indentation_go(lines: list[str]) -> None:
    kept = [line.strip() for line in lines if line.strip() and not line.strip().startswith("//")]
    assert minified_js("\n".join(lines)).split("\n")[:-1] == (kept or [""])
