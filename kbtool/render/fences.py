"""What a fence becomes, by its language; one that the table does not name is source code, highlighted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape

from kbtool.render import holes
from kbtool.render.highlight import highlight
from kbtool.render.mermaid import draw

__all__ = ["FENCES", "code", "fence", "language", "plugin_box"]


def language(info: str) -> str:
    """The language that a fence names, in Markdown's form or Pandoc's.

    >>> language('python title="x"'), language("{.bash}"), language("")
    ('python', 'bash', '')
    """
    found = re.match(r"[\w+#.\-/]+", info.strip().lstrip("{").lstrip("."))
    return found[0].lower() if found else ""


def code(source: str, name: str = "") -> str:
    """Source code to read, not to run."""
    source = source.removesuffix("\n")
    inner = highlight(source, name) if name else escape(source, quote=False)
    css = f' class="language-{escape(name)}"' if name else ""
    label = f"{holes.word('body.code')}: {escape(name)}" if name else holes.word("body.code")
    return f'<pre class="plain" tabindex="0" role="group" aria-label="{label}"><code{css}>{inner}</code></pre>'


def plugin_box(source: str, plugin: str, word: str = "body.plugin") -> str:
    """Content that only a plugin of Obsidian understands: its name, and its source for those who want to see it."""
    inner = escape(source.removesuffix("\n"), quote=False)
    return (
        f'<details class="plugin"><summary>{holes.word(word)} {escape(plugin, quote=False)}</summary>'
        f'<pre tabindex="0" role="group" aria-label="{escape(plugin)}"><code>{inner}</code></pre></details>'
    )


def _mermaid(source: str) -> str:
    """The diagram, its source kept beside it; where it cannot be drawn, the source, which can still be made out."""
    label = holes.word("body.diagram")
    drawn = draw(source, "")
    if drawn:
        named = drawn.replace('aria-label=""', f'aria-label="{label}"', 1)
        kept = escape(source.removesuffix("\n"))
        facts = f'data-mermaid="{kept}" tabindex="0" role="group" aria-label="{label}"'
        return f'<div class="mermaid drawn scroll" {facts}>{named}</div>'
    inner = escape(source.removesuffix("\n"), quote=False)
    return f'<pre class="mermaid" tabindex="0" role="group" aria-label="{label}">{inner}</pre>'


def _output(source: str) -> str:
    inner = escape(source.removesuffix("\n"), quote=False)
    label = holes.word("cell.output")
    return f'<pre class="plain output" tabindex="0" role="group" aria-label="{label}"><samp>{inner}</samp></pre>'


FENCES: Mapping[str, Callable[[str], str]] = {
    "mermaid": _mermaid,
    "output": _output,
    "base": lambda source: plugin_box(source, "Base", "body.query"),
    "query": lambda source: plugin_box(source, "Obsidian", "body.query"),
}


def fence(source: str, info: str, plugin: str = "") -> str:
    """The HTML of a fence with this source and info string; `plugin` names whose language it is, if any plugin's."""
    if plugin:
        return plugin_box(source, plugin)
    name = language(info)
    special = FENCES.get(name)
    return special(source) if special else code(source, name)
