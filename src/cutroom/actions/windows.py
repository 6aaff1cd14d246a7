"""The windows of requests: which ones hold for whom, as data from the settings. The owner of a server has none.

A door counts ``request_windows`` before it reads a body. The windows of jobs, reloads, sign-ups and log-ins are
counted by the actions themselves; ``job_windows`` and ``reload_windows`` are there to be looked at for headers.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence

from cutroom.accounts import DEFAULT_PLANS, fold_email
from cutroom.actions.service import Rate, Service, SurfaceRates
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import Caller
from cutroom.model.request import RateState, Window

_NO_RATES = SurfaceRates()


def request_windows(services: Service, surface: str, caller: Caller | None, address: str) -> list[Window]:
    """Those that a request counts in: of its key or session, else of its address. May be empty."""
    rates = services.config.limits.surfaces.get(surface, _NO_RATES)
    if caller is not None and not _metered(services, caller):
        return []
    if caller is None or (rates.per_plan and caller.by_session):
        return _by_address(services, f"{surface}:address", address, rates.per_address)
    who = f"key:{caller.key_id}" if caller.key_id else f"session:{caller.account.id}"
    return _windows(f"{surface}:{who}", _of_plan(services, caller) if rates.per_plan else _of_key(rates, caller))


def job_windows(services: Service, surface: str, caller: Caller) -> list[Window]:
    """Those that an accepted job counts in."""
    rates = services.config.limits.surfaces.get(surface, _NO_RATES)
    return _windows(f"{surface}:jobs:{caller.account.id}", rates.jobs) if _metered(services, caller) else []


def reload_windows(services: Service, caller: Caller) -> list[Window]:
    """Those that a reload counts in."""
    reloads = services.config.limits.reloads
    return _windows(f"reloads:{caller.account.id}", reloads) if _metered(services, caller) else []


def sign_up_windows(services: Service, address: str | None) -> list[Window]:
    """Of the address."""
    return _by_address(services, "sign-ups", address, services.config.limits.sign_ups)


def demo_windows(services: Service, address: str | None) -> list[Window]:
    """Of the address."""
    return _by_address(services, "demos", address, services.config.limits.demos)


def guess_windows(services: Service, address: str | None) -> list[Window]:
    """Of the address: how many unknown ids it may ask for, as many as it may ask anything at that surface."""
    rates = services.config.limits.surfaces.get("clipapi", _NO_RATES)
    return _by_address(services, "guesses", address, rates.per_address)


def log_in_windows(services: Service, address: str | None, email: str) -> list[Window]:
    """Of the address, and of the account that is tried: guessing from many addresses is guessing too."""
    rates = services.config.limits.log_ins
    name = hashlib.sha256(fold_email(email).encode("utf-8", "replace")).hexdigest()[:32]
    return _windows(f"log-ins:{name}", rates) + _by_address(services, "log-ins:address", address, rates)


def hit(services: Service, windows: Sequence[Window]) -> RateState | None:
    """Count a request in all of them or, where one is full, in none. None where there are no windows."""
    return services.limiter.hit(windows) if windows else None


def look(services: Service, windows: Sequence[Window]) -> RateState | None:
    """The state of the tightest, counting nothing."""
    return services.limiter.look(windows) if windows else None


def count(services: Service, windows: Sequence[Window], what: str) -> RateState | None:
    """As ``hit``, but ``RATE_LIMITED`` with ``retry_after`` (s), ``limit`` and ``reset`` where one is full."""
    state = hit(services, windows)
    if state is not None and not state.allowed:
        raise CutroomError(
            ErrorCode.RATE_LIMITED,
            f"Too many {what}: at most {state.limit} are allowed for now. Try again in {_span(state.retry_after)}.",
            retry_after=state.retry_after,
            limit=state.limit,
            reset=state.reset,
        )
    return state


@contextlib.contextmanager
def counted(services: Service, windows: Sequence[Window], what: str) -> Iterator[None]:
    """Count for what the block does; given back when it fails, since a refused request is no job."""
    state = count(services, windows, what)
    try:
        yield
    except BaseException:
        if state is not None:
            services.limiter.give_back(windows, state)
        raise


def documented(services: Service, surface: str) -> dict[str, tuple[Rate, ...]]:
    """For reference pages: ``per_key``, ``per_address``, ``jobs`` and ``reloads`` as they are enforced.

    Where plans differ, ``per_key`` is the largest of them.
    """
    limits = services.config.limits
    rates = limits.surfaces.get(surface, _NO_RATES)
    largest = Rate(max(plan.requests_per_minute or 0 for plan in DEFAULT_PLANS.values()), 60)
    return {
        "per_key": (largest,) if rates.per_plan else rates.per_key,
        "per_address": rates.per_address if limits.anonymous else (),
        "jobs": rates.jobs,
        "reloads": limits.reloads,
    }


def _of_plan(services: Service, caller: Caller) -> tuple[Rate, ...]:
    limit = services.accounts.plan(caller.account).requests_per_minute
    return (Rate(limit, 60),) if limit else ()


def _of_key(rates: SurfaceRates, caller: Caller) -> tuple[Rate, ...]:
    admin = caller.account.is_owner or caller.key_by_admin
    return rates.per_admin_key if admin and rates.per_admin_key is not None else rates.per_key


def _metered(services: Service, caller: Caller) -> bool:
    return services.accounts.plan(caller.account).metered


def _by_address(services: Service, prefix: str, address: str | None, rates: Iterable[Rate]) -> list[Window]:
    if not services.config.limits.anonymous or not address:
        return []
    return _windows(f"{prefix}:{_network(address)}", rates)


def _network(address: str) -> str:
    """What counts as one address: of IPv6, the network that one customer gets."""
    import ipaddress

    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:60]
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False).network_address)


def _windows(key: str, rates: Iterable[Rate]) -> list[Window]:
    return [Window(f"{key}:{rate.seconds}", rate.limit, rate.seconds) for rate in rates]


def _span(seconds: float) -> str:
    if seconds < 120:
        count = max(1, math.ceil(seconds))
        return f"{count} second{'s' * (count > 1)}"
    return f"{math.ceil(seconds / 60)} minutes"
