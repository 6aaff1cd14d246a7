"""Applications below prefixes. The framework's own mount passes by paths that hold a line break."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from cutroom.web.http.exchange import route_path


class Mounts:
    """The first prefix that fits gets the request; ``otherwise`` the rest."""

    def __init__(self, mounts: Sequence[tuple[str, ASGIApp]], otherwise: ASGIApp) -> None:
        self._mounts = tuple(mounts)
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = route_path(scope)
        for prefix, app in self._mounts:
            if path == prefix or path.startswith(f"{prefix}/"):
                root = scope.get("root_path", "")
                inner = {**scope, "app_root_path": scope.get("app_root_path", root), "root_path": root + prefix}
                await app(inner, receive, send)
                return
        await self._otherwise(scope, receive, send)
