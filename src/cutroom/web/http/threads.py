"""Where blocking calls run that are over in milliseconds: a transaction, a look at a limit.

They have a few threads of their own. Endpoints that wait for other servers may fill the pool that is for everything,
and still whoever comes is known and answered; and a rush of requests opens no more connections to the database than
it has use for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import anyio.to_thread
from anyio.lowlevel import RunVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
_THREADS = 8
_limiter: RunVar[anyio.CapacityLimiter] = RunVar("brief calls")


async def briefly(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """What ``call`` returns, from one of a few threads. Not for what waits for more than disks and the database."""
    try:
        limiter = _limiter.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(_THREADS)
        _limiter.set(limiter)
    return await anyio.to_thread.run_sync(functools.partial(call, *args, **kwargs), limiter=limiter)
