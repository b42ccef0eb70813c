"""Exceptions as a reader of the note wants them: its name, its line, its source; no frames of anybody else."""

from __future__ import annotations

import builtins
import errno
import re
import sysconfig
import traceback
from collections.abc import Collection
from pathlib import Path
from typing import Any

from kbtool.run.results import Failure
from kbtool.run.rich import clean, clipped

__all__ = ["failure"]

_PACKAGES = tuple(str(Path(sysconfig.get_path(kind)).resolve()) for kind in ("stdlib", "purelib", "platlib"))
_INTERNAL = str(Path(__file__).resolve().parent)

_NO_MEMORY = re.compile(
    r"can't allocate memory|not enough memory|out of memory|cannot allocate memory|std::bad_alloc", re.IGNORECASE
)


def failure(error: BaseException, note: str, notes: Collection[str], root: str) -> Failure:
    """The exception, shown with the frames that lie in `notes` or in the project's own files under `root`."""
    told = traceback.TracebackException.from_exception(error, compact=True)
    shown = _Frames(notes, str(Path(root).resolve()) + "/")
    shown.filter(told)
    return Failure(
        type=_type_name(type(error)),
        message=clipped(clean(_message(error))),
        line=_line(error, note),
        traceback=clipped(clean("".join(told.format()).rstrip("\n"))),
        memory=_is_memory(error),
    )


class _Frames:
    """Which frames are shown, and under what name their file goes."""

    def __init__(self, notes: Collection[str], root: str) -> None:
        self._notes, self._root = notes, root

    def filter(self, told: traceback.TracebackException, seen: frozenset[int] = frozenset()) -> None:
        """Drops frames from the exception and all that it was raised from."""
        if id(told) in seen:
            return
        kept = _Stack(frame for frame in told.stack if self._kept(frame))
        # Without a frame there is no "Traceback" line either, as Python itself does for a syntax error.
        told.stack = kept or None  # type: ignore[assignment]
        for other in (told.__cause__, told.__context__, *(getattr(told, "exceptions", None) or ())):
            if other is not None:
                self.filter(other, seen | {id(told)})

    def _kept(self, frame: traceback.FrameSummary) -> bool:
        if frame.filename in self._notes:
            return True
        path = frame.filename
        if not path.startswith(self._root) or path.startswith((_INTERNAL, *_PACKAGES)) or "-packages/" in path:
            return False
        frame.filename = path.removeprefix(self._root)
        return True


# Of a deep stack the calls that began it and those that ended it say enough.
_FIRST_FRAMES, _LAST_FRAMES = 4, 6


class _Stack(traceback.StackSummary):
    """Frames of which a great many are shown as their beginning and their end."""

    def format(self, **options: Any) -> list[str]:
        frames = super().format(**options)
        left_out = len(frames) - _FIRST_FRAMES - _LAST_FRAMES
        if left_out <= 1:
            return frames
        return [*frames[:_FIRST_FRAMES], f"  … {left_out} frames left out …\n", *frames[-_LAST_FRAMES:]]


def _type_name(kind: type[BaseException]) -> str:
    plain = kind.__module__ in ("builtins", "__main__") or getattr(builtins, kind.__name__, None) is kind
    return kind.__qualname__ if plain else f"{kind.__module__}.{kind.__qualname__}"


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and isinstance(error.msg, str):
        return error.msg  # its `str` repeats the file and the line
    try:
        return str(error)
    except Exception:  # a note's own exception class may fail to say what it is
        return "<its text could not be made>"


def _line(error: BaseException, note: str) -> int:
    """The line of this note that is nearest to where it was raised."""
    if isinstance(error, SyntaxError) and error.filename == note and error.lineno:
        return error.lineno
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == note]
    return lines[-1] if lines else 0


def _is_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and _NO_MEMORY.search(_message(error)) is not None
