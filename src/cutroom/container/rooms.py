"""What every process of a server has: database, accounts, money, clips, store. Each is one object, made here."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from cutroom.accounts import Accounts, AccountsConfig, SignupMode
from cutroom.actions.service import ServiceConfig
from cutroom.actions.wallet import approval_mail
from cutroom.analyses.links import PictureLinks
from cutroom.analyses.room import Analyses
from cutroom.billing import CardProvider, NoCards, Payments, TestCards, Wallet
from cutroom.container.config import service_config
from cutroom.container.places import Places
from cutroom.db import Database
from cutroom.jobs import Jobs, Webhooks
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.money import Money
from cutroom.library import Artifacts, Library, Uploads
from cutroom.model.wallet import BillingMode, PriceList
from cutroom.outbound.mail import FolderMailer, Mailer, MailSecurity, SmtpConfig, SmtpMailer
from cutroom.settings import BillingSettings, MailSettings, Settings
from cutroom.storage import OutsideBuckets, SourceCache, Store, StoreConfig
from cutroom.workflows.endings import AnalysisEndings, telling
from cutroom.workflows.notices import JobNotices


@dataclass(frozen=True, slots=True)
class Rooms:
    """Valid until closed."""

    places: Places
    config: ServiceConfig
    database: Database
    jobs: Jobs
    webhooks: Webhooks
    accounts: Accounts
    wallet: Wallet
    payments: Payments
    library: Library
    uploads: Uploads
    artifacts: Artifacts
    analyses: Analyses
    pictures: PictureLinks
    buckets: OutsideBuckets
    store: Store
    source_cache: SourceCache
    mailer: Mailer


@contextlib.contextmanager
def open_rooms(settings: Settings) -> Iterator[Rooms]:
    """Nothing is connected to before it is used. Raises ``CutroomError`` for settings that make no sense together."""
    places = Places.of(settings)
    config = service_config(settings)
    wallet = Wallet(settings.billing.mode, price_list(settings.billing))
    provider, mailer = _provider(settings.billing), _mailer(settings.mail, places)
    accounts = Accounts(
        AccountsConfig(
            session_secret=places.secret(),
            signup=SignupMode(settings.accounts.signup),
            session_seconds=settings.accounts.session_seconds,
            active_keys=settings.accounts.active_keys,
        )
    )
    library = Library(timedelta(hours=settings.library.lifetime_hours), settings.library.free_bytes)
    webhooks = Webhooks(delays=settings.webhooks.retry_delays)
    analyses, artifacts = Analyses(), Artifacts(timedelta(hours=settings.library.result_hours))
    store = Store(_store(settings, places))
    pictures = PictureLinks(store.links, config.link_seconds)
    notices = JobNotices(webhooks, webhook_of=accounts.webhook, clips_of=library.of_job)
    endings = AnalysisEndings(
        analyses, artifacts, webhooks, webhook_of=accounts.webhook, link=lambda: pictures.at(config.base())
    )
    with contextlib.ExitStack() as stack:
        database = Database(places.database_url)
        stack.callback(database.close)
        yield Rooms(
            places=places,
            config=config,
            database=database,
            jobs=Jobs(told=telling(notices, endings)),
            webhooks=webhooks,
            accounts=accounts,
            wallet=wallet,
            payments=Payments(
                database,
                wallet,
                provider,
                accounts,
                lambda wanted: mailer.send(approval_mail(config, wanted)),
            ),
            library=library,
            uploads=Uploads(timedelta(hours=settings.uploads.lifetime_hours), settings.uploads.account_bytes),
            artifacts=artifacts,
            analyses=analyses,
            pictures=pictures,
            buckets=OutsideBuckets(store.bucket, settings.sources.buckets, most=settings.sources.max_bytes),
            store=store,
            source_cache=SourceCache(places.sources, settings.sources.cache_bytes),
            mailer=mailer,
        )


def price_list(billing: BillingSettings) -> PriceList:
    """The prices of the settings."""
    return PriceList(
        cut=Money(billing.cut),
        auto_per_hour=Money(billing.auto_per_hour),
        auto_per_extra_segment=Money(billing.auto_per_extra_segment),
        analyze_per_hour=Money(billing.analyze_per_hour),
        short=Money(billing.short),
        storage_per_gb=Money(billing.storage_per_gb),
        signup_credit=Money(billing.signup_credit),
        reload_least=Money(billing.reload_least),
        reload_most=Money(billing.reload_most),
    )


def _provider(billing: BillingSettings) -> CardProvider:
    if billing.mode is BillingMode.TEST:
        return TestCards()
    if billing.mode is not BillingMode.STRIPE:
        return NoCards()
    if billing.stripe_secret_key is None:
        raise CutroomError(
            ErrorCode.INVALID_REQUEST,
            "Real cards need Stripe's secret key.",
            next_step="Set CUTROOM_BILLING__STRIPE_SECRET_KEY, or another CUTROOM_BILLING__MODE.",
        )
    from cutroom.billing.cards_stripe import StripeCards, StripeConfig

    webhook = billing.stripe_webhook_secret
    return StripeCards(
        StripeConfig(
            secret_key=billing.stripe_secret_key.get_secret_value(),
            webhook_secret=webhook.get_secret_value() if webhook else "",
            api_base=billing.stripe_url,
        )
    )


def _mailer(mail: MailSettings, places: Places) -> Mailer:
    if mail.host is None:
        return FolderMailer(places.data_dir / "mail")
    sender = mail.sender or mail.user
    if sender is None:
        raise CutroomError(
            ErrorCode.INVALID_REQUEST,
            "Mails need an address that they come from.",
            next_step="Set CUTROOM_MAIL__SENDER.",
        )
    return SmtpMailer(
        SmtpConfig(
            host=mail.host,
            port=mail.port,
            sender=sender,
            user=mail.user,
            password=mail.password.get_secret_value() if mail.password else None,
            security=MailSecurity(mail.security),
        )
    )


def _store(settings: Settings, places: Places) -> StoreConfig:
    storage = settings.storage
    return StoreConfig(
        url=places.store_url,
        secret=places.secret(),
        endpoint=storage.endpoint,
        public_endpoint=storage.public_endpoint,
        region=storage.region,
        access_key=storage.access_key,
        secret_key=storage.secret_key.get_secret_value() if storage.secret_key else None,
        virtual_hosted=storage.virtual_hosted,
    )
