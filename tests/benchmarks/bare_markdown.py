"""The floor: markdown-it-py, with tables and strike-through, parses and renders the notes of a folder in one process.

`bare_markdown.py FOLDER` prints the processor seconds of that, start-up and reading of the files left out.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from markdown_it import MarkdownIt


def main(folder: Path) -> None:
    texts = [path.read_text("utf-8") for path in sorted(folder.rglob("*.md"))]
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    start = time.process_time()
    size = sum(len(parser.render(text)) for text in texts)
    print(time.process_time() - start)
    assert size > 0, f"no notes under {folder}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
