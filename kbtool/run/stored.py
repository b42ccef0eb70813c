"""Results as bytes, and what blocks met; JSON, so that reading a foreign store can do no more than fail."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from typing import Any, NamedTuple

from kbtool.run.outside import Dep
from kbtool.run.places import Pins
from kbtool.run.results import Failure, Output
from kbtool.run.source import digest
from kbtool.run.verdict import Raw

__all__ = ["Chain", "Link", "Variant", "dump", "load", "pack", "trace_of", "unpack"]

_LEVEL = 1


def dump(value: Any) -> bytes:
    """Plain data as bytes."""
    return json.dumps(value, separators=(",", ":")).encode()


def load(data: bytes | None) -> Any:
    """The plain data, or None where there is none that can be read."""
    try:
        return None if data is None else json.loads(data)
    except ValueError:
        return None


def pack(raw: Raw, pins: Pins) -> bytes:
    """A result whose lines have been taken out."""
    outputs = [(output.kind, output.text, dict(output.data)) for output in raw.outputs]
    error = astuple(raw.error) if raw.error else None
    body = (raw.seconds, outputs, raw.value, error, raw.moment, raw.unstable, pins)
    return zlib.compress(dump(body), _LEVEL)


def unpack(data: bytes) -> tuple[Raw, Pins] | None:
    """What `pack` packed; None for anything else."""
    try:
        seconds, outputs, value, error, moment, unstable, pins = json.loads(zlib.decompress(data))
        raw = Raw(
            float(seconds),
            outputs=tuple(Output(*output) for output in outputs),
            value=value,
            error=Failure(*error) if error else None,
            moment=moment,
            unstable=unstable,
        )
    except (zlib.error, ValueError, TypeError):
        return None
    return raw, dict(pins)


class Variant(NamedTuple):
    """What a block met on one of its runs.  `trace` is its short name, from which the result is found.

    `wrote` is what it left outside.  That is a result too, and no part of the name.
    """

    trace: str
    deps: tuple[Dep, ...]
    wrote: tuple[Dep, ...] = ()

    @classmethod
    def of(cls, deps: Iterable[Dep], wrote: Iterable[Dep] = ()) -> Variant:
        found = tuple(sorted(set(deps)))
        return cls(trace_of(found), found, tuple(sorted(wrote)))

    @classmethod
    def loaded(cls, value: Sequence[Any]) -> Variant:
        trace, deps, wrote = value
        return cls(trace, tuple(Dep(*dep) for dep in deps), tuple(Dep(*dep) for dep in wrote))


def trace_of(deps: Iterable[Dep]) -> str:
    return digest(*(text for dep in deps for text in dep))


class Link(NamedTuple):
    """One unit of a note as it was run: its key, that of what follows, its source and options, the size stored."""

    key: str
    final: str
    normal: str
    options: str
    size: int


class Chain(NamedTuple):
    """A note as it was run: what it started from and the units that are stored; `lost`: why the next one is not.

    `day` is the last on which a build used it.
    """

    day: int
    surroundings: str
    facts: dict[str, str]
    links: tuple[Link, ...]
    lost: str

    @classmethod
    def loaded(cls, value: Sequence[Any]) -> Chain:
        day, surroundings, facts, links, lost = value
        return cls(int(day), str(surroundings), dict(facts), tuple(Link(*link) for link in links), str(lost))
