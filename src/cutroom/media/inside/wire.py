"""Dataclasses as JSON and back: exact fractions as "n/d" strings, nested values by their annotations."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from enum import Enum
from fractions import Fraction
from typing import Any, TypeVar

T = TypeVar("T")


def pack(value: Any) -> Any:
    """A JSON-able form of a dataclass built from numbers, text, fractions, enums, tuples and dataclasses."""
    if dataclasses.is_dataclass(value):
        return {field.name: pack(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [pack(item) for item in value]
    return value


def pack_object(value: Any) -> dict[str, Any]:
    """``pack`` for a dataclass."""
    return typing.cast("dict[str, Any]", pack(value))


def unpack(kind: type[T], data: Any) -> T:
    """The inverse of ``pack``; raises ``TypeError`` or ``ValueError`` for data of another shape."""
    return typing.cast("T", _unpack(kind, data))


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _unpack(kind: Any, data: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin in {types.UnionType, typing.Union}:
        if data is None:
            return None
        return _unpack(next(k for k in typing.get_args(kind) if k is not types.NoneType), data)
    if origin is tuple:
        return tuple(_unpack(typing.get_args(kind)[0], item) for item in data)
    if dataclasses.is_dataclass(kind):
        hints = _hints(typing.cast("type", kind))
        return kind(**{name: _unpack(hints[name], item) for name, item in data.items()})  # type: ignore[operator]
    if kind is Fraction:
        return Fraction(data)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data)
    return data
