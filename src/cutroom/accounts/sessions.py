"""Session tokens: what a browser shows instead of a key. The only home of jwt.

A token names an account and the version of its sessions; the account's row decides whether that version still counts,
so sessions can be ended at once.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta

import jwt

from cutroom.kernel.clock import Clock, utc_now

_ALGORITHM = "HS256"
_AUDIENCE = "cutroom"
_REQUIRED = ["exp", "iat", "sub", "aud", "ver"]
_LEEWAY = 5.0  # s; several servers do not agree on the time to the second
_SHORTEST_SECRET = 32
# Ours have some 250 characters. The header is parsed before the signature is checked: it must not be a bomb.
_LONGEST_TOKEN = 600


@dataclass(frozen=True, slots=True)
class Session:
    """What a genuine, unexpired token says."""

    account_id: str
    version: int


class Sessions:
    """Signs and reads tokens. ``seconds`` is how long one lasts."""

    def __init__(self, secret: str, seconds: int, clock: Clock = utc_now) -> None:
        if len(secret.encode()) < _SHORTEST_SECRET:
            msg = f"the session secret needs at least {_SHORTEST_SECRET} bytes"
            raise ValueError(msg)
        # A key of its own: what is signed elsewhere with the server's secret is never a session.
        self._key = hmac.digest(secret.encode(), b"cutroom session token", "sha256")
        self._clock = clock
        self.seconds = seconds

    def issue(self, account_id: str, version: int) -> str:
        now = self._clock()
        claims = {
            "sub": account_id,
            "aud": _AUDIENCE,
            "iat": now,
            "exp": now + timedelta(seconds=self.seconds),
            "ver": version,
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def read(self, token: str) -> Session | None:
        """None for a token that is forged, altered, expired, for somebody else, or none at all."""
        if len(token) > _LONGEST_TOKEN:
            return None
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                leeway=_LEEWAY,
                # A clock that was set back must not log everybody out: what counts is the end.
                options={"require": _REQUIRED, "strict_aud": True, "verify_iat": False},
            )
        except (jwt.InvalidTokenError, UnicodeError):
            return None
        version = claims["ver"]
        return Session(claims["sub"], version) if type(version) is int else None
