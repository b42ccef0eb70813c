"""Whether the results of the last build still hold, told in milliseconds by a process that has parsed nothing.

The caller answers for the notes themselves; this is about all else: the surroundings, and what the blocks met.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from kbtool.filestate import FileState
from kbtool.run.job import Settings
from kbtool.run.outside import Dep, Outside
from kbtool.run.surroundings import hardware, name_of, surroundings

__all__ = ["NEVER", "record", "still_standing"]

NEVER = b"never"
"""The record of results of which some must not be reused."""

_VERSION = 1


class _Recorded:
    """The digests that the record itself holds."""

    def __init__(self, states: dict[str, tuple[FileState, str]]) -> None:
        self._states = states

    def get(self, path: str) -> tuple[FileState, str] | None:
        return self._states.get(path)

    def put(self, path: str, state: FileState, digest: str) -> None:
        pass


def record(settings: Settings, surroundings: str, uses_hardware: bool, deps: Collection[Dep], now: Outside) -> bytes:
    """All that must be the same, with the states by which most files are known to be."""
    states = {}
    for dep in deps:
        token, state = now.token(dep.kind, dep.subject), now.files.get(dep.subject)
        if token != dep.token:
            return NEVER
        if dep.kind in ("file", "wrote") and state is not None:
            states[dep.subject] = state, token
    body = {
        "version": _VERSION,
        "device": _device(settings),
        "surroundings": surroundings,
        "hardware": hardware("cuda") if uses_hardware else None,
        "deps": list(deps),
        "states": states,
    }
    return json.dumps(body).encode()


def still_standing(record: bytes, settings: Settings) -> bool:
    """Whether all that the record tells of is as it was.  A record that cannot be read tells of nothing."""
    try:
        body = json.loads(record)
        states = {path: (FileState(*state), str(token)) for path, (state, token) in body["states"].items()}
        deps = [Dep(*dep) for dep in body["deps"]]
        graphics = body["hardware"]
        version, device, around = body["version"], body["device"], body["surroundings"]
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
    now = Outside(_Recorded(states))
    return (
        version == _VERSION
        and device == _device(settings)
        and (graphics is None or graphics == hardware("cuda"))
        and around == name_of(surroundings(settings, now))
        and all(map(now.holds, deps))
    )


def _device(settings: Settings) -> list[object]:
    return [settings.device, settings.device_forced]
