"""Markdown as Obsidian reads it: one markdown-it rule per file, gathered in the SYNTAX table.

`parser(strict_line_breaks)` gives the parser.  Its tokens are markdown-it's own, and these;
`note.parse` adds the metas in brackets.

**Block tokens.** After the type: what `content` is, then what `meta` holds.

- `heading_open`: [`heading`: index into `note.headings`; none inside quotes, lists and footnotes].
- `callout_open`, `callout_close`: `type`, the identifier in lower case with `-` for spaces; `fold`: `""`, `"+"` or
  `"-"`; `metadata`: what follows the bar.
- `callout_title_open`, `inline`, `callout_title_close`: always right after `callout_open`. `default`: True where the
  note gives no title, so that the inline token says the identifier.
- `list_item_open`: `task`: the mark between the brackets, if the item is a task.
- `math_block`: the TeX.
- `comment`: the source. `hidden` is True and nothing of it, its children neither, is for rendering.
- `fence`: the code. `closed`: False for one that runs to the end; `plugin`: the Obsidian plugin whose language it is;
  [`block`: index into `note.code`; `output_of`: index of the block whose documented output this is].
- `html_block`: the source.
- `plugin_block`: the source. `plugin`: `templater` or `excalidraw`.
- `footnote_block_open`, `footnote_block_close`: around all footnotes, at the end of the stream.
- `footnote_open`, `footnote_close`: `id`: 0, 1, ... in order of first use; `label`: as written, `""` for an inline
  one; `refs`: how often it is used.
- `footnote_anchor`: at the end of a footnote, once for each use. `id`; `sub`: 0, 1, ...

The token that opens a block with a block id carries [`block_id`: index into `note.block_ids`]; for a list item that is
`list_item_open`. The marker `^id` is gone from the text.

**Inline tokens**, the children of `inline`.

- `wikilink`: the text shown. [`link`: index into `note.links`].
- `link_open`, `link_close`: `attrs["href"]`; [`link`, where it leads into the vault; without it the link is external].
- `embed`: what to show where the thing itself cannot be: alias, else link text. [`link`]; `alt`; `width`, `height`:
  digits or `""`; [`figure_of`: index of the block whose figure this is].
- `image`: the alt text as written. `attrs["src"]`; `alt`, `width`, `height`; [`link`, where it leads into the vault].
- `tag`: `#a/b`. `tag`: `a/b`.
- `mark_open`, `mark_close`.
- `math_inline`: the TeX. `display`: True for `$$x$$` within a line.
- `comment`: as above.
- `inline_python`: the expression. [`inline`: index into `note.inline_code`; none in a comment].
- `code_inline`: the code. `plugin`: `dataview`, where it is an inline query.
- `footnote_ref`: `id`; `sub`: which of the uses this is; `label`.
- `hardbreak`, `softbreak`: a newline is a `hardbreak` unless line breaks are strict.
- `plugin_inline`: the source. `plugin`: `templater`.
- `shortcode_inline`: the source. `system`: `Hugo`, `mdBook` or `Liquid`; `name`: the shortcode's.
- `html_inline`: the source.

`meta["at"]` is the span of a token's source in the content of its inline token, `meta["base"]` where the text of its
children begins there: so `note.parse` finds the place in the file; they are of no use to others.  Tokens are fresh for
every parse and may be changed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from kbtool.syntax import (
    bare_url,
    block_id,
    callout,
    comment,
    embed,
    emphasis,
    escape,
    footnote,
    foreign,
    highlight,
    inline_code,
    line_breaks,
    link,
    math,
    paragraph,
    table,
    tag,
    task,
    wikilink,
)
from kbtool.syntax.engine import Parser

__all__ = ["SYNTAX", "Parser", "Rule", "parser"]


class Rule(NamedTuple):
    """One thing that Obsidian adds to CommonMark, and how it is put into a parser."""

    name: str
    install: Callable[[Parser], None]


SYNTAX: tuple[Rule, ...] = (
    # Of two inline rules that start with the same character the one that stands first here is asked first.
    Rule("wikilink", wikilink.install),
    Rule("footnote", footnote.install),
    Rule("embed", embed.install),
    Rule("link", link.install),
    Rule("bare URL", bare_url.install),
    Rule("comment", comment.install),
    Rule("math", math.install),
    Rule("tag", tag.install),
    Rule("emphasis", emphasis.install),
    Rule("highlight", highlight.install),
    Rule("inline code", inline_code.install),
    Rule("line breaks", line_breaks.install),
    Rule("foreign", foreign.install),
    Rule("escape", escape.install),
    Rule("paragraph", paragraph.install),
    Rule("callout", callout.install),
    Rule("table", table.install),
    Rule("task", task.install),
    Rule("block id", block_id.install),
)


@cache
def parser(strict_line_breaks: bool) -> Parser:
    """The parser for a vault with or without Obsidian's setting "Strict line breaks"; made once a process."""
    md = Parser(strict_line_breaks=strict_line_breaks)
    for rule in SYNTAX:
        rule.install(md)
    return md.compile()
