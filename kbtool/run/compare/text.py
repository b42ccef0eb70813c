"""What of a printed text counts: no colours, no kinds of line end, and no frames of tracebacks."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["normalise", "without_frames"]

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_TRACEBACK = re.compile(r"^([ \t]*)Traceback \(most recent call last\):$")
_UNBROKEN = re.compile(r"\S+")
_LONGEST_WORD = 2000


def normalise(text: str) -> str:
    """The text without what is no text: colours, kinds of line end, white space at line ends, outer blank lines."""
    text = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.rstrip() for line in _composed(text).split("\n")]
    return "\n".join(lines).strip("\n")


def _composed(text: str) -> str:
    """NFC, word by word: nothing composes across white space, and the time grows with the square of a run of accents.

    A word that is too long to be one stays as it is.
    """
    if text.isascii():
        return text
    return _UNBROKEN.sub(lambda word: _nfc(word[0]) if len(word[0]) <= _LONGEST_WORD else word[0], text)


def _nfc(word: str) -> str:
    return unicodedata.normalize("NFC", word)


def without_frames(text: str) -> str:
    """Drops the frames of tracebacks: every edit of a note would change their line numbers."""
    if "Traceback (most" not in text:
        return text
    kept: list[str] = []
    inside: str | None = None
    for line in text.split("\n"):
        if inside is not None and (not line or line.startswith((inside + " ", inside + "\t"))):
            continue
        header = _TRACEBACK.match(line)
        inside = header[1] if header else None
        kept.append(line)
    return "\n".join(kept)
