"""Every page that will exist, with its URL, before any link is resolved; and what of a vault is not for the public."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from kbtool.config import Config
from kbtool.diagnostics import Diagnostic, fault
from kbtool.note import Card, Note
from kbtool.slug import page_slug, unique, url_path
from kbtool.vault import FileKind, SourceFile, Vault
from kbtool.web import assets

__all__ = ["REDIRECT", "Contents", "Page", "PageKind", "Plan", "Rendered", "contents", "file_url", "pages", "redirects"]

REDIRECT = "redirect"
"""The kind of pages that only lead to another: where such a page's URL is taken, it is not needed."""


class Page(NamedTuple):
    """A page that will exist. `subject` is what it shows: the vault path of a file, a tag, a folder, or nothing.

    `url` is where it lies in the site (`conceptos/embeddings.html`), without a slash in front.
    """

    kind: str
    subject: str
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class PageKind:
    """A row of the PAGES table: which pages of this kind there are, and what makes one.

    `render` takes the page and the `Site`, which is a later stage's type.
    """

    name: str
    plan: Callable[[Contents], Iterable[Page]]
    render: Callable[[Page, Any], Rendered]


class Rendered(NamedTuple):
    """A page made: its bytes, the attachments that it uses (vault paths), and what was found wrong on the way."""

    url: str
    data: bytes
    attachments: frozenset[str] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """What there is to make pages of. Paths are sorted; `canvases` and `bases` are the published ones."""

    vault: Vault
    notes: Mapping[str, Card | Note]
    config: Config
    published: tuple[str, ...]
    canvases: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    unpublished: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """All pages and the addresses of all files.

    `unpublished` tells of each hidden file why: it is `withheld` by the config, `excluded` in Obsidian's settings, a
    `template`, a `draft`, says itself that it is `unpublished`, or is `unmarked` where only marked notes are published.
    """

    pages: tuple[Page, ...]
    attachments: Mapping[str, str]
    published: frozenset[str]
    unpublished: Mapping[str, str]

    def page(self, kind: str, subject: str) -> Page | None:
        return self._by_subject.get((kind, subject))

    def url(self, path: str) -> str | None:
        """Where a note, canvas, base or attachment is to be found; None for what is not published."""
        return self.urls.get(path)

    @cached_property
    def _by_subject(self) -> Mapping[tuple[str, str], Page]:
        return {(page.kind, page.subject): page for page in reversed(self.pages)}

    @cached_property
    def urls(self) -> Mapping[str, str]:
        own = {page.subject: page.url for page in self.pages if page.kind in _FILE_PAGES}
        return {**self.attachments, **own}


# The kinds of pages that show one file of the vault each: such a page gives way to the site's own pages.
_FILE_PAGES = frozenset(kind.value for kind in FileKind)


def contents(vault: Vault, notes: Mapping[str, Card | Note], config: Config) -> Contents:
    """The vault sorted into what is published and what is not."""
    hidden = dict(_hidden(vault, notes, config))
    shown: Mapping[FileKind, list[str]] = {kind: [] for kind in FileKind}
    for file in vault.files:
        if file.path not in hidden:
            shown[file.kind].append(file.path)
    published = tuple(path for path in shown[FileKind.NOTE] if path in notes)
    return Contents(vault, notes, config, published, tuple(shown[FileKind.CANVAS]), tuple(shown[FileKind.BASE]), hidden)


def pages(
    vault: Vault, notes: Mapping[str, Card | Note], config: Config, kinds: Iterable[PageKind]
) -> tuple[Plan, tuple[Diagnostic, ...]]:
    """The plan of the site: what the kinds of pages ask for, each page with a URL that no other has."""
    inside = contents(vault, notes, config)
    wanted = sorted((page for kind in kinds for page in kind.plan(inside)), key=_precedence)
    claims = _Claims(assets())
    planned = tuple(page for page in (claims.page(page) for page in wanted) if page is not None)
    attachments = {
        file.path: claims.address(_attachment_url(file.path))
        for file in vault.files
        if file.kind is FileKind.ATTACHMENT and file.path not in inside.unpublished
    }
    published = frozenset((*inside.published, *inside.canvases, *inside.bases))
    return Plan(planned, attachments, published, inside.unpublished), tuple(claims.faults)


def file_url(path: str) -> str:
    """The URL that the page of a note, canvas or base asks for.

    >>> file_url("Conceptos/Tokenización.md"), file_url("Mapa.canvas")
    ('conceptos/tokenizacion.html', 'mapa.canvas.html')
    """
    return url_path(path) + ".html"


def redirects(inside: Contents) -> Iterator[Page]:
    """The pages that lead to a note from its `permalink` and, where the config wants it, from its aliases."""
    for path in inside.published:
        note = inside.notes[path]
        folder = url_path(path).rpartition("/")[0]
        wishes = [_permalink(_property(note, "permalink"))]
        if inside.config.pages.alias_redirects:
            wishes += [f"{folder}/{page_slug(alias)}.html".lstrip("/") for alias in note.aliases]
        for url in dict.fromkeys(wishes):
            if url and url != file_url(path) and all(len(s.encode()) <= _LONGEST for s in url.split("/")):
                yield Page(REDIRECT, path, url, note.title)


# ---------------------------------------------------------------- addresses


class _Claims:
    """Who has which URL; the first to ask gets it.

    Two URLs that differ by case only count as one, and no file has the name of a folder: on some disks, or on all,
    there can be only one of the two.
    """

    def __init__(self, reserved: Iterable[str]) -> None:
        # Addresses without their extension, by extension: a second one is numbered before it.  Folders' are among them.
        self._taken: dict[str, set[str]] = defaultdict(set)
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._owners: dict[str, Page] = {}
        self.faults: list[Diagnostic] = []
        for url in reserved:
            self.address(url)

    def page(self, page: Page) -> Page | None:
        """The page with the URL it gets, or None for a redirect that nobody needs."""
        if page.kind == REDIRECT and not self._is_free(page.url):
            return None
        owner = self._owners.get(_comparable(page.url))
        url = self.address(page.url)
        if owner is not None:
            self._tell(page, owner, url)
        claimed = page if url == page.url else Page(page.kind, page.subject, url, page.title)
        self._owners[_comparable(url)] = claimed
        return claimed

    def address(self, url: str) -> str:
        """The URL, or the next that is free: numbered at its name, or at a folder that would have to be a file."""
        folder, slash, name = url.rpartition("/")
        settled = (self._folder(folder) if folder else "") + slash + name
        stem, extension = _split(settled)
        key = _comparable(stem)
        number = unique(key, self._taken[extension.lower()])[len(key) :]
        self._files.add(_comparable(stem + number + extension))
        return stem + number + extension

    def _folder(self, path: str) -> str:
        above, slash, name = path.rpartition("/")
        wish = settled = (self._folder(above) if above else "") + slash + name
        number = 2
        while _comparable(settled) in self._files:
            settled, number = f"{wish}-{number}", number + 1
        key = _comparable(settled)
        if key not in self._folders:
            self._folders.add(key)
            stem, extension = _split(key)
            self._taken[extension].add(stem)
        return settled

    def _is_free(self, url: str) -> bool:
        key = _comparable(url)
        above = (key[:at] for at in range(len(key)) if key[at] == "/")
        return not (key in self._files or key in self._folders or any(folder in self._files for folder in above))

    def _tell(self, page: Page, owner: Page, url: str) -> None:
        # A note called `index` or `buscar` beside the site's own page is no fault of anyone.
        if page.kind in _FILE_PAGES and owner.kind in _FILE_PAGES:
            message = f"would get the same URL as {owner.subject}: {owner.url}; it gets {url}"
            self.faults.append(fault("page-collision", page.subject, 0, 0, message, "rename one of the two"))


def _precedence(page: Page) -> tuple[int, int, str]:
    """The site's own pages first, in the order of their kinds; then notes, canvases, bases by path; redirects last."""
    if page.kind == REDIRECT:
        return (2, 0, page.subject)
    if page.kind in _FILE_PAGES:
        return (1, list(FileKind).index(FileKind(page.kind)), page.subject)
    return (0, 0, "")


def _split(url: str) -> tuple[str, str]:
    folder, slash, name = url.rpartition("/")
    stem, dot, extension = name.rpartition(".")
    return (folder + slash + stem, dot + extension) if dot else (url, "")


def _attachment_url(path: str) -> str:
    stem, extension = _split(path)
    if not re.fullmatch(r"(?a:\.\w{1,16})?", extension):
        stem, extension = path, ""
    return "/".join([page_slug(segment) for segment in stem.split("/")]) + extension.lower()


# A file name may have 255 bytes; this leaves room for `.html` and what browsers append when they save.
_LONGEST = 200


def _permalink(wish: object) -> str:
    """`/ruta/corta/` as a file of the site; only what cannot leave the site's folder is kept of it."""
    if not isinstance(wish, str):
        return ""
    segments = [re.sub(r"[\x00-\x1f\ud800-\udfff<>:\"\\|?*#]", "", s).strip(" .") for s in wish.strip().split("/")]
    path = "/".join([s for s in segments if s])
    if not path or path.endswith(".html"):
        return path
    return path + ("/index.html" if wish.rstrip().endswith("/") else ".html")


# ---------------------------------------------------------------- what is not published


def _hidden(vault: Vault, notes: Mapping[str, Card | Note], config: Config) -> Iterator[tuple[str, str]]:
    excludes = _globs(config.publish.exclude)
    for file in vault.files:
        reason = _kept_back(file, vault, config, excludes) or _held(file, notes.get(file.path), config)
        if reason:
            yield file.path, reason


def _kept_back(file: SourceFile, vault: Vault, config: Config, excludes: Callable[[str], bool]) -> str:
    """Why the file's place keeps it from the public, or the empty string."""
    if excludes(file.path):
        return "withheld"
    if file.path in vault.excluded and not config.publish.excluded:
        return "excluded"
    if vault.is_template(file.path):
        return "template"
    return ""


def _held(file: SourceFile, note: Card | Note | None, config: Config) -> str:
    """Why the note's own properties keep it from the public, or the empty string."""
    if file.kind is FileKind.ATTACHMENT:
        return ""
    if note is not None and _says(_property(note, "draft"), True):
        return "draft"
    publish = _property(note, "publish") if note is not None else None
    if _says(publish, False):
        return "unpublished"
    if config.publish.only and not _says(publish, True):
        return "unmarked"
    return ""


def _property(note: Card | Note, name: str) -> object:
    if name in note.properties:
        return note.properties[name]
    return next((value for key, value in note.properties.items() if key.casefold() == name), None)


_WORDS_FOR = {True: frozenset({"true", "yes", "on", "sí", "si"}), False: frozenset({"false", "no", "off"})}


def _says(value: object, wish: bool) -> bool:
    """Whether a property says yes (or no). `no` is a text in YAML 1.2, but not one to publish a secret over."""
    return value is wish or (isinstance(value, str) and value.strip().casefold() in _WORDS_FOR[wish])


def _comparable(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _globs(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path, or a folder that it lies in, fits one of the patterns.

    As in `.gitignore`: a pattern without a slash fits a name at any depth; `*` and `?` stop at slashes, `**` does not.
    Case is ignored: what was meant to be hidden must not show because of a capital letter.
    """
    expressions = [_glob(pattern) for pattern in patterns if pattern.strip("/ ")]
    if not expressions:
        return lambda _path: False
    fits = re.compile("|".join(expressions)).fullmatch
    return lambda path: fits(_comparable(path)) is not None


_WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _glob(pattern: str) -> str:
    clean = _comparable(pattern.strip())
    anchored = "/" in clean.rstrip("/")
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", clean.strip("/"))
    body = "".join(_WILDCARDS.get(part, re.escape(part)) for part in parts)
    return ("" if anchored else "(?:.*/)?") + body + "(?:/.*)?"
