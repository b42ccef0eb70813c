"""A corpus: the prose of a folder of Markdown notes as one text, for a model to learn from.

    notes -> without properties, code, tables, references -> sentences without code or formulas -> one text

    python -m kbtool.concepts.corpus FOLDER FILE        writes that text of FOLDER's notes into FILE

What a program printed is no prose, and a sentence with a hole in it is no sentence: both are left out whole. The text
is a file that is made on purpose and then stays: a model that read the notes themselves would learn from its own
documented results, and each edit of any note would change them. Sources: J. Gruber, "Markdown: Syntax" (2004), for what
is not prose; A. Radford et al., "Language Models are Unsupervised Multitask Learners" (GPT-2, 2019), section 2.1, for
a corpus that is made and then kept.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import regex

_HOLE = "\0"  # stands for code or a formula inside a sentence
_BETWEEN_NOTES = "\n\n"

# What takes whole lines; it may stand in a quote or a callout, behind its `>`.
_BLOCKS = regex.compile(
    r"""
    \A---\n .*? \n---\n                                     # properties
    | ^ \#{1,6}[ ]+ (?:Referencias|Para[ ]seguir) \b .*     # names and titles, to the end of the note
    | ^ [> ]* (`{3,}|~{3,}) .*? ^ [> ]* \1 [ ]* $           # code, outputs, diagrams
    | ^ [> ]* \$\$ .*? \$\$ [^\n]* $                        # formulas
    | %% .*? %%                                             # comments
    """,
    regex.VERBOSE | regex.MULTILINE | regex.DOTALL,
)
_QUOTE_MARKS = regex.compile(r"^[ ]*(?:>[ ]?)*[ ]*")
_NO_PROSE = regex.compile(r"[|#^]|!\[|\[!|\[\^")  # a table, a heading, a name, an embed, a callout's title, a footnote
_ITEM_MARK = regex.compile(r"^(?:[-*+]|\d+\.)[ ]+(?:\[.\][ ]+)?")
_INLINE = (
    (regex.compile(r"`+[^`]*`+|\$[^$]+\$"), _HOLE),
    (regex.compile(r"\[\[(?:[^\]|]*\|)?([^\]|]*)\]\]"), r"\1"),
    (regex.compile(r"\[\^[^\]]*\]"), ""),
    (regex.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (regex.compile(r"\*+|==|\\(?=\W)"), ""),
)
_SENTENCE_END = regex.compile(r"(?<=[.?!…]»?)[ ]+(?=[^\p{Ll}])")


def prose(markdown: str) -> str:
    """The sentences of a note, a line a paragraph or item of a list; links and emphasis leave their words. O(T).

    A sentence with code or a formula in it is left out, and with it what would only be its rest. Source: Gruber (2004).

    >>> prose("# Sol\\n\\nEl **sol** es una [[Estrella|estrella]]. Pesa $m$ kilos.\\n\\n> [!note]\\n> Arde.\\n")
    'El sol es una estrella.\\nArde.'
    """
    lines = (_QUOTE_MARKS.sub("", line).rstrip() for line in _BLOCKS.sub("", markdown).split("\n"))
    kept = (_sentences(line) for line in lines if line and not _NO_PROSE.match(line))
    return "\n".join(filter(None, kept))


def corpus(notes: Sequence[str]) -> str:
    """The prose of `notes`, given as Markdown, an empty line between two of them; those without any are left out. O(T).

    `corpus(notes).split("\\n\\n")` has them apart again: whole notes can be held out. NFC, one line end at the end.
    Source: Radford et al. (2019), section 2.1.

    >>> corpus(["Uno.", "```python\\n2\\n```", "Dos.\\n\\nTres."])
    'Uno.\\n\\nDos.\\nTres.\\n'
    """
    return unicodedata.normalize("NFC", _BETWEEN_NOTES.join(filter(None, map(prose, notes)))) + "\n"


def main(arguments: Sequence[str]) -> None:
    """`FOLDER FILE`: writes the corpus of the notes in and below a folder, by path, into a file. O(their size).

    The same notes give the same bytes. SystemExit with the usage for other arguments. Source: Radford et al. (2019).

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "sol.md").write_text("El sol.")
    ...     main([folder, f"{folder}/datos/corpus.txt"])
    ...     Path(folder, "datos", "corpus.txt").read_text()
    'El sol.\\n'
    """
    if len(arguments) != 2 or not Path(arguments[0]).is_dir():
        raise SystemExit("usage: python -m kbtool.concepts.corpus FOLDER FILE")
    folder, file = map(Path, arguments)
    paths = {unicodedata.normalize("NFC", path.relative_to(folder).as_posix()): path for path in folder.rglob("*.md")}
    file.parent.mkdir(parents=True, exist_ok=True)
    text = corpus([paths[name].read_text(encoding="utf-8-sig") for name in sorted(paths)])
    file.write_bytes(text.encode())


def _sentences(line: str) -> str:
    """The sentences of a line that are whole."""
    for pattern, words in _INLINE:
        line = pattern.sub(words, line)
    return " ".join(part for part in _SENTENCE_END.split(_ITEM_MARK.sub("", line)) if part and _HOLE not in part)


if __name__ == "__main__":
    main(sys.argv[1:])
