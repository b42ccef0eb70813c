"""What block rules ask about a line of their container."""

from __future__ import annotations

from markdown_it.rules_block import StateBlock

__all__ = ["line_text", "resume_at"]


def line_text(state: StateBlock, line: int) -> str:
    """The line without the marks of its containers and its indentation."""
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def resume_at(state: StateBlock, line: int, column: int) -> None:
    """Let the next block start within a line, after `column` characters of its text."""
    rest = line_text(state, line)[column:]
    state.bMarks[line] = state.eMarks[line] - len(rest)
    state.tShift[line] = len(rest) - len(rest.lstrip(" \t"))
    state.sCount[line] = state.blkIndent
