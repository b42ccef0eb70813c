"""Where installers put packages, and what their records tell."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

__all__ = ["distribution", "entry_of", "is_site", "loaded", "modules_of", "site_folders"]

_SITE = re.compile(r"(?:^|/)(?:site|dist)-packages(?:/|$)")
_ENTRY = re.compile(r"^.*?/(?:site|dist)-packages/[^/]+")
_METADATA = re.compile(r"(?P<name>.+?)-(?P<version>\d[^-]*)(?:-py[\d.]+)?\.(?:dist|egg)-info")


def is_site(path: str) -> bool:
    """Whether a file was put there by an installer of packages, or may have been."""
    return _SITE.search(path) is not None


def entry_of(path: str) -> str | None:
    """The file or folder right in a folder of packages to which a path belongs.

    >>> entry_of("/usr/lib/python3/dist-packages/yaml/loader.py")
    '/usr/lib/python3/dist-packages/yaml'
    """
    match = _ENTRY.match(path)
    return match and match[0]


def loaded() -> tuple[str, ...]:
    """The entries of packages from which something has been imported into this process."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    entries = {entry_of(file) for file in files if isinstance(file, str)}
    return tuple(sorted(entry for entry in entries if entry))


def site_folders() -> list[str]:
    """The folders of a note's search path in which packages are installed."""
    path = (*os.environ.get("PYTHONPATH", "").split(os.pathsep), *sys.path)
    return [folder for folder in dict.fromkeys(path) if is_site(folder)]


def distribution(entry: str) -> tuple[str, str]:
    """Name and version of the distribution whose metadata folder is called so; two empty strings for other entries.

    >>> distribution("torch_geometric-2.4.dist-info"), distribution("torch")
    (('torch-geometric', '2.4'), ('', ''))
    """
    match = _METADATA.fullmatch(entry)
    return (re.sub(r"[-_.]+", "-", match["name"]).lower(), match["version"]) if match else ("", "")


def modules_of(folder: str) -> set[str]:
    """The modules of the first level that a distribution has brought, by its metadata folder."""
    for record, separator in (("RECORD", ","), ("top_level.txt", None)):
        try:
            lines = Path(folder, record).read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        entries = {line.split(separator)[0].partition("/")[0] for line in lines if line.strip()}
        return {entry.partition(".")[0] for entry in entries if not entry.endswith((".dist-info", ".egg-info"))}
    return set()
