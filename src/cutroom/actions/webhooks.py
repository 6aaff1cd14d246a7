"""Where an account is told of its jobs that have ended."""

from __future__ import annotations

from urllib.parse import urlsplit

from cutroom.actions.service import Service
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.account import Caller, Webhook
from cutroom.outbound.addresses import spelled_out


def webhook(services: Service, caller: Caller) -> Webhook:
    """The caller's; its secret is for sessions alone to see."""
    with services.database.read() as tx:
        return services.accounts.webhook(tx, caller.account.id)


def set_webhook(services: Service, caller: Caller, url: str) -> Webhook:
    """Tell the caller of every job that ends from now on.

    ``INVALID_REQUEST`` for what is no link, ``SOURCE_REFUSED_ADDRESS`` where it is plain that nothing would be sent
    there; names are judged when something is sent.
    """
    with services.database.write() as tx:
        services.accounts.set_webhook(tx, caller.account.id, url)
        made = services.accounts.webhook(tx, caller.account.id)
        _check_address(services, made.url or "")  # what it refuses was never set
    return made


def remove_webhook(services: Service, caller: Caller) -> Webhook:
    """Tell the caller nothing from now on; what was stored before is still sent. Idempotent."""
    with services.database.write() as tx:
        services.accounts.set_webhook(tx, caller.account.id, None)
        return services.accounts.webhook(tx, caller.account.id)


def _check_address(services: Service, url: str) -> None:
    host = urlsplit(url).hostname or ""
    if not services.config.egress.allows(host, spelled_out(host)):
        raise CutroomError(
            ErrorCode.SOURCE_REFUSED_ADDRESS,
            "Webhooks are not sent to private addresses.",
            next_step="Use an address that the internet can reach, or set CUTROOM_OUTBOUND__ALLOW_PRIVATE_NETWORKS=1.",
        )
