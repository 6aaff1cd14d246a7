"""What all groups of settings have in common, and the kinds of values that the environment writes its own way."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_settings import NoDecode


class Group(BaseModel):
    """Unknown names are refused, so that a typing error does not pass unnoticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _split(value: Any) -> Any:
    return [word for part in value.split(",") if (word := part.strip())] if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Separated by commas."""
Seconds = Annotated[tuple[float, ...], NoDecode, BeforeValidator(_split)]
"""Separated by commas."""
