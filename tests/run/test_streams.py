"""The bytes of a pipe, cut anywhere, come out whole, in order, and never too many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kbtool.run.results import Output
from kbtool.run.streams import Collected, Pieces

MARK = "0123456789abcdef"


def mark(number: int, ends: str = "") -> bytes:
    return f"\x1e{MARK}:{number}{ends}\x1e".encode()


def fed(data: bytes, cuts: list[int]) -> Pieces:
    pieces, start = Pieces(MARK), 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        pieces.feed(data[start:cut])
        start = cut
    return pieces


CUTS = st.lists(st.integers(min_value=0), max_size=12)


@given(CUTS)
def test_marks_number_the_text_wherever_it_was_cut(cuts):
    data = b"ant" + mark(1) + "uno ñ".encode() + mark(2) + mark(3) + "tres\x1e€".encode() + mark(4, "!") + b"later"
    pieces = fed(data, cuts)
    assert pieces.take() == [(0, "ant"), (1, "uno ñ"), (3, "tres\x1e€")]
    assert pieces.take() == [(4, "later")]


@given(CUTS, st.binary(max_size=60))
def test_bytes_that_only_look_like_a_mark_are_text(cuts, noise):
    data = b"\x1e0123" + noise + b"\x1e"
    text = "".join(text for _, text in fed(data + mark(1, "!"), cuts).take())
    assert text == data.decode("utf-8", "backslashreplace")


def test_bytes_that_are_no_text_are_shown_as_escapes():
    pieces = fed(b"\xff\xfe ok\n", [])
    assert pieces.take() == [(0, "\\xff\\xfe ok\n")]


def test_of_too_much_the_beginning_and_the_end_are_kept_and_it_says_so():
    pieces = Pieces(MARK)
    for i in range(100_000):
        pieces.feed(b"%05d ni\xc3\xb1o\n" % i)
    text = "".join(text for _, text in pieces.take())
    assert text.startswith("00000 niño\n00001")
    assert text.endswith("99999 niño\n")
    assert "bytes left out" in text
    assert len(text) < 500_000
    assert "\\x" not in text


def test_outputs_come_in_order_and_printed_text_joins():
    collected = Collected()
    for number, kind, text in [(3, "stdout", "c"), (1, "stdout", "a"), (2, "stdout", "b"), (4, "display", "d")]:
        collected.add(number, Output(kind, text))
    assert collected.ordered() == (Output("stdout", "abc"), Output("display", "d"))
