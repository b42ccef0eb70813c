"""`[^id]` and its definition, `^[inline]`: numbered by first use, ids compared without case, unused ones not shown.

The parser leaves a definition where it stands, between `footnote_reference_open` and `_close`, and the text of an
inline footnote in the children of its `footnote_ref`, so that everything can be found in the order of the source;
`gather` then moves them to the end and numbers them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markdown_it.helpers import parseLinkLabel
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.footnote.index import footnote_def as plugin_definition

from kbtool.syntax.engine import Parser

__all__ = ["gather", "install"]

_LABELS = "footnote_labels"
_REFERENCE = re.compile(r"\[\^([^\s\[\]^][^\s\[\]]*)\]")


def definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if not plugin_definition(state, start, end, silent):
        return False
    if not silent:
        state.env[_LABELS] = {label[1:].casefold() for label in state.env["footnotes"]["refs"]}
    return True


def reference(state: StateInline, silent: bool) -> bool:
    labels = state.env.get(_LABELS, ())
    match = _REFERENCE.match(state.src, state.pos, state.posMax) if labels else None
    if match is None or match[1].casefold() not in labels:
        return False
    if not silent:
        state.push("footnote_ref", "", 0).meta = {"label": match[1]}
    state.pos = match.end()
    return True


def inline_note(state: StateInline, silent: bool) -> bool:
    start = state.pos
    if not state.src.startswith("^[", start) or state.html_terminator_last("]") < start:
        return False
    end = parseLinkLabel(state, start + 1)
    if end < 0:
        return False
    if not silent:
        token = state.push("footnote_ref", "", 0)
        token.content, token.children = state.src[start + 2 : end], []
        token.meta = {"label": "", "base": start + 2}
        state.env.setdefault(_LABELS, set())
        state.md.inline.parse(token.content, state.md, state.env, token.children)
    state.pos = end + 1
    return True


@dataclass(slots=True)
class _Footnote:
    """One footnote that is used: where it stands among them, its tokens, and how often it was referred to so far."""

    id: int
    label: str
    body: list[Token]
    refs: int = 0


class _Numbering:
    """The footnotes in the order of their first use."""

    def __init__(self, definitions: dict[str, list[Token]]) -> None:
        self.definitions = definitions
        self.used: list[_Footnote] = []
        self.by_label: dict[str, _Footnote] = {}

    def number(self, tokens: Iterable[Token]) -> None:
        for token in _references(tokens):
            note = self.footnote(token)
            token.meta |= {"id": note.id, "sub": note.refs}
            note.refs += 1

    def footnote(self, reference: Token) -> _Footnote:
        label = reference.meta["label"]
        known = self.by_label.get(label.casefold())
        if known is not None:
            return known
        body = self.definitions[label.casefold()] if label else _inline_body(reference)
        self.used.append(_Footnote(len(self.used), label, body))
        if label:
            self.by_label[label.casefold()] = self.used[-1]
        return self.used[-1]


def gather(tokens: list[Token], env: EnvType) -> list[Token]:
    """The tokens with the footnotes numbered and moved to the end; the definitions that nobody uses are gone.

    `env` is what the parser left: without a footnote in it, as of most notes, the tokens are those already.
    """
    if _LABELS not in env:
        return tokens
    text, definitions = _take_definitions(tokens)
    numbering = _Numbering(definitions)
    numbering.number(text)
    body: list[Token] = []
    # Footnotes may refer to further ones, which join the end of the row meanwhile.
    for note in numbering.used:
        numbering.number(note.body)
    for note in numbering.used:
        body += _listed(note)
    if body:
        text += [Token("footnote_block_open", "section", 1), *body, Token("footnote_block_close", "section", -1)]
    return text


def _take_definitions(tokens: Iterable[Token]) -> tuple[list[Token], dict[str, list[Token]]]:
    text: list[Token] = []
    definitions: dict[str, list[Token]] = {}
    open_: list[list[Token]] = []
    for token in tokens:
        if token.type == "footnote_reference_open":
            open_.append([])
            # Of two definitions the first counts.
            definitions.setdefault(token.meta["label"].casefold(), open_[-1])
        elif token.type == "footnote_reference_close":
            open_.pop()
        else:
            (open_[-1] if open_ else text).append(token)
    return text, definitions


def _references(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "inline":
            for child in token.children or ():
                if child.type == "footnote_ref":
                    yield child


def _inline_body(reference: Token) -> list[Token]:
    opened, closed = Token("paragraph_open", "p", 1, block=True), Token("paragraph_close", "p", -1, block=True)
    text = Token("inline", "", 0, content=reference.content, children=reference.children, block=True)
    reference.children = None
    return [opened, text, closed]


def _listed(note: _Footnote) -> Iterator[Token]:
    yield Token("footnote_open", "li", 1, meta={"id": note.id, "label": note.label, "refs": note.refs}, block=True)
    tail = note.body[-1:] if note.body and note.body[-1].type == "paragraph_close" else []
    yield from note.body[: len(note.body) - len(tail)]
    for sub in range(note.refs):
        yield Token("footnote_anchor", "", 0, meta={"id": note.id, "sub": sub})
    yield from tail
    yield Token("footnote_close", "li", -1, block=True)


def install(md: Parser) -> None:
    md.block.add("reference", "footnote", definition, "[", ("paragraph", "reference"))
    md.inline.add("link", "footnote_ref", reference, "[")
    md.inline.add("link", "footnote_inline", inline_note, ("^[",))
