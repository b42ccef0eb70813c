"""Text whose UTF-8 bytes were once read as Mac Roman or Windows-1252 (`razÃ³n`, `raz√≥n`), and its repair.

The difficulty is not the repair, which is undoing the wrong decoding, but never to "repair" sound text: `√π` is
mathematics, `MANHÃ”` is Portuguese in quotation marks, and `'ciÃ³n'` in a listing is how GPT-2 prints its tokens.  So a
text counts as damaged only when some word *in prose* cannot be read otherwise; then the other words that decode
entirely, into ordinary characters, are repaired as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

__all__ = ["repair"]


@dataclass(frozen=True)
class _Codec:
    """One way to read bytes wrongly: `bytes_of` gives back the byte (as U+0000-00FF) behind each character.

    `doubtful` are second characters that also follow the first one in sound text; with those of `formulas` even
    a letter beside them proves nothing.
    """

    bytes_of: Mapping[int, str]
    doubtful: str
    formulas: str = ""

    @cached_property
    def sequence(self) -> re.Pattern[str]:
        """A UTF-8 sequence of two to four bytes, as this codec shows it."""
        tail = self._class(0x80, 0xBF)
        starts = ((0xC2, 0xDF, 1), (0xE0, 0xEF, 2), (0xF0, 0xF4, 3))
        return re.compile("|".join(f"{self._class(low, high)}{tail}{{{n}}}" for low, high, n in starts))

    @cached_property
    def starts(self) -> str:
        """How the first bytes of the sequences that matter are shown."""
        return "".join(chr(c) for c, b in self.bytes_of.items() if ord(b) in (0xC2, 0xC3, 0xE2, 0xF0))

    def suspects(self, text: str) -> set[str]:
        """The words that may hold a sequence; most texts have none, which is found out fast."""
        if not any(start in text for start in self.starts):
            return set()
        words = set(_CODE.sub(" ", text).replace("\n", " ").replace("\t", " ").split(" "))
        return {word for word in words if any(start in word for start in self.starts)}

    def decoded(self, text: str) -> str | None:
        """The text that the bytes behind `text` spell, or None where they spell none."""
        try:
            return text.translate(self.bytes_of).encode("latin-1").decode()
        except UnicodeError:
            return None

    def _shown(self, byte: int) -> str:
        return "".join(re.escape(chr(c)) for c, b in self.bytes_of.items() if ord(b) == byte)

    def _class(self, low: int, high: int) -> str:
        return "[" + "".join(self._shown(byte) for byte in range(low, high + 1)) + "]"


def _table(encoding: str) -> dict[int, str]:
    """Character -> byte of an 8-bit encoding; where it leaves bytes out, the control characters stand for them."""
    shown = {byte: bytes([byte]).decode(encoding, "ignore") for byte in range(0x80, 0x100)}
    return {ord(character or chr(byte)): chr(byte) for byte, character in shown.items()}


# Windows-1252 with the control characters of Latin-1, which other programs read in its place.
_WINDOWS = _Codec({c: chr(c) for c in range(0x80, 0xA0)} | _table("cp1252"), "‚„…†‡‰‹‘’“”•–—˜›«»·ªº°¡¿\u00a0")
_MAC = _Codec(_table("mac_roman"), "πΩ∞∑∏µ∂∫", formulas="πΩ∞∑∏µ∂")
_CODECS = (_MAC, _WINDOWS)

_ORDINARY = re.compile(
    "[\\x00-\\x7f\u00a0-ÿŒœŠšŽžŸ\u0300-\u036fΑ-ω\u2010-\u2027\u2030-\u203a€™"
    "\u2190-\u22ff\u2713-\u2718\ufe0f\U0001f300-\U0001faff]*"
)
"""What repaired text consists of: European letters and signs, typography, mathematics, emoji."""

_CODE = re.compile(r"^[ \t>]*(```+|~~~+).*?(?:^[ \t>]*\1|\Z)|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"[^ \t\n]+")
_LETTERS_BEFORE, _LETTERS_AFTER = re.compile("[A-Za-z]*$"), re.compile("[A-Za-z]*")
# GPT-2 shows bytes by characters of their own; `Ġ` and `Ċ` are its space and line end.
_TOKENS = re.compile("[ĠĊ]")


def repair(text: str) -> str | None:
    """The text as its author typed it, or None when there is nothing (surely) wrong with it.

    >>> repair("La tokenizaciÃ³n de Ã‘andÃº")
    'La tokenización de Ñandú'
    >>> repair("√π ≈ 1.77; «él» dijo: “África”") is None
    True
    """
    for codec in _CODECS:
        if _damaged(text, codec):
            repaired = _WORD.sub(lambda word, codec=codec: _repaired(word.group(), codec), text)  # type: ignore[misc]
            # A damaged word may be part of a longer one that cannot be repaired.
            if repaired != text:
                # Some texts were read wrongly twice.
                return repair(repaired) or repaired
    return None


def _damaged(text: str, codec: _Codec) -> bool:
    return any(
        _certain(word, match, codec)
        for word in codec.suspects(text)
        if _repaired(word, codec) != word
        for match in codec.sequence.finditer(word)
    )


def _certain(word: str, match: re.Match[str], codec: _Codec) -> bool:
    """Whether the sequence can only be damage: typography, or a letter where the word around it needs one."""
    shown, meant = match.group(), codec.decoded(match.group())
    if meant is None:
        return False
    before, after = _neighbours(word, match)
    if len(shown) > 2:
        return True
    if meant in "¿¡":
        return bool(after)
    if not meant.isalpha():
        return False
    both = bool(before and after)
    if shown[1] in codec.doubtful:
        return both and len(before) + len(after) >= 4 and before[-1].islower()
    return both or len(before) + len(after) >= 3


def _neighbours(word: str, match: re.Match[str]) -> tuple[str, str]:
    before = _LETTERS_BEFORE.search(word, 0, match.start())
    after = _LETTERS_AFTER.match(word, match.end())
    return before.group() if before else "", after.group() if after else ""


def _repaired(word: str, codec: _Codec) -> str:
    """The word with its damage undone, or as it is when anything in it speaks against damage."""
    if word.isascii() or _TOKENS.search(word):
        return word
    meant = codec.decoded(word)
    if meant is None or not _ORDINARY.fullmatch(meant):
        return word
    return word if any(_sound(word, match, codec) for match in codec.sequence.finditer(word)) else meant


def _sound(word: str, match: re.Match[str], codec: _Codec) -> bool:
    """Whether the sequence may well be meant as it stands, like the `√π` in a formula."""
    shown, letters = match.group(), len("".join(_neighbours(word, match)))
    return len(shown) == 2 and shown[1] in codec.doubtful and letters < (2 if shown[1] in codec.formulas else 1)
