"""Every `*.md` beside this file is a row of cases: a heading, what a note holds, and the facts that must come of it.

A case is a `##` heading and fences of four backticks.  `md` holds the note (`·` at the end of a line is a space there),
every other fence the fact of that name, one item a line.  Facts that a case does not mention are not judged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from markdown_it.token import Token

from kbtool.diagnostics import Diagnostic
from kbtool.note import Document, Link, Note, parse

HERE = Path(__file__).parent
TITLE = re.compile(r"^## (.+)\n\n(?=````md\n)", re.MULTILINE)
FENCE = re.compile(r"^````(\w+)\n(.*?)^````$", re.MULTILINE | re.DOTALL)
PRIVATE_META = frozenset({"at", "base", "column"})


class Case(NamedTuple):
    source: str
    title: str
    note: str
    facts: Mapping[str, str]


def cases() -> Iterator[Case]:
    for document in sorted(HERE.glob("*.md")):
        _, *parts = TITLE.split(document.read_text("utf-8"))
        for title, rest in zip(parts[::2], parts[1::2], strict=True):
            facts = dict(FENCE.findall(rest))
            yield Case(document.stem, title, facts.pop("md").replace("·\n", " \n"), facts)


def link_line(link: Link) -> str:
    destination = link.target + ("" if link.fragment is None else f" # {link.fragment}")
    marks = "".join(f" ({name})" for name in ("embed", "hidden") if getattr(link, name))
    key = f"{link.key}: " if link.key else ""
    return f"{link.line}:{link.start} {key}{link.raw} -> {destination} = {link.display}{marks}"


def sentence_line(link: Link) -> str:
    start, end = link.mention
    return f"{link.sentence[:start]}<{link.sentence[start:end]}>{link.sentence[end:]}"


def code_lines(note: Note) -> Iterator[str]:
    for block in note.code:
        yield f"lines {block.first_line}-{block.last_line}, source from {block.line}: {json.dumps(block.source)}"
        if block.documented:
            documented = block.documented
            yield f"  output in {documented.first_line}-{documented.last_line}: {json.dumps(documented.text)}"
        yield from (f"  figure {figure}" for figure in block.figures)


def outline(tokens: list[Token], depth: int = 0) -> Iterator[str]:
    for token in tokens:
        depth -= token.nesting < 0
        if token.type == "inline":
            yield from outline(token.children or [], depth)
        elif token.nesting >= 0 and not token.hidden:
            meta = [f"{key}={value}" for key, value in token.meta.items() if key not in PRIVATE_META and value != ""]
            content = [json.dumps(token.content, ensure_ascii=False)] if token.content else []
            yield " ".join(["  " * depth + token.type.removesuffix("_open"), *content, *meta])
        depth += token.nesting > 0


FACTS: Mapping[str, Callable[[Document, tuple[Diagnostic, ...]], list[str]]] = {
    "links": lambda d, _: [link_line(link) for link in d.note.links],
    "property_links": lambda d, _: [link_line(link) for link in d.note.property_links],
    "sentences": lambda d, _: [sentence_line(link) for link in d.note.links],
    "tags": lambda d, _: list(d.note.tags),
    "plugins": lambda d, _: [f"{p.line} {p.plugin} {p.count}" for p in d.note.plugins],
    "aliases": lambda d, _: list(d.note.aliases),
    "headings": lambda d, _: [f"{h.line}: {'#' * h.level} {h.raw} -> {h.text} #{h.anchor}" for h in d.note.headings],
    "blocks": lambda d, _: [f"{b.line}: ^{b.id} #{b.anchor}" for b in d.note.block_ids],
    "tasks": lambda d, _: [f"{t.line}: [{t.mark}] {t.text}" for t in d.note.tasks],
    "properties": lambda d, _: [f"{key}: {json.dumps(v, ensure_ascii=False)}" for key, v in d.note.properties.items()],
    "lines": lambda d, _: [f"{key}: {line}" for key, line in d.note.property_lines.items()],
    "code": lambda d, _: list(code_lines(d.note)),
    "options": lambda d, _: [f"{f}: {getattr(b.options, f)!r}" for b in d.note.code for f in b.options._fields],
    "inline": lambda d, _: [f"{code.line}: {code.expression}" for code in d.note.inline_code],
    "summary": lambda d, _: [d.note.summary],
    "title": lambda d, _: [d.note.title],
    "words": lambda d, _: [str(d.note.words)],
    "outline": lambda d, _: list(outline(list(d.tokens))),
    "diagnostics": lambda _, found: [f"{d.line}:{d.column} {d.code}: {d.message} ({d.hint})" for d in found],
}


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: f"{case.source}: {case.title}")
def test_a_note_gives_the_facts_that_its_document_says(case: Case) -> None:
    document, diagnostics = parse("Nota.md", case.note)
    assert case.facts, "a case says what must come of it"
    for name, expected in case.facts.items():
        found = [line for line in FACTS[name](document, diagnostics) if line.strip()]
        wanted = expected.splitlines()
        if name == "options":
            found = [line for line in found if line.partition(":")[0] in {w.partition(":")[0] for w in wanted}]
        assert found == wanted, name
