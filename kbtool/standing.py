"""Whether a site stands as a build would leave it: seen from states of files, without reading a note.

Everything that a build would import is left alone here: on a vault of thousands of notes in which nothing has changed,
starting Python is the larger part of the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b

from kbtool import ledger as ledger_module
from kbtool import site as site_module
from kbtool import vault as vault_module
from kbtool.cache import open_store, store_path
from kbtool.config import Config
from kbtool.diagnostics import Diagnostic
from kbtool.filestate import FileState
from kbtool.ledger import Last
from kbtool.outcome import Built, Checked
from kbtool.progress import Clock, Listener
from kbtool.project import Wishes, run_config
from kbtool.run.job import Settings
from kbtool.run.results import How, NoteResult
from kbtool.vault import SourceFile, Vault

__all__ = ["Look", "look", "settings_of", "site_digest"]


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen: what a build would say that has nothing to do, or the vault that it has to begin with.

    `faults` are what was wrong with the store: one that was damaged is a new one when the build opens it.
    """

    built: Built | None
    vault: Vault
    faults: tuple[Diagnostic, ...] = ()


def look(config: Config, wishes: Wishes, listener: Listener) -> Look:
    """Looks at the files of the vault and of its site, and at what the last build left."""
    clock = Clock(listener)
    with clock.stage("scan"):
        vault = vault_module.read(config.vault, skip=(config.site,))
        if wishes.force or wishes.swap:
            return Look(None, vault)
        with closing(open_store(store_path(config.vault))) as store:
            last = ledger_module.load_last(store, config.site)
            if last is None or not _stands(last, vault, config, wishes):
                return Look(None, vault, store.diagnostics)
            results = _as_stored(ledger_module.load_results(store, config.site)) if last.standing else {}
    checked = Checked(config, last.notes, last.links, results, last.diagnostics, clock.seconds)
    return Look(Built(checked, config.site, last.pages, 0, 0, 0), vault)


def _stands(last: Last, vault: Vault, config: Config, wishes: Wishes) -> bool:
    return (
        ledger_module.premises(config, wishes, vault) == last.premises
        and ledger_module.circumstances(wishes, vault) == last.circumstances
        and _is_same(vault, last)
        and _site_stands(config, last)
        and _results_hold(last, config, wishes)
    )


def _is_same(vault: Vault, last: Last) -> bool:
    """Whether the vault has the same files with the same bytes."""
    if len(vault.files) != len(last.files):
        return False
    strict = vault.settings.strict_line_breaks
    for file in vault.files:
        before, now = last.files.get(file.path), FileState.of(file, vault.seen_ns)
        if before is None or not (before.vouches_for(now) or _has_same_bytes(file, strict, last)):
            return False
    return vault_module.UNREAD not in last.keys.values()


def _has_same_bytes(file: SourceFile, strict_line_breaks: bool, last: Last) -> bool:
    known = last.keys.get(file.path)
    if known is None:
        return False
    try:
        return vault_module.source_key(file.path, file.absolute.read_bytes(), strict_line_breaks) == known
    except OSError:
        return False


def _results_hold(last: Last, config: Config, wishes: Wishes) -> bool:
    if not last.standing:
        return last.standing is not None
    from kbtool.run.standing import still_standing

    return still_standing(last.standing, settings_of(config, wishes))


def settings_of(config: Config, wishes: Wishes) -> Settings:
    """How the blocks of a vault run."""
    run = run_config(config, wishes)
    return Settings(
        root=config.root or config.vault,
        vault=config.vault,
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


def _site_stands(config: Config, last: Last) -> bool:
    standing = site_module.standing(config.site)
    return not standing.cut_off and site_digest(standing.digests) == last.site


def site_digest(digests: Mapping[str, str]) -> str:
    """Stands for all files of a site, given their digests by URL."""
    text = "\n".join(f"{digest} {url}" for url, digest in sorted(digests.items()))
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _as_stored(results: Mapping[str, NoteResult]) -> dict[str, NoteResult]:
    """Results that a build came by in any way, as this one comes by them."""
    return {path: result.with_blocks(how=How.CACHED) for path, result in results.items()}
