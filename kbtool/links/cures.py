"""What to say about a link that leads nowhere, and what it should have said.

The frequent causes have codes of their own: the name is an alias (`[[IA]]`), or lacks an accent.  Everything else is a
broken link, with the nearest names.  Where there is just one sensible cure it is a `Fix`, ready to be applied.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from kbtool.diagnostics import Diagnostic, fault
from kbtool.links.landing import heading_key, linkable
from kbtool.links.paths import Paths, comparable
from kbtool.nearest import Nearest, is_typo, same_letters, similarity
from kbtool.note import Card, Link, Note
from kbtool.slug import fold
from kbtool.vault import FileKind, kind_of

__all__ = ["Cures", "Faults", "Fix"]


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement for the columns `start` to `end` of a line (columns from 0, lines from 1), where `old_text` stands.

    `certain` = it can be applied without asking: there is one candidate, and it differs as an oversight does.
    """

    path: str
    line: int
    start: int
    end: int
    old_text: str
    new_text: str
    certain: bool

    def stands_in(self, line: str) -> bool:
        """Whether the line still says what is to be replaced."""
        return line[self.start : self.end] == self.old_text


Faults = tuple[tuple[Diagnostic, ...], tuple[Fix, ...]]


@dataclass(frozen=True, slots=True)
class _Found:
    """The files that a wrong name probably means.

    `code` and `reason` where the cause has a name of its own; `keep_text` = readers shall see what the author typed.
    """

    paths: tuple[str, ...] = ()
    code: str = ""
    reason: str = ""
    sure: bool = True
    keep_text: bool = True


@dataclass(frozen=True, slots=True)
class _Clue:
    """One way to recognise a wrong name: names that have the same `key` are taken for the same."""

    key: Callable[[str], str]
    by_key: Mapping[str, Sequence[str]]
    code: str = ""
    reason: str = ""
    keep_text: bool = True

    def search(self, name: str) -> _Found | None:
        key = self.key(name)
        paths = tuple(dict.fromkeys(self.by_key.get(key, ()))) if key else ()
        if not paths:
            return None
        others = " and ".join(_stem(path) for path in paths[:3])
        return _Found(paths, self.code, self.reason.format(name=name, others=others), keep_text=self.keep_text)


class Cures:
    """Diagnoses broken links; its indexes are built when the first broken link asks for them."""

    def __init__(
        self, paths: Paths, files: Iterable[str], cards: Mapping[str, Card | Note], notes: Mapping[str, Note]
    ) -> None:
        self._paths = paths
        self._files = tuple(files)
        self._cards = cards
        self._notes = notes
        self._found: dict[str, _Found] = {}
        self._diagnostics: list[Diagnostic] = []
        self._fixes: list[Fix] = []

    def take(self) -> Faults:
        """What was found since this was last asked."""
        taken = tuple(self._diagnostics), tuple(self._fixes)
        self._diagnostics.clear()
        self._fixes.clear()
        return taken

    def missing_file(self, source: str, link: Link) -> None:
        """A link whose path finds nothing."""
        found = self._search(link.target)
        texts = [text for path in found.paths if (text := self._rewritten(link, source, path, found.keep_text))]
        sure = found.sure and len(texts) == len(found.paths) == 1
        hint = _offer(texts, known=bool(found.code))
        self._say(found.code or _code(link), source, link, found.reason or _nothing_called(link), hint)
        self._fix(source, link, texts, sure)

    def missing_fragment(self, source: str, link: Link, target: str) -> None:
        """A link whose file exists, but has no such heading or block."""
        fragment = link.fragment or ""
        known = self._anchors(target, fragment)
        same = [a for a in known if same_letters(a) == same_letters(fragment) != ""]
        alike = sorted((-similarity(a, fragment), a) for a in known)
        near = same or [anchor for score, anchor in alike if score <= -0.5]
        texts = [_replaced(link, None, anchor) for anchor in near[:3]]
        kind = "block" if fragment.startswith("^") else "heading"
        code = "broken-embed" if link.embed else f"broken-{kind}"
        name = _stem(target)
        message = f"{name} has no block '{fragment}'" if kind == "block" else f"{name} has no heading '{fragment}'"
        self._say(code, source, link, message, _offer(texts))
        self._fix(source, link, texts, len(same) == 1)

    def ambiguous(self, source: str, link: Link, targets: Sequence[str]) -> None:
        """A link that several files fit equally well: nothing tells which one Obsidian will open."""
        names = ", ".join(targets)
        taken = f"write the folder: {_replaced(link, _stem_path(targets[0]), link.fragment)} is taken here"
        self._say("ambiguous-link", source, link, f"'{link.target}' fits {names} equally well", taken)

    # -------------------------------------------------------- candidates

    def _search(self, target: str) -> _Found:
        if target not in self._found:
            name = target.strip("/").rpartition("/")[2]
            if kind_of(name) is FileKind.ATTACHMENT:
                self._found[target] = self._recognised(name, self._attachment_clues, self._attachment_names)
            else:
                stem = name[:-3] if name.lower().endswith(".md") else name
                self._found[target] = self._recognised(stem, self._note_clues, self._note_names)
        return self._found[target]

    def _recognised(self, name: str, clues: Sequence[_Clue], labels: _Labels) -> _Found:
        found = next((found for clue in clues if (found := clue.search(name))), None)
        return found or labels.nearest(name)

    @cached_property
    def _note_clues(self) -> tuple[_Clue, ...]:
        notes = [(_stem(path), path) for path in self._files if kind_of(path) is FileKind.NOTE]
        others = [(_name(path).rpartition(".")[0], path) for path in self._files if kind_of(path) is not FileKind.NOTE]
        aliases = [(alias, path) for path, card in self._cards.items() for alias in card.aliases]
        titles = [(card.title, path) for path, card in self._cards.items()]
        is_alias = "'{name}' is an alias of {others}, not a file name"
        return (
            _clue(comparable, aliases, "alias-link", is_alias),
            _clue(comparable, notes, keep_text=False),
            _clue(fold, notes, "accent-link", _ACCENTS),
            _clue(fold, aliases, "alias-link", is_alias),
            _clue(comparable, others, keep_text=False),
            _clue(comparable, titles),
            _clue(same_letters, [*notes, *titles, *aliases]),
        )

    @cached_property
    def _attachment_clues(self) -> tuple[_Clue, ...]:
        files = [(_name(path), path) for path in self._files if kind_of(path) is not FileKind.NOTE]
        return (
            _clue(comparable, files, keep_text=False),
            _clue(fold, files, "accent-link", _ACCENTS),
            _clue(_bare_stem, files, keep_text=False),
            _clue(same_letters, files, keep_text=False),
        )

    @cached_property
    def _note_names(self) -> _Labels:
        names = [(_stem(path), path) for path in self._files if kind_of(path) is not FileKind.ATTACHMENT]
        return _Labels([*names, *((alias, path) for path, card in self._cards.items() for alias in card.aliases)])

    @cached_property
    def _attachment_names(self) -> _Labels:
        return _Labels([(_name(path), path) for path in self._files if kind_of(path) is FileKind.ATTACHMENT])

    def _anchors(self, target: str, fragment: str) -> list[str]:
        """The fragments that would have found something, written as links write them; of a chain the last part."""
        note = self._notes[target]
        if fragment.startswith("^"):
            return [f"^{block.id}" for block in note.block_ids]
        return list(dict.fromkeys(linkable(heading.raw) for heading in note.headings if heading_key(heading.raw)))

    # -------------------------------------------------------- words

    def _rewritten(self, link: Link, source: str, path: str, keep_text: bool) -> str:
        """The link as it should be, or the empty string where the file's name cannot stand in a link."""
        if re.search(r"[#^|\[\]]", path):
            return ""
        text = self._paths.shortest(path, source)
        shown = link.display if keep_text and not link.embed and comparable(text) != comparable(link.display) else ""
        return _replaced(link, text, link.fragment, shown)

    def _say(self, code: str, source: str, link: Link, message: str, hint: str) -> None:
        self._diagnostics.append(fault(code, source, link.line, link.start + 1, message, hint))

    def _fix(self, source: str, link: Link, texts: Sequence[str], sure: bool) -> None:
        if texts and link.line:
            # What YAML would read as the end of a string, or as an escape, is for its author to write.
            fits = link.kind != "property" or not re.search(r"[\"'\\]", texts[0])
            self._fixes.append(Fix(source, link.line, link.start, link.end, link.raw, texts[0], sure and fits))


_ACCENTS = "'{name}' and {others} differ by accents"


class _Labels:
    """Names, aliases among them, by which files can be asked for with a slip of the pen."""

    def __init__(self, labels: Sequence[tuple[str, str]]) -> None:
        self._paths = _grouped(str, labels)
        self._nearest = Nearest(self._paths)

    def nearest(self, name: str) -> _Found:
        near = self._nearest.find(name)
        paths = tuple(dict.fromkeys(path for label in near for path in self._paths[label]))[:3]
        return _Found(paths, sure=len(paths) == 1 and is_typo(name, near[0]), keep_text=False)


def _clue(
    key: Callable[[str], str],
    names: Iterable[tuple[str, str]],
    code: str = "",
    reason: str = "",
    keep_text: bool = True,
) -> _Clue:
    return _Clue(key, _grouped(key, names), code, reason, keep_text)


def _grouped(key: Callable[[str], str], names: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name, path in names:
        groups[key(name)].append(path)
    return groups


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _stem(path: str) -> str:
    return _stem_path(_name(path))


def _stem_path(path: str) -> str:
    return path.rpartition(".")[0] if kind_of(path) in (FileKind.NOTE, FileKind.CANVAS, FileKind.BASE) else path


def _bare_stem(name: str) -> str:
    """A picture's name without its extension: `diagrama.jpg` may have become `diagrama.png`."""
    return fold(name.rpartition(".")[0])


def _code(link: Link) -> str:
    if kind_of(link.target) is FileKind.ATTACHMENT:
        return "missing-attachment"
    return "broken-embed" if link.embed else "broken-link"


def _nothing_called(link: Link) -> str:
    if "://" in link.target:
        return f"'{link.target}' is an address, and double brackets are for notes"
    what = "no file" if kind_of(link.target) not in (None, FileKind.NOTE) else "no note"
    return f"{what} is called '{link.target}'"


def _offer(texts: Sequence[str], *, known: bool = False) -> str:
    """The cure; `known` = the cause is certain, so that one candidate is not asked about but told."""
    if not texts:
        return ""
    return f"write {texts[0]}" if known and len(texts) == 1 else f"did you mean {_listed(texts[:3])}?"


def _listed(texts: Sequence[str]) -> str:
    return " or ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else texts[0]


_WIKI = re.compile(r"(!?)\[\[(?P<inside>.*)\]\]", re.DOTALL)
_BAR = re.compile(r"\\?\|")
_DESTINATION = re.compile(r"\]\((?P<to><[^>]*>|[^\s)]*)(?P<rest>[^)]*\)[^()]*)$", re.DOTALL)


def _replaced(link: Link, target: str | None, fragment: str | None, shown: str = "") -> str:
    """The link's source with another target (None: the same), another fragment, and a text where it had none."""
    wiki = _WIKI.fullmatch(link.raw)
    if wiki is None:
        return _markdown(link, target, fragment)
    inside = wiki["inside"]
    bar = _BAR.search(inside)
    typed = inside[: bar.start()] if bar else inside
    where = typed.partition("#")[0] if target is None else target
    anchor = "" if fragment is None else f"#{fragment}"
    tail = inside[bar.start() :] if bar else (f"|{shown}" if shown else "")
    return f"{wiki[1]}[[{where}{anchor}{tail}]]"


def _markdown(link: Link, target: str | None, fragment: str | None) -> str:
    """`[text](path#fragment)`: what would end the destination or read as an escape is percent-encoded."""
    match = _DESTINATION.search(link.raw)
    if match is None:
        return ""
    typed = match["to"].strip("<>").partition("#")[0]
    where = typed if target is None else _encoded(_with_extension(target))
    anchor = "" if fragment is None else f"#{_encoded(fragment)}"
    return f"{link.raw[: match.start('to')]}{where}{anchor}{match['rest']}"


def _with_extension(target: str) -> str:
    return target if kind_of(target) else f"{target}.md"


def _encoded(path: str) -> str:
    return "".join([quote(c) if c in ' \t()<>%"\\' else c for c in path])
