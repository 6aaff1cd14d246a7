"""What absolute links begin with. A ``Host`` header that is not ours never gets into one."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.types import Scope

from cutroom.actions.service import ServiceConfig

_HOST = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")


def host_header(scope: Scope) -> str:
    """As it was sent; empty when it is missing or is no name."""
    value = Headers(scope=scope).get("host", "")
    return value if _HOST.fullmatch(value) else ""


def host_name(scope: Scope) -> str:
    """The name alone, in lower case and without the port."""
    match = _HOST.fullmatch(host_header(scope))
    return match["name"].lower().strip("[]") if match else ""


def base_url(config: ServiceConfig, scope: Scope) -> str:
    """Scheme and host, without a slash at the end.

    The public URL, where one is set; else the request's own host, if it is one of those that were configured; a server
    that has not been told its own names believes the request, as there is nothing else to go by.
    """
    known = bool(host_header(scope)) and is_ours(config, scope)
    return config.base(f"{scope.get('scheme', 'http')}://{host_header(scope)}" if known else "")


def is_ours(config: ServiceConfig, scope: Scope) -> bool:
    """Whether the request may be meant for this server. Without configured names every one is."""
    if not config.own_names:
        return True
    names = {name.lower().strip("[]") for name in (*config.own_names, *config.hosts.values())}
    return host_name(scope) in names
