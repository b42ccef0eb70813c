"""What a program wrote to a terminal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.render.terminal import bare, screen, styled


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("uno\ndos", "uno\ndos"),
        ("  0%\r 50%\r100%\nlisto", "100%\nlisto"),
        ("100%\r\nlisto\r\n", "100%\nlisto\n"),
        ("largo texto\rcorto", "corto texto"),
        ("abc\b\bX", "aXc"),
        ("uno\n\x1b[1A\x1b[2Kdos", "dos\n"),
        ("12345\x1b[3D--\x1b[K", "12--"),
        ("a\nb\nc\n\x1b[2AB!\x1b[2B\rfin", "a\nB!\nc\nfin"),
        ("cuadro 1\nx\x1b[2J\x1b[Hcuadro 2", "cuadro 2\n"),
        ("a\tb\tc", "a\tb\tc"),
        ("\x1b7uno\x1b8dos", "dos"),
        ("\x1b(Buno\x1b[?25l dos", "uno dos"),
        ("x\x1b[999999999999999999999Cy", "x" + " " * 239 + "y"),
        ("\x1b[99999Bx\x1b[99999Ay", "xy"),
    ],
)
def test_the_screen_shows_what_stands_there_in_the_end(written: str, shown: str) -> None:
    assert screen(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b[31mno\x1b[0m", '<span class="af">no</span>'),
        ("\x1b[1;32msí\x1b[m y no", '<span class="ab ao">sí</span> y no'),
        ("\x1b[38;5;208mnaranja\x1b[0m", '<span class="ax" style="--f:#ff8700">naranja</span>'),
        ("\x1b[38;2;1;2;3mrgb\x1b[39m no", '<span class="ax" style="--f:#010203">rgb</span> no'),
        ("\x1b[38;5;9mclaro\x1b[0m", '<span class="af">claro</span>'),
        ("\x1b[3;4;9mtodo\x1b[23;24;29m nada", '<span class="ai au as">todo</span> nada'),
        ("\x1b[7minverso\x1b[0m", '<span class="av">inverso</span>'),
        ("\x1b[41mfondo\x1b[0m", '<span style="background:#cf222e;color:#ffffff">fondo</span>'),
        ("\x1b[31;41mrojo\x1b[0m", '<span style="background:#cf222e;color:#ffffff">rojo</span>'),
        ("\x1b[38;5mincompleto\x1b[38;9;1m", "incompleto"),
        ("\x1b[2K\x1b[1Alínea", "línea"),
        ("\x1b]0;título\x07texto", "texto"),
        ("a\x00b\x08c", "abc"),
    ],
)
def test_colours_become_classes_and_other_codes_go(written: str, shown: str) -> None:
    assert styled(written) == shown


PROGRAMS = st.lists(
    st.one_of(
        st.text(max_size=5),
        st.sampled_from("\n\r\b\t"),
        st.builds(
            "\x1b[{}{}".format,
            st.lists(st.integers(0, 300)).map(lambda n: ";".join(map(str, n))),
            st.sampled_from("mABCDEFGHJKPdfsuhq"),
        ),
    ),
    max_size=30,
).map("".join)


@given(PROGRAMS)
def test_a_screen_is_text_and_colours_and_shows_itself(written: str) -> None:
    """Only colours are left, each line has its own, and what stands on the screen stands there when it is printed."""
    shown = screen(written)
    assert bare(shown) == re.sub(r"\x1b\[[\d;]*m", "", shown)
    assert screen(shown) == shown
    assert all(line.count("\x1b[0m") * 2 == line.count("\x1b[") for line in shown.split("\n"))


@given(st.one_of(st.text(), PROGRAMS))
def test_no_control_character_reaches_the_page(written: str) -> None:
    html = styled(written)
    assert not any(ord(c) < 32 and c not in "\n\t" for c in html)
    assert "<" not in re.sub(r'<span( class="[a-z ]+")?( style="[-a-z:;#0-9]+")?>|</span>', "", html)
