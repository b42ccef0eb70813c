"""What every note of the project's own vault keeps to, whatever it is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from graphlib import TopologicalSorter

from kbtool.links import LinkIndex
from kbtool.note import Document, Note

CODE_WIDTH = 80  # columns that a cell shows without scrolling, give or take two


def without(notes: Mapping[str, Note], keeps: Mapping[str, bool]) -> list[str]:
    return [path for path in notes if not keeps[path]]


def neighbours(index: LinkIndex, path: str) -> set[str]:
    """The other notes that a note leads to."""
    return {r.target for r in index.resolutions[path] if r.target and r.target != path}


def test_no_link_is_broken_or_misspelt(index: LinkIndex) -> None:
    assert [d for d in index.diagnostics if d.severity != "info"] == []


def test_every_note_is_linked_to_and_leads_to_two_others(index: LinkIndex, notes: Mapping[str, Note]) -> None:
    assert [path for path in notes if len(neighbours(index, path)) < 2] == []
    assert [path for path in notes if not {*index.sources.get(path, ())} - {path}] == []


def test_every_note_says_in_a_line_what_it_is_about(notes: Mapping[str, Note]) -> None:
    said = {path: str(note.properties.get("description", "")) for path, note in notes.items()}
    assert [path for path, line in said.items() if not 40 <= len(line) <= 240] == []
    assert without(notes, {path: bool(note.tags) for path, note in notes.items()}) == []


def test_what_a_note_requires_comes_before_it(notes: Mapping[str, Note], index: LinkIndex) -> None:
    required = {path: {r.target for r in index.property_resolutions.get(path, ()) if r.target} for path in notes}
    assert any(required.values())
    assert len(list(TopologicalSorter(required).static_order())) == len(notes)  # CycleError otherwise


def test_every_note_proves_something(notes: Mapping[str, Note]) -> None:
    documented = {path: any(block.documented for block in note.code) for path, note in notes.items()}
    assert without(notes, documented) == []


def test_the_labels_of_a_note_are_short_and_different(notes: Mapping[str, Note]) -> None:
    for path, note in notes.items():
        labels = Counter(block.label for block in note.code)
        assert [label for label, times in labels.items() if times > 1] == [], path
        assert [label for label in labels if not re.fullmatch(r"[a-z0-9-]{3,28}", label)] == [], path


def test_every_figure_has_a_caption_and_says_in_words_what_it_shows(notes: Mapping[str, Note]) -> None:
    drawings = [block for note in notes.values() for block in note.code if "plt.subplots" in block.source]
    assert len(drawings) >= 7
    assert [block.label for block in drawings if not (block.options.fig_cap and len(block.options.fig_alt) > 60)] == []


def test_the_code_fits_on_the_page(notes: Mapping[str, Note]) -> None:
    lines = [
        f"{path}:{block.line + i}"
        for path, note in notes.items()
        for block in note.code
        for i, line in enumerate(block.source.splitlines())
        if len(line) > CODE_WIDTH and not line.startswith("#|")
    ]
    assert lines == []


def test_outputs_hold_comparisons_and_not_what_differs_between_machines(notes: Mapping[str, Note]) -> None:
    residual_or_time = re.compile(r"(?<![<>] )\b\d+(\.\d+)?e-\d+|\b\d+(\.\d+)? ?(ms|µs|seconds?|segundos?)\b")
    printed = [block.documented.text for note in notes.values() for block in note.code if block.documented]
    assert [text for text in printed if residual_or_time.search(text)] == []
    assert residual_or_time.search("dif = 4.8e-08")
    assert residual_or_time.search("tarda 12.5 ms")
    assert not residual_or_time.search("torch, dif < 1e-6: True")


def test_every_concept_has_formula_mistakes_exercises_and_sources(
    concepts: Mapping[str, Note], documents: Mapping[str, Document]
) -> None:
    for path, note in concepts.items():
        headings = [heading.text for heading in note.headings]
        tokens = documents[path].tokens
        callouts = Counter((t.meta["type"], t.meta["fold"]) for t in tokens if t.type == "callout_open")
        assert headings[-3:] == ["Ejercicios", "Conexiones", "Referencias"], path
        assert any(token.type == "math_block" for token in tokens), path
        assert any(token.type == "table_open" for token in tokens), path
        assert callouts["warning", ""] >= 1, path
        assert 2 <= callouts["question", "-"] <= 3, path
