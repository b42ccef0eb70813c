"""What reaches the browser beside the notes: templates, style, scripts, fonts.

Style and scripts are shipped as they are written, less comments and blanks.  That is no minifier that could get a
program wrong: in scripts only lines that are comments as a whole go, and the indentation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import blake2s
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

    from kbtool.cache import Store

__all__ = ["assets", "environment", "fingerprint", "keep_compiled", "minified_css", "minified_js"]

_HERE = Path(__file__).parent


@cache
def assets() -> Mapping[str, bytes]:
    """URL -> bytes of every file that all pages share."""
    files = sorted(path for path in (_HERE / "assets").rglob("*") if path.is_file())
    return {f"assets/{path.relative_to(_HERE / 'assets').as_posix()}": _slim(path) for path in files}


@cache
def fingerprint() -> str:
    """Changes with style and scripts: as a query of their URLs it tells browsers when to fetch them anew."""
    texts = [data for url, data in assets().items() if url.endswith((".css", ".js"))]
    return blake2s(b"".join(texts), digest_size=4).hexdigest()


@cache
def environment() -> Environment:
    """The templates, compiled once; everything put into them is escaped unless it is marked as HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def keep_compiled(store: Store) -> None:
    """From now on templates are taken from the store as they were compiled once, and put there."""
    from kbtool.web.compiled import Compiled

    environment().bytecode_cache = Compiled(store)


def minified_css(text: str) -> str:
    """The style without comments, line ends and the blanks around braces, semicolons and commas.

    >>> minified_css("a > b { color : red; }  /* why */\\n.c:hover , d {}")
    'a > b{color : red}.c:hover,d{}'
    """
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", bare)).replace(";}", "}").strip()


def minified_js(text: str) -> str:
    """The script without lines that are comments, empty lines and indentation.

    >>> minified_js("// why\\nf(() => {\\n  g(); // kept\\n\\n});")
    'f(() => {\\ng(); // kept\\n});\\n'
    """
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


_MINIFIERS: Mapping[str, Callable[[str], str]] = {".css": minified_css, ".js": minified_js}


def _slim(path: Path) -> bytes:
    minify = _MINIFIERS.get(path.suffix)
    return path.read_bytes() if minify is None else minify(path.read_text("utf-8")).encode()
