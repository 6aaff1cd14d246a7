"""What things cost, and who charges cards."""

from __future__ import annotations

from pydantic import Field, SecretStr

from cutroom.model.wallet import BillingMode
from cutroom.settings.group import Group

_CENTS = "in cents"


class BillingSettings(Group):
    """Prices are integer cents."""

    mode: BillingMode = Field(
        default=BillingMode.CREDITS,
        description="`off`: everything is free. `credits`: credit by grants alone. `test`: cards that are none. "
        "`stripe`: real cards.",
    )
    cut: int = Field(default=10, ge=0, description=f"A clip by hand, {_CENTS}.")
    auto_per_hour: int = Field(default=20, ge=0, description=f"A search for clips, per started hour, {_CENTS}.")
    auto_per_extra_segment: int = Field(default=10, ge=0, description=f"Each clip found beyond the first, {_CENTS}.")
    analyze_per_hour: int = Field(default=10, ge=0, description=f"An analysis, per started hour, {_CENTS}.")
    short: int = Field(default=150, ge=0, description=f"A finished short, {_CENTS}.")
    storage_per_gb: int = Field(default=100, ge=0, description=f"Room for pinned clips, per GB, once, {_CENTS}.")
    signup_credit: int = Field(default=500, ge=0, description=f"Given to a new account, {_CENTS}.")
    reload_least: int = Field(default=500, ge=1, description=f"Least amount of a reload, {_CENTS}.")
    reload_most: int = Field(default=50_000, ge=1, description=f"Most of a reload, {_CENTS}.")
    stripe_secret_key: SecretStr | None = Field(
        default=None, description="Stripe's secret key (`sk_...`); needed in the mode `stripe`."
    )
    stripe_webhook_secret: SecretStr | None = Field(
        default=None,
        description="Secret of the webhook endpoint at Stripe (`whsec_...`), which is `/webhooks/stripe` here.",
    )
    stripe_url: str | None = Field(default=None, description="Where Stripe's API is. Unset: at Stripe.")
