"""Pictures, sounds, films and PDFs: which file is which, and their elements."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

__all__ = ["MEDIA", "Shown", "kind_of", "page_fragment", "stem"]

_EXTENSIONS: Mapping[str, str] = {
    **dict.fromkeys(("avif", "bmp", "gif", "jpeg", "jpg", "png", "svg", "webp"), "image"),
    **dict.fromkeys(("3gp", "flac", "m4a", "mp3", "ogg", "wav"), "audio"),
    **dict.fromkeys(("mkv", "mov", "mp4", "ogv", "webm"), "video"),
    "pdf": "pdf",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A file as it is to be shown: its URL from the page, its text for those who do not see it, its wished size."""

    url: str
    name: str
    alt: str = ""
    width: str = ""
    height: str = ""
    fragment: str = ""


def kind_of(path: str) -> str:
    """`image`, `audio`, `video`, `pdf`, or the empty string for a file that is none of these.

    >>> kind_of("figuras/Curva.PNG"), kind_of("Nota.md")
    ('image', '')
    """
    return _EXTENSIONS.get(path.rpartition(".")[2].lower(), "")


def stem(path: str) -> str:
    """The name of a file without folder and extension: what is said of a picture of which nobody says anything."""
    return path.rpartition("/")[2].rpartition(".")[0]


def page_fragment(fragment: str | None) -> str:
    """The part of a PDF's fragment that viewers understand: `page=3`, `height=400` belongs to the frame.

    >>> page_fragment("page=3&height=400")
    '#page=3'
    """
    found = re.search(r"page=(\d+)", fragment or "")
    return f"#page={found[1]}" if found else ""


def _size(shown: Shown) -> str:
    return "".join(f' {name}="{value}"' for name, value in (("width", shown.width), ("height", shown.height)) if value)


def _image(shown: Shown) -> str:
    alt = escape(shown.alt or stem(shown.name))
    return f'<img src="{shown.url}" alt="{alt}"{_size(shown)} loading="lazy">'


def _audio(shown: Shown) -> str:
    label = escape(shown.alt or shown.name)
    return f'<audio controls preload="metadata" src="{shown.url}" aria-label="{label}"></audio>'


def _video(shown: Shown) -> str:
    label = escape(shown.alt or shown.name)
    return f'<video controls preload="metadata" src="{shown.url}"{_size(shown)} aria-label="{label}"></video>'


def _pdf(shown: Shown) -> str:
    found = re.search(r"height=(\d+)", shown.fragment)
    height = shown.height or (found[1] if found else "")
    size = f' height="{height}"' if height else ""
    name = escape(shown.alt or shown.name)
    url = shown.url + page_fragment(shown.fragment)
    frame = f'<iframe src="{url}" title="{name}"{size} loading="lazy"></iframe>'
    return f'<span class="pdf">{frame}<a href="{url}">{name}</a></span>'


MEDIA: Mapping[str, Callable[[Shown], str]] = {"image": _image, "audio": _audio, "video": _video, "pdf": _pdf}
"""How each kind of file is shown; `url` comes escaped, the rest does not."""
