"""What a reader downloads for a note: its page with style and scripts, packed; fonts and figures aside."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from statistics import median

_FIGURE = re.compile(rb'<figure class="fig".*?</figure>', re.DOTALL)
_LOADED = re.compile(rb'<(?:script src|link rel="stylesheet" href)="([^"?]*)')


def weights(site: Path) -> dict[str, int]:
    """The bytes of each note's page with all that it loads, by URL."""
    pages = {path: path.read_bytes() for path in sorted(site.rglob("*.html"))}
    return {
        path.relative_to(site).as_posix(): _weight(path, page)
        for path, page in pages.items()
        if b'class="page note"' in page
    }


def _weight(path: Path, page: bytes) -> int:
    loaded = [(path.parent / address.decode()).resolve() for address in _LOADED.findall(page)]
    assert len(loaded) == 3
    parts = [_FIGURE.sub(b"", page), *(file.read_bytes() for file in loaded)]
    return sum(len(gzip.compress(part, 9)) for part in parts)


def test_a_note_is_light(site_folder: Path) -> None:
    found = weights(site_folder)
    assert len(found) > 5
    assert max(found.values()) <= 20_000, found
    assert median(found.values()) <= 14_000
