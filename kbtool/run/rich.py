"""A value in all the forms that it has: its `repr`, what its `_repr_*_` methods give, a table where it is a tensor."""

from __future__ import annotations

import base64
import json
import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["TENSOR", "clean", "clipped", "forms"]

TENSOR = "application/vnd.kbtool.tensor+json"

_METHODS: Mapping[str, str] = {
    "_repr_html_": "text/html",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
    "_repr_markdown_": "text/markdown",
    "_repr_latex_": "text/latex",
}

_LONGEST_FORM = 8_000_000
_LONGEST_TEXT = 262_144
_LARGEST_SIDE = 16


def clean(text: str) -> str:
    """The text without lone surrogates, which no file can hold; they are shown as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def clipped(text: str) -> str:
    """A long text as its beginning and its end, saying what is left out between."""
    if len(text) <= _LONGEST_TEXT:
        return text
    half = _LONGEST_TEXT // 2
    return f"{text[:half]}\n… {len(text) - 2 * half:,} characters left out …\n{text[-half:]}"


def forms(value: object, name: str = "") -> dict[str, str]:
    """The rich forms of a value by MIME type; `name` is what the note calls it, if it has a plain name.

    A form that cannot be made is left out: the value still has its `repr`.
    """
    found: dict[str, str] = {}
    if isinstance(value, type):
        return found
    _try(lambda: _bundle(value, found))
    for method, kind in _METHODS.items():
        if kind not in found and hasattr(type(value), method):
            _try(lambda method=method, kind=kind: _add(found, kind, getattr(value, method)()))  # type: ignore[misc]
    _try(lambda: _add(found, TENSOR, _tensor(value, name)))
    if len(found) > 1:  # beside richer ones the plain form says nothing more
        found.pop("text/plain", None)
    return {kind: form for kind, form in found.items() if len(form) <= _LONGEST_FORM}


def _try(step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:  # whatever a note's own method raises
        return


def _bundle(value: object, found: dict[str, str]) -> None:
    if not hasattr(type(value), "_repr_mimebundle_"):
        return
    try:
        bundle = value._repr_mimebundle_(include=None, exclude=None)  # type: ignore[attr-defined]
    except TypeError:  # written for readers that ask for nothing in particular
        bundle = value._repr_mimebundle_()  # type: ignore[attr-defined]
    for kind, form in ((bundle[0] if isinstance(bundle, tuple) else bundle) or {}).items():
        _add(found, str(kind), form)


def _add(found: dict[str, str], kind: str, form: object) -> None:
    if isinstance(form, tuple):  # with metadata beside it
        form = form[0]
    if isinstance(form, bytes):
        found[kind] = base64.b64encode(form).decode()
    elif isinstance(form, str):
        found[kind] = clean(form)
    elif form is not None:
        found[kind] = json.dumps(form, allow_nan=False)


def _tensor(value: object, name: str) -> str | None:
    facts = _torch_facts(value) or _numpy_facts(value)
    return None if facts is None else json.dumps({"name": name, **facts}, allow_nan=False)


def _torch_facts(value: Any) -> dict[str, object] | None:
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "Tensor") or not isinstance(value, torch.Tensor):
        return None
    facts: dict[str, object] = {"shape": list(value.shape), "dtype": str(value.dtype), "device": str(value.device)}
    if value.requires_grad:
        facts["requires_grad"] = True
    if _small(value.shape) and value.layout == torch.strided and not (value.is_complex() or value.is_quantized):
        _try(lambda: facts.update(values=_plain(value.detach().cpu().tolist())))
    return facts


def _numpy_facts(value: Any) -> dict[str, object] | None:
    numpy = sys.modules.get("numpy")
    if numpy is None or not hasattr(numpy, "ndarray") or not isinstance(value, numpy.ndarray):
        return None
    facts: dict[str, object] = {"kind": "array", "shape": list(value.shape), "dtype": str(value.dtype), "device": "cpu"}
    if _small(value.shape) and value.dtype.kind in "biuf":
        facts["values"] = _plain(value.tolist())
    return facts


def _small(shape: Any) -> bool:
    return 1 <= len(shape) <= 2 and all(0 < side <= _LARGEST_SIDE for side in shape)


def _plain(value: Any) -> Any:
    """Numbers as JSON has them; it has no infinities."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
