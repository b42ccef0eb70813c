"""A mapping whose values are made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import TypeVar

__all__ = ["Lazy"]

_Value = TypeVar("_Value")


class Lazy(Mapping[str, _Value]):
    """A value for each key, made on demand; the `kept` ones that were asked for last stay in memory."""

    def __init__(self, keys: Collection[str], make: Callable[[str], _Value], kept: int) -> None:
        self._keys = keys
        self._make = lru_cache(maxsize=kept)(make)

    def __getitem__(self, key: str) -> _Value:
        if key not in self._keys:
            raise KeyError(key)
        return self._make(key)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
