"""How a person is told in a terminal how a block ended."""

from __future__ import annotations

from collections.abc import Mapping

from kbtool.run.results import Status

__all__ = ["WORDS"]

WORDS: Mapping[Status, tuple[str, str, str]] = {
    Status.VERIFIED: ("✓", "verified", "green"),
    Status.RAN: ("▷", "ran", "cyan"),
    Status.ROUNDING: ("≈", "off by rounding", "yellow"),
    Status.MISMATCH: ("≠", "differs", "red"),
    Status.ERROR: ("✕", "error", "red"),
    Status.TIMEOUT: ("✕", "timed out", "red"),
    Status.KILLED: ("✕", "killed", "red"),
    Status.SKIPPED: ("−", "skipped", "bright_black"),
}
"""Glyph, word and colour; the word always stands beside the glyph, so that colour is never needed."""
