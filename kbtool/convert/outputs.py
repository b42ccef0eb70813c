"""What blocks gave, as the outputs of a notebook's cells (nbformat 4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kbtool.render.output import joined, telling
from kbtool.run.inks import LIGHT
from kbtool.run.results import BlockResult, Failure, Output

__all__ = ["outputs"]

_STREAMS = {"stdout": "stdout", "stderr": "stderr", "warning": "stderr"}
# Every reader of notebooks knows these; the others are kbtool's own or some program's.
_KINDS = ("text/html", "text/markdown", "text/latex", "image/svg+xml", "image/png", "image/jpeg")
_ROLE = re.compile("|".join(LIGHT), re.IGNORECASE)
_OPENING = re.compile(r"<svg\b[^>]*>")
_GROUND = '<rect width="100%" height="100%" fill="#ffffff"/>'


def outputs(result: BlockResult, number: int) -> list[dict[str, Any]]:
    """The outputs of one block in their order; `number` is the one that its cell bears."""
    made: list[dict[str, Any]] = []
    for output in joined(telling(result.outputs), _STREAMS):
        if output.kind in _STREAMS:
            made.append({"output_type": "stream", "name": _STREAMS[output.kind], "text": _lines(output.text)})
        elif output.kind == "value":
            made.append({"output_type": "execute_result", "execution_count": number, **_bundle(output)})
        else:
            made.append({"output_type": "display_data", **_bundle(output)})
    return made if result.error is None else [*made, _failure(result.error)]


def _bundle(output: Output) -> dict[str, Any]:
    forms = {kind: _form(kind, output.data[kind]) for kind in _KINDS if kind in output.data}
    return {"data": {**forms, "text/plain": _lines(output.text)}, "metadata": {}}


def _form(kind: str, form: str) -> str | list[str]:
    if kind.startswith("image/") and not kind.endswith("svg+xml"):
        return "".join(form.split())
    return _lines(_in_ink(form) if kind == "image/svg+xml" else form)


def _in_ink(svg: str) -> str:
    """A drawing whose colours follow a page's theme, in those of a light one, on white."""
    if not _ROLE.search(svg):
        return svg
    painted = _ROLE.sub(lambda role: _INKS[role[0].lower()], svg)
    return _OPENING.sub(lambda opening: opening[0] + _GROUND, painted, count=1)


_INKS: Mapping[str, str] = {role.lower(): ink for role, ink in LIGHT.items()}


def _failure(error: Failure) -> dict[str, Any]:
    trace = error.traceback.rstrip("\n").split("\n") if error.traceback.strip() else []
    return {"output_type": "error", "ename": error.type, "evalue": error.message, "traceback": trace}


def _lines(text: str) -> list[str]:
    """A text as notebooks keep it, so that a comparison of two shows lines."""
    return text.splitlines(keepends=True)
