"""The text of a drawing made lighter: nothing that a reader sees may change."""

from __future__ import annotations

import base64
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbtool.run.drawing import lighter, roomy

HEAD = '<svg width="100pt" height="50pt" viewBox="0 0 100 50">'


def view(*texts: str) -> list[float]:
    found = re.search(r'viewBox="([^"]*)"', roomy(HEAD + "".join(texts) + "</svg>"))
    assert found is not None
    return [float(n) for n in found[1].split()]


@pytest.mark.parametrize(
    ("drawn", "lighter_by"),
    [
        ('<path d="M 1.005999 2\nL -0.001 3.14159"/>', '<path d="M 1.01 2\nL 0 3.14"/>'),
        ('<use x="133.744449" y="5" style="stroke: #020202"/>', '<use x="133.74" y="5" style="stroke: #020202"/>'),
        ('<text transform="translate(1.23456 7) rotate(-45)">', '<text transform="translate(1.23 7) rotate(-45)">'),
        ("<metadata>\n <x/></metadata><g/>", "<g/>"),
    ],
)
def test_places_have_two_decimals_and_metadata_goes(drawn: str, lighter_by: str) -> None:
    assert lighter(drawn) == lighter_by


@pytest.mark.parametrize(
    "drawn",
    [
        "<text>0.123456 y d=1.23456</text>",
        '<image transform="matrix(1.234567 0 0 0.001234 5.678912 1)"/>',
        '<image transform="scale(1 -1) translate(0 -266.123456)"/>',
        '<path style="stroke-width: 0.123456; opacity: 0.123456"/>',
    ],
)
def test_what_is_no_place_stays(drawn: str) -> None:
    assert lighter(drawn) == drawn


@given(st.text(st.characters(blacklist_characters="<>&", blacklist_categories=["Cs"])))
def test_no_text_changes(text: str) -> None:
    assert lighter(f'<text x="1.23456">{text}</text>') == f'<text x="1.23">{text}</text>'


def picture(mode: str, colours: int) -> tuple[object, str]:
    from PIL import Image

    image = Image.new("RGBA", (40, 30))
    alpha = 255 if mode == "opaque" else 100
    image.putdata([((i % colours) % 256, (i % colours) // 256, 7, alpha) for i in range(1200)])
    packed = io.BytesIO()
    image.save(packed, "png", compress_level=0)
    return image, base64.b64encode(packed.getvalue()).decode()


@pytest.mark.parametrize("mode", ["opaque", "transparent"])
@pytest.mark.parametrize("colours", [1, 2, 256, 257, 1000])
def test_a_picture_in_a_drawing_is_packed_without_loss(mode: str, colours: int) -> None:
    pytest.importorskip("numpy")
    Image = pytest.importorskip("PIL.Image")  # noqa: N806 - a module
    image, packed = picture(mode, colours)
    given_svg = f'<image href="data:image/png;base64,\n{packed}"/>'
    smaller = lighter(given_svg)
    found = re.search(r"base64,([^\"]*)", smaller)
    assert found is not None
    with Image.open(io.BytesIO(base64.b64decode(found[1]))) as shown:
        assert shown.convert("RGBA").tobytes() == image.tobytes()  # type: ignore[attr-defined]
    assert len(smaller) < len(given_svg) or (mode, colours) in (("transparent", 257), ("transparent", 1000))


def test_text_within_the_edge_moves_nothing() -> None:
    assert view('<text style="font-size: 10px" transform="translate(20 30)">abc</text>') == [0, 0, 100, 50]


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ('<text style="font-size: 10px; text-anchor: end" x="10" y="30">−0.050</text>', "left"),
        ('<text style="font-size: 10px" transform="translate(90 30)">etiqueta</text>', "right"),
        ('<text style="font: 10px \'DejaVu Sans\'" transform="translate(-4 40) rotate(-90)">largo</text>', "left"),
        ('<text style="font-size: 10px; text-anchor: middle" x="50" y="56">abajo</text>', "bottom"),
        ('<g transform="translate(50 2)">\n<text><tspan style="font-size: 10px">α</tspan></text></g>', "top"),
    ],
)
def test_text_beyond_the_edge_is_made_room_for(text: str, side: str) -> None:
    left, top, wide, high = view(text)
    grown = {"left": left < 0, "right": left + wide > 100, "top": top < 0, "bottom": top + high > 50}
    assert [name for name, is_so in grown.items() if is_so] == [side]
