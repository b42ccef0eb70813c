"""The pipeline, from files to site: each stage is a function from values to values, called here in order.

`build` is the whole path; `check` stops before pages, `run_note` runs one note on the same path.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from kbtool import __version__
from kbtool import ledger as ledger_module
from kbtool import library as library_module
from kbtool import run as run_module
from kbtool import site as site_module
from kbtool import vault as vault_module
from kbtool.cache import Store, open_store, store_path
from kbtool.changes import View, changed_facts, is_stale
from kbtool.config import Config, is_device
from kbtool.diagnostics import Diagnostic, Severity, adjust, count, did_you_mean, fault
from kbtool.filestate import FileState
from kbtool.language import guess
from kbtool.ledger import FactNumbers, Last, Ledger, PageRecord, Read, Verdict
from kbtool.note import Link, Note
from kbtool.outcome import Built, Checked, Exported, LinkCount, Ran
from kbtool.pages import PAGES, prepare
from kbtool.pages.notebook import for_its_owner
from kbtool.parallel import fork_map
from kbtool.plan import Page, Plan, Rendered
from kbtool.progress import SILENT, Clock, Listener
from kbtool.project import UsageError, Wishes, run_config
from kbtool.reading import Reading, read
from kbtool.render import Body, Fact, Site, fill, fill_base
from kbtool.render.pinboard import fill_board
from kbtool.render.verdict import worst
from kbtool.run.order import closure, order
from kbtool.run.results import How, NoteResult
from kbtool.site import Standing, Written
from kbtool.standing import Look, settings_of, site_digest
from kbtool.vault import FileKind, Vault
from kbtool.web import keep_compiled
from kbtool.words import words

if TYPE_CHECKING:
    from kbtool.run.explain import Explained
    from kbtool.run.memory import Memory

__all__ = ["build", "check", "export_note", "forget", "remembered", "render_vault", "run_note", "site_of"]


# ---------------------------------------------------------------- running

# What only running needs is imported where something runs: most builds of most vaults run nothing.


def _requires(reading: Reading) -> dict[str, tuple[str, ...]]:
    """For each note, the notes that its property `requires` names, as far as they exist."""
    required: dict[str, tuple[str, ...]] = {}
    for path, card in reading.cards.items():
        resolved = reading.links.property_resolutions[path] if "requires" in card.properties else ()
        targets = (r.target for r in resolved if r.link.key.partition(".")[0] == "requires")
        required[path] = tuple(dict.fromkeys(t for t in targets if t is not None and t in reading.cards))
    return required


@dataclass(frozen=True, slots=True)
class _Runs:
    """What running gave, and who remembers it."""

    results: Mapping[str, NoteResult]
    diagnostics: Sequence[Diagnostic]
    memory: Memory | None = None

    def standing(self) -> bytes | None:
        """The record by which the next build sees that the results still hold; None where it cannot."""
        if not self.results:
            return b""
        return self.memory.standing(self.results) if self.memory else None


def _jobs(reading: Reading, wanted: Sequence[str]) -> tuple[list[run_module.NoteJob], list[Diagnostic]]:
    """The wanted notes and what they require, in order; and the circles among them."""
    requires = _requires(reading)
    needed = closure(wanted, requires)
    ordered, circles = order({path: requires[path] for path in needed})
    jobs = [_job(reading, path, requires[path]) for path in ordered if reading.cards[path].has_code or requires[path]]
    return jobs, [_circle(reading.notes, circle) for circle in circles]


def _run(reading: Reading, wishes: Wishes, wanted: Sequence[str], listener: Listener, store: Store) -> _Runs:
    """Runs the wanted notes and what they require, each once; what is stored and still holds is not run again."""
    jobs, found = _jobs(reading, wanted)
    if not jobs:
        return _Runs({}, found)
    from kbtool.run.memory import Memory

    settings = settings_of(reading.config, wishes)
    memory = Memory(store, settings) if wishes.cache and not wishes.twice else None
    listener.stage("run", sum(len(job.blocks) for job in jobs))
    try:
        if wishes.twice:
            results = run_module.run_twice(jobs, settings, listener.block)
        else:
            results = run_module.run(jobs, settings, listener.block, memory)
    except (run_module.RunFailedError, run_module.ExecutorUnavailableError) as error:
        raise UsageError(str(error)) from error
    found += run_module.faults_of(jobs, settings)
    return _Runs(results, [*found, *run_module.diagnostics_of(results, jobs, settings.root)], memory)


def _missing(reading: Reading, path: str) -> Iterator[Link]:
    """What the note requires and no note is called."""
    for resolution in reading.links.property_resolutions[path] if "requires" in reading.cards[path].properties else ():
        link = resolution.link
        if link.key.partition(".")[0] == "requires" and resolution.target not in reading.cards:
            yield link


def _why_not(note: Note, missing: Link | None) -> str:
    if note.properties.get("run") is False:
        return "the note says `run: false`"
    return f"it requires '{missing.target}', and no note is called so" if missing else ""


def _job(reading: Reading, path: str, requires: tuple[str, ...]) -> run_module.NoteJob:
    note = reading.notes[path]
    timeout, device = note.properties.get("timeout"), note.properties.get("device")
    return run_module.NoteJob(
        path=note.path,
        blocks=note.code,
        inline=note.inline_code,
        requires=requires,
        device=device if isinstance(device, str) and is_device(device) else "",
        timeout=float(timeout) if isinstance(timeout, int | float) else None,
        skip=_why_not(note, next(_missing(reading, path), None)),
    )


def _circle(notes: Mapping[str, Note], circle: tuple[str, ...]) -> Diagnostic:
    first = circle[0]
    chain = " -> ".join(notes[path].name for path in circle)
    line = notes[first].property_lines.get("requires", 1)
    return fault("requires-cycle", first, line, 1, f"the notes require each other: {chain}", "remove one `requires`")


def _runnable(reading: Reading) -> list[str]:
    """The published notes with code: what is not published is run only where a published note requires it."""
    return [path for path in sorted(reading.planned.order) if reading.cards[path].has_code]


def _run_all(reading: Reading, wishes: Wishes, clock: Clock, store: Store) -> _Runs:
    wanted = _runnable(reading)
    if run_config(reading.config, wishes).enabled:
        with clock.stage("run"):
            return _run(reading, wishes, wanted, clock.listener, store)
    blocks = sum(reading.cards[path].blocks for path in wanted)
    if not blocks or wishes.run is False:
        return _Runs({}, [])
    how = "run them with --run, or for good by `[run] enabled = true` in kbtool.toml"
    were = "was" if blocks == 1 else "were"
    message = f"{count(blocks, 'Python block')} in {count(len(wanted), 'note')} {were} left alone"
    return _Runs({}, [fault("run-disabled", ".", 0, 0, message, how)])


# ---------------------------------------------------------------- diagnostics


def _finish(config: Config, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Severities as the config wishes; without a config nothing that the vault says is worse than a warning.

    In Obsidian an unresolved link is a plan, not a fault, and its owner promised nothing.  What running found keeps
    its weight: someone asked for it.
    """
    if not config.has_file:
        diagnostics = [_softened(d) for d in diagnostics]
    return tuple(adjust(diagnostics, config.diagnostics))


def _softened(diagnostic: Diagnostic) -> Diagnostic:
    ran = diagnostic.code.startswith(("block-", "output-", "nondeterministic"))
    if diagnostic.severity is Severity.ERROR and not ran:
        return replace(diagnostic, severity=Severity.WARNING)
    return diagnostic


# ---------------------------------------------------------------- pages


def site_of(reading: Reading, results: Mapping[str, NoteResult]) -> Site:
    """Everything that a page may read."""
    config = reading.config
    shown = _for_readers(results, reading.plan) if results else results
    language = config.language or guess(reading.cards[path].summary for path in sorted(reading.planned.order))
    return Site(
        config=config,
        vault=reading.vault,
        notes=reading.notes,
        drafts=reading.drafts,
        plan=reading.plan,
        links=reading.links,
        results=_timeless(shown) if os.environ.get("SOURCE_DATE_EPOCH") else shown,
        words=words(language),
        version=__version__,
        brief=reading.cards,
        order=reading.planned.order,
        texts={path: text.text for path, text in reading.texts.items()},
        says=reading.library.said,
        terms=reading.library.terms,
        boards={path: pinned.board for path, pinned in reading.boards.items()},
    )


def _for_readers(results: Mapping[str, NoteResult], plan: Plan) -> Mapping[str, NoteResult]:
    from kbtool.run.private import for_readers

    return for_readers(results, plan.unpublished.keys())


def _timeless(results: Mapping[str, NoteResult]) -> dict[str, NoteResult]:
    """The results without the time they took, for builds that must give the same bytes anywhere."""
    return {path: result.with_blocks(seconds=0.0, moment="") for path, result in results.items()}


_Made = tuple[Rendered, Read]
# Fewer pages than this are made by this process, one by one, with no need to gather anything for others.
_MANY = 64


def _render(site: Site, pages: Sequence[Page], facts: FactNumbers) -> Iterator[_Made]:
    """The pages, in their order, made on all cores; with each what it read."""
    if len(pages) > _MANY:
        prepare(site)
    kinds = {kind.name: kind.render for kind in PAGES}

    def made(page: Page) -> _Made:
        site.reads.take()
        return kinds[page.kind](page, site), facts.told(site.reads.take())

    return fork_map(made, pages, site.config.run.jobs)


def _body_diagnostics(site: Site) -> Iterator[Diagnostic]:
    """What only filling a body finds (embeds in a circle, for one), without making its page."""
    pages = [page for page in site.plan.pages if page.kind in _FILLED]

    def found(page: Page) -> tuple[Diagnostic, ...]:
        return _FILLED[page.kind](page.subject, site, page.url).diagnostics

    for diagnostics in fork_map(found, pages, site.config.run.jobs):
        yield from diagnostics


_FILLED: Mapping[str, Callable[[str, Site, str], Body]] = {
    FileKind.NOTE: fill,
    FileKind.CANVAS: fill_board,
    FileKind.BASE: fill_base,
}
"""How the pages of files get their bodies."""


@contextmanager
def _site_faults() -> Iterator[None]:
    """What is wrong with the site's folder is for the person at the keyboard to mend."""
    try:
        yield
    except site_module.SiteError as error:
        raise UsageError(str(error)) from error


# ---------------------------------------------------------------- what has to be made


@dataclass(slots=True)
class _Work:
    """The pages that stay as they stand, those that have to be made, and the records of both, by URL."""

    stale: list[Page]
    kept: dict[str, PageRecord]
    former_facts: tuple[Fact, ...] = ()
    facts: FactNumbers = field(default_factory=FactNumbers)
    made: dict[str, PageRecord] = field(default_factory=dict)

    def passing(self, made: Iterable[_Made], listener: Listener) -> Iterator[Rendered]:
        """The pages on their way to the disk, so that never all of them are in memory; noted down in passing."""
        for page, (rendered, seen) in zip(self.stale, made, strict=True):
            attachments, faults = tuple(sorted(rendered.attachments)), rendered.diagnostics
            about = page.kind, page.subject, page.title
            self.made[page.url] = PageRecord(*about, "", self.facts.heard(seen), attachments, faults)
            listener.step()
            yield rendered

    @property
    def all_facts(self) -> tuple[Fact, ...]:
        """The facts by their index; the former ones themselves where none is new."""
        return self.former_facts if len(self.former_facts) == len(self.facts) else self.facts.facts

    @property
    def records(self) -> dict[str, PageRecord]:
        return {**self.kept, **self.made}

    def written(self, digests: Mapping[str, str]) -> dict[str, PageRecord]:
        """The records of all pages now that the made ones are written, with the digests of their files by URL."""
        return {**self.kept, **{url: made._replace(digest=digests[url]) for url, made in self.made.items()}}


def _attachments(work: _Work, reading: Reading) -> dict[str, Path]:
    """The files that pages use: URL -> file."""
    used = {path for record in work.records.values() for path in record.attachments}
    return {reading.plan.attachments[path]: reading.vault.by_path[path].absolute for path in sorted(used)}


def _unread(plan: Plan, reasons: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Attachments that pages use and the site goes without."""
    for path, url in plan.attachments.items():
        if url in reasons:
            yield fault("unreadable", path, 0, 0, f"cannot be read: {reasons[url]}", "check its permissions")


def _tamed(plan: Plan, removed: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Attachments of which the site has a copy that runs nothing."""
    for path, url in plan.attachments.items():
        if url in removed:
            message = f"would run or load something when opened; its copy in the site is without: {removed[url]}"
            yield fault("unsafe-html", path, 0, 0, message, "nothing that a vault holds runs in its site")


def _verdicts(site: Site) -> dict[str, Verdict]:
    """What lists and pages depend on of the results; where they came from is not shown."""
    return {path: _verdict(result) for path, result in site.results.items()}


def _verdict(result: NoteResult) -> Verdict:
    digest = blake2b(repr(result.with_blocks(how=How.RAN)).encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return Verdict(worst([block.status for block in result.blocks]) if result.blocks else None, digest)


def _file_digests(reading: Reading) -> dict[str, str]:
    """What tells the contents of canvases and bases."""
    return {
        path: blake2b(text.text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        for path, text in reading.texts.items()
    }


def _work(reading: Reading, site: Site, verdicts: Mapping[str, Verdict], standing: Standing, *, anew: bool) -> _Work:
    """What has to be made: everything, unless the last build was made on the same premises."""
    past, pages = reading.past, site.plan.pages
    if anew or past.ledger is None or past.ledger.language != site.words.language:
        return _Work(list(pages), {})
    facts = FactNumbers(past.ledger.facts)
    former = past.ledger
    before = View(
        former.shelf,
        former.outgoing,
        former.planned,
        former.verdicts,
        former.files,
        past.states,
        former.day,
        former.leads,
        reading.library.terms_at,
        former.related,
    )
    now = View(
        reading.library.shelf,
        reading.links.outgoing,
        reading.planned,
        verdicts,
        _file_digests(reading),
        reading.vault.by_path,
        site.day.isoformat(),
        reading.links.canvases,
        reading.library.terms_at,
        site.related,
    )
    changed = facts.those(changed_facts(before, now, past.moved))
    records = past.ledger.pages
    stale = [page for page in pages if is_stale(page, records.get(page.url), changed, standing.digests)]
    made = {page.url for page in stale}
    kept = {page.url: records[page.url] for page in pages if page.url not in made}
    return _Work(stale, kept, past.ledger.facts, facts)


# ---------------------------------------------------------------- the commands


def check(config: Config, wishes: Wishes, listener: Listener = SILENT) -> Checked:
    """Everything that is wrong with the vault; no site."""
    clock = Clock(listener)
    with _store_of(config) as store:
        reading = read(config, wishes, listener, store=store, clock=clock)
        runs = _run_all(reading, wishes, clock, store)
        with clock.stage("render"):
            bodies = list(_body_diagnostics(site_of(reading, runs.results)))
    found = (*reading.diagnostics, *runs.diagnostics, *bodies, *store.diagnostics)
    return _checked(reading, runs.results, found, clock)


def _store_of(config: Config) -> closing[Store]:
    return closing(open_store(store_path(config.vault)))


def _checked(reading: Reading, results: Mapping[str, NoteResult], found: Iterable[Diagnostic], clock: Clock) -> Checked:
    outgoing = reading.links.outgoing.values()
    links = LinkCount(sum(one.total for one in outgoing), sum(one.broken for one in outgoing))
    diagnostics = _finish(reading.config, found)
    return Checked(reading.config, len(reading.cards), links, results, diagnostics, clock.seconds)


def build(config: Config, wishes: Wishes, listener: Listener = SILENT, looked: Look | None = None) -> Built:
    """The whole path: read, run, render, write.  Of two builds of one site the second waits for the first.

    `looked` is what a look at vault and store has just found, if there was one.
    """
    waited: list[bool] = []

    def on_wait() -> None:
        waited.append(True)
        listener.waits()

    with _site_faults():
        site_module.examine(config.site, config.vault, adopt=wishes.adopt)
        with site_module.locked(config.site, on_wait), _store_of(config) as store:
            vault = None if waited or looked is None else looked.vault
            return _build(config, wishes, listener, store, vault, looked.faults if looked else ())


def _build(
    config: Config,
    wishes: Wishes,
    listener: Listener,
    store: Store,
    vault: Vault | None,
    faults: Iterable[Diagnostic],
) -> Built:
    clock = Clock(listener)
    keep_compiled(store)
    standing = site_module.standing(config.site)
    reading = read(config, wishes, listener, store=store, clock=clock, vault=vault)
    runs = _run_all(reading, wishes, clock, store)
    results = runs.results
    site = replace(site_of(reading, results), related=reading.related())
    verdicts = _verdicts(site)
    work = _work(reading, site, verdicts, standing, anew=wishes.force or wishes.swap)
    with clock.stage("render", len(work.stale)):
        written = site_module.write(
            work.passing(_render(site, work.stale, work.facts), listener),
            lambda: _attachments(work, reading),
            config.site,
            kept=work.kept,
            before=standing,
            force=wishes.force,
            swap=wishes.swap,
            adopt=wishes.adopt,
        )
    bodies = (d for record in work.records.values() for d in record.diagnostics)
    files = (*_unread(reading.plan, written.unread), *_tamed(reading.plan, written.tamed))
    found = (*reading.diagnostics, *runs.diagnostics, *bodies, *files, *faults, *store.diagnostics)
    checked = _checked(reading, results, found, clock)
    with clock.stage("write"):
        last = _last(checked, reading, wishes, written, runs.standing())
        ledger = _ledger(reading, site, verdicts, work, written)
        ledger_module.save(store, config.site, last, ledger, results, reading.past.ledger)
        library_module.sweep(store, reading.library)
    made, total = tuple(work.made), len(reading.plan.pages)
    return Built(checked, config.site, total, len(made), written.written, written.removed, made)


def _last(checked: Checked, reading: Reading, wishes: Wishes, written: Written, standing: bytes | None) -> Last:
    """This build in short; what was wrong with the store just now is none of the next one's business."""
    vault = reading.vault
    return Last(
        premises=reading.past.premises,
        circumstances=ledger_module.circumstances(wishes, vault),
        strict_line_breaks=vault.settings.strict_line_breaks,
        files={file.path: FileState.of(file, vault.seen_ns) for file in vault.files},
        keys={path: shelved.key for path, shelved in reading.library.shelf.items()},
        site=site_digest(written.digests),
        standing=None if written.unread else standing,
        notes=checked.notes,
        pages=len(reading.plan.pages),
        links=checked.links,
        diagnostics=tuple(d for d in checked.diagnostics if d.code != "store-unusable"),
    )


def _ledger(reading: Reading, site: Site, verdicts: Mapping[str, Verdict], work: _Work, written: Written) -> Ledger:
    """What this build knew and made, for the next one."""
    return Ledger(
        shelf=reading.library.shelf,
        outgoing=reading.links.outgoing,
        planned=reading.planned,
        verdicts=verdicts,
        language=site.words.language,
        files=_file_digests(reading),
        day=site.day.isoformat(),
        leads=reading.links.canvases,
        related=site.related,
        facts=work.all_facts,
        pages=work.written(written.digests),
    )


def run_note(config: Config, name: str, wishes: Wishes, listener: Listener = SILENT) -> Ran:
    """Runs one note and what it requires.  Raises UsageError when no note is called so."""
    start = time.perf_counter()
    with _store_of(config) as store:
        reading = read(config, wishes, store=store)
        path = _note_called(name, reading)
        runs = _run(reading, wishes, [path], listener, store)
    return _ran(reading, path, runs, store, start)


def _ran(reading: Reading, path: str, runs: _Runs, store: Store, start: float) -> Ran:
    own = [d for d in reading.diagnostics if d.path in runs.results and _is_about_running(d, reading)]
    found = _finish(reading.config, (*own, *runs.diagnostics, *store.diagnostics))
    return Ran(path, reading.notes, runs.results, found, time.perf_counter() - start)


def export_note(config: Config, name: str, wishes: Wishes, listener: Listener = SILENT) -> Exported:
    """The note that is called so as a notebook, with what its blocks give where the vault's blocks run.

    Raises UsageError when no note is called so.
    """
    start = time.perf_counter()
    with _store_of(config) as store:
        reading = read(config, wishes, store=store)
        path = _note_called(name, reading)
        runs = _run(reading, wishes, [path], listener, store) if run_config(config, wishes).enabled else _Runs({}, [])
        # Its owner sees all of it, also what readers of the site would not.
        site = replace(site_of(reading, {}), results=runs.results)
        return Exported(_ran(reading, path, runs, store, start), for_its_owner(path, site))


def _is_about_running(diagnostic: Diagnostic, reading: Reading) -> bool:
    lines = {link.line for link in _missing(reading, diagnostic.path)}
    return diagnostic.code in ("bad-option", "bad-front-matter") or diagnostic.line in lines


def forget(config: Config, name: str) -> tuple[str, int]:
    """Forgets the stored results of the note that is called so; its path, and how many there were.

    Raises UsageError when no note is called so.
    """
    from kbtool.run.memory import Memory

    with _store_of(config) as store:
        reading = read(config, store=store)
        path = _note_called(name, reading)
        ledger_module.forget_last(store)
        return path, Memory(store, settings_of(config, Wishes())).forget(path)


def remembered(config: Config, name: str, wishes: Wishes) -> tuple[str, tuple[Explained, ...]]:
    """The path of the note that is called so, and for each of its blocks why it would run again, or that it would not.

    Raises UsageError when no note is called so.
    """
    from kbtool.run.explain import explain
    from kbtool.run.memory import Memory

    with _store_of(config) as store:
        reading = read(config, wishes, store=store)
        path = _note_called(name, reading)
        jobs, _ = _jobs(reading, [path])
        return path, explain(Memory(store, settings_of(config, wishes)), jobs, path)


def _note_called(name: str, reading: Reading) -> str:
    path = reading.links.find(name)
    if path is None or path not in reading.cards:
        raise UsageError(_no_such_note(reading, name))
    return path


def _no_such_note(reading: Reading, name: str) -> str:
    near = did_you_mean(name, (card.name for card in reading.cards.values()))
    return f"no note is called '{name}'" + (f"; did you mean '{near}'?" if near else f" in {reading.vault.root}")


def render_vault(vault: Path, out: Path) -> dict[str, Path]:
    """Builds any vault without running it; the HTML file of each published note."""
    config = Config(vault=vault.resolve(), site=out.resolve(), title=vault_module.readable(vault.name))
    build(config, Wishes(run=False))
    plan = read(config).plan
    return {page.subject: config.site / page.url for page in plan.pages if page.kind == FileKind.NOTE}
