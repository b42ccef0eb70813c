"""Runs notes as notebooks, each in a kernel of its own: `kernels.py FOLDER COUNT`. Needs nbclient and ipykernel."""

from __future__ import annotations

import sys
from pathlib import Path

from nbclient import NotebookClient  # type: ignore[import-not-found, unused-ignore]  # in an environment of its own
from nbformat.v4 import new_code_cell, new_notebook


def main(folder: Path, count: int) -> None:
    for note in sorted(folder.iterdir())[:count]:
        sources = [path.read_text("utf-8") for path in sorted(note.glob("*.py"))]
        cells = [new_code_cell(source) for source in sources]  # type: ignore[no-untyped-call]
        notebook = new_notebook(cells=cells)  # type: ignore[no-untyped-call]
        NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
        shown = [output.output_type for cell in notebook.cells for output in cell.outputs]
        assert "display_data" in shown, f"{note.name} drew no figure: {shown}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
