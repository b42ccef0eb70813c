"""What a person does to a vault between two builds: the table EDITS."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

__all__ = ["EDITS", "Edit", "edit_text", "notes_of"]

# Changes the vault; the number makes each time another change, of another note.
Edit = Callable[[Path, int], None]

_STRIDE = 7  # so that notes of one section, that lie side by side, are not edited one after the other


def notes_of(vault: Path) -> list[Path]:
    """The notes of a generated vault, its index left out."""
    return sorted(path for path in vault.glob("*/*.md"))


def _note(vault: Path, number: int) -> Path:
    notes = notes_of(vault)
    return notes[number * _STRIDE % len(notes)]


def nothing(vault: Path, number: int) -> None:
    """Nothing changed."""
    del vault, number


def edit_text(vault: Path, number: int) -> None:
    """A sentence at the end of a note: its page changes, no other."""
    with _note(vault, number).open("a", encoding="utf-8") as file:
        file.write(f"\nUna frase más, la {number}.\n")


def edit_heading(vault: Path, number: int) -> None:
    """A note's first section gets another name: links to it break, as they do when one types in the file."""
    note = _note(vault, number)
    text = note.read_text("utf-8")
    note.write_text(re.sub(r"^## .*$", f"## Otro nombre {number}", text, count=1, flags=re.MULTILINE), "utf-8")


def add_note(vault: Path, number: int) -> None:
    """A note that links to another: that one gets a backlink, the folder an entry."""
    other = _note(vault, number)
    text = f"---\ntags: [llm]\n---\n\n# Nota nueva {number}\n\nSigue a [[{other.stem}]].\n"
    (other.parent / f"Nota nueva {number}.md").write_text(text, "utf-8")


def rename_note(vault: Path, number: int) -> None:
    """As Obsidian renames: the links of all other notes follow."""
    note = _note(vault, number)
    new = f"{note.stem} renombrada"
    note.rename(note.with_name(f"{new}.md"))
    to_it = re.compile(rf"\[\[{re.escape(note.stem)}(?=[\]|#])")
    for path in [*notes_of(vault), vault / "index.md"]:
        text = path.read_text("utf-8")
        if (changed := to_it.sub(f"[[{new}", text)) != text:
            path.write_text(changed, "utf-8")


EDITS: Mapping[str, Edit] = {
    "nothing changed": nothing,
    "a note's text edited": edit_text,
    "a note's heading edited": edit_heading,
    "a note added": add_note,
    "a note renamed, links with it": rename_note,
}
