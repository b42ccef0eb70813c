"""One namespace and the blocks that run in it, in order; knows nothing of processes.

What a block gives goes to `emit` as it comes: displays, warnings, figures, the last value.  What it prints is
the business of whoever holds `sys.stdout`.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import linecache
import os
import random
import sys
import time
import types
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kbtool.run import figures
from kbtool.run.results import Failure
from kbtool.run.rich import clean, clipped, forms
from kbtool.run.source import last_expression
from kbtool.run.traces import failure
from kbtool.run.wire import BlockWork, InlineWork, NoteWork

__all__ = ["Emit", "Ended", "Session"]

Emit = Callable[[str, str, Mapping[str, str]], None]
"""Takes the kind of an output, its text and its forms by MIME type."""

_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag

_clock = time.perf_counter

# Given back when a block fails, so that a block out of memory leaves enough to say so; taken again by the next one.
_RESERVE = 1 << 23


@dataclass(frozen=True, slots=True)
class Ended:
    """How one block ended."""

    seconds: float
    value: str | None
    error: Failure | None


class Session:
    """The state of a note: its names, and what Python keeps beside them.

    An exception of a type in `fatal` is not the block's but the person's at the keyboard, and goes on its way.
    """

    def __init__(self, root: str, emit: Emit, fatal: tuple[type[BaseException], ...] = ()) -> None:
        self.emit = emit
        self._root = root
        self._fatal = fatal
        self._module = types.ModuleType("__main__")
        self._names = self._module.__dict__
        self._flags = 0
        self._notes: dict[str, list[str]] = {}
        self._note = ""
        self._warnings_shown = True
        self._reserve = bytearray(_RESERVE)

    # --- around the blocks -----------------------------------------------------------------------------------------

    def install(self) -> None:
        """Makes this session the program that Python believes to run."""
        sys.modules["__main__"] = self._module
        builtins.display = self.display  # type: ignore[attr-defined]
        warnings.showwarning = self._warn  # type: ignore[assignment]
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            pyplot.show = self._show  # type: ignore[attr-defined]
        if self._root not in sys.path:
            sys.path.insert(0, self._root)

    def begin(self, note: NoteWork, seed: int) -> None:
        """Before a note's first block: its random numbers start anew, its source can be looked up."""
        self._note = note.path
        self._notes.setdefault(note.path, [])
        for block in note.blocks:
            self._remember(note.path, block.source, block.line)
        for inline in note.inline:
            self._remember(note.path, inline.expression, inline.line)
        sys.argv = [note.path]
        _seed(seed)

    def _remember(self, path: str, source: str, line: int) -> None:
        # Tracebacks and `inspect` find the source here, at the lines that it has in the note.
        lines, new = self._notes[path], [f"{text}\n" for text in source.split("\n")]
        lines.extend("\n" for _ in range(line - 1 - len(lines)))
        lines[line - 1 : line - 1 + len(new)] = new
        linecache.cache[path] = (sum(map(len, lines)), None, lines, path)

    # --- blocks ----------------------------------------------------------------------------------------------------

    def run(self, block: BlockWork) -> Ended:
        """Runs one block; whatever it raises is part of how it ended."""
        os.environ["KBTOOL_DEVICE"] = block.device
        self._warnings_shown = block.warnings
        with suppress(MemoryError):
            self._reserve = self._reserve or bytearray(_RESERVE)
        figures.size(block.width, block.height)
        start = _clock()
        value, error = None, None
        try:
            value = self._execute(block)
            self._draw()
        except self._fatal:
            raise
        except BaseException as raised:  # SystemExit too: nothing that a block raises may end more than the block
            error = self._failure(raised)
            self._draw_what_is_left()
        return Ended(_clock() - start, value, error)

    def evaluate(self, inline: InlineWork) -> tuple[str, Failure | None]:
        """The text of an expression in prose."""
        try:
            code = self._compile(_padded(inline.expression.strip(), inline.line), "eval")
            return clipped(clean(str(eval(code, self._names)))), None
        except self._fatal:
            raise
        except BaseException as raised:
            return "", self._failure(raised)

    def _execute(self, block: BlockWork) -> str | None:
        """Runs the statements; the `repr` of the last one's value, if it is an expression that has one."""
        source = _padded(block.source, block.line)
        tree = self._compile(source, "exec", ast.PyCF_ONLY_AST)
        last = last_expression(tree, source)
        if last is not None:
            tree.body.pop()
        if tree.body:
            exec(self._compile(tree, "exec"), self._names)
        if last is None:
            return None
        value = eval(self._compile(ast.Expression(last), "eval"), self._names)
        return self._show_value(value, last.id if isinstance(last, ast.Name) else "")

    def _compile(self, source: Any, mode: str, flags: int = 0) -> Any:
        # `from __future__ import ...` in one block holds for the next, as if the note were one file.
        code = compile(source, self._note, mode, flags | self._flags, dont_inherit=True)
        if isinstance(code, types.CodeType):
            self._flags |= code.co_flags & _FUTURES
        return code

    def _failure(self, raised: BaseException) -> Failure:
        self._reserve = bytearray()
        told = failure(raised, self._note, self._notes.keys(), self._root)
        raised.__traceback__ = None  # it holds every local name of the frames that failed
        return told

    # --- what comes out --------------------------------------------------------------------------------------------

    def _show_value(self, value: object, name: str) -> str | None:
        if value is None:
            return None
        if figures.is_figure(value):
            self._picture(value)
            return None
        text = clipped(clean(repr(value)))
        self.emit("value", text, forms(value, name))
        return text

    def display(self, *values: object) -> None:
        """Shows values at this place of the output, in the richest form that they have."""
        for value in values:
            if figures.is_figure(value):
                self._picture(value)
            else:
                text = value if isinstance(value, str) else repr(value)
                self.emit("display", clipped(clean(text)), forms(value))

    def _picture(self, figure: Any) -> None:
        self.emit("figure", repr(figure), figures.picture(figure))
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            pyplot.close(figure)

    def _draw(self) -> None:
        for figure in list(figures.open_figures()):
            self._picture(figure)

    def _draw_what_is_left(self) -> None:
        """After an exception: what was drawn until then helps to see why."""
        with suppress(Exception):
            self._draw()
        with suppress(Exception):
            figures.close_all()

    def _show(self, *_args: object, **_options: object) -> None:
        """Stands in for `pyplot.show`: the figures so far belong at this place of the output."""
        self._draw()

    def _warn(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        *_where: object,
    ) -> None:
        if not self._warnings_shown:
            return
        # Where a library's file lies is this machine's business.
        place = f"{filename}:{lineno}: " if filename in self._notes else ""
        self.emit("warning", clipped(clean(f"{place}{category.__name__}: {message}")), {})


def _padded(source: str, line: int) -> str:
    """The source at its line of the note, so that every line number that Python gives is the note's."""
    return "\n" * (line - 1) + source


def _seed(seed: int) -> None:
    random.seed(seed)
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None and hasattr(numpy, "random"):
        numpy.random.seed(seed % 2**32)
    if torch is not None and hasattr(torch, "manual_seed"):
        torch.manual_seed(seed)
        # Free on the CPU; on a GPU it picks the algorithms of cuDNN that give the same every time.
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.benchmark = False
