"""The options that every command shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Group, Parameter, Token

from cutroom.cli.door import Door
from cutroom.cli.tokens import unshield
from cutroom.cli.wording import printable
from cutroom.kernel.errors import CutroomError, ErrorCode

_GENERAL = Group("General", sort_key=99)
_LAST_PORT = 65535


def _read_port(_kind: Any, tokens: Sequence[Token]) -> int:
    word = unshield(tokens[0].value)
    if word.isascii() and word.isdecimal() and len(word) < 9 and int(word) <= _LAST_PORT:
        return int(word)
    raise CutroomError(
        ErrorCode.INVALID_REQUEST,
        f'A port is a whole number from 0 to {_LAST_PORT}, not "{printable(word, 40)}".',
        next_step="0 takes a free one.",
    )


Json = Annotated[bool, Parameter(name="--json", negative="", show_default=False, group=_GENERAL)]
Verbose = Annotated[bool, Parameter(negative="", show_default=False, group=_GENERAL)]
Guarded = Annotated[bool, Parameter(negative="", show_default=False, group=_GENERAL)]
Injected = Annotated[Door, Parameter(parse=False)]
Port = Annotated[int | None, Parameter(converter=_read_port)]
