"""A block and what came of it, as one object of the page: code, outputs, and the verdict as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import PurePosixPath
from zlib import crc32

from kbtool.note import CodeBlock
from kbtool.render.difference import difference_html
from kbtool.render.highlight import Painted, paint
from kbtool.render.output import Place, outputs_html
from kbtool.render.terminal import styled
from kbtool.render.verdict import MARKS, disagreement, duration, glyph, reason
from kbtool.run.results import BlockResult, Failure, Output, Status
from kbtool.slug import anchor_slug
from kbtool.words import Words

__all__ = ["anchor", "cell"]


def anchor(block: CodeBlock) -> str:
    """The id of a block's cell: `b-LABEL`, or `b-3` for the third block of its note.

    >>> anchor(CodeBlock(2, "1 + 1", 8, 7, 9))
    'b-3'
    """
    return f"b-{anchor_slug(block.label) if block.label else block.index + 1}"


def cell(
    block: CodeBlock, result: BlockResult, words: Words, *, embedded: bool = False, painted: Painted | None = None
) -> str:
    """The cell of one block; `painted` is its source as HTML, where that is at hand.

    Embedded in another note it has no id, because the page may hold the same one already.
    """
    name = words.say("cell.block", n=block.index + 1)
    verdict = words[f"verdict.{result.status}"]
    identity = "" if embedded else f' id="{escape(anchor(block))}"'
    label = escape(f"{name}: {verdict.lower()}")
    code = _code(block, painted or paint(block.source), words) if block.options.echo else ""
    out = "\n".join(piece for piece in (_outputs(block, result, words), _verdict(result, words)) if piece)
    return (
        f'<section class="cell {MARKS[result.status].css}"{identity} aria-label="{label}">\n'
        f'{code}<div class="out">{out}</div>\n</section>\n'
    )


def _code(block: CodeBlock, painted: Painted, words: Words) -> str:
    number = block.index + 1
    label = escape(words.say("cell.code", n=number))
    return (
        f'<div class="code"><span class="n" aria-hidden="true">{number}</span>'
        f'<pre tabindex="0" role="group" aria-label="{label}"><code>{painted.shown}</code></pre></div>\n'
    )


def _outputs(block: CodeBlock, result: BlockResult, words: Words) -> str:
    place = Place(
        note=PurePosixPath(result.note).stem,
        block=block.index + 1,
        prefix=f"f{crc32(f'{result.note}#{result.index}'.encode(errors='surrogateescape')):x}",
        caption=block.options.fig_cap,
        alternative=block.options.fig_alt,
        words=words,
    )
    shown = outputs_html(_wanted(block, result), place) if block.options.output else ""
    found = disagreement(result)
    apart = difference_html(found, words) if found else ""
    return "\n".join(piece for piece in (apart, shown, _traceback(result.error, words)) if piece)


def _wanted(block: CodeBlock, result: BlockResult) -> Sequence[Output]:
    """The outputs that the options leave, and of a mismatch only those that its rows do not already show."""
    told = {"stdout", "value"} if result.status is Status.MISMATCH else set()
    noise = set() if block.options.warning else {"warning", "stderr"}
    return [o for o in result.outputs if o.kind not in noise and (o.kind not in told or o.data)]


def _traceback(error: Failure | None, words: Words) -> str:
    if error is None or not error.traceback.strip():
        return ""
    label = escape(words["cell.traceback"])
    lines = error.traceback.strip("\n").split("\n")
    if lines[0].startswith("Traceback (most recent call last)"):
        del lines[0]
    body = "\n".join(_traceback_line(line, error) for line in lines)
    return f'<pre class="tb" tabindex="0" role="group" aria-label="{label}"><samp>{body}</samp></pre>'


def _traceback_line(line: str, error: Failure) -> str:
    """The carets and the exception's name stand out: they are where the eye should go."""
    if line.strip() and not line.strip(" ~^"):
        indent = len(line) - len(line.lstrip())
        return f"{line[:indent]}<b>{line[indent:]}</b>"
    if error.type and line.startswith(error.type):
        return f'<span class="ex"><b>{escape(error.type)}</b>{styled(line[len(error.type) :])}</span>'
    return styled(line)


def _verdict(result: BlockResult, words: Words) -> str:
    where = " · ".join(piece for piece in (result.device, duration(result.seconds, words)) if piece)
    place = f'<span class="where">{escape(where)}</span>' if where and result.status is not Status.SKIPPED else ""
    return (
        f'<p class="verdict"><span class="n">{glyph(result.status)}</span>'
        f"<b>{escape(words[f'verdict.{result.status}'])}</b>"
        f'<span class="why">{escape(reason(result, words))}</span>{place}</p>'
    )
