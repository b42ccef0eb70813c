"""Runs notes as notebooks, each in a kernel of its own: `kernels.py FOLDER COUNT`. Needs nbclient and ipykernel."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def main(folder: Path, count: int) -> None:
    for note in sorted(folder.iterdir())[:count]:
        sources = [path.read_text("utf-8") for path in sorted(note.glob("*.py"))]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
        shown = [output.output_type for cell in notebook.cells for output in cell.outputs]
        assert "display_data" in shown, f"{note.name} drew no figure: {shown}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
