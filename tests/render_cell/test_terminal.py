"""What a program wrote to a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.render.terminal import screen, styled


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("uno\ndos", "uno\ndos"),
        ("  0%\r 50%\r100%\nlisto", "100%\nlisto"),
        ("100%\r\nlisto\r\n", "100%\nlisto\n"),
    ],
)
def test_a_line_that_was_overwritten_shows_its_last_state(written: str, shown: str) -> None:
    assert screen(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b[31mno\x1b[0m", '<span class="af">no</span>'),
        ("\x1b[1;32msí\x1b[m y no", '<span class="ab ao">sí</span> y no'),
        ("\x1b[38;5;208mnaranja\x1b[0m", "naranja"),
        ("\x1b[2K\x1b[1Alínea", "línea"),
        ("\x1b]0;título\x07texto", "texto"),
        ("a\x00b\x08c", "abc"),
    ],
)
def test_colours_become_classes_and_other_codes_go(written: str, shown: str) -> None:
    assert styled(written) == shown


@given(st.text())
def test_no_control_character_reaches_the_page(written: str) -> None:
    html = styled(written)
    assert not any(ord(c) < 32 and c not in "\n\t\r" for c in html)
    assert "<" not in html.replace("<span class=", "").replace("</span>", "")
