"""What a build or a run did, as plain data for machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kbtool import __version__
from kbtool.run.results import BlockResult

if TYPE_CHECKING:
    from kbtool.outcome import Built, Ran

__all__ = ["SCHEMA", "note_report", "report"]

SCHEMA = 1


def report(built: Built) -> dict[str, Any]:
    """The object that `kbtool build --report` writes."""
    checked = built.checked
    blocks = [result for path in sorted(checked.results) for result in checked.results[path].blocks]
    return {
        "schema": SCHEMA,
        "version": __version__,
        "vault": str(checked.config.vault),
        "site": str(built.site),
        "notes": checked.notes,
        "pages": {
            "total": built.total,
            "rendered": built.rendered,
            "written": built.written,
            "removed": built.removed,
        },
        "blocks": [_block(result) for result in blocks],
        "links": asdict(checked.links),
        "diagnostics": [asdict(d) for d in built.diagnostics],
        "seconds": dict(checked.seconds),
    }


def note_report(ran: Ran) -> dict[str, Any]:
    """The object that `kbtool run-note --format json` prints: the note's blocks with all that came out."""
    result = ran.results.get(ran.path)
    return {
        "schema": SCHEMA,
        "version": __version__,
        "note": ran.path,
        "requires": sorted(path for path in ran.results if path != ran.path),
        "blocks": [_block_with_outputs(block) for block in result.blocks] if result else [],
        "inline": [asdict(value) for value in result.inline] if result else [],
        "diagnostics": [asdict(d) for d in ran.diagnostics],
        "seconds": round(ran.seconds, 4),
    }


def _block(result: BlockResult) -> dict[str, Any]:
    return {
        "note": result.note,
        "index": result.index,
        "label": result.label,
        "line": result.line,
        "status": str(result.status),
        "how": str(result.how),
        "seconds": round(result.seconds, 4),
        "device": result.device,
        "stdout": result.stdout,
        "value": result.value,
        "error": asdict(result.error) if result.error else None,
    }


def _block_with_outputs(result: BlockResult) -> dict[str, Any]:
    outputs = [{"kind": o.kind, "text": o.text, "data": dict(o.data)} for o in result.outputs]
    comparison = asdict(result.comparison) if result.comparison else None
    return {**_block(result), "outputs": outputs, "comparison": comparison}
