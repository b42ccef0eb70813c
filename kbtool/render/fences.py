"""What a fence becomes, by its language; one that the table does not name is source code, highlighted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape

from kbtool.render import holes
from kbtool.render.highlight import highlight
from kbtool.render.mermaid import draw

__all__ = ["FENCES", "code", "complaint", "fence", "language", "listing", "plugin_box"]


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
    return listing(highlight(source, name) if name else escape(source, quote=False), name)


def listing(inner: str, name: str = "") -> str:
    """Source code that is HTML already, in its frame."""
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
    """The diagram with its source folded below; where it cannot be drawn, the source, which can still be made out."""
    drawn, label = draw(source), holes.word("body.diagram")
    inner = escape(source.removesuffix("\n"), quote=False)
    if not drawn.svg:
        note = "" if drawn.fault else f'<p class="cap">{holes.word("body.undrawn")}</p>'
        shown = f'<pre class="plain" tabindex="0" role="group" aria-label="{label}"><code>{inner}</code></pre>'
        return f'<div class="mermaid">{shown}{note}</div>'
    name = f"{label}: {escape(drawn.name)}" if drawn.name else label
    named = drawn.svg.replace('aria-label=""', f'aria-label="{name}"', 1)
    words = holes.word("body.diagram_source")
    kept = f'<pre tabindex="0" role="group" aria-label="{words}"><code>{inner}</code></pre>'
    box = f'<div class="scroll" tabindex="0" role="group" aria-label="{label}">{named}</div>'
    return f'<div class="mermaid drawn">{box}<details><summary>{words}</summary>{kept}</details></div>'


def complaint(source: str, info: str) -> str:
    """Why the fence cannot be shown as what it says it is; empty where it can."""
    return draw(source).fault if language(info) == "mermaid" else ""


def _output(source: str) -> str:
    inner = escape(source.removesuffix("\n"), quote=False)
    label = holes.word("cell.output")
    return f'<pre class="plain output" tabindex="0" role="group" aria-label="{label}"><samp>{inner}</samp></pre>'


FENCES: Mapping[str, Callable[[str], str]] = {
    "mermaid": _mermaid,
    "output": _output,
    "base": lambda source: holes.hole(holes.BASE, source),
    "query": lambda source: plugin_box(source, "Obsidian", "body.query"),
}


def fence(source: str, info: str, plugin: str = "") -> str:
    """The HTML of a fence with this source and info string; `plugin` names whose language it is, if any plugin's."""
    if plugin:
        return plugin_box(source, plugin)
    name = language(info)
    special = FENCES.get(name)
    return special(source) if special else code(source, name)
