"""Jobs that tell their accounts of their end, put together as a server does it."""

from __future__ import annotations

from cutroom.accounts import Accounts, AccountsConfig
from cutroom.jobs import Jobs, Webhooks
from cutroom.kernel.clock import Clock, utc_now
from cutroom.library import Library
from cutroom.workflows.notices import JobNotices


def telling_jobs(library: Library, clock: Clock = utc_now) -> Jobs:
    accounts = Accounts(AccountsConfig(session_secret="s" * 48), clock)
    return Jobs(clock, told=JobNotices(Webhooks(clock), webhook_of=accounts.webhook, clips_of=library.of_job))
