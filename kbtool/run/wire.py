"""What the processes of a run say to each other, and how: JSON with a length in front; descriptors beside it.

JSON and not pickle: whoever reads a pickle runs what it says, and a note is not trusted that far.
"""

from __future__ import annotations

import array
import json
import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = [
    "CLOSED",
    "CRASHED",
    "BlockWork",
    "BrokenFrameError",
    "Frames",
    "InlineWork",
    "NoteWork",
    "Order",
    "pack",
    "receive",
    "send",
]

CLOSED, CRASHED = 96, 97
"""Exit statuses of a note's process: the note closed the channel; what we do around its blocks failed."""

_HEADER = struct.Struct("<I")
_LARGEST = 96 << 20
_ENCODER = json.JSONEncoder(allow_nan=False)
_DATAGRAM = 1 << 16


@dataclass(frozen=True, slots=True)
class BlockWork:
    """A block as the process that runs it needs it; `line` is the note's line of its first line."""

    index: int
    source: str
    line: int
    device: str
    warnings: bool = True
    width: float | None = None
    height: float | None = None


@dataclass(frozen=True, slots=True)
class InlineWork:
    index: int
    expression: str
    line: int


@dataclass(frozen=True, slots=True)
class NoteWork:
    """A note to run in `folder`.  With `replay` it runs only for the state that it leaves."""

    path: str
    folder: str
    blocks: tuple[BlockWork, ...]
    inline: tuple[InlineWork, ...] = ()
    replay: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """All that one process is to do: the notes in order, in one namespace.

    `places` are the folders in which `kbtool.data` looks.  `marker` parts the streams of output (see `streams`); with
    `keep` the process stays afterwards, to be forked.
    """

    notes: tuple[NoteWork, ...]
    root: str
    places: tuple[str, ...]
    seed: int
    threads: int
    marker: str
    keep: bool

    def pack(self) -> bytes:
        return pack(asdict(self))

    @classmethod
    def unpack(cls, message: dict[str, Any]) -> Order:
        notes = tuple(
            NoteWork(
                **{
                    **note,
                    "blocks": tuple(BlockWork(**block) for block in note["blocks"]),
                    "inline": tuple(InlineWork(**inline) for inline in note["inline"]),
                }
            )
            for note in message["notes"]
        )
        return cls(**{**message, "notes": notes, "places": tuple(message["places"])})


class BrokenFrameError(Exception):
    """What arrived is no message of ours."""


def pack(message: dict[str, Any]) -> bytes:
    """One message for a stream."""
    body = _ENCODER.encode(message).encode()
    return _HEADER.pack(len(body)) + body


class Frames:
    """Messages out of a stream that arrives in pieces."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """The messages that are complete now.  Raises BrokenFrameError on anything else."""
        self._held += data
        while (body := self._next()) is not None:
            try:
                message = json.loads(body)
            except ValueError as error:
                raise BrokenFrameError("not JSON") from error
            if not isinstance(message, dict):
                raise BrokenFrameError("not an object")
            yield message

    def _next(self) -> bytes | None:
        if len(self._held) < _HEADER.size:
            return None
        (length,) = _HEADER.unpack_from(self._held)
        if length > _LARGEST:
            raise BrokenFrameError("too long")
        end = _HEADER.size + length
        if len(self._held) < end:
            return None
        body = bytes(self._held[_HEADER.size : end])
        del self._held[:end]
        return body


def send(control: socket.socket, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    """One message with open descriptors over a socket that keeps messages apart."""
    rights = array.array("i", descriptors).tobytes()
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)] if descriptors else []
    control.sendmsg([_ENCODER.encode(message).encode()], ancillary, socket.MSG_NOSIGNAL)


def receive(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """The next message and its descriptors; None at the end, which a dead peer brings too."""
    try:
        data, ancillary, _, _ = control.recvmsg(_DATAGRAM, socket.CMSG_SPACE(8 * 4), socket.MSG_CMSG_CLOEXEC)
    except ConnectionError:
        return None, []
    descriptors = array.array("i")
    for level, kind, rights in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(rights[: len(rights) - len(rights) % descriptors.itemsize])
    return (json.loads(data) if data else None), list(descriptors)
