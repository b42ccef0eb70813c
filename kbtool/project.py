"""What a command is asked to do, and on which vault."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from kbtool import config as config_module
from kbtool import vault as vault_module
from kbtool.config import Config, RunConfig
from kbtool.diagnostics import Diagnostic

__all__ = ["UsageError", "Wishes", "configure", "run_config"]


class UsageError(Exception):
    """What the person at the keyboard can mend; its text is the sentence to show them."""


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
    cache: bool = True
    twice: bool = False


def run_config(config: Config, wishes: Wishes) -> RunConfig:
    """How blocks run: as the config says, but for what the command line asks."""
    run = config.run
    return replace(
        run,
        enabled=run.enabled if wishes.run is None else wishes.run,
        jobs=run.jobs if wishes.jobs is None else wishes.jobs,
        executor=wishes.executor or run.executor,
        sandbox=wishes.sandbox or run.sandbox,
    )


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
    """The site goes into the current folder; where that is in the vault, beside the vault: nothing is written there."""
    beside = vault.parent if start.resolve().is_relative_to(vault.resolve()) else start
    return Config(vault=vault, site=beside / f"{vault.name}-site", title=vault_module.readable(vault.name))


def _vault_around(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / ".obsidian").is_dir():
            return folder
    raise UsageError(
        f"there is neither a {config_module.FILE_NAME} nor an Obsidian vault here or above; "
        "name the vault's folder, or start with -C FOLDER"
    )
