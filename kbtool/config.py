"""`kbtool.toml` as one frozen value.

The dataclasses below are the schema: a key exists because a field does, and its type is the field's.  Unknown keys
and wrong values become `bad-config` diagnostics with the line they stand on; the rest of the file still counts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kbtool.diagnostics import CODES, Diagnostic, Severity, did_you_mean, fault

__all__ = [
    "DEVICES",
    "EXECUTOR_NAMES",
    "FILE_NAME",
    "SANDBOX_MODES",
    "Config",
    "PagesConfig",
    "PublishConfig",
    "RunConfig",
    "find",
    "is_device",
    "keys",
    "known_devices",
    "load",
    "parse_size",
]

FILE_NAME = "kbtool.toml"
DEVICES = ("cpu", "cuda", "mps", "auto")
_ONE_DEVICE = re.compile(r"cpu|cuda(:\d+)?|mps|auto")
EXECUTOR_NAMES = ("fork", "spawn", "inline", "dask")
SANDBOX_MODES = ("auto", "off", "require")


@dataclass(frozen=True, slots=True)
class RunConfig:
    """`[run]`: whether and how blocks run. Seconds, bytes; `jobs` 0 = one a core."""

    enabled: bool = False
    device: str = "cpu"
    jobs: int = 0
    seed: int = 0
    threads: int = 1
    timeout: float = 60.0
    memory: int = 3_000_000_000
    sandbox: str = "auto"
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    network: bool = False
    env: tuple[str, ...] = ()
    executor: str = "fork"


@dataclass(frozen=True, slots=True)
class PublishConfig:
    """`[publish]`: what of the vault becomes public."""

    only: bool = False
    exclude: tuple[str, ...] = ()
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class PagesConfig:
    """`[pages]`: what the site offers beside the notes."""

    alias_redirects: bool = False
    open_in_obsidian: bool = False
    feed: bool = True


@dataclass(frozen=True, slots=True)
class Config:
    """`root` is the folder of `kbtool.toml`, or None for a stranger's vault; `vault` and `site` are absolute."""

    vault: Path
    site: Path
    root: Path | None = None
    title: str = ""
    language: str = ""
    base_url: str = ""
    run: RunConfig = field(default_factory=RunConfig)
    publish: PublishConfig = field(default_factory=PublishConfig)
    pages: PagesConfig = field(default_factory=PagesConfig)
    diagnostics: Mapping[str, Severity] = field(default_factory=dict)

    @property
    def has_file(self) -> bool:
        return self.root is not None


_SECTIONS: Mapping[str, type] = {"run": RunConfig, "publish": PublishConfig, "pages": PagesConfig}
_TOP_KEYS = ("vault", "site", "title", "language", "base_url")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "run.executor": EXECUTOR_NAMES,
    "run.sandbox": SANDBOX_MODES,
    "language": ("", "es", "en"),
}
_MINIMUM: Mapping[str, float] = {"run.jobs": 0, "run.threads": 1, "run.timeout": 0.001, "run.memory": 1}
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "KI": 2**10, "MI": 2**20, "GI": 2**30}


def keys() -> tuple[str, ...]:
    """Every key that `kbtool.toml` may hold, as `section.key`; the diagnostics' codes are not listed."""
    nested = (f"{name}.{f.name}" for name, section in _SECTIONS.items() for f in fields(section))
    return (*_TOP_KEYS, *nested)


def find(start: Path) -> Path | None:
    """The nearest `kbtool.toml`, looking in `start` and then upwards."""
    for folder in (start, *start.parents):
        candidate = folder / FILE_NAME
        if candidate.is_file():
            return candidate
    return None


def is_device(name: str) -> bool:
    """Whether there may be such a device on some machine.

    >>> is_device("cuda:1"), is_device("gpu")
    (True, False)
    """
    return _ONE_DEVICE.fullmatch(name) is not None


def known_devices(name: str) -> str:
    """What to write instead of a device that does not exist."""
    near = "cuda" if "gpu" in name.lower() else did_you_mean(name, DEVICES)
    meant = f"did you mean '{near}'? " if near else ""
    return f"{meant}there are cpu, cuda, cuda:1 and so on, mps, and auto"


def parse_size(text: str) -> int:
    """A number of bytes from `3GB`, `512 MiB`, `4096`.  Raises ValueError.

    >>> parse_size("3GB"), parse_size("1.5 MiB")
    (3000000000, 1572864)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMG]I?)?B?\s*", text.upper())
    if match is None:
        raise ValueError(f"{text!r} is not a size; write for example 3GB or 512MB")
    return int(float(match[1]) * _UNITS[match[2] or ""])


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("must be a whole number")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError("must be a number")
    return float(value)


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text in quotes")
    return value


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError('must be a list of texts, for example ["a", "b"]')
    return tuple(value)


def _size(value: object) -> int:
    return parse_size(value) if isinstance(value, str) else _whole(value)


_READERS: Mapping[str, Callable[[object], Any]] = {
    "bool": _boolean,
    "int": _whole,
    "float": _number,
    "str": _string,
    "tuple[str, ...]": _strings,
}


class _Reader:
    """Reads one parsed file; collects what is wrong with it."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self.diagnostics: list[Diagnostic] = []

    def complain(self, key: str, message: str, hint: str = "") -> None:
        self.diagnostics.append(fault("bad-config", FILE_NAME, self._line_of(key), 1, message, hint))

    def _line_of(self, key: str) -> int:
        # tomllib keeps no positions: the first line in the right section that starts with the key is it.
        section, _, name = key.rpartition(".")
        current = ""
        for number, line in enumerate(self._lines, 1):
            stripped = line.strip()
            if stripped.startswith("["):
                current = stripped.strip("[] \t")
                if current == key:
                    return number
            elif current == section and re.match(rf'"?{re.escape(name)}"?\s*=', stripped):
                return number
        return 0

    def unknown(self, key: str, known: tuple[str, ...]) -> None:
        near = did_you_mean(key, known)
        self.complain(key, f"unknown key '{key}'", f"did you mean '{near}'?" if near else f"known: {', '.join(known)}")

    def value(self, key: str, raw: object, read: Callable[[object], Any]) -> Any:
        """The value, or None where it is of the wrong kind (and that has been said)."""
        try:
            value = read(raw)
        except ValueError as error:
            self.complain(key, f"'{key}' {error}")
            return None
        if key == "run.device" and not is_device(value):
            self.complain(key, f"'{key}' cannot be {value!r}", known_devices(value))
            return None
        allowed = _CHOICES.get(key)
        if allowed is not None and value not in allowed:
            self.complain(key, f"'{key}' cannot be {value!r}", "one of: " + ", ".join(a for a in allowed if a))
            return None
        if key in _MINIMUM and value < _MINIMUM[key]:
            self.complain(key, f"'{key}' must be at least {_MINIMUM[key]:g}")
            return None
        return value

    def section(self, name: str, kind: type, raw: object) -> Any:
        if not isinstance(raw, dict):
            self.complain(name, f"'{name}' must be a section: [{name}]")
            return kind()
        known = {f.name: f for f in fields(kind)}
        values: dict[str, Any] = {}
        for key, item in raw.items():
            full = f"{name}.{key}"
            if key not in known:
                self.unknown(full, tuple(f"{name}.{k}" for k in known))
                continue
            read = _size if full == "run.memory" else _READERS[str(known[key].type)]
            value = self.value(full, item, read)
            if value is not None:
                values[key] = value
        return kind(**values)

    def severities(self, raw: object) -> Mapping[str, Severity]:
        if not isinstance(raw, dict):
            self.complain("diagnostics", "'diagnostics' must be a section: [diagnostics]")
            return {}
        wishes: dict[str, Severity] = {}
        for code, severity in raw.items():
            if code not in CODES:
                self.unknown(f"diagnostics.{code}", tuple(f"diagnostics.{c}" for c in CODES))
            elif severity not in set(Severity):
                self.complain(
                    f"diagnostics.{code}", f"'{severity}' is no severity", "one of: error, warning, info, off"
                )
            else:
                wishes[code] = Severity(severity)
        return wishes


def load(path: Path) -> tuple[Config, tuple[Diagnostic, ...]]:
    """The config in `path`, with what is wrong with it.  Never raises for what the file says.

    Paths in the file are relative to its folder.  A file that is not TOML gives the defaults and its fault.
    """
    root = path.parent.resolve()
    defaults = Config(vault=root / "vault", site=root / "site", root=root)
    try:
        text = path.read_text("utf-8")
        raw = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        return defaults, (fault("bad-config", FILE_NAME, 0, 0, f"cannot be read: {error}"),)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+), column (\d+)", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (0, 0)
        return defaults, (fault("bad-config", FILE_NAME, line, column, f"is not valid TOML: {error}"),)
    return _read(raw, text, root)


def _read(raw: Mapping[str, Any], text: str, root: Path) -> tuple[Config, tuple[Diagnostic, ...]]:
    reader = _Reader(text)
    values: dict[str, Any] = {"vault": root / "vault", "site": root / "site"}
    for key, item in raw.items():
        if key in _SECTIONS:
            values[key] = reader.section(key, _SECTIONS[key], item)
        elif key == "diagnostics":
            values[key] = reader.severities(item)
        elif key in _TOP_KEYS:
            value = reader.value(key, item, _string)
            if value is not None:
                values[key] = root / value if key in ("vault", "site") else value
        else:
            reader.unknown(key, (*_TOP_KEYS, *_SECTIONS, "diagnostics"))
    return Config(root=root, **values), tuple(reader.diagnostics)
