"""The command line: arguments, exit codes, and the only place that prints.

Exit codes: 0 nothing at error level, 1 errors found, 2 bad usage or config, 130 interrupted.  Everything that a
command needs is imported when it runs, so that `kbtool --help` stays quick.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from kbtool import __version__

if TYPE_CHECKING:
    from kbtool.config import Config
    from kbtool.diagnostics import Diagnostic
    from kbtool.outcome import Built, Ran
    from kbtool.project import Wishes
    from kbtool.standing import Look
    from kbtool.terminal import Screen

__all__ = ["main"]

_INTERRUPTED = 130
_LEFT_BY_CTRL_C = {
    "build": "; the site is as far as it got and the next build goes on from there",
    "run-note": "; the note is whole",
}
_USAGE = 2

_EXAMPLES = """
\b
Examples:
  kbtool build                      build the vault of kbtool.toml into its site
  kbtool build ~/Vault -o public    publish any Obsidian vault; nothing in it is changed or run
  kbtool run-note Embeddings        run one note and see what its blocks print
  kbtool run-note Embeddings --write    put the real output into the note
  kbtool check --no-run             check links and syntax only
"""


class _Group(click.Group):
    """Suggests the command that was meant; says what Ctrl-C left."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo(f"kbtool: interrupted{_LEFT_BY_CTRL_C.get(ctx.invoked_subcommand or '', '')}.", err=True)
            sys.exit(_INTERRUPTED)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from kbtool.diagnostics import did_you_mean

        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            near = did_you_mean(args[0], self.list_commands(ctx))
            ctx.fail(f"there is no command '{args[0]}'" + (f"; did you mean '{near}'?" if near else "."))
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)  # in the order of the daily work, not of the alphabet


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EXAMPLES)
@click.version_option(__version__, prog_name="kbtool")
def main() -> None:
    """Publish an Obsidian vault whose notes prove what they say.

    kbtool reads the vault as Obsidian does, runs the Python blocks of its notes, compares what they print with what the
    note documents, checks every link, and writes a static site.
    """
    # A large vault is hundreds of thousands of small values that live until the end: looking through them for circles
    # again and again would be a tenth of the time.
    gc.set_threshold(50_000, 20, 100)


@dataclass(frozen=True, slots=True)
class _Common:
    """The options that every command takes."""

    root: Path | None
    quiet: bool
    verbose: bool
    color: str

    def screen(self) -> Screen:
        from kbtool.terminal import Screen

        return Screen(quiet=self.quiet, verbose=self.verbose, color=self.color)


def _common(command: Callable[..., None]) -> Callable[..., None]:
    """Adds `-C -q -v --color` and hands them over as one value, `common`."""

    def with_common(root: Path | None, quiet: bool, verbose: bool, color: str, **rest: Any) -> None:
        command(common=_Common(root, quiet, verbose, color), **rest)

    with_common.__doc__ = command.__doc__
    with_common.__name__ = command.__name__
    with_common.__dict__.update(command.__dict__)
    options = (
        click.option(
            "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Coloured output."
        ),
        click.option("-v", "--verbose", is_flag=True, help="Say more: each link, each stage."),
        click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong."),
        click.option(
            "-C",
            "--root",
            type=click.Path(file_okay=False, exists=True, path_type=Path),
            help="Work as if started in this folder.",
        ),
    )
    result: Callable[..., None] = with_common
    for option in options:
        result = option(result)
    return result


def _device(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    from kbtool.config import is_device, known_devices

    if value is not None and not is_device(value):
        raise click.BadParameter(f"there is no device '{value}'; {known_devices(value)}.")
    return value


def _running(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options of the commands that run blocks over a whole vault."""
    options = (
        click.option(
            "--sandbox", type=click.Choice(["auto", "off", "require"]), help="How strictly blocks are confined."
        ),
        click.option("--scheduler", metavar="ADDR", help="Address of a Dask scheduler (with --executor dask)."),
        click.option(
            "--executor",
            type=click.Choice(["fork", "spawn", "inline", "dask"]),
            help="Where blocks run; default: fork.",
        ),
        click.option("--jobs", type=click.IntRange(min=0), help="Notes to run at once; default: one a core."),
        click.option(
            "--device", metavar="D", callback=_device, help="cpu, cuda, cuda:1, mps or auto; over what notes say."
        ),
        click.option("--run/--no-run", "run", default=None, help="Run the blocks, or leave them alone."),
    )
    for option in options:
        command = option(command)
    return command


_VAULT = click.argument("vault", required=False, type=click.Path(file_okay=False, path_type=Path))


@main.command()
@_VAULT
@click.option("-o", "--site", type=click.Path(file_okay=False, path_type=Path), help="Folder that receives the site.")
@_running
@click.option("--base-url", metavar="URL", help="Where the site will live; enables the sitemap and the feed.")
@click.option("--force", is_flag=True, help="Write every file anew.")
@click.option("--swap", is_flag=True, help="Write a fresh folder and exchange it at the end.")
@click.option("--adopt", is_flag=True, help="Accept a site folder that holds files of others.")
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write a report as JSON.")
@_common
def build(
    common: _Common,
    vault: Path | None,
    site: Path | None,
    base_url: str | None,
    strict: bool,
    report: Path | None,
    **wishes: Any,
) -> None:
    """Run what must run, check everything, and write the site.

    \b
    kbtool build                    by the nearest kbtool.toml
    kbtool build ~/Vault            any vault, into ./Vault-site; nothing runs
    kbtool build --run --device cuda
    """
    from kbtool import standing

    config = _config(common, vault, site, base_url)
    screen = common.screen()
    with _errors(screen):
        seen = standing.look(config, _wishes(wishes), screen)
        built = seen.built or _build(config, _wishes(wishes), screen, seen)
    screen.diagnostics(built.diagnostics, _prefix(config), summarise=not config.has_file)
    if report is not None:
        _write_report(built, report)
    screen.built(built)
    sys.exit(_status(built.diagnostics, strict))


def _build(config: Config, wishes: Wishes, screen: Screen, seen: Look) -> Built:
    # Only now: a build that finds its site standing does without what the pipeline imports.
    from kbtool import build as pipeline

    # What has been imported stays until the end: Python need not look through it for circles, not even at exit.
    gc.freeze()
    return pipeline.build(config, wishes, screen, seen)


def _write_report(built: Built, path: Path) -> None:
    from kbtool.report import report

    text = json.dumps(report(built), ensure_ascii=False, indent=1)
    try:
        # The name of a folder need not be UTF-8.
        path.write_bytes(f"{text}\n".encode("utf-8", "backslashreplace"))
    except OSError as error:
        _usage(f"the report cannot be written to {path}: {error.strerror}")


@main.command("run-note")
@click.argument("note")
@click.option("--write", is_flag=True, help="Put the real output into the note where it differs or is missing.")
@click.option(
    "--device", metavar="D", callback=_device, help="cpu, cuda, cuda:1, mps or auto; over what the note says."
)
@click.option("--no-cache", is_flag=True, help="Run every block, even where a stored result would do.")
@click.option("--format", "form", type=click.Choice(["text", "json", "ipynb"]), default="text", help="What to print.")
@_common
def run_note(common: _Common, note: str, write: bool, device: str | None, no_cache: bool, form: str) -> None:
    """Run one note and what it requires; show what its blocks print.

    NOTE is a name, an alias, a path or a [[link]].

    \b
    kbtool run-note Embeddings
    kbtool run-note "[[Positional Encoding]]" --write
    """
    from kbtool import build as pipeline
    from kbtool.progress import SILENT
    from kbtool.project import Wishes

    if write and _in_ci():
        _usage("--write changes notes and is refused where CI=true; run it on your own machine.")
    config = _config(common, None, None, None)
    screen = common.screen()
    wishes = Wishes(run=True, device=device or "", cache=not no_cache)
    screen.stream()
    listener = screen if form == "text" else SILENT
    with _errors(screen):
        exported = pipeline.export_note(config, note, wishes, listener) if form == "ipynb" else None
        ran = exported.ran if exported else pipeline.run_note(config, note, wishes, listener)
    if exported:
        click.echo(exported.notebook, nl=False)
    if form == "json":
        from kbtool.report import note_report

        click.echo(json.dumps(note_report(ran), ensure_ascii=False, indent=1))
    found, written = _written(config, ran, screen) if write else (ran.diagnostics, False)
    screen.diagnostics(found, _prefix(config), summarise=False)
    if form == "text":
        screen.ran(ran, written=written)
    sys.exit(_status(found, strict=False))


def _written(config: Config, ran: Ran, screen: Screen) -> tuple[tuple[Diagnostic, ...], bool]:
    """Puts the outputs into the note; what is still wrong then, and whether the note changed."""
    from kbtool import mend

    with _errors(screen):
        outputs = mend.write_outputs(config, ran)
    screen.written(outputs.changes)
    screen.stale(f"{_prefix(config)}/{ran.path}", outputs.stale)
    return tuple(d for d in ran.diagnostics if d not in outputs.settled), bool(outputs.changes)


@main.command()
@_VAULT
@_running
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github", "sarif"]), default="text", help="How to print."
)
@click.option("--fix", is_flag=True, help="Apply the cures that are certain; print the changes.")
@click.option("--twice", is_flag=True, help="Run every block twice and report what differs.")
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Fail only on what FILE does not list; it is made where missing.",
)
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@_common
def check(
    common: _Common,
    vault: Path | None,
    form: str,
    fix: bool,
    twice: bool,
    baseline: Path | None,
    strict: bool,
    **wishes: Any,
) -> None:
    """Find everything that is wrong; write no site.

    \b
    kbtool check                    links, syntax, and every block's output
    kbtool check --no-run           links and syntax only
    kbtool check --fix              repair near-miss links and garbled text
    kbtool check --format github    annotations for a pull request
    """
    from kbtool import build as pipeline
    from kbtool import mend
    from kbtool.diagnostics import REPORTERS

    config = _config(common, vault, None, None)
    screen = common.screen()
    with _errors(screen):
        if fix:
            screen.written(mend.fix(config))
        checked = pipeline.check(config, _wishes({**wishes, "twice": twice}), screen)
    found = checked.diagnostics
    if baseline is not None:
        found = _against(baseline, found)
    if form == "text":
        screen.diagnostics(found, _prefix(config), summarise=not config.has_file, to_stdout=True)
    else:
        click.echo(REPORTERS[form](found, _prefix(config)), nl=False)
    screen.checked(checked, found)
    sys.exit(_status(found, strict))


def _against(path: Path, found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """What the baseline does not know; a baseline that does not exist yet is made, and then nothing is new."""
    from kbtool import baseline

    try:
        if not path.exists():
            baseline.record(found, path)
            click.echo(
                f"kbtool: recorded {len(found)} diagnostics in {path}; from now on only new ones count.", err=True
            )
        return baseline.against(found, path)
    except (OSError, baseline.BadBaselineError) as error:
        _usage(str(error))


@main.command()
@_VAULT
@_common
def inspect(common: _Common, vault: Path | None) -> None:
    """Print what kbtool reads in a vault as JSON: links, tags, headings, backlinks.

    \b
    kbtool inspect | jq '.unresolved'
    """
    from kbtool import facts

    config = _config(common, vault, None, None)
    click.echo(json.dumps(facts.read(config.vault), ensure_ascii=False, indent=1))


@main.command("export")
@click.argument("note")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="The file to write; default: NAME.ipynb in the current folder; - prints it.",
)
@_common
def export(common: _Common, note: str, output: Path | None) -> None:
    """Write a note as a Jupyter notebook, with what its blocks give.

    NOTE is a name, an alias, a path or a [[link]].  What the note requires comes first, so that the cells run from top
    to bottom; blocks whose results are stored are not run again.

    \b
    kbtool export Embeddings
    kbtool export "[[Positional Encoding]]" -o posiciones.ipynb
    """
    from kbtool import build as pipeline
    from kbtool.project import Wishes

    config, screen = _config(common, None, None, None), common.screen()
    with _errors(screen):
        exported = pipeline.export_note(config, note, Wishes(), screen)
    screen.diagnostics(exported.ran.diagnostics, _prefix(config), summarise=False)
    _write_notebook(exported.notebook, output or Path(f"{Path(exported.ran.path).stem}.ipynb"))
    sys.exit(_status(exported.ran.diagnostics, strict=False))


def _write_notebook(data: bytes, path: Path) -> None:
    if str(path) == "-":
        click.echo(data, nl=False)
        return
    try:
        path.write_bytes(data)
    except OSError as error:
        _usage(f"the notebook cannot be written to {path}: {error.strerror}")
    click.echo(f"kbtool: wrote {path}", err=True)


@main.group(cls=_Group)
def cache() -> None:
    """Look at what is stored between builds, or clear it.

    \b
    kbtool cache info
    kbtool cache clear ~/Vault
    """


_NOTE = click.argument("note", required=False)


def _asked(common: _Common, note: str | None, vault: Path | None) -> tuple[Config, str | None]:
    """The config of the vault, and the note; what is given alone and is a folder is the vault."""
    if note is not None and vault is None and ((common.root or Path.cwd()) / note).is_dir():
        return _config(common, Path(note), None, None), None
    return _config(common, vault, None, None), note


@cache.command("info")
@_NOTE
@_VAULT
@_common
def cache_info(common: _Common, note: str | None, vault: Path | None) -> None:
    """Show where the store of the vault is, how large it is, and what is in it.

    With NOTE (a name, an alias, a path or a [[link]]): which of its blocks would run again, and why.

    \b
    kbtool cache info
    kbtool cache info ~/Vault
    kbtool cache info Embeddings
    """
    from kbtool import cache as cache_module

    config, note = _asked(common, note, vault)
    screen = common.screen()
    if note is not None:
        _remembered(config, note, screen)
        return
    path = cache_module.store_path(config.vault)
    if not path.exists():
        screen.no_store(path)
        return
    store = cache_module.open_store(path)
    contents = store.size()
    store.close()
    screen.diagnostics(store.diagnostics, "", summarise=False)
    screen.store(path, cache_module.disk_size(path), contents)


def _remembered(config: Config, note: str, screen: Screen) -> None:
    from kbtool import build as pipeline
    from kbtool.project import Wishes

    with _errors(screen):
        screen.remembered(*pipeline.remembered(config, note, Wishes(run=True)))


@cache.command("clear")
@_NOTE
@_VAULT
@_common
def cache_clear(common: _Common, note: str | None, vault: Path | None) -> None:
    """Remove what is stored for a vault; the next build makes it again.

    With NOTE (a name, an alias, a path or a [[link]]): only what its blocks gave.

    \b
    kbtool cache clear
    kbtool cache clear ~/Vault
    kbtool cache clear Embeddings
    """
    from kbtool import cache as cache_module

    config, note = _asked(common, note, vault)
    if note is not None:
        _forgotten(config, note, common.screen())
        return
    path = cache_module.store_path(config.vault)
    try:
        freed = cache_module.remove_store(path)
    except OSError as error:
        _usage(f"{path} cannot be removed: {error.strerror}")
    common.screen().cleared(path, freed)


def _forgotten(config: Config, note: str, screen: Screen) -> None:
    from kbtool import build as pipeline

    with _errors(screen):
        screen.forgotten(*pipeline.forget(config, note))


_LATER = {
    "serve": "Build, watch and reload in the browser.",
    "new": "Make a note.",
    "init": "Make a working vault with a config.",
    "import": "Bring in notebooks and pages of other tools.",
    "doctor": "Show devices, versions, sandbox layers, browser, fonts.",
}


def _later(name: str, summary: str) -> None:
    @main.command(name, help=f"{summary} (Not yet.)", context_settings={"ignore_unknown_options": True})
    @click.argument("rest", nargs=-1, type=click.UNPROCESSED)
    def not_yet(rest: tuple[str, ...]) -> None:
        del rest
        _not_yet(name)


for _name, _summary in _LATER.items():
    _later(_name, _summary)


def _not_yet(what: str) -> NoReturn:
    _usage(f"'{what}' is planned and does not work yet.")


def _usage(message: str) -> NoReturn:
    click.echo(f"kbtool: {message}", err=True)
    sys.exit(_USAGE)


def _in_ci() -> bool:
    import os

    return os.environ.get("CI", "").lower() in ("true", "1")


class _errors:  # noqa: N801 - used as `with _errors(screen):`, like a function
    """Turns what a person can mend into one sentence and exit code 2."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        from kbtool.project import UsageError

        self._screen.close()
        if isinstance(error, UsageError):
            _usage(str(error))
        if error is not None:
            from kbtool.parallel import WorkerEndedError

            if isinstance(error, WorkerEndedError):
                _usage("a process that reads notes or makes pages was ended from outside; was there too little memory?")


def _config(common: _Common, vault: Path | None, site: Path | None, base_url: str | None) -> Config:
    """The config in force: the nearest `kbtool.toml`, or a stranger's vault without one."""
    from kbtool import project
    from kbtool.diagnostics import Severity, text_line

    start = (common.root or Path.cwd()).resolve()
    try:
        config, faults = project.configure(start, vault, site, base_url)
    except project.UsageError as error:
        _usage(str(error))
    for diagnostic in faults:
        click.echo(text_line(diagnostic), err=True)
    if any(d.severity is Severity.ERROR for d in faults):
        sys.exit(_USAGE)
    return config


def _wishes(given: dict[str, Any]) -> Wishes:
    from kbtool.project import Wishes

    if given.get("executor") == "dask" or given.get("scheduler"):
        _not_yet("--executor dask")
    if given.get("sandbox") == "require":
        _not_yet("--sandbox require")
    known = {key: value for key, value in given.items() if value is not None and key != "scheduler"}
    return Wishes(**known)


def _prefix(config: Config) -> str:
    """The vault's folder as a person would type it from here."""
    try:
        return config.vault.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(config.vault)


def _status(diagnostics: tuple[Diagnostic, ...], strict: bool) -> int:
    from kbtool.diagnostics import exit_status

    return exit_status(diagnostics, strict=strict)
