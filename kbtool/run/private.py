"""Results as readers may see them: a note that is not published shows through none of those that require it.

Its code may run on behalf of others, and then a traceback tells its lines, a warning its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from kbtool.run.results import BlockResult, Failure, InlineValue, NoteResult

__all__ = ["for_readers"]

_Hide = Callable[[str], str]


def for_readers(results: Mapping[str, NoteResult], private: Collection[str]) -> Mapping[str, NoteResult]:
    """The results of all notes but the `private` ones, with nothing in them of those."""
    hidden = sorted(path for path in results if path in private)
    if not hidden:
        return results
    hide = _hider(hidden)
    return {path: _note(result, hide) for path, result in results.items() if path not in private}


def _hider(paths: Collection[str]) -> _Hide:
    """What takes the frames of these notes out of tracebacks, and their names from before warnings and in sentences."""
    names = "|".join(re.escape(path) for path in paths)
    # A frame is its line and the deeper ones under it; in the group of an exception group bars stand before them.
    frame = re.compile(rf'^(?P<margin>[ |]*)File "(?:{names})", line .*(?:\n(?P=margin)  .*)*\n?', re.MULTILINE)
    warning = re.compile(rf"^(?:{names}):\d+: ", re.MULTILINE)
    name = re.compile(rf"(?<![\w/])(?:{names})(?!\w)")

    def hide(text: str) -> str:
        return name.sub("…", warning.sub("", frame.sub("", text))) if name.search(text) else text

    return hide


def _note(result: NoteResult, hide: _Hide) -> NoteResult:
    blocks = tuple(_block(block, hide) for block in result.blocks)
    return replace(result, blocks=blocks, inline=tuple(_value(value, hide) for value in result.inline))


def _block(block: BlockResult, hide: _Hide) -> BlockResult:
    """What Python and kbtool say is searched for names; what the block itself printed is its author's word."""
    said = ("stderr", "warning")
    return replace(
        block,
        outputs=tuple(replace(o, text=hide(o.text)) if o.kind in said else o for o in block.outputs),
        error=_failure(block.error, hide),
        comparison=block.comparison and replace(block.comparison, actual=hide(block.comparison.actual)),
        skipped_because=hide(block.skipped_because),
        unstable=hide(block.unstable),
        contended=hide(block.contended),
    )


def _value(value: InlineValue, hide: _Hide) -> InlineValue:
    return replace(value, error=_failure(value.error, hide), unstable=hide(value.unstable))


def _failure(error: Failure | None, hide: _Hide) -> Failure | None:
    return error and replace(error, message=hide(error.message), traceback=hide(error.traceback))
