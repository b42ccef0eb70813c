"""One row for each kind of change: exactly the pages that have to be made again, and what of the site is written for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from stepwise import NOTHING, Files, Project, assert_clean

PIXEL = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
VAULT: Files = {
    "Alpha.md": "# Alpha\n\nSee [[Beta]] for more.\n\n![[Gamma]]\n",
    "Beta.md": "---\ntags: [one]\n---\n# Beta\n\n## Part\n\nText of beta.\n\nA block. ^blk\n",
    "Gamma.md": "# Gamma\n\nThe middle.\n\n![[Delta#End]]\n",
    "deep/Delta.md": "# Delta\n\nFirst words.\n\n## End\n\nLast words. ![[pic.gif]]\n",
    "deep/Echo.md": "# Echo\n\n[[Beta#Part]], [[Beta#^blk]], [[Nowhere]].\n",
    "other/Foxtrot.md": '# Foxtrot\n\nAlone. <img src="raw.gif">\n',
    "other/Hidden.md": "---\ndraft: true\n---\n# Hidden\n\n[[Alpha]] ![[secret.gif]]\n",
    "pic.gif": PIXEL,
    "raw.gif": PIXEL + b"raw",
    "secret.gif": PIXEL + b"secret",
    "unused.gif": PIXEL + b"unused",
}
ALPHA, BETA, GAMMA = "alpha.html", "beta.html", "gamma.html"
DELTA, ECHO, FOXTROT = "deep/delta.html", "deep/echo.html", "other/foxtrot.html"
NOTES = {ALPHA, BETA, GAMMA, DELTA, ECHO, FOXTROT}
HOME, MISSING, DEEP, OTHER = "index.html", "404.html", "deep/index.html", "other/index.html"
TAGS, ONE = "tags/index.html", "tags/one.html"
ALL = NOTES | {HOME, MISSING, DEEP, OTHER, TAGS, ONE}
AT_ROOT = {ALPHA, BETA, GAMMA, HOME}
Change = Callable[[Project], None]


def edit(name: str, old: str, new: str) -> Change:
    return lambda project: project.edit(name, old, new)


def put(**_: str) -> Change:
    raise NotImplementedError


def files(found: Files) -> Change:
    return lambda project: project.put(found)


def move(old: str, new: str) -> Change:
    return lambda project: project.move(old, new)


def configure(**changes: object) -> Change:
    return lambda project: project.configure(**changes)


ROWS = {
    "words": edit("Foxtrot", "", ""),
}
