"""The plans an account can be on, as data: the documented ones, and the owner's, which is not metered."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cutroom.model.account import Plan

FREE = "free"
OWNER = "owner"

_PLANS = (
    Plan(FREE, metered=True, analyses_per_month=50, max_source_seconds=120, requests_per_minute=5),
    Plan("pro", metered=True, analyses_per_month=500, max_source_seconds=300, requests_per_minute=60),
    Plan("enterprise", metered=True, analyses_per_month=None, max_source_seconds=None, requests_per_minute=200),
    Plan(OWNER, metered=False, analyses_per_month=None, max_source_seconds=None, requests_per_minute=None),
)

DEFAULT_PLANS: Mapping[str, Plan] = MappingProxyType({plan.name: plan for plan in _PLANS})
