"""``/metrics``: the numbers of this process for a monitor, and for nobody else."""

from __future__ import annotations

import ipaddress

from starlette.requests import Request
from starlette.responses import Response

from cutroom.actions import operations
from cutroom.actions.service import Service
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.http.exchange import NO_STORE, json_reply
from cutroom.web.http.links import is_ours

# What a proxy adds. Behind one every client seems to be on this machine.
_HANDED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


class MetricsPage:
    """The page in Prometheus' form."""

    def __init__(self, services: Service) -> None:
        self._services = services

    def show(self, request: Request) -> Response:
        """The numbers, or why not."""
        try:
            operations.check_metrics_reader(
                self._services, request.headers.get("authorization"), from_here=self._from_here(request)
            )
        except CutroomError as error:
            return _refusal(error)
        body, kind = operations.metrics_page(self._services)
        return Response(body, headers={**NO_STORE, "content-type": kind})

    def _from_here(self, request: Request) -> bool:
        """Straight from this machine, and by a name of ours: a page elsewhere can point a name of its own here."""
        handed_on = any(name in request.headers for name in _HANDED_ON)
        return not handed_on and _is_loopback(request) and is_ours(self._services.config, request.scope)


def _is_loopback(request: Request) -> bool:
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _refusal(error: CutroomError) -> Response:
    if error.code is ErrorCode.FORBIDDEN:
        return json_reply(403, {"detail": error.message})
    sentence = "The numbers need the owner's key or the metrics token, as `Authorization: Bearer ...`."
    return json_reply(401, {"detail": sentence}, {"www-authenticate": "Bearer"})
