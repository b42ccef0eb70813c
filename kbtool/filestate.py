"""Whether a file is as it was, told from what the system knows of it and without reading it."""

from __future__ import annotations

import os
from typing import NamedTuple, Protocol

__all__ = ["FileState"]

# Two changes within one tick of a file system's clock leave the same time; 2 s is the coarsest tick in use (FAT).
_TICK_NS = 2_000_000_000


class _Sized(Protocol):
    @property
    def size(self) -> int: ...
    @property
    def mtime_ns(self) -> int: ...
    @property
    def ctime_ns(self) -> int: ...
    @property
    def inode(self) -> int: ...


class FileState(NamedTuple):
    """A file as the system described it at the moment `seen_ns` (nanoseconds since 1970, as the times are)."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    seen_ns: int

    @classmethod
    def of(cls, file: _Sized, seen_ns: int) -> FileState:
        return cls(file.size, file.mtime_ns, file.ctime_ns, file.inode, seen_ns)

    @classmethod
    def from_stat(cls, info: os.stat_result, seen_ns: int) -> FileState:
        return cls(info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino, seen_ns)

    def vouches_for(self, now: FileState) -> bool:
        """Whether the file certainly has the bytes that it had then.

        A file that was written just before it was seen may have been written again within the same tick.
        """
        return self[:4] == now[:4] and self.mtime_ns + _TICK_NS <= self.seen_ns
