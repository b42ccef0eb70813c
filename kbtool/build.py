"""The pipeline, from files to site: each stage is a function from values to values, called here in order.

`build` is the whole path; `check` stops before pages, `run_note` runs one note on the same path.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from kbtool import __version__
from kbtool import config as config_module
from kbtool import links as links_module
from kbtool import note as note_module
from kbtool import plan as plan_module
from kbtool import run as run_module
from kbtool import site as site_module
from kbtool import vault as vault_module
from kbtool.config import Config, RunConfig
from kbtool.diagnostics import Diagnostic, Severity, adjust, count, did_you_mean, fault
from kbtool.language import guess
from kbtool.links import LinkIndex
from kbtool.note import Note, PluginContent
from kbtool.pages import PAGES, prepare
from kbtool.parallel import fork_map
from kbtool.plan import Plan, Rendered
from kbtool.render import Draft, Site, fill
from kbtool.render import draft as make_draft
from kbtool.run.order import closure, order
from kbtool.run.private import for_readers
from kbtool.run.results import BlockResult, NoteResult
from kbtool.vault import FileKind, SourceFile, Vault
from kbtool.words import words

__all__ = [
    "SILENT",
    "Built",
    "Checked",
    "Listener",
    "Ran",
    "UsageError",
    "Wishes",
    "build",
    "check",
    "configure",
    "render_vault",
    "run_note",
]


class UsageError(Exception):
    """What the person at the keyboard can mend; its text is the sentence to show them."""


class Listener(Protocol):
    """Who wants to know how far things are."""

    def stage(self, name: str, total: int) -> None: ...
    def step(self) -> None: ...
    def block(self, result: BlockResult) -> None: ...
    def waits(self) -> None: ...


class _Silent:
    def stage(self, name: str, total: int) -> None:
        pass

    def step(self) -> None:
        pass

    def block(self, result: BlockResult) -> None:
        pass

    def waits(self) -> None:
        pass


SILENT: Listener = _Silent()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks beyond the config; the empty value leaves the config as it is."""

    run: bool | None = None
    device: str = ""
    jobs: int | None = None
    executor: str = ""
    sandbox: str = ""
    force: bool = False
    swap: bool = False
    adopt: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A vault that has been read, planned and linked: all that is known before anything runs."""

    config: Config
    vault: Vault
    notes: Mapping[str, Note]
    drafts: Mapping[str, Draft]
    plan: Plan
    links: LinkIndex
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check` found. `seconds` maps each stage to its time."""

    config: Config
    notes: Mapping[str, Note]
    links: LinkIndex
    results: Mapping[str, NoteResult]
    diagnostics: tuple[Diagnostic, ...]
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Built:
    """What `build` did."""

    checked: Checked
    site: Path
    total: int
    rendered: int
    written: int
    removed: int

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return self.checked.diagnostics


@dataclass(frozen=True, slots=True)
class Ran:
    """What running one note gave: its results first in importance, those of what it requires beside them."""

    path: str
    notes: Mapping[str, Note]
    results: Mapping[str, NoteResult]
    diagnostics: tuple[Diagnostic, ...]
    seconds: float


@dataclass(slots=True)
class _Clock:
    """Adds up the seconds of each stage and tells the listener of it."""

    listener: Listener
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str, total: int = 0) -> Iterator[None]:
        self.listener.stage(name, total)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 4)


# ---------------------------------------------------------------- config


def configure(
    start: Path, vault: Path | None, site: Path | None, base_url: str | None
) -> tuple[Config, tuple[Diagnostic, ...]]:
    """The config in force for a command started in `start`.  Raises UsageError when there is no vault to work on.

    With VAULT given, its own `kbtool.toml` counts where it names this vault; any other folder is a stranger's vault.
    """
    folder = (start / vault.expanduser()).resolve() if vault is not None else None
    found = config_module.find(folder or start)
    config: Config | None = None
    faults: tuple[Diagnostic, ...] = ()
    if found is not None:
        config, faults = config_module.load(found)
        if folder is not None and folder not in (config.vault.resolve(), config.root):
            config, faults = None, ()
    if config is None:
        config = _strangers_config(folder or _vault_around(start), start)
    if not config.vault.is_dir():
        raise UsageError(f"there is no vault at {config.vault}; name its folder: kbtool build FOLDER")
    if site is not None:
        config = replace(config, site=(start / site.expanduser()).resolve())
    if base_url is not None:
        config = replace(config, base_url=base_url)
    return replace(config, vault=config.vault.resolve()), faults


def _strangers_config(vault: Path, start: Path) -> Config:
    return Config(vault=vault, site=start / f"{vault.name}-site", title=vault_module.readable(vault.name))


def _vault_around(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / ".obsidian").is_dir():
            return folder
    raise UsageError(
        f"there is neither a {config_module.FILE_NAME} nor an Obsidian vault here or above; "
        "name the vault's folder, or start with -C FOLDER"
    )


# ---------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class _Parsed:
    note: Note
    draft: Draft | None
    diagnostics: tuple[Diagnostic, ...]


def _parser(strict_line_breaks: bool, *, drafts: bool) -> Callable[[SourceFile], _Parsed]:
    """The function that a worker calls for each note file."""

    def parse(file: SourceFile) -> _Parsed:
        text = vault_module.load_text(file)
        document, diagnostics = note_module.parse(file.path, text.text, strict_line_breaks=strict_line_breaks)
        draft = None
        if drafts:
            draft = make_draft(document, strict_line_breaks=strict_line_breaks)
            diagnostics = (*diagnostics, *draft.diagnostics)
        return _Parsed(document.note, draft, (*text.diagnostics, *diagnostics))

    return parse


def read(config: Config, listener: Listener = SILENT, *, drafts: bool = False, clock: _Clock | None = None) -> Reading:
    """Reads, plans and links the vault; with `drafts` the notes' bodies are drafted on the way."""
    clock = clock or _Clock(listener)
    with clock.stage("scan"):
        vault = vault_module.read(config.vault, skip=(config.site,))
    files = vault.notes
    parsed: list[_Parsed] = []
    with clock.stage("read", len(files)):
        for item in fork_map(_parser(vault.settings.strict_line_breaks, drafts=drafts), files, config.run.jobs):
            parsed.append(item)
            listener.step()
    notes = {item.note.path: item.note for item in parsed}
    with clock.stage("link"):
        plan, collisions = plan_module.pages(vault, notes, config, PAGES)
        links = links_module.build(vault, notes)
    private = {path for path, reason in plan.unpublished.items() if reason in ("template", "excluded")}
    found = (
        *vault.diagnostics,
        *collisions,
        *(d for item in parsed for d in item.diagnostics if item.note.path not in private),
        *(d for d in links.diagnostics if d.path not in private),
        *_plugin_content([note for path, note in notes.items() if path not in private]),
    )
    bodies = {item.note.path: item.draft for item in parsed if item.draft is not None}
    return Reading(config, vault, notes, bodies, plan, links, found)


def _plugin_content(notes: Iterable[Note]) -> Iterator[Diagnostic]:
    """One line a plugin, however many notes use it: its owner knows, and wants to know only that nothing of it runs."""
    uses: dict[str, list[tuple[str, PluginContent]]] = defaultdict(list)
    for note in notes:
        for content in note.plugins:
            uses[content.plugin].append((note.path, content))
    for plugin, found in uses.items():
        path, first = min(found, key=lambda use: use[0])
        times, where = sum(content.count for _, content in found), len(found)
        message = f"content of the plugin {plugin}: {count(times, 'time')} in {count(where, 'note')}"
        yield fault("plugin-content", path, first.line, 1, message, "kbtool shows its source and runs nothing of it")


# ---------------------------------------------------------------- running


def _enabled(config: Config, wishes: Wishes) -> bool:
    return config.run.enabled if wishes.run is None else wishes.run


def _with_wishes(config: Config, wishes: Wishes) -> RunConfig:
    run = config.run
    return replace(
        run,
        jobs=run.jobs if wishes.jobs is None else wishes.jobs,
        executor=wishes.executor or run.executor,
        sandbox=wishes.sandbox or run.sandbox,
    )


def _requires(reading: Reading) -> dict[str, tuple[str, ...]]:
    """For each note, the notes that its property `requires` names, as far as they exist."""
    required: dict[str, tuple[str, ...]] = {}
    for path in reading.notes:
        resolved = reading.links.property_resolutions.get(path, ())
        targets = (r.target for r in resolved if r.link.key.partition(".")[0] == "requires")
        required[path] = tuple(dict.fromkeys(t for t in targets if t is not None and t in reading.notes))
    return required


def _has_code(note: Note) -> bool:
    return bool(note.code or note.inline_code)


def _run(
    reading: Reading, wishes: Wishes, wanted: Sequence[str], listener: Listener
) -> tuple[dict[str, NoteResult], list[Diagnostic]]:
    """Runs the wanted notes and what they require, each once."""
    requires = _requires(reading)
    needed = closure(wanted, requires)
    ordered, circles = order({path: requires[path] for path in needed})
    found = [_circle(reading.notes, circle) for circle in circles]
    jobs = [
        _job(reading.notes[path], requires[path])
        for path in ordered
        if _has_code(reading.notes[path]) or requires[path]
    ]
    if not jobs:
        return {}, found
    run = _with_wishes(reading.config, wishes)
    settings = run_module.Settings(
        root=reading.config.root or reading.config.vault,
        vault=reading.config.vault,
        device=wishes.device or run.device,
        device_forced=bool(wishes.device),
        jobs=run.jobs,
        seed=run.seed,
        threads=run.threads,
        timeout=run.timeout,
        memory=run.memory,
        sandbox=run.sandbox,
        env=run.env,
        executor=run.executor,
    )
    listener.stage("run", sum(len(job.blocks) for job in jobs))
    try:
        results = run_module.run(jobs, settings, listener.block)
    except (run_module.RunFailedError, run_module.ExecutorUnavailableError) as error:
        raise UsageError(str(error)) from error
    found.extend(run_module.diagnostics_of(results, jobs))
    return results, found


def _job(note: Note, requires: tuple[str, ...]) -> run_module.NoteJob:
    timeout = note.properties.get("timeout")
    return run_module.NoteJob(
        path=note.path,
        blocks=note.code,
        inline=note.inline_code,
        requires=requires,
        device=str(note.properties.get("device") or ""),
        timeout=float(timeout) if isinstance(timeout, int | float) else None,
        skip="the note says `run: false`" if note.properties.get("run") is False else "",
    )


def _circle(notes: Mapping[str, Note], circle: tuple[str, ...]) -> Diagnostic:
    first = circle[0]
    chain = " -> ".join(notes[path].name for path in circle)
    line = notes[first].property_lines.get("requires", 1)
    return fault("requires-cycle", first, line, 1, f"the notes require each other: {chain}", "remove one `requires`")


def _runnable(reading: Reading) -> list[str]:
    """The published notes with code: what is not published is run only where a published note requires it."""
    return sorted(path for path in reading.plan.published if path in reading.notes and _has_code(reading.notes[path]))


def _run_all(reading: Reading, wishes: Wishes, clock: _Clock) -> tuple[dict[str, NoteResult], list[Diagnostic]]:
    wanted = _runnable(reading)
    if _enabled(reading.config, wishes):
        with clock.stage("run"):
            return _run(reading, wishes, wanted, clock.listener)
    blocks = sum(len(reading.notes[path].code) for path in wanted)
    if not blocks or wishes.run is False:
        return {}, []
    how = "run them with --run, or for good by `[run] enabled = true` in kbtool.toml"
    were = "was" if blocks == 1 else "were"
    message = f"{count(blocks, 'Python block')} in {count(len(wanted), 'note')} {were} left alone"
    return {}, [fault("run-disabled", ".", 0, 0, message, how)]


# ---------------------------------------------------------------- diagnostics


def _finish(config: Config, diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
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


def _site(reading: Reading, results: Mapping[str, NoteResult]) -> Site:
    """Everything that a page may read."""
    config = reading.config
    shown = for_readers(results, reading.plan.unpublished.keys())
    language = config.language or guess(
        reading.notes[path].summary for path in sorted(reading.plan.published) if path in reading.notes
    )
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
    )


def _timeless(results: Mapping[str, NoteResult]) -> dict[str, NoteResult]:
    """The results without the time they took, for builds that must give the same bytes anywhere."""
    return {
        path: replace(result, blocks=tuple(replace(block, seconds=0.0) for block in result.blocks))
        for path, result in results.items()
    }


def _render(site: Site) -> Iterator[Rendered]:
    """Every page of the plan, in its order, made on all cores."""
    prepare(site)
    kinds = {kind.name: kind.render for kind in PAGES}
    return fork_map(lambda page: kinds[page.kind](page, site), site.plan.pages, site.config.run.jobs)


def _body_diagnostics(site: Site) -> Iterator[Diagnostic]:
    """What only filling a body finds (embeds in a circle, for one), without making its page."""
    pages = [page for page in site.plan.pages if page.kind == FileKind.NOTE]
    for found in fork_map(lambda page: fill(page.subject, site, page.url).diagnostics, pages, site.config.run.jobs):
        yield from found


@contextmanager
def _site_faults() -> Iterator[None]:
    """What is wrong with the site's folder is for the person at the keyboard to mend."""
    try:
        yield
    except site_module.SiteError as error:
        raise UsageError(str(error)) from error


# ---------------------------------------------------------------- the commands


def check(config: Config, wishes: Wishes, listener: Listener = SILENT) -> Checked:
    """Everything that is wrong with the vault; no site."""
    clock = _Clock(listener)
    reading = read(config, listener, drafts=True, clock=clock)
    results, ran = _run_all(reading, wishes, clock)
    with clock.stage("render"):
        bodies = list(_body_diagnostics(_site(reading, results)))
    diagnostics = _finish(config, (*reading.diagnostics, *ran, *bodies))
    return Checked(config, reading.notes, reading.links, results, diagnostics, clock.seconds)


def build(config: Config, wishes: Wishes, listener: Listener = SILENT) -> Built:
    """The whole path: read, run, render, write.  Of two builds of one site the second waits for the first."""
    with _site_faults():
        site_module.examine(config.site, config.vault, adopt=wishes.adopt)
        with site_module.locked(config.site, listener.waits):
            return _build(config, wishes, listener)


def _build(config: Config, wishes: Wishes, listener: Listener) -> Built:
    clock = _Clock(listener)
    reading = read(config, listener, drafts=True, clock=clock)
    results, ran = _run_all(reading, wishes, clock)
    found = list(ran)
    attachments: dict[str, Path] = {}
    with clock.stage("render", len(reading.plan.pages)):
        pages = _render(_site(reading, results))
        written = site_module.write(
            _collecting(pages, reading, attachments, found, listener),
            attachments,
            config.site,
            force=wishes.force,
            swap=wishes.swap,
            adopt=wishes.adopt,
        )
    diagnostics = _finish(config, (*reading.diagnostics, *found, *_unread(reading.plan, written.unread)))
    checked = Checked(config, reading.notes, reading.links, results, diagnostics, clock.seconds)
    total = len(reading.plan.pages)
    return Built(checked, config.site, total, total, written.written, written.removed)


def _unread(plan: Plan, reasons: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Attachments that pages use and the site goes without."""
    for path, url in plan.attachments.items():
        if url in reasons:
            yield fault("unreadable", path, 0, 0, f"cannot be read: {reasons[url]}", "check its permissions")


def _collecting(
    pages: Iterator[Rendered],
    reading: Reading,
    attachments: dict[str, Path],
    found: list[Diagnostic],
    listener: Listener,
) -> Iterator[Rendered]:
    """The pages on their way to the disk, so that never all of them are in memory; what they use is noted in passing.

    `attachments` (URL -> file) and `found` are complete once the last page has passed.
    """
    for page in pages:
        found.extend(page.diagnostics)
        for path in page.attachments:
            attachments[reading.plan.attachments[path]] = reading.vault.by_path[path].absolute
        listener.step()
        yield page


def run_note(config: Config, name: str, wishes: Wishes, listener: Listener = SILENT) -> Ran:
    """Runs one note and what it requires.  Raises UsageError when no note is called so."""
    start = time.perf_counter()
    reading = read(config)
    path = reading.links.find(name)
    if path is None or path not in reading.notes:
        raise UsageError(_no_such_note(reading, name))
    results, found = _run(reading, wishes, [path], listener)
    own = [d for d in reading.diagnostics if d.path in results and d.code in ("bad-option", "bad-front-matter")]
    return Ran(path, reading.notes, results, _finish(config, (*own, *found)), time.perf_counter() - start)


def _no_such_note(reading: Reading, name: str) -> str:
    near = did_you_mean(name, (note.name for note in reading.notes.values()))
    return f"no note is called '{name}'" + (f"; did you mean '{near}'?" if near else f" in {reading.vault.root}")


def render_vault(vault: Path, out: Path) -> dict[str, Path]:
    """Builds any vault without running it; the HTML file of each published note."""
    config = Config(vault=vault.resolve(), site=out.resolve(), title=vault_module.readable(vault.name))
    build(config, Wishes(run=False))
    plan = read(config).plan
    return {page.subject: config.site / page.url for page in plan.pages if page.kind == FileKind.NOTE}
