"""The properties of a note: YAML between `---` on the very first line and the next line that is `---`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from frontmatter.default_handlers import YAMLHandler

from kbtool.syntax import yaml12
from kbtool.syntax.yaml12 import InvalidYAMLError, String

__all__ = ["FrontMatter", "ObsidianHandler", "read"]


class ObsidianHandler(YAMLHandler):
    """python-frontmatter's handler, by Obsidian's rule: only on the first line, the body kept as it is."""

    FM_BOUNDARY: re.Pattern[str] = re.compile(r"---[ \t]*\n(?:(?!---[ \t]*$)[^\n]*\n)*---[ \t]*(?:\n|\Z)", re.MULTILINE)

    def detect(self, text: str) -> bool:
        return self._block(text) is not None

    def split(self, text: str) -> tuple[str, str]:
        block = self._block(text)
        if block is None:
            return "", text
        inner = block[0].rstrip("\n")
        return inner[inner.index("\n") + 1 : inner.rindex("\n") + 1], text[block.end() :]

    def load(self, fm: str, **_kwargs: object) -> dict[str, Any]:
        return yaml12.load(fm).mapping

    def _block(self, text: str) -> re.Match[str] | None:
        return self.FM_BOUNDARY.match(text) if text.startswith("---") else None


_HANDLER = ObsidianHandler()


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The properties, the lines of the note where they stand (1-based), and their strings.

    `body` is the text after them, `body_line` how many lines stand before it.  `problem` says why there are no
    properties, with its line and column in the note (1-based).
    """

    properties: dict[str, Any]
    property_lines: dict[str, int]
    strings: tuple[String, ...]
    body: str
    body_line: int
    problem: InvalidYAMLError | None = field(default=None)


def read(text: str) -> FrontMatter:
    """Split a note and read its properties; `String`s and the problem keep their place in the note, counted from 1."""
    source, body = _HANDLER.split(text)
    if body is text:
        return FrontMatter({}, {}, (), text, 0)
    body_line = source.count("\n") + 2
    try:
        values = yaml12.load(source)
    except InvalidYAMLError as problem:
        moved = InvalidYAMLError(problem.message, problem.line + 2, problem.column + 1)
        return FrontMatter({}, {}, (), body, body_line, moved)
    strings = tuple([String(s.key, s.text, s.line + 2, s.column, s.last_line + 2) for s in values.strings])
    return FrontMatter(values.mapping, {key: line + 2 for key, line in values.lines.items()}, strings, body, body_line)
