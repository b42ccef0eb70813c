"""What to say about a link that leads nowhere, and what it should have said.

The frequent causes each have their code: the name is an alias (`[[IA]]`), or lacks an accent.  Everything else is a
broken link, with the nearest names.  Where there is just one sensible cure it is given as a `Fix`, ready to be applied.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from kbtool.diagnostics import Diagnostic, fault
from kbtool.links.landing import Landing, heading_key, linkable
from kbtool.links.paths import Paths, comparable
from kbtool.nearest import Nearest, is_typo, same_letters, similarity
from kbtool.note import Link, Note
from kbtool.slug import fold
from kbtool.vault import FileKind, kind_of

__all__ = ["Cures", "Fix"]


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement for the columns `start` to `end` of a line (columns from 0, lines from 1).

    `certain` = it can be applied without asking: there is one candidate, and it differs as an oversight does.
    """

    path: str
    line: int
    start: int
    end: int
    new_text: str
    certain: bool


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The files that a wrong name probably means, why, and how sure that is."""

    code: str
    reason: str
    paths: tuple[str, ...]
    sure: bool = True
    keep_text: bool = True


class Cures:
    """Diagnoses broken links; its indexes are built when the first broken link asks for them."""

    def __init__(self, paths: Paths, files: Iterable[str], notes: Mapping[str, Note], landing: Landing) -> None:
        self._paths = paths
        self._files = tuple(files)
        self._notes = notes
        self._landing = landing
        self._found: dict[str, _Candidates] = {}
        self.diagnostics: list[Diagnostic] = []
        self.fixes: list[Fix] = []

    # -------------------------------------------------------- files

    def missing_file(self, source: str, link: Link) -> None:
        """A link whose path finds nothing."""
        candidates = self._candidates(link.target)
        code = candidates.code or _code(link)
        texts = [self._rewritten(link, source, path, candidates) for path in candidates.paths]
        hint = _offer([text for text in texts if text], sure=bool(candidates.code))
        self._say(code, source, link, candidates.reason or _nothing_called(link), hint)
        if len(texts) == 1 and texts[0]:
            self._fix(source, link, texts[0], candidates.sure)

    def _candidates(self, target: str) -> _Candidates:
        if target not in self._found:
            self._found[target] = self._search(target)
        return self._found[target]

    def _search(self, target: str) -> _Candidates:
        """The ways in which a link goes wrong, the surest first."""
        name = target.strip("/").rpartition("/")[2]
        stem = name[:-3] if name.lower().endswith(".md") else name
        if alias := self._by_alias.get(comparable(stem)):
            return _Candidates("alias-link", f"'{stem}' is an alias of {_names(alias)}, not a file name", tuple(alias))
        if elsewhere := self._paths.named(name):
            return _Candidates("", "", elsewhere, keep_text=False)
        if accents := self._by_fold.get(fold(stem)):
            return _Candidates("accent-link", f"'{stem}' differs from {_names(accents)} by accents", tuple(accents))
        for index in (self._by_fold_alias, self._by_stem, self._by_title, self._by_letters):
            if paths := index.get(index_key(index is self._by_letters, stem)):
                return _Candidates("", "", tuple(paths))
        near = self._nearest.find(stem)
        paths = tuple(dict.fromkeys(path for label in near for path in self._labels[label]))[:3]
        sure = len(paths) == 1 and is_typo(stem, near[0])
        return _Candidates("", "", paths, sure=sure, keep_text=False)
