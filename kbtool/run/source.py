"""What the text of a block means to Python, asked without running it."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from hashlib import blake2b

__all__ = ["digest", "imports_packages", "last_expression", "normal", "reads_source"]


def digest(*parts: str | bytes) -> str:
    """One short name for texts in this order, and for no others."""
    total = blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "little"))
        total.update(data)
    return total.hexdigest()


# What ends a line for Python's parser.
_LINE_END = re.compile(r"\r\n?|\n")


def last_expression(tree: ast.Module, source: str) -> ast.expr | None:
    """The value of the last statement if it is to be shown: an expression, and no `;` after it."""
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return None
    last = tree.body[-1]
    assert last.end_lineno is not None, "made by the parser"
    assert last.end_col_offset is not None, "made by the parser"
    line = _LINE_END.split(source)[last.end_lineno - 1].encode()
    return None if line[last.end_col_offset :].lstrip().startswith(b";") else last.value


def normal(source: str, mode: str = "exec") -> str:
    """A digest of what the source says to Python: comments, blank lines and layout are not in it.

    >>> normal("x = 1  # one") == normal("x=1"), normal("x") == normal("x;")
    (True, False)
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, mode=mode)
            shown = not isinstance(tree, ast.Module) or last_expression(tree, source) is not None
            return digest(mode, ast.dump(tree), "shown" if shown else "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return digest("text", source)  # its exception tells of the text


_READS_SOURCE = re.compile(
    r"getsource|findsource|linecache|\btokenize\b|#\s*type:|\.get_docs|co_lines|lineno"
    r"|\bdis\b|\bhelp\(|\bdoctest\b|\binspect\b|\bpydoc\b|__code__|_getframe|currentframe|extract_stack"
)


def reads_source(source: str) -> bool:
    """Whether a block may look at the text of blocks, comments and line numbers included."""
    return _READS_SOURCE.search(source) is not None


_IMPORT = re.compile(
    r"\bfrom\s+(\w+)[\w.]*\s+import\b|\bimport\s+([^\n;#]+)|\b(?:__import__|importlib|runpy|exec|eval)\b"
)


def imports_packages(source: str) -> bool:
    """Whether a block may want more than Python's own modules.

    >>> imports_packages("import json, numpy as np"), imports_packages("from json import loads, dumps")
    (True, False)
    """
    for match in _IMPORT.finditer(source):
        names = [match[1]] if match[1] else re.findall(r"(?:^|,)\s*(\w+)", match[2] or "")
        if not names or not sys.stdlib_module_names.issuperset(names):
            return True
    return False
