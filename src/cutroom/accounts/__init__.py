"""Accounts and what guards the doors: keys, passwords, sessions, plans, request limits, kept replies."""

from cutroom.accounts.config import AccountsConfig, SignupMode
from cutroom.accounts.emails import fold_email
from cutroom.accounts.keys import PREFIXES
from cutroom.accounts.limits import RateLimiter
from cutroom.accounts.once import Purpose
from cutroom.accounts.owner import OwnerKey
from cutroom.accounts.passwords import PasswordCost, Passwords, checked_password
from cutroom.accounts.plans import DEFAULT_PLANS
from cutroom.accounts.replies import Replies, request_hash
from cutroom.accounts.service import Accounts, Login
from cutroom.model.request import RateState, Reply, Window

__all__ = [
    "DEFAULT_PLANS",
    "PREFIXES",
    "Accounts",
    "AccountsConfig",
    "Login",
    "OwnerKey",
    "PasswordCost",
    "Passwords",
    "Purpose",
    "RateLimiter",
    "RateState",
    "Replies",
    "Reply",
    "SignupMode",
    "Window",
    "checked_password",
    "fold_email",
    "request_hash",
]
