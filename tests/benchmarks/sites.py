"""What lies in the folder of a site: its size, what a build wrote there, what a reader downloads."""

from __future__ import annotations

import gzip
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["State", "Weights", "differing", "packed", "size", "state", "weigh", "written"]

# path -> inode, time and size: what changes whenever a file is written anew
State = Mapping[Path, tuple[int, int, int]]


def size(site: Path) -> int:
    return sum(file.stat().st_size for file in _files(site))


def _files(site: Path) -> list[Path]:
    return [file for file in site.rglob("*") if file.is_file()]


def state(site: Path) -> State:
    stats = ((file, file.stat()) for file in _files(site))
    return {file: (stat.st_ino, stat.st_mtime_ns, stat.st_size) for file, stat in stats}


def written(before: State, after: State) -> tuple[int, int]:
    """How many files a build wrote, the same bytes again included, and their bytes."""
    new = [stat for file, stat in after.items() if before.get(file) != stat]
    return len(new), sum(length for _, _, length in new)


def differing(site: Path, other: Path) -> list[str]:
    """The files that are not the same in both folders; those whose name starts with a dot are no part of a site."""
    names = {
        file.relative_to(folder) for folder in (site, other) for file in _files(folder) if not file.name.startswith(".")
    }
    return sorted(str(name) for name in names if _content(site / name) != _content(other / name))


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None


# ---------------------------------------------------------------- for a reader


@dataclass(frozen=True, slots=True)
class Weights:
    """Bytes of a typical page: packed and not, and of the CSS and JS of the site that every such page names, packed."""

    page: float
    unpacked: float
    assets: int
    names: Sequence[str]


def weigh(pages: Sequence[Path]) -> Weights:
    """The median of a hundred of the pages."""
    some = pages[:: max(1, len(pages) // 100)]
    assets = sorted(set(_assets(some[0])))
    return Weights(
        statistics.median(map(packed, some)),
        statistics.median(page.stat().st_size for page in some),
        sum(map(packed, assets)),
        [file.name for file in assets],
    )


def packed(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 6, mtime=0))


def _assets(page: Path) -> list[Path]:
    named = re.findall(r'<(?:script|link)\b[^>]*?\b(?:src|href)="([^"#?]+\.(?:css|js))', page.read_text("utf-8"))
    return [(page.parent / name).resolve() for name in named if "//" not in name]
