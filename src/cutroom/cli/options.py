"""The options that every command shares."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Group, Parameter

from cutroom.cli.door import Door

_GENERAL = Group("General", sort_key=99)

Json = Annotated[bool, Parameter(name="--json", negative="", show_default=False, group=_GENERAL)]
Verbose = Annotated[bool, Parameter(negative="", show_default=False, group=_GENERAL)]
Guarded = Annotated[bool, Parameter(negative="", show_default=False, group=_GENERAL)]
Injected = Annotated[Door, Parameter(parse=False)]
