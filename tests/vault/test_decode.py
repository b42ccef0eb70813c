"""Bytes become text whatever program wrote them, and what is odd about them is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.vault import Text, decode


def test_plain_utf8_has_nothing_to_tell():
    text = decode("Tokenización\n".encode(), "N.md")
    assert text == Text("Tokenización\n", encoding="utf-8", bom=False, newline="\n", diagnostics=())


def test_a_byte_order_mark_is_no_text():
    text = decode("\ufeff---\n".encode(), "N.md")
    assert (text.text, text.bom, text.diagnostics) == ("---\n", True, ())


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_is_known_by_its_mark(encoding):
    text = decode("\ufeffñandú\r\n".encode(encoding), "N.md")
    assert (text.text, text.encoding, text.bom, text.newline) == ("ñandú\n", encoding, True, "\r\n")
    assert [d.code for d in text.diagnostics] == ["encoding"]


def test_old_windows_text_is_read_and_told():
    text = decode("uno\n“Tokenización” – 5 €\n".encode("cp1252"), "N.md")
    assert text.text == "uno\n“Tokenización” – 5 €\n"
    assert text.encoding == "cp1252"
    assert [(d.code, d.line) for d in text.diagnostics] == [("encoding", 2)]


def test_one_stray_byte_does_not_spoil_the_rest():
    assert decode("canción ".encode() + b"\xe9 fin", "N.md").text == "canción é fin"


@pytest.mark.parametrize(("data", "newline"), [(b"a\r\nb\n", "\r\n"), (b"a\nb\r\n", "\n"), (b"a\r", "\r"), (b"", "\n")])
def test_line_ends_are_those_of_the_first_line(data, newline):
    text = decode(data, "N.md")
    assert text.newline == newline
    assert "\r" not in text.text


@given(st.binary())
def test_any_bytes_are_some_text(data):
    text = decode(data, "N.md")
    assert "\r" not in text.text
    text.text.encode()


@given(st.text().filter(lambda t: not t.startswith("\ufeff")))
def test_utf8_comes_back_as_it_was(text):
    assert decode(text.encode(), "N.md").text == text.replace("\r\n", "\n").replace("\r", "\n")


def test_mojibake_is_told_with_its_line_and_its_repair():
    text = decode("# Título\n\nLa tokenizaci√≥n\nparte el texto en seguida; ma√±ana m√°s.\n".encode(), "N.md")
    assert [(d.code, d.line, d.hint) for d in text.diagnostics] == [
        ("mojibake", 3, "it should read: La tokenización"),
    ]
    assert "2 lines" in text.diagnostics[0].message
    assert "√≥" in text.text
