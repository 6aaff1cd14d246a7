"""Jobs that tell of their end, put together as a server does it."""

from __future__ import annotations

from cutroom.accounts import Accounts, AccountsConfig
from cutroom.analyses.links import PictureLinks
from cutroom.analyses.room import Analyses
from cutroom.jobs import Jobs, Webhooks
from cutroom.kernel.clock import Clock, utc_now
from cutroom.library import Artifacts, Library
from cutroom.storage import Links
from cutroom.workflows.endings import AnalysisEndings, telling
from cutroom.workflows.notices import JobNotices

SECRET = "a secret of the tests"
BASE = "http://cutroom.test"


def telling_jobs(library: Library, clock: Clock = utc_now) -> Jobs:
    accounts, webhooks = Accounts(AccountsConfig(session_secret="s" * 48), clock), Webhooks(clock)
    pictures = PictureLinks(Links(SECRET), 86_400, clock)
    endings = AnalysisEndings(
        Analyses(clock),
        Artifacts(clock=clock),
        webhooks,
        webhook_of=accounts.webhook,
        link=lambda: pictures.at(BASE),
    )
    notices = JobNotices(webhooks, webhook_of=accounts.webhook, clips_of=library.of_job)
    return Jobs(clock, told=telling(notices, endings))
