"""Compiled templates, kept in the store: to compile them takes longer than to make a page of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jinja2 import BytecodeCache

from kbtool.cache import Store
from kbtool.code import code

if TYPE_CHECKING:
    from jinja2.bccache import Bucket

__all__ = ["Compiled"]


class Compiled(BytecodeCache):
    """Jinja2's own form of compiled templates; it checks itself that one belongs to its source and to this Python."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._owner = os.getpid()
        self._kind = f"template {code()}"

    def load_bytecode(self, bucket: Bucket) -> None:
        known = self._store.get(self._kind, bucket.key)
        if known is not None:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        # A forked process may not write to the store that it came with.
        if os.getpid() == self._owner:
            self._store.put(self._kind, bucket.key, bucket.bytecode_to_string())
