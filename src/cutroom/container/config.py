"""From settings to what the actions and doors go by."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from cutroom.actions.service import CutRules, Limits, Rate, ServiceConfig, SurfaceRates
from cutroom.container.perception import perception_config
from cutroom.outbound.addresses import EgressPolicy
from cutroom.settings import LimitsSettings, Settings

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


def service_config(settings: Settings) -> ServiceConfig:
    """Every number and name the doors need."""
    server, limits = settings.server, settings.limits
    return ServiceConfig(
        public_url=server.public_url,
        own_url=own_url(server.host, server.port),
        hosts={surface: name for surface, name in server.hosts if name},
        own_names=_own_names(settings),
        limits=_limits(limits),
        cuts=CutRules(limits.clip_seconds, limits.gif_seconds, limits.source_seconds),
        link_seconds=int(settings.library.link_hours * _HOUR),
        job_seconds=limits.job_seconds,
        idempotency_seconds=int(limits.idempotency_hours * _HOUR),
        metrics_open=_metrics_open(settings),
        metrics_token=server.metrics_token.get_secret_value() if server.metrics_token else None,
        egress=EgressPolicy(
            allow_private_networks=bool(settings.outbound.allow_private_networks),
            allowed_hosts=settings.outbound.allowed_hosts,
        ),
        perception=perception_config(settings),
        worker_silence=settings.worker.lease_seconds * 2,
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def own_url(host: str, port: int) -> str:
    """How this server is reached from its own machine."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"http://{host}:{port}"
    if address.is_unspecified:
        return f"http://127.0.0.1:{port}" if address.version == 4 else f"http://[::1]:{port}"
    return f"http://{address}:{port}" if address.version == 4 else f"http://[{address}]:{port}"


def _own_names(settings: Settings) -> tuple[str, ...]:
    """``Host`` names that are answered. On loopback others are not: a page elsewhere could point its own name here."""
    server = settings.server
    loopback = is_loopback(server.host)
    if not loopback and not server.allowed_hosts:
        return ()
    public = urlsplit(server.public_url).hostname if server.public_url else None
    named = [*server.allowed_hosts, *([public] if public else []), server.host]
    return tuple(dict.fromkeys([*named, *(_LOOPBACK_NAMES if loopback else ())]))


def _metrics_open(settings: Settings) -> bool:
    """Whether nothing seems to stand between this server and others: to a proxy's backend all requests are local."""
    server = settings.server
    in_front = (server.public_url, server.trusted_proxies, server.allowed_hosts, *dict(server.hosts).values())
    return is_loopback(server.host) and not any(in_front) and server.metrics_token is None


def _limits(limits: LimitsSettings) -> Limits:
    return Limits(
        anonymous=limits.anonymous,
        surfaces={
            "fastclip": SurfaceRates(
                per_key=_rates(limits.fastclip_requests_per_minute, _MINUTE),
                per_address=_rates(limits.fastclip_anonymous_per_minute, _MINUTE),
                jobs=_rates(limits.fastclip_jobs_per_hour, _HOUR),
            ),
            "clipi": SurfaceRates(
                per_key=(
                    *_rates(limits.clipi_requests_per_hour, _HOUR),
                    *_rates(limits.clipi_requests_per_day, _DAY),
                ),
                per_admin_key=(
                    *_rates(limits.clipi_admin_requests_per_hour, _HOUR),
                    *_rates(limits.clipi_admin_requests_per_day, _DAY),
                ),
            ),
            "cutroom": SurfaceRates(
                per_key=_rates(limits.cutroom_requests_per_minute, _MINUTE),
                per_address=_rates(limits.cutroom_anonymous_per_minute, _MINUTE),
            ),
            "clipapi": SurfaceRates(per_plan=True, per_address=_rates(limits.clipapi_anonymous_per_minute, _MINUTE)),
        },
        demos=_rates(limits.clipapi_demos_per_hour, _HOUR),
        reloads=_rates(limits.reloads_per_hour, _HOUR),
        sign_ups=_rates(limits.sign_ups_per_hour, _HOUR),
        log_ins=_rates(limits.log_ins_per_minute, _MINUTE),
        body_bytes=limits.body_bytes,
    )


def _rates(limit: int, seconds: int) -> tuple[Rate, ...]:
    return (Rate(limit, seconds),) if limit else ()
