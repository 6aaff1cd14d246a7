"""The collaborators of a server's actions, put together by the container, and the numbers they go by.

``Services`` (in ``services.py``) is what the command line's own actions get; a server's get ``Service``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cutroom.kernel.clock import Clock, utc_now
from cutroom.model.wallet import PriceList
from cutroom.outbound.addresses import EgressPolicy
from cutroom.perception.ports import PerceptionConfig

if TYPE_CHECKING:  # names for the checker alone: an action runs with whatever the container has built
    from cutroom.accounts import Accounts, Passwords, RateLimiter, Replies
    from cutroom.actions.looking import SourceLooker
    from cutroom.actions.metrics import Metrics
    from cutroom.actions.readiness import ReadyChecks
    from cutroom.actions.reception import Reception
    from cutroom.analyses.links import PictureLinks
    from cutroom.analyses.room import Analyses
    from cutroom.billing import Payments, Wallet
    from cutroom.db import Database
    from cutroom.jobs import JobHub, Jobs, Webhooks
    from cutroom.library import Artifacts, Library, Uploads
    from cutroom.media.toolbox import Toolbox
    from cutroom.outbound.mail import Mailer
    from cutroom.storage import Links, OutsideBuckets, Store
    from cutroom.workflows import JobClient


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``limit`` in any ``seconds``."""

    limit: int
    seconds: int


@dataclass(frozen=True, slots=True)
class SurfaceRates:
    """What one surface lets through. Empty means no limit."""

    per_key: tuple[Rate, ...] = ()
    """Requests with a key or a session; each key counts by itself."""
    per_admin_key: tuple[Rate, ...] | None = None
    """The same for keys that the operator has made, and the owner's; None means as for other keys."""
    per_address: tuple[Rate, ...] = ()
    """Requests without; each address counts by itself."""
    jobs: tuple[Rate, ...] = ()
    """Accepted jobs of an account."""
    per_plan: bool = False
    """Requests a minute by key are those of the account's plan, and a session counts as its address."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Every window and bound of the doors. The defaults are those of the settings."""

    anonymous: bool = True
    """Whether windows per address hold at all."""
    surfaces: Mapping[str, SurfaceRates] = field(default_factory=dict)
    """By the name of the surface: ``fastclip``, ``clipapi``, ..."""
    demos: tuple[Rate, ...] = (Rate(3, 3600),)
    """Analyses for visitors, from one address."""
    reloads: tuple[Rate, ...] = (Rate(10, 3600),)
    """Of one account."""
    sign_ups: tuple[Rate, ...] = (Rate(10, 3600),)
    """From one address."""
    log_ins: tuple[Rate, ...] = (Rate(10, 60),)
    """From one address, and for one e-mail address."""
    body_bytes: int = 1 << 20
    """Of a JSON request."""


@dataclass(frozen=True, slots=True)
class CutRules:
    """What a clip ordered over the network may be; s."""

    longest: int = 600
    longest_gif: int = 30
    longest_source: int = 10_800


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """What the actions and doors of a server go by."""

    public_url: str | None = None
    """Base of absolute links, without a slash at the end; None takes scheme and host of the request."""
    own_url: str = "http://127.0.0.1:8000"
    """Where this server listens: for links where nothing better is known, as in a mail."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Surfaces that have a host name of their own: surface -> name."""
    own_names: tuple[str, ...] = ()
    """``Host`` headers that are ours; empty accepts every one."""
    limits: Limits = field(default_factory=Limits)
    cuts: CutRules = field(default_factory=CutRules)
    link_seconds: int = 86_400
    """How long a link to a file works; never longer than its clip lives."""
    job_seconds: float = 3600.0
    """A job that runs longer is ended and failed."""
    idempotency_seconds: int = 86_400
    metrics_open: bool = False
    """Whether a request that comes straight from this machine may read the numbers without a credential."""
    metrics_token: str | None = field(default=None, repr=False)
    """Lets a monitor read them."""
    egress: EgressPolicy = field(default_factory=EgressPolicy)
    """Where anything may be sent."""
    perception: PerceptionConfig = field(default_factory=PerceptionConfig)
    worker_silence: float = 60.0
    """s without a sign of life after which no worker counts as there."""

    def base(self, request_base: str = "") -> str:
        """What absolute links begin with: the public URL, else where the request came to; no slash at the end."""
        return (self.public_url or request_base or self.own_url).rstrip("/")


@dataclass(frozen=True, slots=True)
class Service:
    """Everything a use case of the server may need. Valid until the container closes it. Thread-safe."""

    config: ServiceConfig
    prices: PriceList
    database: Database
    jobs: Jobs
    client: JobClient
    hub: JobHub
    wallet: Wallet
    payments: Payments
    accounts: Accounts
    passwords: Passwords
    limiter: RateLimiter
    replies: Replies
    library: Library
    uploads: Uploads
    artifacts: Artifacts
    analyses: Analyses
    pictures: PictureLinks
    webhooks: Webhooks
    buckets: OutsideBuckets
    reception: Reception
    store: Store
    links: Links
    looker: SourceLooker
    tools: Toolbox
    mailer: Mailer
    metrics: Metrics
    checks: ReadyChecks
    later: Callable[[Callable[[], object]], None]
    """Does something in another thread that the answer need not wait for; what goes wrong is logged."""
    clock: Clock = utc_now
